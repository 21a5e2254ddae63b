import datetime as dt
import json
import sys

import pytest
from click.testing import CliRunner

from edge.calibration import commands
from edge.calibration.sky_meter import Comparison, SkyMeterLog, constant_of
from edge.cli import main
from edge.clock import VirtualClock

NIGHT = dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}


def comparison(night, difference, meter=21.0):
    moment = NIGHT + dt.timedelta(days=night)
    name = f"2026-11-{21 + night}"
    return Comparison(moment, name, "sky", meter, meter - difference)


def test_every_night_counts_once_and_a_wrong_one_moves_nothing():
    told = [comparison(0, 0.30) for _ in range(5)]
    told += [comparison(1, 0.34), comparison(2, 0.36), comparison(3, 1.9)]
    found = constant_of(told)
    assert found.offset_mag == pytest.approx(0.35)
    assert found.nights == 4
    assert found.residuals_mag[-1] == pytest.approx(1.55)
    assert found.spread_mag == pytest.approx(0.05)


def test_the_file_keeps_comparisons_and_dated_constants(tmp_path):
    path = tmp_path / "sky-brightness.json"
    log = SkyMeterLog(path)
    for night in range(3):
        log.add(comparison(night, 0.3))
    log.set(constant_of(log.of("sky")), NIGHT)
    again = SkyMeterLog(path)
    assert again.comparisons == log.comparisons
    assert again.constants[0]["dated_utc"] == "2026-11-21T23:00:00.000Z"
    assert again.constants[0]["offset_mag"] == 0.3
    assert again.forget_last("sky")
    assert not again.forget_last("roof")
    assert len(SkyMeterLog(path).of("sky")) == 2


@pytest.fixture
def camera(tmp_path, monkeypatch):
    """Return a function that runs the command at a moment, with a sensor that reads 20.65 and has an offset of 0.2."""
    values = json.dumps({"sky_brightness": 20.65, "illuminance": 0.0008})
    sky = {
        "name": "sky",
        "driver": "command",
        "offsets": {"sky_brightness": 0.2},
        "options": {"command": [sys.executable, "-c", f"print({values!r})"]},
    }
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"site": SITE, "sensors": [sky]}))

    def camera(*arguments, now=NIGHT):
        monkeypatch.setattr(commands, "SystemClock", lambda: VirtualClock(now))
        asked = ["--config", str(config), "calibrate", "sky-brightness", *arguments]
        return CliRunner().invoke(main, asked)

    camera.config = config
    return camera


def test_after_three_nights_the_constant_is_in_the_settings(camera):
    for night, meter in enumerate(("21.00", "21.02", "20.98")):
        now = NIGHT + dt.timedelta(days=night)
        told = camera("--sensor", "sky", "--meter", meter, now=now)
        assert told.exit_code == 0, told.output
    assert "sensor 20.65" in told.output
    assert "sky needs +0.350 mag/arcsec² by 3 nights;" in told.output
    done = camera("--sensor", "sky", "--write")
    assert "few" not in done.output
    (sky,) = json.loads(camera.config.read_text())["sensors"]
    assert sky["offsets"] == {"sky_brightness": 0.35}


def test_one_night_is_said_to_be_few(camera):
    assert "few" in camera("--sensor", "sky", "--meter", "21", "--write").output


def test_a_wrong_figure_can_be_forgotten(camera):
    camera("--sensor", "sky", "--meter", "21")
    camera("--sensor", "sky", "--meter", "12")
    camera("--sensor", "sky", "--meter", "20.1")
    assert "needs +0.350" in camera("--sensor", "sky", "--forget").output


@pytest.mark.parametrize(
    ("arguments", "hours", "words"),
    [
        (("--sensor", "sky", "--meter", "21"), 12, "The sun is at"),
        (("--sensor", "roof", "--meter", "21"), 0, "There is no sensor roof"),
        (("--sensor", "sky"), 0, "no comparison of sky yet"),
        (("--sensor", "sky", "--forget"), 0, "no comparison of sky"),
        (("--sensor", "sky", "--meter", "3"), 0, "3"),
    ],
)
def test_what_cannot_be_compared_is_said(camera, arguments, hours, words):
    told = camera(*arguments, now=NIGHT + dt.timedelta(hours=hours))
    assert told.exit_code != 0
    assert words in told.output
