import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from products.painting import paint, runs

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(arrays.arrays(np.bool_, SHAPES), st.integers(0, 255))
def test_exactly_the_covered_pixels_are_painted(covered, value):
    pixels = np.full((*covered.shape, 3), 99, np.uint8)
    paint(pixels, runs(covered), value)
    assert (pixels == np.where(covered[..., None], value, 99)).all()


@given(arrays.arrays(np.bool_, SHAPES))
def test_raw_pixels_have_no_channels(covered):
    pixels = np.full(covered.shape, 1000, np.uint16)
    paint(pixels, runs(covered), 256)
    assert (pixels == np.where(covered, 256, 1000)).all()


def test_stretches_go_on_into_the_next_row():
    assert runs(np.array([[0, 1, 1], [1, 0, 1]], bool)) == [(1, 4), (5, 6)]
    assert runs(np.zeros((2, 2), bool)) == []
