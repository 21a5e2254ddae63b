import datetime as dt
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from products.live import LiveNight, RenderSettings
from products.sky_mask import SkyMask
from products.sun import Interval
from tests.products.conftest import EVENING, sky_frame
from tests.products.test_live import FINAL, NO_VIDEO, PICTURES, STEMS, Camera, facts

HOUSE = np.ones((48, 64), bool)
HOUSE[40:] = False
MASKED = replace(NO_VIDEO, startrails_mask=SkyMask(HOUSE))
BOTH = replace(MASKED, comet_half_life_min=15.0)
COMET_FILES = ("startrails-comet.jpg", "startrails-comet.png")


def final(camera):
    return {name: (camera.out / name).read_bytes() for name in (*FINAL, *COMET_FILES)}


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory):
    camera = Camera(tmp_path_factory.mktemp("whole"), BOTH)
    camera.feed(range(60))
    camera.finish()
    return final(camera)


def test_a_comet_stands_beside_the_plain_startrails(tmp_path):
    camera = Camera(tmp_path, replace(NO_VIDEO, comet_half_life_min=15.0))
    camera.feed(range(60))
    report = camera.finish()
    assert np.array_equal(
        pixels(camera.out / "startrails.png"),
        np.max(np.stack(list(PICTURES.values())), axis=0),
    )
    faded = np.zeros((48, 64, 3))
    for frame in PICTURES.values():
        faded = np.maximum(faded * 2 ** (-1 / 15), frame)
    comet = pixels(camera.out / "startrails-comet.png")
    assert np.abs(comet - faded).max() <= 0.501
    made = report.product("startrails-comet")
    assert (made.frames, made.facts["half_life_min"]) == (60, 15.0)
    assert (made.width, made.height) == (64, 48)


def test_under_the_mask_both_show_the_first_frame(tmp_path):
    camera = Camera(tmp_path, BOTH)
    camera.feed(range(60))
    camera.finish()
    trails = pixels(camera.out / "startrails.png")
    maximum = np.max(np.stack(list(PICTURES.values())), axis=0)
    assert np.array_equal(trails[HOUSE], maximum[HOUSE])
    assert np.array_equal(trails[~HOUSE], PICTURES[0][~HOUSE])
    comet = pixels(camera.out / "startrails-comet.png")
    assert np.array_equal(comet[~HOUSE], PICTURES[0][~HOUSE])


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.integers(0, 60), max_size=4),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.permutations(range(60)),
    st.booleans(),
)
def test_order_restarts_and_lost_memory_never_change_a_product(
    tmp_path_factory, in_one_go, cuts, losses, order, ordered
):
    camera = Camera(tmp_path_factory.mktemp("cut"), BOTH)
    borders = [0, *sorted(cuts), 60]
    numbers = sorted(order) if ordered else order
    for (begin, end), loss in zip(pairwise(borders), losses, strict=False):
        camera.feed(numbers[begin:end])
        if loss:
            shutil.rmtree(camera.scratch, ignore_errors=True)
    camera.finish()
    assert final(camera) == in_one_go


def test_a_mask_that_is_switched_on_later_needs_one_frame_again(tmp_path):
    camera = Camera(tmp_path)
    camera.feed(range(60))
    camera.chosen = MASKED
    with camera as night:
        assert night.missing(STEMS) == STEMS[:1]
    camera.finish()
    picture = pixels(camera.out / "startrails.png")
    assert np.array_equal(picture[~HOUSE], PICTURES[0][~HOUSE])


def test_a_comet_that_is_switched_off_is_removed(tmp_path):
    camera = Camera(tmp_path, BOTH)
    camera.feed(range(60))
    camera.finish()
    assert list(camera.out.glob("startrails-comet*"))
    camera.chosen = NO_VIDEO
    report = camera.finish()
    assert report.product("startrails-comet") is None
    assert not list(camera.out.glob("startrails-comet*"))


LEVELS = [60] * 25 + [20] * 105
CHANGING = [sky_frame(n, 24, 32, level) for n, level in enumerate(LEVELS)]
SHORT_MASK = SkyMask(HOUSE[::2, ::2])
CHANGES = RenderSettings(
    timelapse=False,
    lossless=True,
    comet_half_life_min=20.0,
    startrails_mask=SHORT_MASK,
)


def night_of_change(folder, portions, lost=()):
    """Return the startrails of a night whose sky turns dark, fed in portions; before some, the memory was lost."""
    scratch, out = folder / "memory", folder / "out"
    axis = Interval(EVENING, EVENING + dt.timedelta(minutes=len(LEVELS)))
    stems = [facts(number).stem for number in range(len(LEVELS))]
    for number, portion in enumerate([*portions, None]):
        if number in lost:
            shutil.rmtree(scratch, ignore_errors=True)
        night = LiveNight(out, axis, CHANGES, scratch)
        for one in portion or map(stems.index, night.missing(stems)):
            night.add(CHANGING[one], facts(one))
        if portion is None:
            assert night.missing(stems) == []
            assert night.finish().startrails.used == LEVELS.count(20)
        night.close()
    return {path.name: path.read_bytes() for path in out.glob("startrails*.png")}


@settings(max_examples=8, deadline=None)
@given(
    st.permutations(range(len(LEVELS))),
    st.booleans(),
    st.lists(st.integers(1, len(LEVELS) - 1), max_size=3),
    st.sets(st.integers(0, 4)),
)
def test_where_the_trail_starts_anew_order_and_restarts_change_nothing_either(
    tmp_path_factory, order, ordered, cuts, lost
):
    expected = night_of_change(
        tmp_path_factory.mktemp("whole"), [list(range(len(LEVELS)))]
    )
    assert len(expected) == 2
    numbers = sorted(order) if ordered else order
    borders = [0, *sorted(set(cuts)), len(LEVELS)]
    portions = [numbers[begin:end] for begin, end in pairwise(borders)]
    folder = tmp_path_factory.mktemp("cut")
    assert night_of_change(folder, portions, lost) == expected
