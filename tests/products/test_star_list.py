import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.star_list import StarList


def stars(*rows):
    return StarList(*np.array(rows, np.float32).reshape(-1, 3).T)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 4000, width=32),
            st.floats(0, 4000, width=32),
            st.floats(2**-10, 2**10, width=32),
        )
    )
)
def test_what_was_packed_is_unpacked_within_a_thirtieth_of_a_pixel(rows):
    packed = stars(*rows).pack()
    assert len(packed) == 6 + 6 * len(rows)
    again = StarList.unpack(packed)
    for found, (x, y, flux) in zip(
        zip(again.x, again.y, again.flux, strict=True), rows, strict=True
    ):
        assert found[0] == pytest.approx(x, abs=1 / 31)
        assert found[1] == pytest.approx(y, abs=1 / 31)
        assert found[2] == pytest.approx(flux, rel=0.001)


def test_a_frame_of_a_hundred_megapixels_is_packed_more_coarsely():
    again = StarList.unpack(stars((11600, 8700, 1)).pack())
    assert (again.x[0], again.y[0]) == (11600, 8700)


@pytest.mark.parametrize(
    "packed", [b"", b"\x01\x10\x05\0\0\0", b"\x02\x10\0\0\0\0", b"\x01\0\0\0\0\0"]
)
def test_other_bytes_are_refused(packed):
    with pytest.raises(ValueError, match="list of"):
        StarList.unpack(packed)


def test_the_brightest_come_first():
    assert stars((1, 1, 9), (2, 2, 4), (3, 3, 1)).brightest(2).flux.tolist() == [9, 4]
