import datetime as dt
from contextlib import closing

import pytest
from PIL import Image

from edge.capture import build_capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.environment import build_environment
from edge.nightly import build_nightly
from edge.outbox import Outbox
from edge.service import run_together
from edge.sky_chart import make_sky_chart
from edge.store import Store
from products.night import Night
from products.utc import parse_utc

# A short night in June at 52.5° north: sunset 19:33 UTC, sunrise 2:43 UTC; the sun stays above -18° (almanac).
NIGHT = "2026-06-20"
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
AFTERNOON = dt.datetime(2026, 6, 20, 18, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 6, 21, 3, 30, tzinfo=dt.UTC)
DARK = dt.datetime(2026, 6, 20, 22, tzinfo=dt.UTC)
METER = {"name": "sky", "driver": "simulated-sky", "interval_s": 300}
CLIMATE = {"name": "outside", "driver": "simulated-climate", "interval_s": 300}


def settings_in(data, *sensors):
    raw = {
        "site": SITE,
        "camera": {
            "driver": "simulator",
            "simulator": {"width": 128, "height": 96, "clouds": "clear"},
        },
        "capture": {"interval_s": 1800},
        "sensors": list(sensors),
    }
    return parse(raw).model_copy(update={"data": data})


def lived_through(data, *sensors):
    """Return the settings of a camera that ran through a whole night, and what then waits for the hub."""
    settings, clock = settings_in(data, *sensors), VirtualClock(AFTERNOON)
    builders = (build_capture, build_environment, build_nightly)
    programs = [build(settings, data, clock) for build in builders]
    run_together(programs, clock, until=MORNING)
    for program in programs:
        program.close()
    with closing(Store(data)) as store:
        outbox, found = Outbox(store), {}
        while product := outbox.next_product(MORNING + dt.timedelta(days=1)):
            found[product.kind] = product
            outbox.sent(product, MORNING)
    return settings, found


@pytest.fixture(scope="module")
def metered(tmp_path_factory):
    return lived_through(tmp_path_factory.mktemp("metered"), CLIMATE, METER)


def readings(store, *samples, sensor="sky"):
    """Store readings of a meter, each (minutes after `DARK`, magnitudes)."""
    for minutes, value in samples:
        taken_utc = DARK + dt.timedelta(minutes=minutes)
        reading = {"sensor": sensor, "quantity": "sky_brightness", "value": value}
        store.add_readings(taken_utc, [{**reading, "unit": "mag/arcsec²"}])


def made(data, *sensors):
    settings = settings_in(data, *sensors)
    with closing(Store(data)) as store:
        return make_sky_chart(store, settings, Night.named(NIGHT, settings.site.tz))


def test_a_night_with_a_sky_meter_has_a_chart_of_what_it_read(metered):
    settings, queued = metered
    path = settings.data / "products" / NIGHT / "sqm.png"
    manifest = queued["sqm"].manifest
    with Image.open(path) as image:
        image.load()
        assert (image.format, image.size) == ("PNG", (manifest.width, manifest.height))
    assert list(queued["sqm"].files.values()) == [path]
    assert manifest.type == "image/png"
    assert manifest.final
    with closing(Store(settings.data)) as store:
        stored = store.readings_between("sky_brightness", AFTERNOON, MORNING)["sky"]
    during = [one for one in stored if manifest.first <= one[0] <= manifest.last]
    facts = manifest.facts
    assert facts["readings"] == len(during)
    darkest_utc = parse_utc(facts["darkest_utc"])
    assert (darkest_utc, facts["darkest_mag_arcsec2"]) in stored
    assert facts["light"] == "astronomical"
    assert facts["sensor"] == "sky"


def test_the_same_night_again_gives_the_same_bytes(metered):
    settings, _ = metered
    path = settings.data / "products" / NIGHT / "sqm.png"
    before = path.read_bytes()
    path.unlink()
    assert made(settings.data) is not None
    assert path.read_bytes() == before


def test_a_night_without_a_sky_meter_has_no_chart(tmp_path):
    settings, queued = lived_through(tmp_path, CLIMATE)
    assert "sqm" not in queued
    assert "keogram" in queued
    assert not (settings.data / "products" / NIGHT / "sqm.png").exists()


def test_of_two_meters_the_one_that_read_more_is_shown(tmp_path):
    with closing(Store(tmp_path)) as store:
        readings(store, (0, 20.0), (1, 20.1), sensor="b")
        readings(store, (0, 18.0), (1, 18.1), (2, 18.2), sensor="c")
        readings(store, (0, 19.0), (1, 19.1), sensor="a")
    facts = made(tmp_path).facts
    assert (facts["sensor"], facts["readings"]) == ("c", 3)
    assert facts["darkest_mag_arcsec2"] == 18.2


def test_a_meter_that_is_not_public_is_not_shown(tmp_path):
    with closing(Store(tmp_path)) as store:
        readings(store, (0, 20.0), (1, 20.1), sensor="bedroom")
    hidden = METER | {"name": "bedroom", "public": False}
    assert made(tmp_path, hidden) is None


def test_what_was_read_by_day_is_not_of_the_night(tmp_path):
    with closing(Store(tmp_path)) as store:
        readings(store, (-300, 5.0), (400, 5.0))
    assert made(tmp_path) is None


def test_a_meter_that_only_gave_nonsense_has_no_chart(tmp_path):
    with closing(Store(tmp_path)) as store:
        readings(store, (0, 99.0), (5, -120.0))
    assert made(tmp_path) is None
    assert not (tmp_path / "products").exists()


def test_a_sky_meter_goes_before_the_frames_of_the_camera(tmp_path):
    with closing(Store(tmp_path)) as store:
        readings(store, (0, 21.0), (30, 21.2), sensor="sky")
        readings(store, *((minute, 20.0) for minute in range(30)), sensor="camera")
    assert made(tmp_path).facts["sensor"] == "sky"
