import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cameras.bayer import BayerLayout


@given(
    width=st.integers(1, 40),
    height=st.integers(1, 12),
    padding=st.integers(0, 33),
    bits=st.sampled_from([10, 12, 14]),
    left_aligned=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_pixels_come_back_as_they_were_laid_down(
    width, height, padding, bits, left_aligned, seed
):
    counts = np.random.default_rng(seed).integers(0, 1 << bits, (height, width))
    shift = 16 - bits if left_aligned else 0
    stored = np.full((height, width + padding), 0xAAAA, "<u2")
    stored[:, :width] = counts << shift
    name = f"SGBRG{16 if left_aligned else bits}"
    layout = BayerLayout.of(name, (width, height), stored.strides[0], bits)
    image = layout.image(stored.view(np.uint8).ravel(), 4096)
    assert image.pattern == "GBRG"
    assert np.array_equal(image.mosaic >> shift, counts)
    assert image.black >> shift == 4096 >> (16 - bits)
    assert image.white >> shift == (1 << bits) - 1
    assert np.shares_memory(image.mosaic, stored)


@pytest.mark.parametrize(
    "name",
    ["SRGGB12_CSI2P", "RGGB_PISP_COMP1", "SRGGB8", "R12", "R16", "BGR888", ""],
)
def test_what_cannot_be_read_in_place_has_no_layout(name):
    assert BayerLayout.of(name, (4, 4), 8, 12) is None


def test_more_memory_than_rows_is_not_looked_at():
    memory = np.zeros(3 * 8 + 100, np.uint8)
    image = BayerLayout.of("SRGGB12", (4, 3), 8, 12).image(memory, 4096)
    assert image.mosaic.shape == (3, 4)
