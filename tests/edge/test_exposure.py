import datetime as dt
import math
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cameras import Exposure, ExposureLimits
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from edge.config import parse
from edge.exposure import (
    Moment,
    SkyTrend,
    aim,
    allowed,
    next_exposure,
    observed,
    remembered,
    split,
    stops,
    target_of,
)
from edge.metering import Metered, meter, srgb_encoded, srgb_linear
from edge.settings.camera import ExposureSettings
from products.sun import Place, sun_altitude_deg

IMX477 = ExposureLimits(114, 694_000_000, 1.0, 22.26)
SETTINGS = ExposureSettings()
LIMITS = allowed(IMX477, SETTINGS, interval_s=30)
MOST = split(99, LIMITS)
MIDNIGHT = dt.datetime(2026, 11, 9, 23, 0, tzinfo=dt.UTC)
CADENCE = dt.timedelta(seconds=30)
DAY_DEG, NIGHT_DEG = 20.0, -30.0


def at(frame: int, sun_deg: float = DAY_DEG) -> Moment:
    return Moment(MIDNIGHT + frame * CADENCE, sun_deg)


def seen(sky_stops: float, used: Exposure, contrast: float = 1.0) -> Metered:
    """Return what an ideal linear sensor and an 8-bit frame show of a sky that a second at gain 1 shows at 2**stops."""

    def shown(linear: float) -> float:
        return srgb_linear(round(255 * srgb_encoded(min(1.0, linear))) / 255)

    background = 2 ** (stops(used) + sky_stops)
    bright = shown(background * contrast)
    return Metered(shown(background), 0.02 if bright >= 0.98 else 0.0, bright)


def errors_in_closed_loop(
    sky_stops: Callable[[int], float], start: Exposure, frames: int, late: int = 0
) -> list[float]:
    """Return the error in stops of each frame of a daytime sky; what is asked comes ``late`` frames later."""
    errors, trend = [], None
    asked = deque([start] * (late + 1))
    for frame in range(frames):
        used, sky = asked.popleft(), sky_stops(frame)
        errors.append(stops(used) + sky - math.log2(SETTINGS.target))
        trend = observed(trend, seen(sky, used), used, at(frame))
        asked.append(next_exposure(trend, at(frame + 1 + late), SETTINGS, LIMITS))
    return errors


# The sky of these tests: a background at the aim of the day takes an eighth of a second, ten stops from either limit.
SKY = 3.0 + math.log2(SETTINGS.target)
RIGHT = split(-3.0, LIMITS)


@pytest.mark.parametrize("late", [0, 1, 3, 6])
@pytest.mark.parametrize("start", [-10, -6, -3, -1, -0.3, 0.3, 1, 3, 6, 10])
def test_settles_from_any_start_within_four_frames_without_oscillation(start, late):
    begin = split(-3 + start, LIMITS)
    errors = errors_in_closed_loop(lambda _: SKY, begin, 40, late)
    # A camera that follows late shows each correction so many frames later; there are at most three of them.
    assert max(abs(error) for error in errors[3 * (late + 1) :]) < 0.15
    swings = [abs(b) for a, b in pairwise(errors[late + 1 :]) if a * b < 0]
    assert sum(swing > 0.1 for swing in swings) <= 1


@pytest.mark.parametrize("late", [0, 6])
def test_a_steadily_brightening_sky_is_met_and_not_trailed(late):
    """A sky that doubles every 2 minutes, 30 s cadence: the fastest that mid latitudes show."""
    errors = errors_in_closed_loop(lambda frame: SKY + frame / 4, RIGHT, 41, late)
    settled = errors[12 + 2 * late :]
    assert max(abs(error) for error in settled) < (0.05 if late == 0 else 0.15)


def test_noise_of_the_sky_is_not_chased():
    errors = errors_in_closed_loop(
        lambda frame: SKY + (0.1 if frame % 2 else -0.1), RIGHT, 60
    )
    assert max(abs(error) for error in errors[10:]) < 0.3


def test_lightning_and_headlights_of_one_frame_change_nothing():
    calm = errors_in_closed_loop(lambda _: SKY, RIGHT, 20)
    struck = errors_in_closed_loop(lambda frame: SKY + 6 * (frame == 10), RIGHT, 20)
    assert struck[11:] == pytest.approx(calm[11:], abs=0.05)


def test_a_lamp_that_stays_on_is_followed_from_its_second_frame():
    errors = errors_in_closed_loop(lambda frame: SKY + 2 * (frame >= 10), RIGHT, 20)
    assert errors[10:12] == pytest.approx([2, 2], abs=0.1)
    assert max(map(abs, errors[12:])) < 0.1


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


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
        min_size=1,
        max_size=12,
    ),
    st.floats(-90, 90),
)
def test_whatever_was_measured_the_next_exposure_is_within_the_limits(frames, sun_deg):
    trend: SkyTrend | None = None
    used = split(0, LIMITS)
    for number, (background, saturated, highlight) in enumerate(frames):
        metered = Metered(background, saturated, highlight)
        trend = observed(trend, metered, used, at(number, sun_deg))
        used = next_exposure(trend, at(number + 1, sun_deg), SETTINGS, LIMITS)
        assert LIMITS.shortest_us <= used.exposure_us <= LIMITS.longest_us
        assert LIMITS.lowest_gain <= used.gain <= LIMITS.highest_gain


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


def test_bright_clouds_darken_the_frame_until_they_are_not_white():
    """A hundredth of the sky is 40 times its background: it is white at the aim."""
    trend, used, shown = None, RIGHT, []
    for frame in range(12):
        metered = seen(SKY, used, contrast=40)
        shown.append(metered.highlight)
        trend = observed(trend, metered, used, at(frame))
        used = next_exposure(trend, at(frame + 1), SETTINGS, LIMITS)
    assert shown[0] == 1
    assert all(0.7 < one < 0.9 for one in shown[-4:])


def test_the_first_exposure_grows_as_the_sun_sinks():
    exposures = [
        next_exposure(None, at(0, sun), SETTINGS, LIMITS) for sun in range(60, -30, -1)
    ]
    steps = [stops(b) - stops(a) for a, b in pairwise(exposures)]
    assert min(steps) > -0.15  # the aim of the night is lower than that of the day
    assert exposures[-1].exposure_us == LIMITS.longest_us
    assert exposures[20].exposure_us < 1000


def test_after_a_pause_the_sky_is_as_the_sun_has_changed_it():
    used = Exposure(1_000_000, 1.0)
    same = remembered(used, at(0, NIGHT_DEG), SETTINGS)
    later = next_exposure(same, at(60, NIGHT_DEG + 5), SETTINGS, LIMITS)
    assert stops(later) == pytest.approx(0, abs=1e-6)
    dusk = remembered(used, at(0, -6), SETTINGS)
    darker = next_exposure(dusk, at(60, -9), SETTINGS, LIMITS)
    assert 2 < stops(darker) < 5


def test_after_a_pause_the_first_frame_is_believed_at_once():
    old = remembered(RIGHT, at(0), SETTINGS)
    trend = observed(old, seen(SKY + 3, RIGHT), RIGHT, at(10))
    asked = next_exposure(trend, at(11), SETTINGS, LIMITS)
    assert stops(asked) == pytest.approx(-6, abs=0.1)


def test_the_aim_moves_smoothly_from_day_to_night():
    settings = ExposureSettings(target=0.16, target_night=0.04)
    suns = [20.0, -3.0, -9.0, -15.0, -40.0]
    aims = [aim(sun_deg, settings) for sun_deg in suns]
    assert aims == pytest.approx([0.16, 0.16, 0.08, 0.04, 0.04])


# Hainich in the days of the new moon of November 2026, and at midsummer.
HAINICH = {
    "name": "Hainich",
    "latitude_deg": 51.08,
    "longitude_deg": 10.45,
    "zone": "Europe/Berlin",
}
PLACE = Place(51.08, 10.45)
DUSK = dt.datetime(2026, 11, 9, 15, 0, tzinfo=dt.UTC)
DAWN = dt.datetime(2026, 11, 10, 5, 0, tzinfo=dt.UTC)
MIDSUMMER_DUSK = dt.datetime(2026, 6, 20, 19, 30, tzinfo=dt.UTC)


class Sequence:
    """Frames of the simulated camera, 30 s from start to start, exposed by the control."""

    def __init__(self, clouds: str, start: dt.datetime, seed: int = 1) -> None:
        sky = {"width": 128, "height": 96, "clouds": clouds, "seed": seed}
        camera = {"driver": "simulator", "simulator": sky}
        self._clock = VirtualClock(start)
        self._camera = SimulatedCamera(
            parse({"site": HAINICH, "camera": camera}), self._clock
        )
        self._trend: SkyTrend | None = None
        self._start = start
        self.metered: list[Metered] = []
        self.aimed: list[float] = []  # the aim, or less where the highlights ask for it
        self.limited: list[bool] = []

    def take(self, frames: int, begin: Exposure | None = None) -> None:
        """Take so many frames."""
        used = begin or next_exposure(None, self._moment(), SETTINGS, LIMITS)
        for number in range(1, frames + 1):
            frame = self._camera.capture(used)
            half = dt.timedelta(microseconds=frame.exposure.exposure_us / 2)
            middle = self._moment(frame.taken_utc + half)
            metered = meter(frame)
            self._note(metered, frame.exposure, middle)
            self._trend = observed(self._trend, metered, frame.exposure, middle)
            due = self._start + number * CADENCE
            self._clock.sleep((due - self._clock.now()).total_seconds())
            coming = self._moment(due + half)
            used = next_exposure(self._trend, coming, SETTINGS, LIMITS)

    def _note(self, metered: Metered, used: Exposure, middle: Moment) -> None:
        self.aimed.append(target_of(self._trend, middle.sun_altitude_deg, SETTINGS))
        self.limited.append(stops(used) > stops(MOST) - 0.01)
        self.metered.append(metered)

    def _moment(self, utc: dt.datetime | None = None) -> Moment:
        utc = utc or self._clock.now()
        return Moment(utc, sun_altitude_deg(PLACE, utc))

    @property
    def errors(self) -> list[float]:
        """The errors in stops of the frames that the limits allowed."""
        frames = zip(self.metered, self.aimed, self.limited, strict=True)
        return [
            math.log2(one.background / aimed) for one, aimed, cut in frames if not cut
        ]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("clouds", ["clear", "broken", "overcast"])
@pytest.mark.parametrize("start", [DUSK, DAWN, MIDSUMMER_DUSK])
def test_dusk_and_dawn_are_followed_without_a_visible_jump(clouds, start, seed):
    sky = Sequence(clouds, start, seed)
    sky.take(240)
    assert max(map(abs, sky.errors[4:])) < 0.15
    levels = [one.level for one in sky.metered[4:]]
    assert np.abs(np.diff(levels)).max() <= 5  # of 255; 10 are asked for
    assert max(one.saturated for one in sky.metered[4:]) < 0.01


@pytest.mark.parametrize("clouds", ["clear", "broken", "overcast"])
@pytest.mark.parametrize("start", [-10, 10])
def test_settles_on_the_simulated_sky(clouds, start):
    sky = Sequence(clouds, DUSK + dt.timedelta(hours=1))
    guess = next_exposure(None, sky._moment(), SETTINGS, LIMITS)
    sky.take(8, split(stops(guess) + start, LIMITS))
    assert max(map(abs, sky.errors[4:])) < 0.2


@pytest.mark.parametrize("minutes", [30, 60, 75, 90])
def test_the_first_frame_of_a_clear_dusk_is_usable(minutes):
    sky = Sequence("clear", DUSK + dt.timedelta(minutes=minutes))
    sky.take(1)
    assert abs(math.log2(sky.metered[0].background / sky.aimed[0])) < 1.5
