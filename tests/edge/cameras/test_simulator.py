import datetime as dt
import math

import astronomy
import numpy as np
import pytest

from edge.cameras import Exposure
from edge.cameras.simulator import SimulatedCamera
from edge.clock import VirtualClock
from products.sun import Place, sun_altitude_deg

NEW_MOON = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC)
FULL_MOON = dt.datetime(2026, 11, 24, 22, tzinfo=dt.UTC)
BODY = astronomy.Body
J2000 = {
    "Vega": (279.2346, 38.7836),
    "Capella": (79.1721, 45.9981),
    "Polaris": (37.9529, 89.2642),
    "Deneb": (310.3580, 45.2803),
    "Aldebaran": (68.9802, 16.5093),
    "Mirfak": (51.0807, 49.8612),
}


def pixel_of(frame, altitude_deg, azimuth_deg):
    """Where an equidistant fisheye of 185 degrees shows a direction, worked out here once more."""
    radius = 0.97 * frame.height / 2 * (90 - altitude_deg) / 92.5
    azimuth = math.radians(azimuth_deg)
    x, y = -radius * math.sin(azimuth), -radius * math.cos(azimuth)
    return (frame.width - 1) / 2 + x, (frame.height - 1) / 2 + y


def centroid(frame, x, y, reach=4):
    """Return the middle of the light above the background around a point."""
    left, top = round(x) - reach, round(y) - reach
    cut = (
        frame.rgb[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        .sum(axis=2)
        .astype(float)
    )
    cut = np.clip(cut - np.percentile(cut, 20) - 40, 0, None)
    rows, columns = np.indices(cut.shape)
    assert cut.sum() > 100, "no star here"
    return left + (columns * cut).sum() / cut.sum(), top + (
        rows * cut
    ).sum() / cut.sum()


def zenith(frame):
    """Return the electrons-proportional counts of the sky around the zenith: green, black level subtracted, no gain."""
    raw = frame.raw
    height, width = raw.mosaic.shape
    green = raw.mosaic[0::2, 1::2].astype(float)
    y, x = np.indices(green.shape) * 2
    near = np.hypot(x - width / 2, y - height / 2) < 0.12 * height
    return (np.median(green[near]) - raw.black) / frame.exposure.gain


def mean_of_sky(frame):
    raw = frame.raw
    y, x = np.indices(raw.mosaic.shape)
    height, width = raw.mosaic.shape
    near = np.hypot(x - width / 2, y - height / 2) < 0.3 * height
    return (raw.mosaic[near].astype(float).mean() - raw.black) / (raw.white - raw.black)


@pytest.mark.parametrize("star", J2000)
def test_stars_fall_on_the_pixels_where_another_ephemeris_has_them(
    star, expose, horizontal
):
    frame = expose(NEW_MOON, 20, 8, width=1014, height=760)
    middle = NEW_MOON + dt.timedelta(seconds=10)
    wanted = pixel_of(frame, *horizontal(J2000[star], middle))
    assert centroid(frame, *wanted) == pytest.approx(wanted, abs=0.6)


@pytest.mark.parametrize(
    ("body", "moment", "exposure_s", "gain"),
    [
        (BODY.Moon, FULL_MOON, 0.001, 1),
        (BODY.Jupiter, dt.datetime(2026, 12, 10, 3, tzinfo=dt.UTC), 5, 2),
        (BODY.Saturn, NEW_MOON.replace(hour=20), 10, 4),
        (BODY.Sun, dt.datetime(2026, 6, 21, 11, tzinfo=dt.UTC), 0.000114, 1),
    ],
)
def test_moon_sun_and_planets_fall_on_their_pixels(
    body, moment, exposure_s, gain, expose, horizontal
):
    frame = expose(moment, exposure_s, gain, width=1014, height=760)
    wanted = pixel_of(frame, *horizontal(body, moment))
    assert centroid(frame, *wanted, reach=20) == pytest.approx(wanted, abs=0.8)


def test_a_turned_camera_turns_the_sky(expose, horizontal):
    frame = expose(NEW_MOON, 20, 8, rotation_deg=90, width=760, height=760)
    x, y = pixel_of(
        frame, *horizontal(J2000["Capella"], NEW_MOON + dt.timedelta(seconds=10))
    )
    middle = (frame.width - 1) / 2
    turned = middle - (y - middle), middle + (x - middle)
    assert centroid(frame, *turned) == pytest.approx(turned, abs=0.6)


def test_the_sky_turns_around_the_pole(expose, horizontal):
    frames = [
        expose(NEW_MOON + dt.timedelta(hours=h), 20, 8, width=760, height=760)
        for h in (0, 3)
    ]
    pole = pixel_of(frames[0], 50.6, 0)
    spots = []
    for hours, frame in zip((0, 3), frames, strict=True):
        moment = NEW_MOON + dt.timedelta(hours=hours, seconds=10)
        spots.append(
            centroid(frame, *pixel_of(frame, *horizontal(J2000["Polaris"], moment)))
        )
    for spot in spots:
        assert math.dist(spot, pole) < 1.2 * 760 * 0.97 / 185
    assert spots[0] != spots[1]


def test_same_moment_and_exposure_give_the_same_bytes(expose):
    one, other = (expose(FULL_MOON, 5, 4, clouds="broken") for _ in range(2))
    assert (one.rgb == other.rgb).all()
    assert (one.raw.mosaic == other.raw.mosaic).all()


def test_frames_do_not_depend_on_the_frames_before(settings):
    def camera(moment):
        return SimulatedCamera(settings(clouds="broken"), VirtualClock(moment))

    busy = camera(FULL_MOON)
    busy.capture(Exposure(60_000_000, 16))
    again = camera(FULL_MOON + dt.timedelta(seconds=60.000003))
    busy_frame, fresh_frame = (
        one.capture(Exposure(5_000_000, 4)) for one in (busy, again)
    )
    drift = abs((busy_frame.taken_utc - fresh_frame.taken_utc).total_seconds())
    assert drift < 1e-4
    if drift == 0:
        assert (busy_frame.rgb == fresh_frame.rgb).all()


def test_another_seed_is_another_night(expose):
    one, other = (
        expose(FULL_MOON, 5, 4, clouds="broken", seed=seed) for seed in (1, 2)
    )
    assert (one.rgb != other.rgb).mean() > 0.3


def test_twice_the_exposure_gathers_twice_the_light(expose):
    short, long = expose(exposure_s=10), expose(exposure_s=20)
    assert mean_of_sky(long) == pytest.approx(2 * mean_of_sky(short), rel=0.03)


def test_twice_the_exposure_at_half_the_gain_is_as_bright(expose):
    one, other = expose(exposure_s=10, gain=8), expose(exposure_s=20, gain=4)
    assert mean_of_sky(one) == pytest.approx(mean_of_sky(other), rel=0.03)


def test_the_picture_follows_the_srgb_curve_of_the_raw_light(expose):
    frame = expose(FULL_MOON, 10, 8)
    level = np.median(frame.rgb[150:230, 210:300, 1]) / 255
    linear = ((level + 0.055) / 1.055) ** 2.4
    raw = frame.raw
    part = (np.median(raw.mosaic[150:230:2, 211:300:2]) - raw.black) / (
        raw.white - raw.black
    )
    assert linear == pytest.approx(part, rel=0.05)


@pytest.mark.parametrize("sky_mag", [18.5, 20.5, 21.8])
def test_a_moonless_zenith_has_the_brightness_of_the_settings(sky_mag, expose):
    reference = expose(NEW_MOON, 30, 8, sky_mag_arcsec2=20.0)
    frame = expose(NEW_MOON, 30, 8, sky_mag_arcsec2=sky_mag)
    assert -2.5 * np.log10(zenith(frame) / zenith(reference)) == pytest.approx(
        sky_mag - 20.0, abs=0.35
    )


def test_the_full_moon_brightens_the_sky_by_some_magnitudes(expose):
    dark, moonlit = (
        expose(NEW_MOON, 8, 8, sky_mag_arcsec2=21.6),
        expose(FULL_MOON, 8, 8, sky_mag_arcsec2=21.6),
    )
    assert 2.5 < 2.5 * np.log10(zenith(moonlit) / zenith(dark)) < 4.5


def test_dusk_darkens_the_zenith_as_measured_skies_do(expose):
    # magnitudes between 5 and 8 degrees of depression: Patat et al. 2006, V
    place = Place(50.6, 8.7, 300)
    start = dt.datetime(2026, 11, 9, 15, 30, tzinfo=dt.UTC)
    minutes = [start + dt.timedelta(minutes=m) for m in range(120)]
    depth = {
        d: min(minutes, key=lambda m: abs(sun_altitude_deg(place, m) + d))
        for d in (5, 8)
    }
    early, late = expose(depth[5], 0.05, 1), expose(depth[8], 1, 1)
    fall = 2.5 * np.log10(zenith(early) / 0.05 / zenith(late))
    assert fall == pytest.approx(15.88 - 11.84, abs=0.5)


def test_stars_vanish_behind_clouds(expose, horizontal):
    clear, overcast = (
        expose(clouds="clear", width=1014, height=760),
        expose(clouds="overcast", width=1014, height=760),
    )
    x, y = (
        round(v)
        for v in pixel_of(
            clear, *horizontal(J2000["Capella"], NEW_MOON + dt.timedelta(seconds=15))
        )
    )

    def contrast(frame):
        cut = frame.rgb[y - 8 : y + 9, x - 8 : x + 9, 1].astype(int)
        return cut.max() - np.median(cut)

    assert contrast(clear) > 100
    assert contrast(overcast) < contrast(clear) / 4


def test_clouds_are_dark_over_wild_land_and_bright_over_a_city(expose):
    def step(sky_mag):
        clear, overcast = (
            expose(clouds=c, sky_mag_arcsec2=sky_mag) for c in ("clear", "overcast")
        )
        return zenith(overcast) / zenith(clear)

    assert step(21.9) < 0.8
    assert step(18.5) > 2


def test_clouds_under_a_full_moon_are_bright(expose):
    overcast = expose(FULL_MOON, 8, 8, clouds="overcast", sky_mag_arcsec2=21.9)
    dark = expose(NEW_MOON, 8, 8, clouds="overcast", sky_mag_arcsec2=21.9)
    assert zenith(overcast) > 5 * zenith(dark)


def test_northern_lights_are_green_and_shine_only_where_they_are_asked_for(expose):
    moment = dt.datetime(2026, 11, 11, 19, tzinfo=dt.UTC)
    lit, plain = (
        expose(moment, aurora=True, sky_mag_arcsec2=21.6),
        expose(moment, sky_mag_arcsec2=21.6),
    )
    red, green, blue = (lit.rgb.astype(int) - plain.rgb.astype(int)).sum(axis=(0, 1))
    assert green > 1.5 * max(red, blue)
    assert green > 1_000_000


def test_the_day_is_not_saturated_and_the_sun_is(expose):
    frame = expose(dt.datetime(2026, 6, 21, 11, tzinfo=dt.UTC), 0.0002, 1)
    assert 40 < np.median(frame.rgb[150:230, 210:300]) < 200
    assert (frame.rgb == 255).all(axis=2).sum() > 20


def test_hot_pixels_stay_where_they_are_and_grow_with_time(expose):
    corner = np.s_[:60, :60]
    frames = [
        expose(NEW_MOON + dt.timedelta(minutes=m), 120, 8).raw.mosaic for m in (0, 10)
    ]
    brief = expose(NEW_MOON, 1, 8).raw.mosaic
    outside = np.ones_like(frames[0], bool)
    outside[:, 60:-60] = False
    hot = outside & (frames[0] > 330)
    assert 2 < hot.sum() < 0.01 * outside.sum()
    assert (frames[1][hot] > 320).all()
    assert (brief[hot] < frames[0][hot]).all()
    assert frames[0][corner].mean() == pytest.approx(256, abs=15)


def test_the_frame_says_what_the_sensor_really_did(settings):
    clock = VirtualClock(NEW_MOON)
    camera = SimulatedCamera(settings(), clock)
    frame = camera.capture(Exposure(10_000_000, 3.0))
    assert frame.exposure.exposure_us == pytest.approx(10_000_000, abs=20)
    assert frame.exposure.gain == pytest.approx(3.0, rel=0.01)
    assert frame.exposure != Exposure(10_000_000, 3.0)
    assert frame.taken_utc == NEW_MOON
    assert clock.monotonic() == pytest.approx(frame.exposure.exposure_us / 1e6)
    assert frame.raw is None
    assert (frame.width, frame.height) == (508, 380)
    assert -30 < frame.sensor_temperature_c < 50


def test_exposures_beyond_the_sensor_are_brought_to_its_limits(settings):
    camera = SimulatedCamera(settings(width=64, height=64), VirtualClock(NEW_MOON))
    brief = camera.capture(Exposure(1, 0.1)).exposure
    endless = camera.capture(Exposure(10**12, 1000)).exposure
    assert (brief.exposure_us, brief.gain) == (114, 1.0)
    assert (endless.exposure_us, endless.gain) == (
        694_422_939,
        pytest.approx(22.26, abs=0.01),
    )


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (192, 256), (66, 480), (760, 760)]
)
def test_frames_of_any_shape_show_a_round_sky(width, height, expose):
    frame = expose(FULL_MOON, 10, 8, width=width, height=height, clouds="broken")
    assert frame.rgb.shape == (height, width, 3)
    assert frame.rgb[height // 2, width // 2].max() > 30
    assert frame.rgb[0, 0].max() < 60
    assert frame.raw.mosaic.shape == (height, width)


def test_closing_and_reopening_do_no_harm(settings):
    camera = SimulatedCamera(settings(width=64, height=64), VirtualClock(NEW_MOON))
    camera.reopen()
    camera.close()
    assert camera.limits.longest_us > camera.limits.shortest_us
    assert 0 < camera.circle.radius < 0.5
