import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cameras.optics import Fisheye
from edge.cameras.sky.grid import Grid

SIZES = st.sampled_from([(1014, 760), (760, 1014), (64, 64), (4056, 3040)])


@given(
    size=SIZES,
    rotation=st.floats(-180, 180),
    altitude=st.floats(-2, 89.9),
    azimuth=st.floats(0, 359.99),
)
def test_projection_and_its_inverse_agree(size, rotation, altitude, azimuth):
    fisheye = Fisheye(*size, rotation)
    again = fisheye.unproject(*fisheye.project(altitude, azimuth))
    assert again[0] == pytest.approx(altitude, abs=1e-9)
    assert (again[1] - azimuth + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)


def test_north_is_up_and_east_is_left():
    fisheye = Fisheye(101, 101)
    north, east = fisheye.project(45, 0), fisheye.project(45, 90)
    assert north[0] == pytest.approx(50)
    assert north[1] < 50
    assert east[0] < 50
    assert east[1] == pytest.approx(50)
    assert fisheye.project(90, 123) == pytest.approx((50, 50))


def test_rotation_turns_north_clockwise():
    x, y = Fisheye(101, 101, rotation_deg=90).project(45, 0)
    assert x > 50
    assert y == pytest.approx(50)


def test_zenith_distance_grows_evenly():
    fisheye = Fisheye(1014, 760)
    distances = np.diff(fisheye.project(np.arange(90, -3, -10.0), 180)[1])
    assert distances == pytest.approx(distances[0])


@pytest.mark.parametrize("size", [(1014, 760), (760, 1014), (512, 512)])
def test_circle_shows_the_whole_sky_and_fits_into_the_frame(size):
    fisheye = Fisheye(*size)
    circle, (width, height) = fisheye.circle, size
    azimuths = np.arange(0, 360, 5.0)
    x, y = fisheye.project(np.zeros_like(azimuths), azimuths)
    away = np.hypot(x + 0.5 - circle.x * width, y + 0.5 - circle.y * width)
    assert (away < circle.radius * width).all()
    assert circle.x - circle.radius > 0
    assert (circle.y - circle.radius) * width > 0
    assert (circle.y + circle.radius) * width < height


def test_pixels_above_the_horizon_cover_half_a_sphere():
    fisheye = Fisheye(508, 380)
    grid = Grid(fisheye)
    solid_angle = fisheye.pixel_arcsec2 * 16 * grid.stretch[grid.up > 0].sum()
    assert solid_angle == pytest.approx(2 * np.pi * (180 / np.pi * 3600) ** 2, rel=0.01)


def test_enlarging_keeps_what_is_linear():
    grid = Grid(Fisheye(100, 90))
    rows, columns = np.indices(grid.shape, np.float32) * 4
    into = np.empty(
        (grid.rows.stop - grid.rows.start, grid.columns.stop - grid.columns.start),
        np.float32,
    )
    grid.enlarge(2 * rows - columns, into)
    y, x = np.indices(into.shape)
    assert into == pytest.approx(2 * y - x)
