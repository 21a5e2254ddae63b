import datetime as dt
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from edge.live import LiveImages
from products import jpeg
from products.manifest import LiveFacts

NOW = dt.datetime(2026, 11, 22, 22, 0, 0, 250_000, tzinfo=dt.UTC)


def facts(second: int = 0) -> LiveFacts:
    return LiveFacts(
        taken_utc=NOW + dt.timedelta(seconds=second),
        night="2026-11-22",
        exposure_us=20_000_000,
        gain=2.5,
    )


def picture(width: int, height: int, level: int = 90):
    return np.full((height, width, 3), level, np.uint8)


def size(image: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(image)) as opened:
        opened.load()
        return opened.size


def publish(live: LiveImages, rgb, about: LiveFacts) -> bytes:
    full = jpeg.encode(rgb)
    live.publish(full, rgb, about)
    return full


def test_before_the_first_frame_there_is_none(tmp_path):
    assert LiveImages(tmp_path).newest() is None


def test_a_large_frame_is_scaled_to_three_sizes(tmp_path):
    live = LiveImages(tmp_path)
    publish(live, picture(4056, 3040), facts())
    seen, pictures = live.newest()
    assert {name: size(image) for name, image in pictures.items()} == {
        "image": pytest.approx((1352, 1012), abs=90),
        "960": pytest.approx((960, 720), abs=2),
        "480": pytest.approx((480, 360), abs=2),
    }
    assert (seen.width, seen.height) == size(pictures["image"])
    assert seen.taken_utc == NOW
    assert seen.gain == 2.5


def test_narrower_versions_are_made_once_for_many_looks(tmp_path):
    live = LiveImages(tmp_path)
    publish(live, picture(800, 600), facts(0))
    first = live.newest()
    assert live.newest()[1] is first[1]
    publish(live, picture(800, 600), facts(30))
    assert live.newest()[1] is not first[1]


def test_a_small_frame_is_shown_as_it_was_stored(tmp_path):
    live = LiveImages(tmp_path)
    full = publish(live, picture(800, 600), facts())
    _, pictures = live.newest()
    assert pictures["image"] == full
    assert list(pictures) == ["image", "480"]


def test_a_frame_narrower_than_the_smallest_size_has_no_smaller_versions(tmp_path):
    live = LiveImages(tmp_path)
    publish(live, picture(480, 400), facts())
    assert list(live.newest()[1]) == ["image"]


def test_the_newest_frame_replaces_the_one_before_and_leaves_nothing_behind(tmp_path):
    live = LiveImages(tmp_path)
    publish(live, picture(64, 64), facts(0))
    publish(live, picture(64, 64), facts(30))
    assert live.newest()[0].taken_utc == NOW + dt.timedelta(seconds=30)
    assert [path.name for path in tmp_path.iterdir()] == ["newest.live"]


WRITER = """
import datetime as dt, pathlib, sys
import numpy as np
from edge.live import LiveImages
from products import jpeg
from products.manifest import LiveFacts

live, start = LiveImages(pathlib.Path(sys.argv[1])), dt.datetime.fromisoformat(sys.argv[2])
for n in range(400):
    rgb = np.full((64, 600, 3), n % 250, np.uint8)
    facts = LiveFacts(taken_utc=start + dt.timedelta(seconds=n), night="2026-11-22")
    live.publish(jpeg.encode(rgb), rgb, facts)
"""


def test_a_reader_in_another_process_never_mixes_two_frames(tmp_path):
    live, reads = LiveImages(tmp_path), 0
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), NOW.isoformat()]
    ) as writer:
        while writer.poll() is None:
            if newest := live.newest():
                seen, pictures = newest
                level = round((seen.taken_utc - NOW).total_seconds()) % 250
                for image in pictures.values():
                    assert abs(int(jpeg.decode(image)[0, 0, 1]) - level) <= 2
                reads += 1
    assert writer.returncode == 0
    assert reads > 10
