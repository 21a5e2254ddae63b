import numpy as np

from products import jpeg
from products.scaled import Scaled
from products.scaling import shrink
from tests.products.conftest import sky_frame


def test_a_smaller_version_is_made_only_once():
    scaled = Scaled.of(sky_frame(1, 300, 400))
    assert Scaled.of(scaled) is scaled
    assert scaled.within(200) is scaled.within(200)
    assert scaled.jpeg_within(200) is scaled.jpeg_within(200)


def test_the_smaller_versions_show_the_frame():
    frame = sky_frame(1, 300, 400)
    scaled = Scaled(frame)
    assert np.array_equal(scaled.within(200), shrink(frame, 200))
    shown = jpeg.decode(scaled.jpeg_within(200)).astype(int)
    assert np.abs(shown - shrink(frame, 200)).mean() < 3
