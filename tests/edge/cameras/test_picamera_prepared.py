"""Frames of a Raspberry Pi camera, whose memory may not be written to, are masked, cut and repaired all the same."""

import numpy as np
import pytest
from PIL import Image

from edge.cameras import Exposure
from edge.picture.camera import PreparedCamera
from edge.picture.preparation import Preparation
from edge.settings.camera import CameraSettings

pytestmark = pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning")
NIGHT = Exposure(3_000_000, 4.0)


def prepared(camera, **chosen):
    settings = CameraSettings.model_validate({"driver": "picamera2"} | chosen)
    return PreparedCamera(camera, Preparation(settings))


@pytest.mark.parametrize("sensor", ["imx477", "imx708"])
def test_what_is_hidden_is_black_in_picture_and_raw_pixels(pi, tmp_path, sensor):
    bare = pi(sensor, electrons_s=lambda _: 200.0).open(raw="on")
    height, width = bare.capture(NIGHT).rgb.shape[:2]
    mask = np.full((height, width), 255, np.uint8)
    mask[: height // 2] = 0
    Image.fromarray(mask).save(tmp_path / "mask.png")
    camera = prepared(bare, privacy_mask=tmp_path / "mask.png")
    for _ in range(2):
        frame = camera.capture(NIGHT)
        assert not frame.rgb[: height // 2].any()
        assert (frame.raw.mosaic[: height // 2] == frame.raw.black).all()
        assert frame.rgb[height // 2 + 1 :].min() > 0
    assert camera.model == bare.model
    assert camera.limits == bare.limits
    camera.reopen()
    assert not camera.capture(NIGHT).rgb[: height // 2].any()


def test_a_cut_frame_keeps_the_order_of_its_colours(pi):
    bare = pi("imx477", electrons_s=lambda _: 200.0).open(raw="on")
    whole = bare.capture(NIGHT)
    colours = [np.median(whole.raw.mosaic[y::2, x::2]) for y in (0, 1) for x in (0, 1)]
    frame = prepared(bare, crop={"radius": 0.2, "centre_x": 0.43}).capture(NIGHT)
    assert frame.rgb.shape[0] == frame.rgb.shape[1] == frame.raw.mosaic.shape[0]
    assert frame.raw.pattern == whole.raw.pattern
    assert [
        np.median(frame.raw.mosaic[y::2, x::2]) for y in (0, 1) for x in (0, 1)
    ] == pytest.approx(colours, rel=0.1)
