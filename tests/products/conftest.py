import datetime as dt
import io

import numpy as np
import pytest
from PIL import Image

from products.columns import FrameRecord
from products.statistics import FrameStatistics

EVENING = dt.datetime(2026, 1, 1, 18, tzinfo=dt.UTC)


def pillow_jpeg(picture, **options):
    """Return a picture as JPEG, made by another program than ours."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", **({"quality": 95} | options))
    return content.getvalue()


def sky_frame(number, height=48, width=64, background=20):
    """Return a small night sky: a few stars that move with the number, on a noisy background."""
    random = np.random.default_rng(number)
    frame = random.normal(background, 1, (height, width, 3))
    for star in range(12):
        x, y = 5 + star * 4 + number // 3, 10 + (star * 7 + number) % (height - 20)
        frame[y, x % width] += 120
    return frame.clip(0, 255).astype(np.uint8)


def record(minute, background=20.0, stars=1000.0, sun=-30.0, mean=0.05, second=0):
    """Return the numbers of a frame taken so many minutes after the evening began."""
    taken = EVENING + dt.timedelta(minutes=minute, seconds=second)
    levels = FrameStatistics(background, background, background, background, 0, stars)
    return FrameRecord(taken.strftime("%Y%m%dT%H%M%SZ"), taken, levels, mean, sun)


@pytest.fixture
def frames_folder(tmp_path):
    """A folder of 30 frames, one a minute, named as ours are."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(30):
        taken = EVENING + dt.timedelta(minutes=number)
        name = taken.strftime("%Y%m%dT%H%M%SZ.jpg")
        (folder / name).write_bytes(pillow_jpeg(sky_frame(number)))
    return folder
