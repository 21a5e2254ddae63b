import datetime as dt
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from edge.cameras import Exposure, Frame
from edge.frames import Shot, adopt_frames, encoded, store_frame
from edge.metering import Metered
from edge.store import Store
from products.sun import Place

NOW = dt.datetime(2026, 11, 22, 22, 0, 0, 250_000, tzinfo=dt.UTC)
PLACE = Place(52.52, 13.405)
NIGHT = "2026-11-22"


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path)) as store:
        yield store


def shot(second: float = 0) -> Shot:
    rgb = np.full((48, 64, 3), 40, np.uint8)
    taken = NOW + dt.timedelta(seconds=second)
    frame = Frame(rgb, taken, Exposure(12_500_000, 3.5), sensor_temperature_c=11.5)
    metered = Metered.of_levels(40.0, 0.01, 90.0)
    return Shot(
        frame,
        NIGHT,
        sun_altitude_deg=-40.5,
        public_sun_altitude_deg=-40.46,
        metered=metered,
    )


def stored(store, one: Shot):
    return store_frame(store, one, encoded(one.frame, "imx477", 90))


def test_a_frame_on_disk_is_whole_and_says_what_it_is(store):
    record = stored(store, shot())
    assert record.path == f"frames/{NIGHT}/20261122T220000Z.jpg"
    with Image.open(store.data / record.path) as image:
        image.load()
        exif = image.getexif().get_ifd(0x8769)
        assert image.getexif()[0x0110] == "imx477"
    assert exif[0x9003] == "2026:11:22 22:00:00"
    assert exif[0x9011] == "+00:00"
    assert float(exif[0x829A]) == 12.5
    assert store.frames(NIGHT) == [record]


def test_a_frame_that_a_crash_left_without_a_row_is_adopted_as_it_was(store):
    record = stored(store, shot())
    store.db.execute("DELETE FROM frames")
    assert adopt_frames(store, PLACE) == 1
    (adopted,) = store.frames(NIGHT)
    assert adopted.path == record.path
    assert adopted.taken_utc == record.taken_utc
    assert (adopted.width, adopted.height, adopted.bytes) == (64, 48, record.bytes)
    assert (adopted.exposure_us, adopted.gain) == (12_500_000, 3.5)
    assert adopted.sun_altitude_deg == pytest.approx(-56, abs=3)
    assert adopted.background is None


def test_frames_with_a_row_are_not_adopted_again(store):
    record = stored(store, shot())
    assert adopt_frames(store, PLACE) == 0
    assert store.frames(NIGHT) == [record]


def test_half_written_files_of_a_crash_are_removed(store):
    path = store.data / stored(store, shot()).path
    part = path.with_name(".20261122T220030Z.jpg.part")
    part.write_bytes(path.read_bytes()[:100])
    adopt_frames(store, PLACE)
    assert not part.exists()
    assert path.exists()


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0cut"])
def test_what_is_no_frame_is_left_alone_and_named(store, content, caplog):
    folder = store.frames_folder(NIGHT)
    folder.mkdir(parents=True)
    (folder / "20261122T220000Z.jpg").write_bytes(content)
    assert adopt_frames(store, PLACE) == 0
    assert "20261122T220000Z.jpg is not a frame of ours" in caplog.text


def test_two_frames_in_one_second_are_both_kept(store):
    stored(store, shot(0))
    stored(store, shot(0.5))
    assert len(store.frames(NIGHT)) == 2
    assert len(list(store.frames_folder(NIGHT).iterdir())) == 2
