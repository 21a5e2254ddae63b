"""Against the simulated sky, whose stars, brightness and clouds are known; its projection is worked out here again."""

import datetime as dt
import math
from functools import cache

import numpy as np
import pytest

from edge.cameras import Exposure, Frame, RawImage, imx477
from edge.cameras.simulator import SimulatedCamera
from edge.cameras.sky.heavens import heavens
from edge.cameras.sky.stars import catalogue
from edge.clock import VirtualClock
from edge.config import Settings
from products.cloud_estimate import ClearSky
from products.manifest import Circle
from products.sky import SkyFacts, measure
from products.sun import Place
from products.zenith import Unmeasured

DARK = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC)
MOONLIT = dt.datetime(2026, 11, 24, 22, tzinfo=dt.UTC)
PLACE = Place(51.0, 10.5, 400)
LARGE, SMALL = (2028, 1520), (1014, 760)


@cache
def frame(
    size=LARGE,
    when=DARK,
    clouds="clear",
    *,
    exposure_s=20.0,
    gain=4.0,
    sky_mag=21.3,
):
    """Return a simulated frame with its own copy of the pixels."""
    camera = simulated(size, clouds, VirtualClock(when), sky_mag=sky_mag)
    shown = camera.capture(Exposure(round(exposure_s * 1e6), gain))
    return Frame(shown.rgb.copy(), shown.taken_utc, shown.exposure, shown.raw)


def simulated(size, clouds, clock, *, sky_mag=21.3, seed=1):
    """Return a simulated camera with raw pixels."""
    simulator = {
        "width": size[0],
        "height": size[1],
        "clouds": clouds,
        "sky_mag_arcsec2": sky_mag,
        "seed": seed,
    }
    site = {
        "name": "Test",
        "latitude_deg": PLACE.latitude_deg,
        "longitude_deg": PLACE.longitude_deg,
        "elevation_m": PLACE.elevation_m,
        "zone": "Europe/Berlin",
    }
    camera = {"driver": "simulator", "simulator": simulator}
    settings = Settings.model_validate({"site": site, "camera": camera})
    return SimulatedCamera(settings, clock, raw=True)


def focal_px(shown):
    return 0.97 * shown.height / 2 / math.radians(92.5)


def facts(shown, clear=None):
    """Return what is known of a frame; the zero point is that of an f/2 lens of this focal length on an IMX477."""
    focal = focal_px(shown)
    focal_cm = focal * (4056 / shown.width) * 1.55e-4
    electrons_s = 5.5e5 * math.pi / 4 * (focal_cm / 2) ** 2
    electrons_s /= (4056 / shown.width) ** 2
    return SkyFacts(
        sun_altitude_deg=-50,
        exposure_s=shown.exposure.exposure_us / 1e6,
        gain=shown.exposure.gain,
        circle=Circle(
            x=0.5,
            y=shown.height / shown.width / 2,
            radius=0.485 * shown.height / shown.width,
        ),
        pixel_arcsec2=(math.degrees(1) * 3600 / focal) ** 2,
        zero_point_mag=2.5 * math.log10(electrons_s / 8180),
        clear=clear,
    )


def places(shown):
    """Return x, y, altitude and magnitude of everything that shines as a point: stars, planets, moon."""
    middle = shown.taken_utc + dt.timedelta(seconds=shown.exposure.exposure_us / 2e6)
    bodies, stars = heavens(PLACE, middle), catalogue()
    vectors = np.vstack(
        [stars.vectors @ bodies.stars_to_horizon.T, bodies.planets, bodies.moon]
    )
    magnitudes = np.append(stars.magnitudes, np.full(len(bodies.planets) + 1, 99))
    east, north, up = vectors.T
    zenith_angle, azimuth = np.arccos(up), np.arctan2(east, north)
    x = (shown.width - 1) / 2 - focal_px(shown) * zenith_angle * np.sin(azimuth)
    y = (shown.height - 1) / 2 - focal_px(shown) * zenith_angle * np.cos(azimuth)
    return x, y, 90 - np.degrees(zenith_angle), magnitudes


def recall(shown, stars, brighter, fainter=-9.0):
    """Return which part of the catalogue's stars of these magnitudes above 20 degrees was found within 1.5 pixels."""
    x, y, altitude, magnitudes = places(shown)
    asked = (altitude > 20) & (magnitudes < brighter) & (magnitudes >= fainter)
    away = np.hypot(x[asked][:, None] - stars.x, y[asked][:, None] - stars.y)
    return float((away.min(1) < 1.5).mean())


def false(shown, stars):
    """Return how many of the found stars are none."""
    x, y, altitude, _ = places(shown)
    x, y = x[altitude > -1], y[altitude > -1]
    away = np.hypot(stars.x[:, None] - x, stars.y[:, None] - y)
    return int((away.min(1) > 2.5).sum())


def test_the_stars_of_a_dark_sky_are_found_and_nothing_else():
    shown = frame()
    stars = measure(shown.rgb, facts(shown)).stars
    assert recall(shown, stars, 3) >= 0.95
    assert recall(shown, stars, 4, 3) >= 0.95
    assert recall(shown, stars, 5, 4) >= 0.85
    assert false(shown, stars) <= 2


def test_moonlight_takes_only_faint_stars():
    shown = frame(when=MOONLIT)
    stars = measure(shown.rgb, facts(shown)).stars
    assert recall(shown, stars, 3) >= 0.93
    assert recall(shown, stars, 4, 3) >= 0.8
    assert false(shown, stars) <= 3


def test_a_raw_mosaic_shows_the_bright_stars():
    shown = frame()
    stars = measure(shown.raw, facts(shown)).stars
    assert recall(shown, stars, 3) >= 0.95
    assert recall(shown, stars, 4, 3) >= 0.88
    assert false(shown, stars) <= 2


def test_clouds_and_a_moonlit_rim_of_clouds_are_no_stars():
    broken, moonlit = (frame(when=when, clouds="broken") for when in (DARK, MOONLIT))
    overcast = frame(clouds="overcast")
    for shown, most in ((broken, 2), (moonlit, 5), (overcast, 2)):
        assert false(shown, measure(shown.rgb, facts(shown)).stars) <= most


def test_places_are_good_to_a_fraction_of_a_pixel():
    shown = frame()
    x, y, altitude, magnitudes = places(shown)
    stars = measure(shown.rgb, facts(shown)).stars
    asked = (altitude > 30) & (magnitudes < 4)
    away = np.hypot(x[asked][:, None] - stars.x, y[asked][:, None] - stars.y).min(1)
    assert np.median(away) < 0.1


def test_fluxes_are_magnitudes():
    shown = frame()
    x, y, altitude, magnitudes = places(shown)
    stars = measure(shown.raw, facts(shown)).stars
    asked = (altitude > 40) & (magnitudes < 4.2) & (magnitudes > 2.5)
    away = np.hypot(x[asked][:, None] - stars.x, y[asked][:, None] - stars.y)
    near = away.min(1) < 1
    offset = magnitudes[asked][near] + 2.5 * np.log10(stars.flux[away.argmin(1)][near])
    assert np.quantile(np.abs(offset - np.median(offset)), 0.7) < 0.35


@pytest.mark.parametrize("sky_mag", [19.0, 20.5])
def test_the_brightness_of_the_zenith_is_that_of_the_simulated_sky(sky_mag):
    shown = frame(SMALL, sky_mag=sky_mag)
    raw, rgb = (measure(pixels, facts(shown)) for pixels in (shown.raw, shown.rgb))
    # the Milky Way near the zenith adds a little to the sky
    assert raw.brightness.mag_arcsec2 == pytest.approx(sky_mag - 0.03, abs=0.05)
    assert rgb.brightness.mag_arcsec2 == pytest.approx(sky_mag - 0.03, abs=0.08)
    assert (raw.brightness.calibrated, rgb.brightness.calibrated) == (True, False)
    assert raw.brightness.published
    assert not rgb.brightness.published


@pytest.mark.parametrize(("exposure_s", "gain"), [(20.0, 2.0), (10.0, 4.0)])
def test_twice_the_exposure_or_gain_leaves_the_brightness_as_it_is(exposure_s, gain):
    base = frame(SMALL, exposure_s=10.0, gain=2.0, sky_mag=20.5)
    other = frame(SMALL, exposure_s=exposure_s, gain=gain, sky_mag=20.5)
    for kind, within in (("raw", 0.04), ("rgb", 0.06)):
        magnitudes = [
            measure(getattr(shown, kind), facts(shown)).brightness.mag_arcsec2
            for shown in (base, other)
        ]
        assert magnitudes[0] == pytest.approx(magnitudes[1], abs=within)


def test_clouds_are_told_from_the_stars_that_are_missing():
    clear_frame = frame()
    clear = ClearSky(measure(clear_frame.rgb, facts(clear_frame)).seen)
    later = DARK + dt.timedelta(hours=1)
    cover = {}
    for name, shown in (
        ("clear", frame(when=DARK + dt.timedelta(hours=3))),
        ("moon", frame(when=MOONLIT)),
        ("broken", frame(when=later, clouds="broken")),
        ("overcast", frame(clouds="overcast")),
    ):
        cover[name] = measure(shown.rgb, facts(shown, clear)).clouds.cover
    assert cover["clear"] < 0.08
    assert cover["moon"] < 0.1
    assert 0.2 < cover["broken"] < 0.7
    assert cover["overcast"] > 0.95


def test_daylight_and_twilight_have_no_stars_and_a_reason():
    shown = frame(SMALL)
    known = facts(shown)
    for sun_deg in (-5.0, 30.0):
        sky = measure(
            shown.rgb,
            SkyFacts(sun_deg, known.exposure_s, known.gain, known.circle),
        )
        assert sky.star_count is None
        assert sky.stars_reason is sky.clouds.reason is Unmeasured.TWILIGHT


@pytest.mark.parametrize(
    ("level", "reason"), [(0, Unmeasured.BLACK), (255, Unmeasured.SATURATED)]
)
def test_black_and_white_frames_have_reasons_and_no_numbers(level, reason):
    shown = frame(SMALL)
    mosaic = np.full((760, 1014), 256 if level == 0 else 4095, np.uint16)
    for pixels in (
        np.full((760, 1014, 3), level, np.uint8),
        RawImage(mosaic, "RGGB", imx477.BLACK, imx477.WHITE),
    ):
        sky = measure(pixels, facts(shown))
        assert sky.background.light is sky.brightness.mag_arcsec2 is None
        assert sky.star_count is sky.clouds.cover is None
        assert sky.background.reason is sky.brightness.reason is reason
        assert sky.stars_reason is sky.clouds.reason is reason


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (63, 200), (200, 63)])
def test_a_tiny_frame_has_a_reason(size):
    sky = measure(np.full((*size, 3), 40, np.uint8), SkyFacts(-50))
    assert sky.stars_reason is Unmeasured.TOO_SMALL
    mosaic = RawImage(np.full(size, 600, np.uint16), "BGGR", 256, 4095)
    assert measure(mosaic, SkyFacts(-50)).stars_reason is Unmeasured.TOO_SMALL


def test_a_circle_outside_of_the_frame_has_a_reason():
    beside = Circle(x=1, y=2, radius=0.1)
    sky = measure(np.full((300, 300, 3), 40, np.uint8), SkyFacts(-50, circle=beside))
    assert sky.stars_reason is Unmeasured.TOO_SMALL
    assert sky.background.reason is Unmeasured.TOO_SMALL


def test_sixteen_bit_mosaics_do_not_overflow():
    shown = frame(SMALL)
    deep = RawImage(shown.raw.mosaic << 4, "RGGB", 256 << 4, 4095 << 4)
    known = facts(shown)
    one, other = measure(shown.raw, known), measure(deep, known)
    assert other.background.light == pytest.approx(one.background.light, rel=0.01)
    assert other.star_count == pytest.approx(one.star_count, abs=3)


def test_measuring_needs_nothing_but_the_pixels():
    sky = measure(frame(SMALL).rgb, SkyFacts())
    assert sky.star_count > 100
    assert sky.brightness.reason is Unmeasured.EXPOSURE_UNKNOWN
    assert sky.seen is sky.structure is None


def clouded(camera, shown):
    """Return in which part of the sky above 20 degrees cloud takes a fifth of the light or more."""
    air = camera._weather(shown.taken_utc).cloud_cover
    through = camera._sky._clouds.seen(shown.taken_utc, 20.0, air)
    high = np.asarray(camera._sky._grid.altitude_deg) > 20
    return 0.0 if through is None else float((through[high] < 0.8).mean())


def test_clouds_of_many_weathers_are_measured_to_a_tenth_or_so():
    shown = frame(SMALL)
    clear = ClearSky(measure(shown.rgb, facts(shown)).seen)
    errors = []
    for seed in range(1, 6):
        for clouds in ("broken", "changing"):
            clock = VirtualClock(DARK)
            camera = simulated(SMALL, clouds, clock, seed=seed)
            for _ in range(2):
                seen = camera.capture(Exposure(20_000_000, 4.0))
                cover = measure(seen.rgb, facts(seen, clear)).clouds.cover
                errors.append(cover - clouded(camera, seen))
                clock.sleep(3 * 3600)
    assert abs(np.mean(errors)) < 0.08
    assert np.sqrt(np.mean(np.square(errors))) < 0.12
