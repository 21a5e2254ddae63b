import numpy as np
import pytest

from products.statistics import frame_statistics, largest_channel_mean
from tests.products.conftest import sky_frame


def test_an_even_frame_has_its_own_levels():
    frame = np.full((480, 640, 3), (10, 40, 90), np.uint8)
    numbers = frame_statistics(frame)
    assert (numbers.red, numbers.green, numbers.blue) == (10, 40, 90)
    assert numbers.background == pytest.approx(0.299 * 10 + 0.587 * 40 + 0.114 * 90)
    assert numbers.saturated == numbers.sharp_points == 0


def test_the_largest_mean_is_exact():
    frame = sky_frame(3, 301, 403, background=90)
    expected = frame.reshape(-1, 3).astype(float).mean(0).max() / 255
    assert largest_channel_mean(frame) == pytest.approx(expected, abs=1e-12)


def test_sampled_means_are_near_the_exact_ones():
    frame = sky_frame(3, 301, 403, background=90)
    numbers = frame_statistics(frame)
    sampled = max(numbers.red, numbers.green, numbers.blue) / 255
    assert sampled == pytest.approx(largest_channel_mean(frame), abs=0.005)


def test_trees_and_lamps_at_the_edge_do_not_make_the_sky_brighter():
    frame = sky_frame(1, 480, 640)
    lit = frame.copy()
    lit[:, :100] = lit[:, -100:] = 255
    assert frame_statistics(lit).background == frame_statistics(frame).background


def test_stars_are_sharp_and_clouds_are_not():
    random = np.random.default_rng(1)
    dark = random.normal(20, 2, (480, 640, 3))
    ramp = (
        np.linspace(0, 60, 640)[None, :, None]
        * np.sin(np.arange(480) / 40)[:, None, None] ** 2
    )
    cloudy = (dark + ramp).clip(0, 255).astype(np.uint8)
    starry = dark.copy()
    y, x = random.integers(0, 480, 3000), random.integers(0, 640, 3000)
    starry[y, x] += 100
    stars = frame_statistics(starry.clip(0, 255).astype(np.uint8)).sharp_points
    assert stars > 3000
    assert frame_statistics(cloudy).sharp_points < stars / 20


def test_saturation_is_a_part_of_the_sky():
    frame = np.zeros((400, 400, 3), np.uint8)
    frame[:, 200:] = 255
    assert frame_statistics(frame).saturated == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 8, 3), (2, 300, 3), (300, 2, 3)])
def test_tiny_frames_have_numbers_too(shape):
    assert frame_statistics(np.full(shape, 7, np.uint8)).red == 7


def test_the_means_of_a_white_frame_of_many_rows_are_white():
    found = frame_statistics(np.full((16 * 300, 16, 3), 255, np.uint8))
    assert (found.red, found.green, found.blue) == (255, 255, 255)


@pytest.mark.parametrize("count", [1, 2, 31, 64])
def test_the_background_is_the_median_of_the_sky(count):
    grey = np.random.default_rng(count).integers(0, 256, (count, count), np.uint8)
    frame = grey.repeat(8, axis=0).repeat(8, axis=1)[..., None].repeat(3, axis=2)
    half = int(0.45 * 2**-0.5 * 8 * count)
    sky = frame[4 * count - half : 4 * count + half, 4 * count - half :][:, : 2 * half]
    sample = sky[4::8, 4::8, 0] if min(sky.shape[:2]) > 4 else sky[..., 0]
    found = frame_statistics(frame).background
    assert found == pytest.approx(np.median(sample), abs=0.01)
