import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.foreground import Foreground
from products.sky_mask import SkyMask
from tests.products.conftest import sky_frame

SKY = np.ones((24, 32), bool)
SKY[18:] = SKY[:, :3] = False
FRAMES = {str(number): sky_frame(number, 24, 32) for number in range(6)}
TRAILS = np.full((24, 32, 3), 200, np.uint8)


def offered(folder, stems):
    foreground, seen = Foreground(folder, SkyMask(SKY)), set()
    for stem in stems:
        foreground.offer(FRAMES[stem], stem, seen)
        seen.add(stem)
    return foreground


def test_what_is_no_sky_comes_from_one_frame_and_the_sky_from_the_trails(tmp_path):
    picture = offered(tmp_path, ["0", "1"]).under(TRAILS)
    assert np.array_equal(picture[SKY], TRAILS[SKY])
    assert np.array_equal(picture[~SKY], FRAMES["0"][~SKY])
    assert (TRAILS == 200).all()


@settings(max_examples=20, deadline=None)
@given(st.permutations(sorted(FRAMES)), st.integers(0, 6))
def test_order_and_restart_do_not_change_it(tmp_path_factory, order, cut):
    folder = tmp_path_factory.mktemp("foreground")
    offered(folder, order[:cut])
    foreground = Foreground(folder, SkyMask(SKY))
    for count, stem in enumerate(order[cut:], cut):
        foreground.offer(FRAMES[stem], stem, set(order[:count]))
    assert foreground.lost(set(FRAMES)) == set()
    assert np.array_equal(foreground.under(TRAILS)[~SKY], FRAMES["0"][~SKY])


def test_the_first_frame_is_needed_again_when_its_pixels_are_gone(tmp_path):
    foreground = offered(tmp_path, ["0", "1"])
    assert foreground.lost({"0", "1"}) == set()
    foreground.discard()
    assert not list(tmp_path.iterdir())
    assert foreground.lost({"0", "1"}) == {"0"}
    assert foreground.under(TRAILS) is TRAILS


def test_another_mask_needs_the_first_frame_again(tmp_path):
    offered(tmp_path, ["0", "1"])
    other = SKY.copy()
    other[0] = False
    assert Foreground(tmp_path, SkyMask(other)).lost({"0", "1"}) == {"0"}


@pytest.mark.parametrize("shape", [(32, 24, 3), (24, 64, 3)])
def test_frames_of_another_shape_stay_as_they_are(tmp_path, shape):
    foreground = Foreground(tmp_path, SkyMask(SKY))
    picture = np.zeros(shape, np.uint8)
    foreground.offer(picture, "0", set())
    assert foreground.lost({"0"}) == set()
    assert foreground.under(picture) is picture
