import numpy as np
import pytest

from products.cloud_estimate import ClearSky, Seen, cloud_cover, unevenness
from products.zenith import Unmeasured


def seen(count, faintest=1.0):
    """Return stars whose number grows as that of real ones: four times as many for two magnitudes."""
    flux = faintest * (np.arange(1, count + 1) / count) ** (-1 / 0.75)
    return Seen(flux.astype(np.float32), faintest)


CLEAR = ClearSky(seen(400))


def half_hidden(stars):
    return Seen(stars.flux[::2], stars.limit)


def test_missing_stars_are_clouds():
    clouds = cloud_cover(half_hidden(CLEAR.seen), CLEAR, 0.1, -30)
    assert clouds.cover == pytest.approx(1 - 0.5**1.5, abs=0.03)
    assert clouds.error == pytest.approx(0.03, abs=0.01)
    assert cloud_cover(Seen(np.empty(0, np.float32), 1.0), CLEAR, 0.1, -30).cover == 1
    assert cloud_cover(CLEAR.seen, CLEAR, 0.1, -30).cover == 0


@pytest.mark.parametrize("limit", [2, 4])
def test_a_brighter_sky_or_a_shorter_exposure_is_no_cloud(limit):
    moonlit = Seen(CLEAR.seen.flux[CLEAR.seen.flux > limit], limit)
    assert cloud_cover(moonlit, CLEAR, 0.1, -30).cover == 0


def test_more_stars_than_expected_are_a_clear_sky():
    assert cloud_cover(seen(800), CLEAR, 0.1, -30).cover == 0


def test_a_few_missing_stars_under_a_smooth_sky_are_chance():
    nearly = Seen(np.delete(CLEAR.seen.flux, np.s_[::10]), 1.0)
    assert cloud_cover(nearly, CLEAR, 0.02, -30).cover == 0
    assert cloud_cover(nearly, CLEAR, 0.09, -30).cover == pytest.approx(0.15, abs=0.03)
    assert cloud_cover(half_hidden(CLEAR.seen), CLEAR, 0.02, -30).cover > 0.4


def test_nothing_is_said_in_twilight_or_without_a_clear_sky():
    assert cloud_cover(CLEAR.seen, CLEAR, 0.1, -8).reason is Unmeasured.TWILIGHT
    for unknown in (
        cloud_cover(CLEAR.seen, None, 0.1, -30),
        cloud_cover(None, CLEAR, 0.1, -30),
        cloud_cover(Seen(CLEAR.seen.flux, 1000.0), CLEAR, 0.1, -30),
    ):
        assert (unknown.cover, unknown.reason) == (None, Unmeasured.NO_REFERENCE)


def test_the_clear_sky_of_a_night_is_not_its_best_frame_but_a_good_one():
    frames = [seen(count) for count in range(100, 300, 10)]
    clear = ClearSky.of_night(frames)
    assert clear is not None
    assert len(clear.seen.flux) == 270
    assert ClearSky.of_night(list(reversed(frames))) == clear


def test_a_night_without_stars_or_with_few_frames_has_no_clear_sky():
    assert ClearSky.of_night([seen(400)] * 9) is None
    assert ClearSky.of_night([seen(5)] * 100) is None


def test_town_glow_and_moonlight_are_smooth_and_clouds_are_not():
    y, x = np.mgrid[:30, :30].astype(np.float32)
    inside = np.hypot(x - 15, y - 15) < 14
    glow = 50 + 2 * x + 0.05 * (y - 10) ** 2
    clouds = glow * (1 + 0.3 * np.sin(x / 2) * np.sin(y / 2))
    assert unevenness(glow, inside) < 0.005
    assert unevenness(clouds, inside) > 0.1


def test_too_few_cells_and_a_black_sky_have_no_structure():
    flat = np.zeros((30, 30), np.float32)
    assert unevenness(flat, np.ones(flat.shape, bool)) is None
    assert unevenness(flat[:5, :5] + 1, np.ones((5, 5), bool)) is None
    assert unevenness(flat[:4] + 1, np.ones((4, 30), bool)) is None


def test_stars_hidden_by_glare_are_not_missed():
    """A quarter of the frame shows nothing, because the moon is there."""
    stars = CLEAR.seen.flux[::4]
    glare = Seen(np.delete(CLEAR.seen.flux, np.s_[::4]), 1.0, (1.0,) * 3 + (100.0,) * 1)
    assert len(glare.flux) == len(CLEAR.seen.flux) - len(stars)
    assert glare.part_that_shows(1.3) == pytest.approx(0.67, abs=0.02)
    assert cloud_cover(glare, CLEAR, 0.2, -30).cover < 0.02
