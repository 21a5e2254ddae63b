import numpy as np
import pytest

from edge.cameras.optics import Fisheye
from products.manifest import Circle
from products.overlay import Compass, drawn

GREY = np.full((480, 640, 3), 120, np.uint8)
CORNERS = {
    "top-left": (0, 0),
    "top-right": (0, 1),
    "bottom-left": (1, 0),
    "bottom-right": (1, 1),
}


def changed(rgb, before=GREY):
    return (rgb != before).any(axis=2)


@pytest.mark.parametrize("corner", CORNERS)
def test_the_text_is_in_its_corner_and_nowhere_else(corner):
    shown = changed(drawn(GREY, ["Hill", "21:30"], corner, 0.04))
    down, right = CORNERS[corner]
    part = shown[down * 240 : down * 240 + 240, right * 320 : right * 320 + 320]
    assert part.any()
    assert shown.sum() == part.sum()
    assert not shown[[0, -1]].any()  # a margin stays
    assert not shown[:, [0, -1]].any()


@pytest.mark.parametrize("level", [0, 60, 128, 200, 255])
def test_on_any_sky_there_is_both_lighter_and_darker_ink(level):
    sky = np.full((480, 640, 3), level, np.uint8)
    shown = drawn(sky, ["Hill"], "top-left", 0.05)
    assert np.ptp(shown[changed(shown, sky)].mean(axis=1)) > 150 or level == 0
    assert shown.max() >= 236


def test_the_frame_itself_stays_clean():
    frame = GREY.copy()
    frame.flags.writeable = False
    drawn(frame, ["Hill"], "top-left", 0.04, Compass("NESW", 0))
    assert (frame == GREY).all()


def test_larger_letters_are_as_much_larger():
    heights = [
        np.flatnonzero(changed(drawn(GREY, ["H"], "top-left", part)).any(1)).size
        for part in (0.03, 0.06)
    ]
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.2)


@pytest.mark.parametrize("rotation_deg", [0, 30, 90, -135, 180])
def test_the_compass_points_where_the_fisheye_sees_them(rotation_deg):
    fisheye = Fisheye(640, 480, rotation_deg)
    places = Compass("NESW", rotation_deg, circle=fisheye.circle).places(640, 480)
    for quarter, (letter, x, y) in enumerate(places):
        altitude_deg, azimuth_deg = fisheye.unproject(x - 0.5, y - 0.5)
        assert letter == "NESW"[quarter]
        assert (azimuth_deg - 90 * quarter + 180) % 360 == pytest.approx(180, abs=0.1)
        assert altitude_deg == pytest.approx(1.7, abs=1)


def test_looking_up_east_is_left_of_north_and_right_in_a_mirrored_picture():
    x = {letter: x for letter, x, _ in Compass("NOSW", 0).places(640, 480)}
    assert x["O"] < x["N"] < x["W"]
    mirrored = Compass("NOSW", 0, mirrored=True).places(640, 480)
    x = {letter: x for letter, x, _ in mirrored}
    assert x["W"] < x["N"] < x["O"]


def test_a_circle_larger_than_the_picture_keeps_its_letters_within():
    large = Compass("NESW", 0, circle=Circle(x=0.5, y=0.375, radius=0.6))
    shown = changed(drawn(GREY, [], "top-left", 0.04, large))
    for part in (shown[:60], shown[-60:], shown[:, :60], shown[:, -60:]):
        assert part.any()
    assert not shown[[0, -1]].any()
    assert not shown[:, [0, -1]].any()
