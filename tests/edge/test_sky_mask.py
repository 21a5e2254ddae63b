import json
import logging
import os

import numpy as np
import pytest
from PIL import Image

from edge.config import load, parse
from edge.sky_mask import sky_mask

SITE = {"name": "Here", "latitude_deg": 50, "longitude_deg": 10, "zone": "UTC"}


@pytest.fixture
def settings(tmp_path):
    """Settings on disk whose mask, beside them, is not yet there."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"site": SITE, "camera": {"sky_mask": "mask.png"}}))
    return load(path)


def draw(path, *, black_rows):
    picture = np.full((6, 8), 255, np.uint8)
    picture[:black_rows] = 0
    Image.fromarray(picture).save(path)


def test_a_relative_path_starts_at_the_settings(settings, tmp_path):
    assert settings.camera.sky_mask == tmp_path / "mask.png"


def test_without_the_setting_there_is_no_mask():
    assert sky_mask(parse({"site": SITE})) is None


def test_a_mask_is_read_once_and_again_when_it_was_drawn_anew(settings):
    path = settings.camera.sky_mask
    draw(path, black_rows=2)
    mask = sky_mask(settings)
    assert sky_mask(settings) is mask
    assert mask.at(6, 8).sum() == 32
    draw(path, black_rows=3)
    os.utime(path, ns=(1, 1))
    assert sky_mask(settings).at(6, 8).sum() == 24


def test_a_mask_that_is_not_there_is_logged_once(settings, caplog):
    with caplog.at_level(logging.ERROR):
        assert sky_mask(settings) is None
        assert sky_mask(settings) is None
    (line,) = caplog.messages
    assert line.startswith("The sky mask is not used: There is no sky mask ")
