import numpy as np
import pytest

from products.obstacles import least_light
from products.sky import SkyFacts, measure
from products.sky_plane import luma_plane
from products.star_finder import measure_mesh

SIZE = 700


def with_point(light, x, y, peak=90):
    rows, columns = np.mgrid[y - 4 : y + 5, x - 4 : x + 5]
    light[y - 4 : y + 5, x - 4 : x + 5] += peak * np.exp(
        -((rows - y) ** 2 + (columns - x) ** 2) / 2
    )


@pytest.fixture(scope="module")
def frame():
    """A sky of level 30 above dark ground, with a branch, 5 stars, a lamp on the ground and one beside the branch."""
    light = np.full((SIZE, SIZE), 30.0)
    light[500:] = 2
    light[200:205, 100:400] = 3
    for x, y in ((150, 100), (350, 120), (500, 300), (250, 400), (600, 450)):
        with_point(light, x, y)
    with_point(light, 300, 600)
    with_point(light, 200, 208)
    grain = np.random.default_rng(1).normal(0, 2, (SIZE, SIZE, 3))
    return (light[..., None] + grain).clip(0, 255).astype(np.uint8)


def places(sky):
    return {
        (round(float(x)), round(float(y)))
        for x, y in zip(sky.stars.x, sky.stars.y, strict=True)
    }


def test_stars_are_found_and_lamps_before_dark_things_are_not(frame):
    found = places(measure(frame, SkyFacts(-40)))
    assert found == {(150, 100), (350, 120), (500, 300), (250, 400), (600, 450)}


def test_what_the_owner_masked_shows_no_stars(frame):
    mask = np.ones((70, 70), np.bool_)
    mask[:, 40:] = False
    found = places(measure(frame, SkyFacts(-40, open_sky=mask)))
    assert found == {(150, 100), (350, 120), (250, 400)}


def test_points_that_are_known_to_be_none_are_sifted_out(frame):
    sky = measure(frame, SkyFacts(-40, sift=lambda stars: stars.brightest(2)))
    assert sky.star_count == 2


def test_nothing_is_said_of_a_frame_that_is_nearly_black():
    grain = np.random.default_rng(1).normal(1, 2, (SIZE, SIZE, 3))
    plane = luma_plane(grain.clip(0, 255).astype(np.uint8))
    assert least_light(plane, measure_mesh(plane)) is None


def test_a_dark_cell_is_no_sky(frame):
    plane = luma_plane(frame)
    least = least_light(plane, measure_mesh(plane))
    assert np.isinf(least[-1]).all()
    assert (least[:4] < 0.02).all()
