import numpy as np
import pytest

from edge.cameras.optics import Fisheye
from edge.cameras.sky.grid import Grid
from edge.cameras.sky.heavens import unit_vectors
from edge.cameras.sky.milkyway import TO_GALACTIC, milky_way
from edge.cameras.sky.photometry import S10

# J2000: the centre and the north pole of the galaxy, Deneb (longitude 84.3, latitude 2.0), and Sadr amid Cygnus
CENTRE, POLE = (266.405, -28.936), (192.859, 27.128)
DENEB, SADR = (310.358, 45.280), (305.557, 40.257)


def galactic(place):
    x, y, z = TO_GALACTIC @ unit_vectors(np.array([place[0]]), np.array([place[1]]))[0]
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arcsin(z))


def test_galactic_coordinates_are_those_of_the_definition():
    assert galactic(CENTRE)[1] == pytest.approx(0, abs=0.01)
    assert (galactic(CENTRE)[0] + 180) % 360 == pytest.approx(180, abs=0.01)
    assert galactic(POLE)[1] == pytest.approx(90, abs=0.01)
    assert galactic(DENEB) == pytest.approx((84.28, 2.0), abs=0.02)


def overhead(place, radius_deg):
    """Return the mean brightness in S10 around a place that stands at the zenith."""
    grid = Grid(Fisheye(508, 380))
    up = unit_vectors(np.array([place[0]]), np.array([place[1]]))[0]
    east = np.cross([0, 0, 1], up)
    east /= np.linalg.norm(east)
    light = milky_way(grid, np.array([east, np.cross(up, east), up]))
    return light[1][grid.altitude_deg > 90 - radius_deg].mean() / S10


def test_the_milky_way_is_brightest_in_sagittarius_and_faint_at_the_poles():
    sagittarius, cygnus, pole = (
        overhead(place, 4) for place in ((271, -29), SADR, POLE)
    )
    assert 300 < sagittarius < 1200
    assert 100 < cygnus < 600
    assert pole < 5


def test_dust_parts_the_milky_way():
    aquila_rift, scutum_cloud = (
        overhead((277.5, -1.0), 2.5),
        overhead((281.5, -7.0), 2.5),
    )
    assert aquila_rift < 0.7 * scutum_cloud
