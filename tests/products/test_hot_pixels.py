import numpy as np
import pytest

from products.hot_pixels import (
    DOUBLING_K,
    SHOWS_ABOVE,
    HotPixels,
    HotPixelSearch,
    Repair,
)

HEIGHT, WIDTH = 120, 160


def hot(places, rate_s=1.0):
    x, y = np.array(places, np.int32).reshape(-1, 2).T
    return HotPixels(WIDTH, HEIGHT, x, y, np.full(len(x), rate_s, np.float32))


def dark(strength, rates, seed, noise=0.001):
    """Return a frame of a covered lens with pixels (x, y) -> rate, saturating at 1."""
    frame = np.random.default_rng(seed).normal(0, noise, (HEIGHT, WIDTH))
    for (x, y), rate_s in rates.items():
        frame[y, x] += rate_s * strength
    return np.minimum(frame, 1).astype(np.float32)


def searched(rates, struck=()):
    search = HotPixelSearch()
    for number, strength in enumerate((240, 240, 240, 30, 80)):
        frame = dark(strength, rates, number)
        if number == 0:
            for x, y in struck:
                frame[y, x] = 0.8
        search.add(frame, strength)
    return search.found()


def test_rates_are_found_at_their_places():
    rates = {(5, 7): 2e-4, (100, 60): 1e-3, (159, 119): 5e-5}
    found = searched(rates)
    assert dict(zip(zip(found.x, found.y, strict=True), found.rate_s, strict=True)) == {
        place: pytest.approx(rate_s, rel=0.1) for place, rate_s in rates.items()
    }


def test_the_rate_of_a_pixel_that_saturates_comes_from_the_weaker_frames():
    (rate_s,) = searched({(20, 20): 0.01}).rate_s
    assert rate_s == pytest.approx(0.01, rel=0.6)


def test_a_particle_that_struck_one_frame_is_no_hot_pixel():
    assert len(searched({}, struck=[(30, 30), (31, 30)])) == 0


def test_noise_alone_has_no_hot_pixels():
    search = HotPixelSearch()
    for seed in range(3):
        search.add(dark(240, {}, seed, noise=0.01), 240)
    assert len(search.found()) == 0


def test_what_shows_follows_exposure_gain_and_temperature():
    pixels = hot([(4, 4)], rate_s=SHOWS_ABOVE / 100)
    for exposure_s, gain, warmer_k, shows in (
        (99, 1, 0, 0),
        (101, 1, 0, 1),
        (13, 8, 0, 1),
        (12, 8, 0, 0),
        (12, 8, DOUBLING_K, 1),
        (199, 1, -DOUBLING_K, 0),
        (0.001, 8, 10, 0),
    ):
        assert len(pixels.showing(exposure_s, gain, warmer_k)) == shows


def test_a_hot_pixel_becomes_like_its_surroundings_and_nothing_else_changes():
    chance = np.random.default_rng(1)
    clean = chance.integers(40, 60, (HEIGHT, WIDTH, 3), np.uint8)
    frame = clean.copy()
    frame[50, 70] = 255, 180, 200
    before = frame.copy()
    assert Repair(hot([(70, 50)]), 1).apply(frame, 10, 1, 0) == 1
    assert (frame[50, 70] >= 40).all()
    assert (frame[50, 70] <= 60).all()
    before[50, 70] = frame[50, 70]
    assert (frame == before).all()


def test_hot_neighbours_are_not_asked():
    places = [(x, y) for x in (10, 11, 12) for y in (10, 11, 12)]
    frame = np.full((HEIGHT, WIDTH, 3), 50, np.uint8)
    frame[10:13, 10:13] = 250
    Repair(hot(places), 1).apply(frame, 10, 1, 0)
    assert (frame == 50).all()


@pytest.mark.parametrize("place", [(0, 0), (159, 0), (0, 119), (159, 119), (80, 0)])
def test_at_the_edge_the_neighbours_are_those_that_there_are(place):
    frame = np.full((HEIGHT, WIDTH), 1000, np.uint16)
    frame[place[1], place[0]] = 4095
    Repair(hot([place]), 2).apply(frame, 10, 1, 0)
    assert (frame == 1000).all()


def test_in_a_mosaic_only_the_same_colour_is_asked():
    mosaic = np.empty((HEIGHT, WIDTH), np.uint16)
    mosaic[0::2, 0::2], mosaic[0::2, 1::2] = 300, 900
    mosaic[1::2, 0::2], mosaic[1::2, 1::2] = 900, 600
    clean = mosaic.copy()
    mosaic[40, 40], mosaic[41, 60], mosaic[61, 61] = 4000, 4000, 4000
    Repair(hot([(40, 40), (60, 41), (61, 61)]), 2).apply(mosaic, 10, 1, 0)
    assert (mosaic == clean).all()


def test_a_part_of_the_frame_keeps_what_lies_in_it():
    part = hot([(10, 10), (50, 60), (150, 10)]).cut(40, 50, 20, 20)
    assert (part.width, part.height, len(part)) == (20, 20, 1)
    assert (part.x[0], part.y[0]) == (10, 10)


def test_without_hot_pixels_nothing_happens():
    frame = np.full((HEIGHT, WIDTH, 3), 50, np.uint8)
    assert Repair(hot([]), 1).apply(frame, 30, 8, 0) == 0
