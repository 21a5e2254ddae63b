import datetime as dt
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cameras import Exposure, ExposureLimits
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.exposure import (
    aim,
    allowed,
    first_exposure,
    next_exposure,
    resumed_exposure,
    split,
    stops,
)
from edge.metering import Metered, meter, srgb_encoded, srgb_linear
from edge.settings.camera import ExposureSettings
from products.sun import sun_altitude_deg

IMX477 = ExposureLimits(114, 694_000_000, 1.0, 22.26)
LIMITS = allowed(IMX477, ExposureSettings(), interval_s=30)
TARGET = 0.10


def seen(sky_stops: float, used: Exposure) -> Metered:
    """Return what an ideal linear sensor and an 8-bit frame show of a sky that is at the target with ``-sky_stops``."""
    linear = min(1.0, TARGET * 2 ** (stops(used) + sky_stops))
    level = round(255 * srgb_encoded(linear))
    return Metered(srgb_linear(level / 255), 1.0 if level >= 250 else 0.0)


def errors_in_closed_loop(sky_stops, used: Exposure, frames: int) -> list[float]:
    """Return the error in stops of each frame, the sky being ``sky_stops(frame)``."""
    errors = []
    for frame in range(frames):
        sky = sky_stops(frame)
        errors.append(stops(used) + sky)
        used = next_exposure(seen(sky, used), used, LIMITS, TARGET)
    return errors


@pytest.mark.parametrize("start", [-10, -6, -3, -1, -0.3, 0.3, 1, 3, 6, 10])
def test_settles_from_any_start_in_few_frames_without_oscillation(start):
    sky = 3.0  # needs 2**-3 s: ten stops either way are within the limits
    errors = errors_in_closed_loop(lambda _: sky, split(-sky + start, LIMITS), 12)
    assert all(abs(error) < 0.15 for error in errors[5:])
    overshoots = [abs(b) for a, b in itertools.pairwise(errors) if a * b < 0]
    assert sum(overshoot > 0.1 for overshoot in overshoots) <= 1


def test_follows_twilight_closely():
    """A sky that doubles every 2 minutes, 30 s cadence: the fastest that mid latitudes show."""
    errors = errors_in_closed_loop(lambda frame: frame * 0.25 - 2, split(2, LIMITS), 30)
    assert max(abs(error) for error in errors[4:]) < 0.5


def test_noise_of_the_sky_is_not_chased():
    errors = errors_in_closed_loop(
        lambda frame: 3 + (0.2 if frame % 2 else -0.2), split(-3, LIMITS), 40
    )
    assert max(abs(error) for error in errors[10:]) < 0.45


def test_exposure_comes_before_gain():
    assert split(0, LIMITS) == Exposure(1_000_000, 1.0)
    longest = split(math.log2(LIMITS.longest_us / 1e6), LIMITS)
    assert longest == Exposure(LIMITS.longest_us, pytest.approx(1.0))
    assert split(stops(longest) + 1, LIMITS) == Exposure(
        LIMITS.longest_us, pytest.approx(2.0)
    )


@given(st.floats(-40, 40))
def test_nothing_outside_the_limits_is_ever_asked_for(light_stops):
    asked = split(light_stops, LIMITS)
    assert LIMITS.shortest_us <= asked.exposure_us <= LIMITS.longest_us
    assert LIMITS.lowest_gain <= asked.gain <= LIMITS.highest_gain


@given(st.floats(-13, 7.7))
def test_splitting_keeps_the_light(light_stops):
    assert stops(split(light_stops, LIMITS)) == pytest.approx(light_stops, abs=0.01)


def test_a_frame_ends_before_the_next_one_is_due():
    for interval_s in (1, 10, 30, 3600):
        settings = ExposureSettings(longest_s=600)
        limits = allowed(IMX477, settings, interval_s)
        assert 0 < limits.longest_us < interval_s * 1e6


def test_the_sensor_limits_hold_whatever_the_settings_say():
    ov5647 = ExposureLimits(130, 3_280_000, 1.0, 63.9)
    limits = allowed(ov5647, ExposureSettings(highest_gain=64), 30)
    assert limits.longest_us == 3_280_000
    assert limits.highest_gain == 63.9


def test_heavy_saturation_halves_although_the_background_is_right():
    used = Exposure(1_000_000, 1.0)
    asked = next_exposure(Metered(TARGET, 0.2), used, LIMITS, TARGET)
    assert stops(asked) == pytest.approx(-1)


def test_some_saturation_only_forbids_more_light():
    used = Exposure(1_000_000, 1.0)
    assert next_exposure(Metered(TARGET / 4, 0.05), used, LIMITS, TARGET) == used
    assert stops(next_exposure(Metered(TARGET * 4, 0.05), used, LIMITS, TARGET)) < -1


def test_a_black_frame_asks_for_much_more_light():
    asked = next_exposure(Metered(0, 0), Exposure(1000, 1.0), LIMITS, TARGET)
    assert stops(asked) - stops(Exposure(1000, 1.0)) == pytest.approx(5, abs=0.01)


def test_the_first_exposure_grows_as_the_sun_sinks():
    light = [stops(first_exposure(sun, LIMITS)) for sun in range(60, -30, -1)]
    assert light == sorted(light)
    assert first_exposure(-30, LIMITS).exposure_us == LIMITS.longest_us
    assert first_exposure(40, LIMITS).exposure_us < 1000


def test_after_a_pause_the_last_exposure_is_changed_as_the_sun_changed_the_sky():
    used = Exposure(1_000_000, 1.0)
    assert resumed_exposure(used, -30, -25, LIMITS) == used
    darker = resumed_exposure(used, -6, -9, LIMITS)
    assert 2 < stops(darker) - stops(used) < 5


# Dusk above Hainich on 9 November 2026, a day of new moon.
DUSK_UTC = dt.datetime(2026, 11, 9, 16, 0, tzinfo=dt.UTC)
HAINICH = {
    "name": "Hainich",
    "latitude_deg": 51.08,
    "longitude_deg": 10.45,
    "zone": "Europe/Berlin",
}


def simulator(clock, clouds: str) -> tuple:
    sky = {
        "driver": "simulator",
        "simulator": {"width": 128, "height": 96, "clouds": clouds},
    }
    settings = parse({"site": HAINICH, "camera": sky})
    return SimulatedCamera(settings, clock), settings


@pytest.mark.parametrize("clouds", ["clear", "broken", "overcast"])
@pytest.mark.parametrize("start", [-10, 10])
def test_settles_on_the_simulated_sky(clouds, start):
    clock = VirtualClock(DUSK_UTC)
    camera, settings = simulator(clock, clouds)
    sun_deg = sun_altitude_deg(settings.site.place, DUSK_UTC)
    used = split(stops(first_exposure(sun_deg, LIMITS)) + start, LIMITS)
    measured = []
    for _ in range(8):
        frame = camera.capture(used)
        measured.append(meter(frame))
        used = next_exposure(measured[-1], frame.exposure, LIMITS, TARGET)
    errors = [math.log2(one.background / TARGET) for one in measured[5:]]
    assert max(map(abs, errors)) < 0.3


@pytest.mark.parametrize("minutes", [-30, 0, 15, 30])
def test_the_first_frame_of_a_clear_dusk_is_usable(minutes):
    clock = VirtualClock(DUSK_UTC + dt.timedelta(minutes=minutes))
    camera, settings = simulator(clock, "clear")
    sun_deg = sun_altitude_deg(settings.site.place, clock.now())
    frame = camera.capture(first_exposure(sun_deg, LIMITS))
    assert abs(math.log2(meter(frame).background / TARGET)) < 1.5


def test_follows_the_simulated_dusk_at_half_a_stop():
    clock = VirtualClock(DUSK_UTC)
    camera, settings = simulator(clock, "clear")
    used = first_exposure(sun_altitude_deg(settings.site.place, clock.now()), LIMITS)
    errors = []
    for number in range(50):
        clock.sleep(
            (DUSK_UTC + dt.timedelta(seconds=30 * number) - clock.now()).total_seconds()
        )
        frame = camera.capture(used)
        errors.append(math.log2(meter(frame).background / TARGET))
        used = next_exposure(meter(frame), frame.exposure, LIMITS, TARGET)
    assert max(map(abs, errors[4:])) < 0.5


def test_the_aim_moves_smoothly_from_day_to_night():
    settings = ExposureSettings(target=0.16, target_night=0.04)
    suns = [20.0, -3.0, -9.0, -15.0, -40.0]
    aims = [aim(sun_deg, settings) for sun_deg in suns]
    assert aims == pytest.approx([0.16, 0.16, 0.08, 0.04, 0.04])
