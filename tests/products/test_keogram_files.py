import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from products.keogram import kept
from tests.products.test_live import NO_VIDEO, PICTURES, Camera, facts

CROPPED = replace(NO_VIDEO, keogram_crop=(0.25, 0.125), keogram_strip=True)


def final(camera):
    return {path.name: path.read_bytes() for path in camera.out.glob("keogram*.[jp]*")}


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory):
    camera = Camera(tmp_path_factory.mktemp("whole"), CROPPED)
    camera.feed(range(60))
    camera.finish()
    return final(camera)


def test_what_is_cropped_is_missing_at_both_ends_and_nothing_else(tmp_path):
    camera = Camera(tmp_path, CROPPED)
    camera.feed(range(60))
    camera.finish()
    with Image.open(camera.out / "keogram.png") as picture:
        expected = np.stack([one[12:42, 32] for one in PICTURES.values()], axis=1)
        assert np.array_equal(np.asarray(picture), expected)
    sidecar = json.loads((camera.out / "keogram.json").read_text())
    assert sidecar["crop"] == [0.25, 0.125]
    assert sidecar["sky"]["height"] == 30


@given(st.integers(1, 4000), st.floats(0, 0.45), st.floats(0, 0.45))
def test_a_crop_leaves_something_of_every_line(samples, top, bottom):
    rows = kept(samples, (top, bottom))
    assert 0 <= rows.start < rows.stop <= samples


def test_the_strip_lies_between_sky_and_hours(tmp_path):
    sizes = []
    for name, strip in (("with", True), ("without", False)):
        camera = Camera(tmp_path / name, replace(NO_VIDEO, keogram_strip=strip))
        camera.feed(range(60))
        camera.finish()
        with Image.open(camera.out / "keogram.jpg") as picture:
            sizes.append(picture.size)
    assert sizes[0] == (sizes[1][0], sizes[1][1] + 36)


def test_the_sidecar_has_level_light_and_stars_of_each_column(tmp_path):
    camera = Camera(tmp_path)
    with camera as night:
        for number in (0, 2):
            known = replace(facts(number), stars=120 if number else None)
            night.add(PICTURES[number], known)
        night.finish()
    sidecar = json.loads((camera.out / "keogram.json").read_text())
    assert sidecar["stars"][:4] == [None, None, 120, None]
    mean = PICTURES[0][:, 32].mean(axis=0) @ [0.299, 0.587, 0.114]
    assert sidecar["mean"][0] == pytest.approx(mean, abs=0.06)
    assert sidecar["mean"][1] is None
    assert sidecar["light"][1] is None
    assert 0 < sidecar["light"][0] < 1e-3
    assert {len(sidecar[name]) for name in ("stems", "mean", "light", "stars")} == {60}


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(60)), st.lists(st.integers(0, 60), max_size=3))
def test_order_and_restarts_never_change_a_cropped_keogram(
    tmp_path_factory, in_one_go, order, cuts
):
    camera = Camera(tmp_path_factory.mktemp("order"), CROPPED)
    borders = [0, *sorted(cuts), 60]
    for begin, end in pairwise(borders):
        camera.feed(order[begin:end])
    camera.finish()
    assert final(camera) == in_one_go
