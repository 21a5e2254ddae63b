from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.column_light import ColumnLight
from tests.products.conftest import record


def frame(exposure_s=30.0, gain=8.0):
    exposure_us = None if exposure_s is None else round(exposure_s * 1e6)
    return replace(record(0), exposure_us=exposure_us, gain=gain)


def ribbon(*levels):
    """Return a ribbon of 100 rows whose columns are grey."""
    return np.tile(np.array(levels, np.uint8)[None, :, None], (100, 1, 3))


def test_the_mean_is_that_of_the_stored_levels():
    sky = ribbon(20, 0)
    sky[:, 1] = (10, 20, 30)
    found = ColumnLight.of(sky, [frame(), frame()])
    assert found.mean == [
        20.0,
        pytest.approx(0.299 * 10 + 0.587 * 20 + 0.114 * 30, abs=0.05),
    ]


def test_light_is_linear_per_second_at_gain_1():
    # sRGB 188 is half of saturation (IEC 61966-2-1: 0.5029)
    found = ColumnLight.of(ribbon(188), [frame(exposure_s=10, gain=2)])
    assert found.light == [pytest.approx(0.5029 / 20, rel=1e-3)]


@given(st.floats(0.01, 60), st.floats(1, 16))
def test_the_same_picture_at_twice_the_exposure_is_half_the_light(exposure_s, gain):
    short, long = frame(exposure_s, gain), frame(2 * exposure_s, gain)
    one, other = ColumnLight.of(ribbon(60, 60), [short, long]).light
    assert one == pytest.approx(2 * other, rel=2e-3)


@pytest.mark.parametrize(
    ("exposure_s", "gain"), [(None, 8.0), (30.0, None), (None, None)]
)
def test_without_exposure_or_gain_the_light_is_unknown(exposure_s, gain):
    found = ColumnLight.of(ribbon(60), [frame(exposure_s, gain)])
    assert (found.mean, found.light) == ([60.0], [None])
    assert not found.exposure_known


def test_of_a_gap_nothing_is_known():
    found = ColumnLight.of(ribbon(0, 60), [None, frame()])
    assert found.mean == [None, 60.0]
    assert found.light[0] is None
    assert found.exposure_known


def test_a_saturated_column_has_no_light_and_the_moon_in_it_has():
    moon, white = ribbon(60), ribbon(60)
    moon[:2], white[:3] = 255, 255
    assert ColumnLight.of(moon, [frame()]).light != [None]
    assert ColumnLight.of(white, [frame()]).light == [None]
