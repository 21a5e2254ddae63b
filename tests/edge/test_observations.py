"""Capture with the simulated sky: what its frames come to in `edge.db` and beside the products."""

import datetime as dt
import shutil
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from edge.cameras import Exposure, Frame, RawImage
from edge.capture import build_capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.observations import Observations
from edge.service import run_together
from edge.store import FrameRecord, Store
from products.columns import ColumnFile
from products.star_log import read_stars

NIGHT = "2026-11-09"
LATE = dt.datetime(2026, 11, 9, 22, tzinfo=dt.UTC)
SITE = {
    "name": "Test",
    "latitude_deg": 51.0,
    "longitude_deg": 10.5,
    "zone": "Europe/Berlin",
}
SIMULATOR = {"width": 508, "height": 380, "clouds": "clear"}


def settings(data, **sections):
    camera = {"driver": "simulator", "simulator": SIMULATOR}
    sections["camera"] = camera | sections.get("camera", {})
    return parse({"site": SITE} | sections).model_copy(update={"data": data})


def captured(data, minutes, start=LATE, **sections):
    """Run capture on a clock that jumps, and return the open store."""
    clock = VirtualClock(start)
    with closing(build_capture(settings(data, **sections), data, clock)) as capture:
        run_together([capture], clock, start + dt.timedelta(minutes=minutes))
    return Store(data)


def readings(store, quantity):
    day = dt.timedelta(days=1)
    return store.readings_between(quantity, LATE - day, LATE + day).get("camera", [])


@pytest.fixture(scope="module")
def quarter_hour(tmp_path_factory):
    """A store after a quarter of an hour of a clear night."""
    with closing(captured(tmp_path_factory.mktemp("night"), 15)) as store:
        yield store


def test_every_night_frame_has_its_stars_everywhere(quarter_hour):
    frames = quarter_hour.frames(NIGHT)
    counts = [frame.stars for frame in frames]
    assert len(counts) >= 29
    assert min(counts[3:]) > 50
    assert [value for _, value in readings(quarter_hour, "star_count")] == counts
    times = [moment for moment, _ in readings(quarter_hour, "star_count")]
    assert times == [frame.taken_utc for frame in frames]
    folder = quarter_hour.products_folder(NIGHT)
    assert [
        one.stars for one in ColumnFile(folder / "keogram.columns").records
    ] == counts
    logged = list(read_stars(folder / "stars.bin"))
    assert [one.count for one in logged] == counts
    assert [one.taken_utc for one in logged] == times
    assert (logged[0].width, logged[0].height) == (508, 380)


def test_the_background_does_not_follow_the_gain(quarter_hour, tmp_path):
    (*_, at_gain_8) = readings(quarter_hour, "sky_background")[:8]
    with closing(captured(tmp_path, 4, exposure={"highest_gain": 4})) as store:
        (*_, at_gain_4) = readings(store, "sky_background")
        assert store.last_frame().gain == quarter_hour.last_frame().gain / 2
    assert at_gain_4[1] == pytest.approx(at_gain_8[1], abs=0.15)


def test_without_raw_pixels_or_zero_point_nothing_is_called_sky_brightness(
    quarter_hour, tmp_path
):
    assert readings(quarter_hour, "sky_brightness") == []
    with closing(captured(tmp_path, 2, camera={"zero_point_mag": 13.0})) as store:
        assert readings(store, "sky_brightness") == []


def test_a_clear_night_reads_no_clouds_once_it_is_known(quarter_hour):
    clouds = readings(quarter_hour, "cloud_cover")
    assert len(clouds) >= 15
    assert max(value for _, value in clouds) < 25


def test_by_day_and_in_twilight_nothing_is_measured(tmp_path):
    noon = dt.datetime(2026, 11, 9, 12, tzinfo=dt.UTC)
    by_day = {"sun_below_deg": 90}
    with closing(captured(tmp_path, 3, start=noon, capture=by_day)) as store:
        assert store.last_frame() is not None
        assert store.last_frame().stars is None
        assert readings(store, "star_count") == []


def test_settings_switch_it_off(tmp_path):
    off = {"measure_sky": False, "meteors": False}
    with closing(captured(tmp_path, 2, products=off)) as store:
        assert store.last_frame().stars is None
        assert not (store.products_folder(NIGHT) / "stars.bin").exists()
        assert store.unsent_count() == 0


def test_a_mask_that_cannot_be_used_is_named_and_frames_go_on(tmp_path):
    mask = {"sky_mask": str(tmp_path / "nowhere.png")}
    with closing(captured(tmp_path, 2, camera=mask)) as store:
        assert store.last_frame().stars > 50


def test_where_the_owner_masks_the_sky_there_are_no_stars(quarter_hour, tmp_path):
    picture = np.zeros((190, 254), np.uint8)
    picture[:, :127] = 255
    Image.fromarray(picture).save(tmp_path / "mask.png")
    mask = {"sky_mask": str(tmp_path / "mask.png")}
    with closing(captured(tmp_path, 2, camera=mask)) as store:
        (*_, last) = read_stars(store.products_folder(NIGHT) / "stars.bin")
    assert last.stars.x.max() < 256
    assert last.count > 20


class Eye:
    """Observations with frames made by hand."""

    def __init__(self, data, **sections) -> None:
        self.store, self.clock = Store(data), VirtualClock(LATE)
        self.observations = Observations(
            self.store, settings(data, **sections), self.clock
        )
        self.number = 0

    def see(self, rgb=None, raw=None, spare_s=20.0):
        taken_utc = LATE + dt.timedelta(seconds=30 * self.number)
        self.number += 1
        rgb = np.full((380, 508, 3), 40, np.uint8) if rgb is None else rgb
        frame = Frame(rgb, taken_utc, Exposure(20_000_000, 4.0), raw)
        record = FrameRecord(
            f"frames/{NIGHT}/{self.number}.jpg",
            NIGHT,
            taken_utc,
            frame.width,
            frame.height,
            1000,
            frame.exposure_us,
            frame.gain,
            -50.0,
        )
        self.store.add_frame(record)
        return self.observations.observe(frame, record, spare_s)


@pytest.fixture
def eye(tmp_path):
    eye = Eye(tmp_path, camera={"zero_point_mag": 13.0})
    yield eye
    eye.store.close()


def test_raw_pixels_and_a_zero_point_give_mag_per_square_arcsecond(eye):
    level = 256 + 4  # a thousandth of saturation in 20 s at gain 4
    mosaic = np.full((380, 508), level, np.uint16)
    eye.see(raw=RawImage(mosaic, "RGGB", 256, 4256))
    ((_, background),) = readings(eye.store, "sky_background")
    assert background == pytest.approx(2.5 * np.log10(1000 * 80), abs=0.001)
    ((_, brightness),) = readings(eye.store, "sky_brightness")
    assert brightness == pytest.approx(background + 13.0, abs=0.002)


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 8, 3), (64, 3, 3), (380, 508, 3)])
def test_no_frame_is_too_strange(eye, shape):
    for level in (0, 255, 40):
        eye.see(np.full(shape, level, np.uint8))
    assert eye.observations.trouble == ""


def test_a_refusal_is_said_and_forgotten_when_it_is_over(eye, monkeypatch):
    class Broken:
        cloud_cover = None

        def look(self, frame, record):
            raise ValueError("nonsense")

    watch = eye.observations._sky
    eye.observations._sky = Broken()
    assert eye.see().stars is None
    assert "nonsense" in eye.observations.trouble
    eye.observations._sky = watch
    eye.see()
    assert eye.observations.trouble == ""


def test_a_disk_that_takes_no_stars_leaves_the_frames_alone(eye):
    folder = eye.store.products_folder(NIGHT)
    folder.parent.mkdir()
    folder.write_bytes(b"in the way")
    assert eye.see().path
    assert "cannot be stored" in eye.observations.trouble
    folder.unlink()
    assert eye.see().stars is not None
    assert eye.observations.trouble == ""


def test_frames_without_time_between_them_are_passed_over_until_there_is(eye):
    eye.observations._took_s = 30.0
    assert eye.see(spare_s=20.0).stars is None
    assert "no time" in eye.observations.trouble
    for _ in range(30):
        last = eye.see(spare_s=20.0)
    assert last.stars is not None
    assert eye.observations.trouble == ""


def test_the_next_night_compares_with_the_one_before(quarter_hour, tmp_path):
    """An overcast night after a clear one is known to be overcast from its first frame."""
    shutil.copytree(
        quarter_hour.products_folder(NIGHT), tmp_path / "products" / "2026-11-08"
    )
    overcast = {"simulator": SIMULATOR | {"clouds": "overcast"}}
    with closing(captured(tmp_path, 3, camera=overcast)) as store:
        clouds = [value for _, value in readings(store, "cloud_cover")]
    assert len(clouds) >= 5
    assert min(clouds) > 90


def test_a_lamp_is_taken_for_a_star_only_for_an_hour_also_after_a_restart(tmp_path):
    grain = np.random.default_rng(1)
    y, x = np.mgrid[:380, :508]
    lamp = 120 * np.exp(-((x - 200) ** 2 + (y - 150) ** 2) / 2)

    def frame():
        noise = grain.normal(40, 2, (380, 508, 1))
        return (lamp[..., None] + noise).clip(0, 255).astype(np.uint8).repeat(3, 2)

    eye = Eye(tmp_path)
    counts = [eye.see(frame()).stars for _ in range(125)]
    eye.store.close()
    assert counts[0] == 1
    assert counts[-1] == 0
    again = Eye(tmp_path)
    again.number = eye.number
    assert again.see(frame()).stars == 0
    again.store.close()


def test_times_of_readings_grow(quarter_hour):
    times = [moment for moment, _ in readings(quarter_hour, "sky_background")]
    assert all(before < after for before, after in pairwise(times))
