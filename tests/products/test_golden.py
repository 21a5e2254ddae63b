"""Keogram and startrails of three tiny frames, from the files to the pixels: every expected pixel is written out here.

A JPEG whose blocks of 8 x 8 pixels have one level of grey each holds these levels exactly, so nothing is approximate.
Each frame is 16 x 16 pixels, four blocks::

    top left    | top right
    bottom left | bottom right
"""

import io
import json
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from products.batch import plan_folder, render
from products.render_settings import RenderSettings

#                       top left, top right, bottom left, bottom right
FRAMES = {"20260101T180000Z": (10, 20, 30, 40),
          "20260101T180100Z": (50, 24, 8, 12),
          "20260101T180400Z": (11, 72, 29, 44)}  # fmt: skip
GROUND, LINE = (18, 23, 34), (42, 50, 68)  # of the hatching that shows a gap


def blocks(top_left, top_right, bottom_left, bottom_right):
    corners = np.array([[top_left, top_right], [bottom_left, bottom_right]], np.uint8)
    return np.repeat(np.repeat(corners, 8, axis=0), 8, axis=1)


@pytest.fixture
def frames(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for stem, levels in FRAMES.items():
        content = io.BytesIO()
        Image.fromarray(blocks(*levels)).save(content, "JPEG", quality=100)
        (folder / f"{stem}.jpg").write_bytes(content.getvalue())
    return folder


def made(frames, out, **chosen):
    """Return the folder of the products, made without loss."""
    settings = RenderSettings(timelapse=False, lossless=True, **chosen)
    render(plan_folder(frames, ZoneInfo("UTC")), out, settings)
    return out


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture).tolist()


def grey(levels):
    return [[level] * 3 for level in levels]


def test_the_keogram_shows_the_middle_column_of_each_minute_and_hatches_the_gap(
    frames, tmp_path
):
    out = made(frames, tmp_path / "out", startrails_limit=1.0)
    picture = pixels(out / "keogram.png")
    # Minutes 0, 1 and 4 have a frame; each shows its column 16 // 2 = 8, the first one of its right half. The frames
    # are 1 and 3 minutes apart, so that the usual time between two is 2 minutes: more than 1.25 of a column, and a
    # column becomes 2 minutes long. Minutes 0-1 show the first frame, 2-3 none, 4-5 the third.
    sidecar = json.loads((out / "keogram.json").read_text())
    assert (sidecar["column_s"], sidecar["columns"]) == (120, 3)
    assert sidecar["stems"] == ["20260101T180000Z", None, "20260101T180400Z"]
    for row in range(16):
        # A line of the hatching goes through every pixel with (x + y) mod 12 < 2; the gap is at x = 1.
        gap = LINE if (1 + row) % 12 < 2 else GROUND
        first, last = (20, 72) if row < 8 else (40, 44)
        assert picture[row] == [[first] * 3, list(gap), [last] * 3], row


def test_with_north_at_the_right_the_keogram_shows_the_middle_row_backwards(
    frames, tmp_path
):
    out = made(frames, tmp_path / "out", rotation_deg=90.0, startrails_limit=1.0)
    picture = pixels(out / "keogram.png")
    # The line runs along row 16 // 2 = 8, the first one of the bottom half, from north at the right to south at the
    # left: columns 15 to 1, as 8 lies before column 8 and 7 behind it. Eight pixels are of the right block.
    assert len(picture) == 15
    assert [row[0] for row in picture] == grey([40] * 8 + [30] * 7)
    assert [row[2] for row in picture] == grey([44] * 8 + [29] * 7)


def test_the_startrails_are_the_largest_level_of_every_pixel(frames, tmp_path):
    out = made(frames, tmp_path / "out", startrails_limit=1.0)
    # max(10, 50, 11) = 50, max(20, 24, 72) = 72, max(30, 8, 29) = 30, max(40, 12, 44) = 44
    upper, lower = grey([50] * 8 + [72] * 8), grey([30] * 8 + [44] * 8)
    assert pixels(out / "startrails.png") == [upper] * 8 + [lower] * 8


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        # The means are 25, 23.5 and 39, as parts of 255: 0.0980, 0.0922 and 0.1529. The limit is inclusive.
        (23.5 / 255, (50, 24, 8, 12)),
        (25 / 255, (50, 24, 30, 40)),
        (38.9 / 255, (50, 24, 30, 40)),
        (39 / 255, (50, 72, 30, 44)),
    ],
)
def test_a_limit_takes_the_frames_up_to_it_and_no_other(
    frames, tmp_path, limit, expected
):
    out = made(frames, tmp_path / "out", startrails_limit=limit)
    with Image.open(out / "startrails.png") as picture:
        assert np.array_equal(np.asarray(picture)[..., 1], blocks(*expected))


def test_below_the_darkest_frame_there_are_no_startrails(frames, tmp_path):
    out = made(frames, tmp_path / "out", startrails_limit=23.4 / 255)
    assert not (out / "startrails.png").exists()
    trails = json.loads((out / "night.json").read_text())["startrails"]
    assert (trails["used"], trails["left_out"]) == (0, {"over_limit": 3})
