import io

import numpy as np
import pytest
from PIL import Image

from products import jpeg
from tests.products.conftest import pillow_jpeg, sky_frame


def decoded_by_pillow(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_pixels_are_those_another_decoder_finds():
    content = pillow_jpeg(sky_frame(1))
    difference = jpeg.decode(content).astype(int) - decoded_by_pillow(content)
    assert np.abs(difference).max() <= 1


def test_what_is_encoded_is_readable_elsewhere_in_the_right_colours():
    red = np.zeros((32, 48, 3), np.uint8)
    red[..., 0] = 200
    shown = decoded_by_pillow(jpeg.encode(red))
    assert shown.shape == (32, 48, 3)
    assert np.abs(shown.reshape(-1, 3).mean(0) - (200, 0, 0)).max() < 3


def test_full_colour_keeps_the_colours_of_single_columns():
    stripes = np.zeros((32, 64, 3), np.uint8)
    stripes[:, ::2] = (200, 0, 0)
    stripes[:, 1::2] = (0, 0, 200)
    full = decoded_by_pillow(jpeg.encode(stripes, 95, full_colour=True)).astype(int)
    usual = decoded_by_pillow(jpeg.encode(stripes, 95)).astype(int)
    assert np.abs(full - stripes).mean() < 10 < np.abs(usual - stripes).mean()


def test_a_part_of_a_larger_array_can_be_encoded():
    frame = sky_frame(1)
    assert jpeg.encode(frame[:, 8:40]) == jpeg.encode(frame[:, 8:40].copy())


def test_a_buffer_is_used_again():
    buffer = np.empty(48 * 64 * 3, np.uint8)
    first = jpeg.decode(pillow_jpeg(sky_frame(1)), buffer)
    assert np.shares_memory(first, buffer)
    assert np.array_equal(first, jpeg.decode(pillow_jpeg(sky_frame(1))))


def test_a_buffer_that_is_too_small_is_not_used():
    buffer = np.empty(10, np.uint8)
    assert jpeg.decode(pillow_jpeg(sky_frame(1)), buffer).shape == (48, 64, 3)


def test_the_reduced_picture_is_at_least_as_wide_as_asked():
    content = pillow_jpeg(sky_frame(1, 240, 320))
    assert 100 <= jpeg.decode_reduced(content, 100).shape[1] < 320


def test_grey_frames_become_equal_channels():
    grey = jpeg.decode(pillow_jpeg(sky_frame(1)[..., 0]))
    assert grey.shape == (48, 64, 3)
    assert np.array_equal(grey[..., 0], grey[..., 2])


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.999])
def test_cut_off_files_are_named(part, progressive):
    content = pillow_jpeg(sky_frame(1, 240, 320), progressive=progressive)
    with pytest.raises(jpeg.JpegError, match="cut off"):
        jpeg.decode(content[: int(len(content) * part)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<html>not found</html>", "not a JPEG"),
        (b"\xff\xd8\xff\xe0", "cut off or damaged in its header"),
    ],
)
def test_what_is_no_jpeg_is_named(content, said):
    with pytest.raises(jpeg.JpegError, match=said):
        jpeg.decode(content)


def test_a_speck_is_no_frame():
    with pytest.raises(jpeg.JpegError, match="only 7 x 9 pixels"):
        jpeg.decode(pillow_jpeg(np.zeros((9, 7, 3), np.uint8)))


def test_print_colours_are_named():
    content = io.BytesIO()
    Image.new("CMYK", (32, 32)).save(content, "JPEG")
    with pytest.raises(jpeg.JpegError, match="CMYK"):
        jpeg.decode(content.getvalue())


def test_a_header_that_promises_too_many_pixels_is_refused():
    content = bytearray(pillow_jpeg(sky_frame(1)))
    start_of_frame = content.index(b"\xff\xc0")
    content[start_of_frame + 5 : start_of_frame + 9] = b"\xff\x00\xff\x00"
    with pytest.raises(jpeg.JpegError, match="megapixels"):
        jpeg.decode(bytes(content))
