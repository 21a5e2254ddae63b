import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from products.sky_mask import SkyMask
from tests.products.test_live import FINAL, NO_VIDEO, PICTURES, STEMS, Camera

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
    for begin, end, loss in zip(borders, borders[1:], losses, strict=False):
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
