import numpy as np
import pytest

from products.sky_plane import luma_plane
from products.star_finder import find_stars, measure_mesh


def sky(background=40.0, noise=2.0, size=(240, 320), seed=1):
    """Return an empty sky as float levels, (H, W)."""
    return np.random.default_rng(seed).normal(background, noise, size)


def add_star(levels, x, y, light, sigma=1.1):
    """Add a Gaussian star with a total of ``light`` levels."""
    rows, columns = np.indices(levels.shape)
    bell = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    levels += light * bell / (2 * np.pi * sigma**2)


def found(levels):
    """Return the stars of grey levels as (x, y), brightest first."""
    grey = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    plane = luma_plane(np.repeat(grey[..., None], 3, axis=2))
    stars = find_stars(plane, measure_mesh(plane))
    return list(zip(stars.x.tolist(), stars.y.tolist(), strict=True))


@pytest.mark.parametrize(
    ("x", "y"), [(100, 100), (100.5, 100.5), (157.3, 81.8), (60.25, 200.75)]
)
def test_a_star_is_placed_within_a_tenth_of_a_pixel(x, y):
    levels = sky()
    add_star(levels, x, y, 500)
    (star,) = found(levels)
    assert star == pytest.approx((x, y), abs=0.1)


def test_an_empty_sky_has_no_stars():
    assert found(sky()) == []
    assert found(np.full((240, 320), 40.0)) == []


def test_a_sky_of_smeared_noise_has_no_stars():
    noise = sky(0, 6)
    smeared = sum(np.roll(noise, (i, j), (0, 1)) for i in range(3) for j in range(3))
    assert len(found(40 + smeared / 6)) <= 1


def test_brighter_stars_come_first():
    levels = sky()
    for number, light in enumerate((200, 800, 400)):
        add_star(levels, 60 + 80 * number, 120, light)
    assert [round(x) for x, _ in found(levels)] == [140, 220, 60]


def test_hot_pixels_are_no_stars():
    levels = sky()
    levels[30:200:20, 30:300:20] += np.linspace(15, 215, 14)
    assert found(levels) == []


def test_neither_a_satellite_nor_a_bow_is_a_string_of_stars():
    levels = sky()
    for along in range(20, 220):
        add_star(levels, 60 + 0.7 * along, along, 120)
    assert len(found(levels)) <= 2  # its ends


def test_the_moon_is_no_star_and_hides_none_far_away():
    levels = sky()
    rows, columns = np.indices(levels.shape)
    away = np.hypot(columns - 160, rows - 120)
    levels += 4000 / (1 + (away / 4) ** 2)
    add_star(levels, 290, 40, 500)
    places = found(levels)
    assert any(np.hypot(x - 290, y - 40) < 0.3 for x, y in places)
    assert all(np.hypot(x - 160, y - 120) > 30 for x, y in places)


def test_the_edge_of_a_cloud_and_of_a_roof_have_no_stars():
    rows, columns = np.indices((240, 320))
    cloud = 60 / (1 + np.exp(-(rows - 120 - 30 * np.sin(columns / 25)) / 4))
    assert found(sky() + cloud) == []
    roof = np.where(rows + columns / 3 > 200, -30.0, 0.0)
    assert len(found(sky() + roof)) <= 1


def test_a_gradient_of_moonlight_hides_no_star():
    levels = sky() + np.linspace(0, 120, 320)
    add_star(levels, 200.5, 100.25, 500)
    (star,) = found(levels)
    assert star == pytest.approx((200.5, 100.25), abs=0.1)


def test_a_saturated_star_is_one_star():
    levels = sky()
    add_star(levels, 100.4, 120.7, 20_000, sigma=1.6)
    (star,) = found(levels)
    assert star == pytest.approx((100.4, 120.7), abs=0.3)
