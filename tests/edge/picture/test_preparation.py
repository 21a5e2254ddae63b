import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from edge.cameras import CameraError, Exposure, Frame, RawImage
from edge.picture.preparation import Preparation
from edge.settings.camera import CameraSettings

NOON = dt.datetime(2026, 6, 21, 12, tzinfo=dt.UTC)
HEIGHT, WIDTH = 60, 80
BLACK = 64


def frame(*, writeable: bool = True) -> Frame:
    chance = np.random.default_rng(1)
    rgb = chance.integers(100, 250, (HEIGHT, WIDTH, 3), np.uint8)
    mosaic = chance.integers(1000, 4000, (HEIGHT, WIDTH), np.uint16)
    rgb.flags.writeable = mosaic.flags.writeable = writeable
    raw = RawImage(mosaic, "RGGB", BLACK, 4095)
    return Frame(rgb, NOON, Exposure(1000, 1.0), raw)


@pytest.fixture
def mask(tmp_path):
    """Return the path of a mask, half as large as the frames, that hides their upper left quarter."""
    path = tmp_path / "privacy.png"
    picture = np.full((HEIGHT // 2, WIDTH // 2), 255, np.uint8)
    picture[: HEIGHT // 4, : WIDTH // 4] = 0
    Image.fromarray(picture).save(path)
    return path


def prepared(shot: Frame, **camera) -> Frame:
    return Preparation(CameraSettings.model_validate(camera)).prepared(shot)


def test_what_the_mask_hides_is_black_in_the_picture_and_in_the_raw_pixels(mask):
    shot, before = prepared(frame(), privacy_mask=mask), frame()
    assert not shot.rgb[:30, :40].any()
    assert (shot.raw.mosaic[:30, :40] == BLACK).all()
    assert (shot.rgb[30:] == before.rgb[30:]).all()
    assert (shot.rgb[:, 40:] == before.rgb[:, 40:]).all()
    assert (shot.raw.mosaic[:, 40:] == before.raw.mosaic[:, 40:]).all()


def test_memory_that_may_only_be_read_is_copied_always_to_the_same_place(mask):
    preparation = Preparation(CameraSettings(privacy_mask=mask))
    shots = [preparation.prepared(frame(writeable=False)) for _ in range(2)]
    assert not shots[0].rgb[:30, :40].any()
    assert np.shares_memory(shots[0].rgb, shots[1].rgb)
    assert np.shares_memory(shots[0].raw.mosaic, shots[1].raw.mosaic)


def test_memory_that_may_be_written_is_not_copied(mask):
    given = frame()
    assert prepared(given, privacy_mask=mask).rgb is given.rgb


def test_the_frame_is_cut_to_the_circle_and_the_raw_pixels_with_it():
    shot, before = prepared(frame(), crop={"radius": 0.25}), frame()
    assert shot.rgb.shape == (40, 40, 3)
    assert (shot.rgb == before.rgb[10:50, 20:60]).all()
    assert (shot.raw.mosaic == before.raw.mosaic[10:50, 20:60]).all()
    assert shot.rgb.flags.c_contiguous


def test_corners_can_be_made_black_and_beyond_the_frame_it_is_black():
    crop = {"radius": 0.5, "black_outside": True}
    shot = prepared(frame(), crop=crop)
    assert shot.rgb.shape == (80, 80, 3)
    assert not shot.rgb[:10].any()
    assert not shot.rgb[-10:].any()
    assert not shot.rgb[12, :5].any()
    assert shot.rgb[40].all()


def test_the_mask_stays_where_it_is_when_the_crop_changes(mask):
    shot, before = prepared(frame(), crop={"radius": 0.25}, privacy_mask=mask), frame()
    assert not shot.rgb[:20, :20].any()
    assert (shot.rgb[20:] == before.rgb[30:50, 20:60]).all()


def test_a_frame_of_another_size_is_masked_too(mask):
    preparation = Preparation(CameraSettings(privacy_mask=mask))
    preparation.prepared(frame())
    large = np.full((120, 160, 3), 200, np.uint8)
    shot = preparation.prepared(replace(frame(), rgb=large, raw=None))
    assert not shot.rgb[:60, :80].any()
    assert shot.rgb[60:].all()


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "There is no privacy mask"), (b"nothing", "a privacy mask is a PNG")],
)
def test_without_a_usable_mask_no_frame_leaves_the_camera(tmp_path, content, why):
    path = tmp_path / "mask.png"
    if content:
        path.write_bytes(content)
    with pytest.raises(CameraError, match=f"held back.*{why}"):
        prepared(frame(), privacy_mask=path)


def test_a_mask_of_another_shape_holds_the_frame_back(mask):
    square = replace(frame(), rgb=np.full((80, 80, 3), 9, np.uint8), raw=None)
    with pytest.raises(CameraError, match="another shape"):
        prepared(square, privacy_mask=mask)


def test_with_nothing_to_do_nothing_is_done():
    assert not Preparation.wanted(CameraSettings())
