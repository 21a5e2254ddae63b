import datetime as dt
import json

import numpy as np
import pytest

from products import jpeg
from products.meteor_lines import find_lines, fit, measure
from products.meteor_maps import contrast
from products.meteor_motion import is_elsewhere
from products.meteors import MeteorFinder, MeteorSettings

HEIGHT, WIDTH = 760, 1014
NOISE = 4.0  # of each channel; the luma of three independent ones has two thirds of it
LUMA_NOISE = NOISE * (0.299**2 + 0.587**2 + 0.114**2) ** 0.5
MIDNIGHT = dt.datetime(2026, 11, 9, 23, tzinfo=dt.UTC)
SUN_DEG = -40.0


def starfield(number):
    """A noisy sky with 600 stars that turn a little from frame to frame, and 100 hot pixels that do not."""
    places = np.random.default_rng(1)
    x = places.uniform(10, WIDTH - 10, 600) + 0.4 * number
    y = places.uniform(10, HEIGHT - 10, 600) + 0.2 * number
    hot = places.integers(0, (HEIGHT, WIDTH), (100, 2))
    light = np.full((HEIGHT, WIDTH), 30.0)
    rows, columns = np.arange(-3, 4)[:, None], np.arange(-3, 4)
    for at_x, at_y, peak in zip(x, y, places.exponential(40, 600), strict=True):
        left, top = round(at_x), round(at_y)
        away = (columns + left - at_x) ** 2 + (rows + top - at_y) ** 2
        light[top - 3 : top + 4, left - 3 : left + 4] += peak * np.exp(-away / 1.6)
    light[hot[:, 0], hot[:, 1]] += 80
    random = np.random.default_rng([2, number])
    grain = random.normal(0, NOISE, (HEIGHT, WIDTH, 3))
    return (light[..., None] + grain).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def sky():
    """Four frames of the same sky, half a minute apart; not to be written to."""
    return [starfield(number) for number in range(4)]


def streak(frame, start, end, peak):
    """Return a frame with a line 2.4 pixels wide (FWHM) drawn into it."""
    start, end = np.array(start, float), np.array(end, float)
    length = np.hypot(*(end - start))
    along = (end - start) / length
    left, top = np.minimum(start, end).astype(int) - 8
    right, bottom = np.maximum(start, end).astype(int) + 9
    y, x = np.mgrid[top:bottom, left:right]
    u = (x - start[0]) * along[0] + (y - start[1]) * along[1]
    v = (y - start[1]) * along[0] - (x - start[0]) * along[1]
    line = peak * np.exp(-(v**2) / 2) * ((u >= 0) & (u <= length))
    drawn = frame.copy()
    box = drawn[top:bottom, left:right]
    box[:] = (box + line[..., None]).clip(0, 255)
    return drawn


def ends(centre, angle_deg, length):
    half = np.array([np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))])
    half *= length / 2
    return centre - half, centre + half


def found_in(frames, finder=None, sun_deg=SUN_DEG, step_s=30):
    finder = finder or MeteorFinder()
    return [
        meteor
        for number, frame in enumerate(frames)
        for meteor in finder.add(
            frame, MIDNIGHT + dt.timedelta(seconds=step_s * number), sun_deg
        )
    ]


def with_meteor(sky):
    return [sky[0], streak(sky[1], (300, 200), (420, 290), 60), sky[2]]


@pytest.mark.parametrize("first_angle_deg", [0, 5])
def test_short_faint_meteors_are_found_at_every_angle(sky, first_angle_deg):
    """40 pixels long and three times the noise: nine of ten, at angles 0-175 degrees."""
    angles = np.arange(first_angle_deg, 180, 10)
    centres = [
        np.array([140 + 145 * (k % 6), 160 + 210 * (k // 6)])
        for k in range(len(angles))
    ]
    found = 0
    for part in range(3):  # no more than six in a frame: a finder keeps eight
        frame, drawn = sky[1], []
        for angle, centre in list(zip(angles, centres, strict=True))[part::3]:
            frame = streak(frame, *ends(centre, angle, 40), 3 * LUMA_NOISE)
            drawn.append(centre)
        middles = [
            (np.array(one.start_px) + one.end_px) / 2
            for one in found_in([sky[0], frame, sky[2]])
        ]
        found += sum(
            any(np.hypot(*(middle - centre)) < 12 for middle in middles)
            for centre in drawn
        )
    assert found >= 0.9 * len(angles)


def test_a_meteor_is_measured_and_pictured(sky):
    (meteor,) = found_in(with_meteor(sky))
    assert meteor.taken_utc == MIDNIGHT + dt.timedelta(seconds=30)
    assert meteor.start_px == pytest.approx((300, 200), abs=4)
    assert meteor.end_px == pytest.approx((420, 290), abs=4)
    assert meteor.length_px == pytest.approx(150, abs=6)
    light = 60 * (2 * np.pi) ** 0.5 * 150
    assert meteor.brightness == pytest.approx(light, rel=0.25)
    assert sum(meteor.profile) == pytest.approx(1, abs=0.001)
    assert max(meteor.profile) < 2 / len(meteor.profile)
    assert jpeg.size(meteor.picture) == pytest.approx((186, 216), abs=12)


def test_a_record_goes_through_json(sky):
    (meteor,) = found_in(with_meteor(sky))
    record = json.loads(json.dumps(meteor.as_dict()))
    assert record["taken_utc"] == "2026-11-09T23:00:30+00:00"
    assert "picture" not in record


def test_a_meteor_is_known_one_frame_later(sky):
    finder, frames = MeteorFinder(), with_meteor(sky)
    assert found_in(frames[:2], finder) == []
    after = MIDNIGHT + dt.timedelta(seconds=60)
    assert len(finder.add(frames[2], after, SUN_DEG)) == 1


def test_stars_and_hot_pixels_are_no_meteors(sky):
    assert found_in(sky) == []


@pytest.mark.parametrize("angle_deg", [0, 35, 90, 140])
def test_a_satellite_moves_on_and_is_none(sky, angle_deg):
    centre, way = np.array([507, 380]), 90
    turn = np.radians(angle_deg)
    step = way * np.array([np.cos(turn), np.sin(turn)])
    frames = [
        streak(frame, *ends(centre + (number - 1.5) * step, angle_deg, way - 4), 30)
        for number, frame in enumerate(sky)
    ]
    assert found_in(frames) == []


def test_an_airplane_that_blinks_is_none(sky):
    frames = list(sky)
    for number in range(4):
        for flash in range(0, 180, 12):
            x = 120 + 190 * number + flash
            frames[number] = streak(frames[number], (x, 300), (x + 4, 302), 120)
    assert found_in(frames) == []


def test_the_edge_of_a_moving_cloud_is_none(sky):
    x = np.arange(WIDTH)
    frames = []
    for number, frame in enumerate(sky):
        bright = 40 / (1 + np.exp(-(x - 400 - 15 * number) / 2.0))
        frames.append((frame + bright[:, None]).clip(0, 255).astype(np.uint8))
    assert found_in(frames) == []


def test_a_broad_ray_of_an_aurora_is_none(sky):
    """Eight pixels wide (FWHM), and gone in the next frame."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ray = 60 * np.exp(-((x - 400) ** 2) / 2 / 3.4**2) * (np.abs(y - 300) < 60)
    shown = (sky[1] + ray[..., None]).clip(0, 255).astype(np.uint8)
    assert found_in([sky[0], shown, sky[2]]) == []


def test_what_stays_in_place_is_none(sky):
    frames = [sky[0]]
    frames += [streak(frame, (300, 200), (420, 290), 60) for frame in sky[1:]]
    assert found_in(frames) == []


def test_a_line_brighter_in_one_part_stays_when_it_is_in_both_frames():
    """As where it crosses the bright rim of the sky: its mean is far above its median."""
    random = np.random.default_rng(3)
    light = random.normal(20, 0.5, (100, 100)).astype(np.float32)
    light[50, 20:70] += 8
    light[50, 20:32] += 120
    points = np.stack([np.arange(20.0, 70), np.full(50, 50.0)], axis=1)
    here, sigma = contrast(light), np.full(light.shape, 0.3, np.float32)
    track = measure(fit(points)[0], here, sigma, 15)
    assert is_elsewhere(track, here, here, np.empty((0, 2)))


def test_a_faint_line_in_pieces_is_not_its_own_company():
    pieces = [np.arange(100.0, 112), np.arange(120.0, 132), np.arange(140.0, 152)]
    x = np.concatenate(pieces)
    assert find_lines(np.stack([x, 0.5 * x], axis=1), 15)


def test_a_masked_place_has_no_meteors(sky):
    mask = np.ones((HEIGHT, WIDTH), np.bool_)
    mask[150:350, 250:450] = False
    assert found_in(with_meteor(sky), MeteorFinder(mask=mask)) == []


def test_there_are_none_in_twilight_nor_in_bright_frames(sky):
    assert found_in(with_meteor(sky), sun_deg=-5) == []
    assert (
        found_in(with_meteor(sky), MeteorFinder(MeteorSettings(background_below=10)))
        == []
    )


def test_a_long_gap_another_size_or_a_clock_set_back_begin_anew(sky):
    assert found_in(with_meteor(sky), step_s=1000) == []
    assert found_in(with_meteor(sky), step_s=-30) == []
    frames = with_meteor(sky)
    assert found_in([frames[0], frames[1], frames[2][:600]]) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 8, 3), (3, 500, 3), (500, 17, 3)])
def test_tiny_frames_are_searched_without_harm(shape):
    assert found_in([np.full(shape, level, np.uint8) for level in (0, 90, 0)]) == []
