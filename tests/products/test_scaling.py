import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products import jpeg
from products.scaling import divided, resized, shrink, within
from products.thumbnails import WIDTH, thumbnail
from tests.products.conftest import sky_frame


def test_a_whole_divisor_gives_the_means_of_blocks():
    frame = sky_frame(1, 300, 400)
    small = shrink(frame, 200)
    means = frame.reshape(150, 2, 200, 2, 3).mean((1, 3))
    assert small.shape == (150, 200, 3)
    assert np.abs(small - means).max() <= 0.51


@given(
    st.integers(2, 16), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32)
)
def test_dividing_gives_the_rounded_means_of_blocks_to_the_bit(
    divisor, rows, columns, seed
):
    height, width = divisor * rows + seed % divisor, divisor * columns + seed % 2
    random = np.random.default_rng(seed)
    frame = random.integers(0, 256, (height, width, 3), np.uint8)
    whole = frame[: rows * divisor, : columns * divisor].astype(int)
    sums = whole.reshape(rows, divisor, columns, divisor, 3).sum((1, 3))
    means = (sums + divisor**2 // 2) // divisor**2
    assert np.array_equal(divided(frame, divisor), means)


def test_the_brightest_blocks_do_not_overflow():
    assert (divided(np.full((64, 48, 3), 255, np.uint8), 16) == 255).all()


@pytest.mark.parametrize("side", [100, 133, 250, 399, 400, 401])
def test_sides_are_even_and_within_the_limit(side):
    small = shrink(sky_frame(1, 301, 399), side)
    height, width = small.shape[:2]
    assert height % 2 == width % 2 == 0
    assert 0.85 * min(side, 399) <= max(height, width) <= side


def test_every_star_counts_in_the_small_picture():
    frame = np.zeros((600, 600, 3), np.uint8)
    frame[7::50, 13::50] = 255
    for side in (300, 231, 190):
        small = shrink(frame, side).astype(float)
        light = small.sum() * (600 / small.shape[0]) * (600 / small.shape[1])
        assert light == pytest.approx(frame.sum(), rel=0.25)
        assert np.count_nonzero(small.max(2)) >= 12 * 12


def test_small_frames_are_not_enlarged():
    assert shrink(sky_frame(1), 1440).shape == (48, 64, 3)
    assert within(64, 48, 1440) == (64, 48)


def test_size_for_video_keeps_the_shape():
    assert within(4056, 3040, 1440) == (1440, 1080)
    assert within(3040, 3040, 1440) == (1440, 1440)


def test_repeated_pixels_stay_sharp():
    step = np.zeros((2, 2, 3), np.uint8)
    step[:, 1] = 255
    assert set(np.unique(resized(step, 8, 4))) == {0, 255}


def test_a_thumbnail_keeps_the_shape_of_the_frame():
    assert jpeg.size(thumbnail(sky_frame(1, 300, 400))) == (150, WIDTH)
    assert jpeg.size(thumbnail(sky_frame(1))) == (48, 64)
