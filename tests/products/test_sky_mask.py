import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from products.sky_mask import SkyMask, SkyMaskError


@pytest.fixture
def halves(tmp_path):
    """A mask of 8 x 6 pixels whose lower half is a house."""
    picture = np.full((6, 8), 255, np.uint8)
    picture[3:] = 0
    Image.fromarray(picture).save(tmp_path / "mask.png")
    return tmp_path / "mask.png"


def test_black_is_no_sky(halves):
    sky = SkyMask.load(halves).at(6, 8)
    assert sky[:3].all()
    assert not sky[3:].any()


def test_it_is_scaled_to_the_nearest_pixel(halves):
    mask = SkyMask.load(halves)
    assert mask.at(48, 64).sum(axis=1).tolist() == [64] * 24 + [0] * 24
    assert mask.at(3, 4).sum(axis=1).tolist() == [4, 0, 0]


def test_it_is_scaled_once_and_cannot_be_changed(halves):
    mask = SkyMask.load(halves)
    assert mask.at(48, 64) is mask.at(48, 64)
    with pytest.raises(ValueError, match="read-only"):
        mask.at(48, 64)[0, 0] = False


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_any_kind_of_picture_will_do(tmp_path, mode):
    grey = np.full((6, 8), 255, np.uint8)
    grey[:, :2] = 0
    picture = Image.fromarray(grey)
    if mode == "I;16":
        picture = Image.fromarray(grey.astype(np.uint16) * 257)
    picture.convert(mode).save(tmp_path / "mask.png")
    sky = SkyMask.load(tmp_path / "mask.png").at(6, 8)
    assert sky.sum(axis=0).tolist() == [0, 0, 6, 6, 6, 6, 6, 6]


def test_a_dark_grey_of_16_bits_is_black(tmp_path):
    grey = np.full((6, 8), 60_000, np.uint16)
    grey[:2] = 300
    Image.fromarray(grey).save(tmp_path / "mask.png")
    assert SkyMask.load(tmp_path / "mask.png").at(6, 8).sum() == 32


def test_a_jpeg_need_not_be_quite_black(tmp_path):
    grey = np.full((48, 64), 250, np.uint8)
    grey[:24] = 9
    Image.fromarray(grey).save(tmp_path / "mask.jpg", quality=60)
    assert SkyMask.load(tmp_path / "mask.jpg").at(48, 64).sum() == 24 * 64


def test_frames_that_were_scaled_down_still_fit(tmp_path):
    picture = np.zeros((3040, 4056), np.uint8)
    picture[1000:2000] = 255
    Image.fromarray(picture).save(tmp_path / "mask.png")
    mask = SkyMask.load(tmp_path / "mask.png")
    for height, width in ((1080, 1440), (1520, 2028), (48, 64), (360, 480), (7, 9)):
        assert mask.at(height, width).shape == (height, width)


def test_another_shape_is_refused_with_both_sizes(halves):
    with pytest.raises(SkyMaskError, match=r"8 x 6 .* another shape .* 1920 x 1080"):
        SkyMask.load(halves).at(1080, 1920)
    with pytest.raises(SkyMaskError, match="another shape"):
        SkyMask.load(halves).at(64, 48)
    assert not SkyMask.load(halves).fits(64, 48)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SkyMaskError, match=r"There is no sky mask .*none\.png"):
        SkyMask.load(tmp_path / "none.png")


@pytest.mark.parametrize("content", [b"", b"no picture", b"GIF89a"])
def test_what_is_no_picture_is_refused(tmp_path, content):
    (tmp_path / "mask.png").write_bytes(content)
    with pytest.raises(SkyMaskError, match="is no picture"):
        SkyMask.load(tmp_path / "mask.png")


def test_a_cut_off_picture_is_refused(tmp_path, halves):
    random = np.random.default_rng(1).integers(0, 255, (100, 100), np.uint8)
    Image.fromarray(random).save(halves)
    halves.write_bytes(halves.read_bytes()[:3000])
    with pytest.raises(SkyMaskError, match="cannot be read"):
        SkyMask.load(halves)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(SkyMaskError, match="cannot be read"):
        SkyMask.load(tmp_path)


@pytest.mark.parametrize(
    ("level", "name"), [(0, "black"), (127, "black"), (255, "white")]
)
def test_a_mask_without_sky_or_without_anything_else_is_refused(tmp_path, level, name):
    Image.fromarray(np.full((6, 8), level, np.uint8)).save(tmp_path / "mask.png")
    with pytest.raises(SkyMaskError, match=f"is {name} everywhere"):
        SkyMask.load(tmp_path / "mask.png")


def test_transparent_parts_are_refused_because_they_may_mean_either(tmp_path):
    picture = np.full((6, 8, 4), 255, np.uint8)
    picture[:3, :, 3] = 0
    Image.fromarray(picture).save(tmp_path / "mask.png")
    with pytest.raises(SkyMaskError, match="transparent"):
        SkyMask.load(tmp_path / "mask.png")


def test_the_digest_tells_masks_apart(halves, tmp_path):
    same, other = SkyMask.load(halves), np.ones((6, 8), bool)
    other[0, 0] = False
    assert SkyMask.load(halves).digest == same.digest != SkyMask(other).digest
    assert (
        SkyMask(np.eye(4, dtype=bool)).digest
        != SkyMask(np.eye(4, dtype=bool).reshape(2, 8)).digest
    )


@given(st.integers(1, 400), st.integers(1, 40))
def test_scaling_up_by_whole_numbers_repeats_every_pixel(seed, factor):
    sky = np.random.default_rng(seed).random((6, 8)) > 0.5
    scaled = SkyMask(sky).at(6 * factor, 8 * factor)
    np.testing.assert_array_equal(scaled, np.kron(sky, np.ones((factor, factor), bool)))
