import re

import numpy as np
import pytest
from PIL import Image

from edge.config import parse
from edge.doctor.finding import Level
from edge.doctor.picture import examine

SITE = {"name": "Hill", "latitude_deg": 51, "longitude_deg": 10, "zone": "UTC"}


def findings(**camera):
    return list(examine(parse({"site": SITE, "camera": camera})))


def test_what_is_not_set_is_not_talked_about():
    assert findings() == []


def test_files_that_can_be_used_are_fine(tmp_path):
    picture = np.full((6, 8), 255, np.uint8)
    picture[:3] = 0
    Image.fromarray(picture).save(tmp_path / "mask.png")
    path = str(tmp_path / "mask.png")
    found = findings(privacy_mask=path, sky_mask=path)
    assert {one.level for one in found} == {Level.OK}
    assert [one.subject for one in found] == ["privacy", "sky mask"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("privacy_mask", "Every frame is held back: There is no privacy mask"),
        ("sky_mask", "There is no sky mask"),
        ("hot_pixels", "They stay: .* cannot be read"),
    ],
)
def test_each_file_that_cannot_be_used_is_wrong_with_what_to_do(
    tmp_path, setting, words
):
    (found,) = findings(**{setting: str(tmp_path / "none.png")})
    assert found.level is Level.WRONG
    assert re.search(words, found.found)
    assert f"camera.{setting}" in found.remedy
