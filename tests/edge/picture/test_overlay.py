import datetime as dt
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from edge.cameras import Exposure, Frame
from edge.capture import Capture
from edge.clock import VirtualClock
from edge.config import SettingsError, parse
from edge.live import LiveImages
from edge.picture.overlay import Overlay
from edge.picture.template import VARIABLES, filled
from edge.store import Store
from products import jpeg

MINUS = "\N{MINUS SIGN}"
EVENING = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
SENSORS = [
    {"name": "cellar", "driver": "simulated-climate", "public": False},
    {"name": "outside", "driver": "simulated-climate"},
    {"name": "dome", "driver": "simulated-climate"},
]
FRAME = Frame(
    np.full((300, 400, 3), 40, np.uint8),
    EVENING,
    Exposure(20_000_000, 2.5),
    sensor_temperature_c=-0.02,
)


def settings(template=("{site}",), **overlay):
    overlay = {"enabled": True, "template": list(template)} | overlay
    return parse({"site": SITE, "overlay": overlay, "sensors": SENSORS})


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as store:
        yield store


def read(store, sensor, quantity, value, minutes_ago=1.0):
    moment = EVENING - dt.timedelta(minutes=minutes_ago)
    reading = {"sensor": sensor, "quantity": quantity, "value": value, "unit": ""}
    store.add_readings(moment, [reading])


def lines(store, *template, frame=FRAME):
    """Return what the overlay writes of a template."""
    overlay = Overlay(settings(template), store)
    return filled(list(template), dict(overlay._values(frame)))


def test_the_frame_and_the_sky_are_told_in_words(store):
    assert lines(
        store,
        "{site}",
        "{local_time}",
        "{utc}",
        "{date} {time}",
        "{exposure} · gain {gain} · {sensor_temperature}",
        "Sun {sun}",
    ) == [
        "Berlin",
        "2026-11-22 21:00:00 CET",
        "2026-11-22 20:00:00 UTC",
        "2026-11-22 21:00",
        "20 s · gain 2.5 · 0.0 °C",
        f"Sun {MINUS}44°",
    ]


@pytest.mark.parametrize(
    ("exposure_us", "words"),
    [(114, "114 µs"), (12_500, "12.5 ms"), (300_000, "0.3 s"), (61_000_000, "61 s")],
)
def test_exposures_are_told_in_the_unit_that_suits_them(store, exposure_us, words):
    frame = replace(FRAME, exposure=Exposure(exposure_us, 1.0))
    assert lines(store, "{exposure}", frame=frame) == [words]


def test_readings_are_those_of_the_first_public_sensor(store):
    for sensor, value in (("cellar", 15), ("dome", 4), ("outside", -3.25)):
        read(store, sensor, "temperature", value)
    read(store, "camera", "star_count", 812)
    assert lines(store, "{temperature}", "{stars} stars") == [
        f"{MINUS}3.2 °C",
        "812 stars",
    ]


def test_a_sensor_that_is_not_public_is_never_shown(store):
    read(store, "cellar", "temperature", 15)
    assert lines(store, "{temperature}") == []


def test_what_was_read_more_than_ten_minutes_ago_is_left_out(store):
    read(store, "outside", "temperature", 5, minutes_ago=11)
    read(store, "outside", "humidity", 71, minutes_ago=9)
    assert lines(store, "Air {temperature} · {humidity}", "Cold: {temperature}") == [
        "71 %"
    ]


def test_a_frame_without_exposure_leaves_that_out(store):
    unknown = replace(FRAME, exposure_known=False, sensor_temperature_c=None)
    template = "{exposure} · gain {gain} · {sensor_temperature}", "{site}"
    assert lines(store, *template, frame=unknown) == ["Berlin"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            "{temprature}",
            r"unknown variable \{temprature\}, did you mean \{temperature",
        ),
        ("{qqq}", "the variables are site, local_time"),
        ("{gain:.3f}", "unknown variable"),
        ("{site", "braces do not match"),
        ("{0}", "unknown variable"),
        ("{site.__class__}", "unknown variable"),
    ],
)
def test_mistakes_in_a_template_are_mistakes_of_the_settings(line, why):
    with pytest.raises(SettingsError, match=why):
        settings([line])


def test_every_variable_may_be_used(store):
    template = [f"{{{name}}}" for name in VARIABLES]
    Overlay(settings(template), store).on(FRAME)(FRAME.rgb)


def test_nothing_is_drawn_unless_it_is_asked_for(store):
    assert Overlay(settings(enabled=False), store).on(FRAME) is None


def test_only_the_live_image_has_it(tmp_path, linear_camera):
    clock = VirtualClock(EVENING)
    camera = linear_camera(clock, width=400, height=300)
    chosen = settings(["{site} {local_time}"]).model_copy(update={"data": tmp_path})
    with closing(Capture(chosen, clock, Store(tmp_path), lambda: camera)) as capture:
        end = clock.monotonic() + 65
        while clock.monotonic() < end:
            clock.sleep(capture.step())
    with closing(Store(tmp_path)) as store:
        facts, pictures = LiveImages(store.scratch).newest()
        stored = [tmp_path / frame.path for frame in store.frames("2026-11-22")]
        thumbnails = list(tmp_path.rglob("thumbnails/*.jpg"))
    assert (facts.width, facts.height) == (400, 300)
    assert corner(pictures["image"]).std() > 20
    assert stored
    assert thumbnails
    for path in [*stored, *thumbnails]:
        assert corner(path.read_bytes()).std() < 10


def corner(picture):
    """Return the pixels where the text would be."""
    rgb = jpeg.decode(picture)
    return rgb[: len(rgb) // 10, : len(rgb) // 2]


@pytest.mark.parametrize(
    ("flips", "mirrored"),
    [
        ((), False),
        (("left_right",), True),
        (("top_bottom",), True),
        (("left_right", "top_bottom"), False),
    ],
)
def test_one_flip_mirrors_the_compass_and_two_turn_it(store, flips, mirrored):
    camera = {"driver": "picamera2"} | {f"flip_{flip}": True for flip in flips}
    chosen = parse({"site": SITE, "camera": camera, "overlay": {"enabled": True}})
    assert Overlay(chosen, store)._compass.mirrored is mirrored
