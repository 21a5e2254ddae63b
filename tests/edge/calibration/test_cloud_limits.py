import datetime as dt
import json
from contextlib import closing

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from edge.calibration.cloud_limits import Labelled, learn
from edge.cli import main
from edge.store import Store
from sensors.clouds import CloudLimits, SkyModel

NIGHT = dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC)
PLAIN = SkyModel(k1=0, k3=0)  # the sky as it is read
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}


def moments(**temperatures):
    return [
        Labelled(NIGHT, label, sky_c, 10.0)
        for label, values in temperatures.items()
        for sky_c in values
    ]


def test_limits_lie_in_the_middle_between_what_was_seen():
    seen = moments(clear=[-30, -24], light=[-20, -18], heavy=[-12], overcast=[-6, 0])
    learned = learn(seen, PLAIN, CloudLimits())
    assert learned.limits == CloudLimits(-22.0, -15.0, -9.0)
    assert (learned.wrong, learned.moments) == (0, 7)


def test_one_wrong_label_is_told_wrong_and_moves_no_limit_far():
    seen = moments(clear=[-30, -28, -26, -5], overcast=[-8, -6, -4, -2])
    learned = learn(seen, PLAIN, CloudLimits())
    assert learned.wrong == 1
    assert -26 < learned.limits.clear_below_c < -8


def test_without_moments_on_both_sides_a_limit_stays():
    learned = learn(moments(clear=[-30, -28]), PLAIN, CloudLimits())
    assert (learned.limits, learned.new) == (CloudLimits(), ())


def test_labels_that_contradict_the_sky_are_refused():
    seen = moments(clear=[0, 1], light=[-10, -9], heavy=[-20, -19], overcast=[-30])
    with pytest.raises(ValueError, match="more moments"):
        learn(seen, PLAIN, CloudLimits())


@given(
    st.lists(st.floats(-60, 20), min_size=8, max_size=40, unique=True),
    st.tuples(st.floats(-50, -30), st.floats(-29, -10), st.floats(-9, 10)),
)
def test_labels_given_by_limits_are_all_told_right(skies, limits):
    truth = CloudLimits(*limits)
    seen = [
        Labelled(NIGHT, truth.state(round(sky)).name.lower(), round(sky), 10.0)
        for sky in skies
    ]
    try:
        learned = learn(seen, PLAIN, truth)
    except ValueError:
        return
    assert learned.wrong <= sum(
        abs(sky - limit) < 1 for sky in skies for limit in limits
    )


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.json"
    given = [
        {"name": "mlx", "driver": "mlx90614"},
        {"name": "air", "driver": "sht4x"},
    ]
    raw = {"site": SITE, "data": "data", "sensors": given, "clouds": {"air": "air"}}
    path.write_text(json.dumps(raw))
    rows = [
        ("mlx", "sky_temperature"),
        ("mlx", "temperature"),
        ("air", "temperature"),
    ]
    with closing(Store(tmp_path / "data")) as store:
        for hour, sky_c in enumerate((-30.0, -28.0, -4.0, -2.0)):
            told = (sky_c, 18.0, 10.0)
            store.add_readings(
                NIGHT + dt.timedelta(hours=hour),
                [
                    {"sensor": sensor, "quantity": name, "value": value, "unit": "°C"}
                    for (sensor, name), value in zip(rows, told, strict=True)
                ],
            )
    return path


def ask(config, *arguments):
    asked = ["--config", str(config), "calibrate", "clouds", *arguments]
    return CliRunner().invoke(main, asked)


def test_labelled_moments_become_limits_in_the_settings(config):
    for hour, label in enumerate(("clear", "clear", "overcast", "overcast")):
        at = (NIGHT + dt.timedelta(hours=hour, minutes=4)).isoformat()
        told = ask(config, "--label", label, "--at", at)
        assert told.exit_code == 0, told.output
    assert "4 moments, 0 of them told wrong." in told.output
    done = json.loads(ask(config, "--write", "--json").output)
    assert json.loads(config.read_text())["clouds"] == {"air": "air"} | done["limits"]
    first = json.loads((config.parent / "clouds.json").read_text())[0]
    assert (first["sky_c"], first["air_c"]) == (-30.0, 10.0)


def test_limits_in_the_same_gap_are_spread_over_it():
    learned = learn(moments(clear=[-30, -28], overcast=[-4]), PLAIN, CloudLimits())
    assert learned.limits == CloudLimits(-22.0, -16.0, -10.0)


def test_a_moment_without_readings_is_refused(config):
    told = ask(config, "--label", "clear", "--at", "2026-11-20T23:00+00:00")
    assert told.exit_code == 1
    assert "No temperature of sky and air" in told.output
