import datetime as dt
import resource
import subprocess
from zoneinfo import ZoneInfo

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products import jpeg
from products.clips import CLIP_NAME, FPS, Picture, framed, write_clip
from products.ffmpeg import FfmpegError, pictures_in
from products.night import Night
from products.period import Length, Period
from products.period_video import remove_period_video, write_period_video

ZONE = ZoneInfo("Europe/Berlin")
NOVEMBER = Period(Length.MONTH, dt.date(2026, 11, 1), ZONE)


def night_clip(folder, day, levels, size=(480, 640)):
    """Leave the clip of a night of November in its folder."""
    night = Night(dt.date(2026, 11, day), ZONE)
    place = folder / night.name
    place.mkdir(exist_ok=True)
    start = night.start_utc + dt.timedelta(hours=10)
    taken = [start + number * dt.timedelta(minutes=30) for number in range(len(levels))]
    pictures = (
        Picture(f"{one:%H%M}", one, framed(np.full((*size, 3), level, np.uint8), night))
        for one, level in zip(taken, levels, strict=True)
    )
    return place, write_clip(place, pictures, folder / "memory")


def levels_of(video):
    """Return the brightness of the middle of every picture."""
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-xerror", "-i", video]
    raw = ["-vf", "crop=16:16", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    content = subprocess.run([*ffmpeg, *raw], check=True, capture_output=True).stdout
    return np.frombuffer(content, np.uint8).reshape(-1, 256).mean(axis=1)


class TestPeriod:
    @pytest.mark.parametrize(
        ("evening", "name", "first"),
        [((2026, 12, 1), "2026-DJF", (2026, 12, 1)), ((2026, 2, 28), "2025-DJF", (2025, 12, 1)),
         ((2024, 2, 29), "2023-DJF", (2023, 12, 1)), ((2026, 3, 1), "2026-MAM", (2026, 3, 1)),
         ((2026, 8, 31), "2026-JJA", (2026, 6, 1)), ((2026, 11, 30), "2026-SON", (2026, 9, 1))],
    )  # fmt: skip
    def test_a_season_is_named_by_the_year_in_which_it_begins(
        self, evening, name, first
    ):
        season = Period.of(Night(dt.date(*evening), ZONE), Length.SEASON)
        assert (season.name, season.first) == (name, dt.date(*first))

    def test_a_winter_ends_with_february(self):
        nights = Period(Length.SEASON, dt.date(2027, 12, 1), ZONE).nights
        assert len(nights) == 31 + 31 + 29
        assert nights[-1].name == "2028-02-29"

    @given(st.dates(dt.date(1971, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(Length))
    def test_a_night_is_in_the_period_that_it_belongs_to(self, evening, length):
        night = Night(evening, ZONE)
        period = Period.of(night, length)
        assert night in period.nights
        assert all(Period.of(one, length) == period for one in period.nights[::27])

    def test_names_of_periods_are_never_names_of_nights(self):
        for length in Length:
            name = Period.of(Night(dt.date(2026, 11, 21), ZONE), length).name
            with pytest.raises(ValueError, match="isoformat"):
                dt.date.fromisoformat(name)


class TestVideo:
    def test_nights_follow_each_other_with_every_picture(self, tmp_path):
        clips = dict(
            night_clip(tmp_path, day, levels)
            for day, levels in ((3, [20, 60]), (9, [100, 140, 180]), (21, [220]))
        )
        made = write_period_video(tmp_path / "p", NOVEMBER, clips, tmp_path / "memory")
        assert levels_of(tmp_path / "p" / made.path) == pytest.approx(
            [20, 60, 100, 140, 180, 220], abs=3
        )
        assert (made.kind, made.frames) == ("month-video", 6)
        assert made.facts == {"fps": FPS, "duration_s": 6 / FPS, "nights": 3}
        assert made.first_utc == dt.datetime(2026, 11, 3, 21, tzinfo=dt.UTC)
        assert made.last_utc == dt.datetime(2026, 11, 21, 21, tzinfo=dt.UTC)
        poster = (tmp_path / "p" / made.variants["poster"].path).read_bytes()
        assert jpeg.decode(poster)[240, 320] == pytest.approx([140] * 3, abs=4)
        assert not list((tmp_path / "memory").iterdir())

    def test_it_is_as_long_and_as_fast_as_it_says(self, tmp_path):
        clips = dict(night_clip(tmp_path, day, [day * 8] * 7) for day in range(1, 31))
        made = write_period_video(tmp_path, NOVEMBER, clips, tmp_path / "memory")
        video = tmp_path / made.path
        _, seconds = imageio_ffmpeg.count_frames_and_secs(str(video))
        assert seconds == pytest.approx(made.facts["duration_s"], abs=0.001)
        ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", video]
        said = subprocess.run(
            ffmpeg, check=False, capture_output=True, text=True
        ).stderr
        assert "640x480" in said
        assert "25 fps" in said

    def test_nothing_is_encoded_again(self, tmp_path):
        clips = dict(night_clip(tmp_path, day, [40, 200], (900, 700)) for day in (1, 2))
        made = write_period_video(tmp_path, NOVEMBER, clips, tmp_path / "memory")
        joined = (tmp_path / made.path).read_bytes()
        for folder in clips:
            content = (folder / CLIP_NAME).read_bytes()
            at = content.index(b"mdat") + 4
            packets = content[at : at + int.from_bytes(content[at - 8 : at - 4]) - 8]
            assert packets in joined

    def test_the_same_clips_give_the_same_bytes(self, tmp_path):
        clips = dict(night_clip(tmp_path, day, [day * 9] * 3) for day in (1, 2, 5))
        for name in "ab":
            write_period_video(tmp_path / name, NOVEMBER, clips, tmp_path / "memory")
        for file in ("video.mp4", "video.jpg"):
            assert len({(tmp_path / one / file).read_bytes() for one in "ab"}) == 1

    @pytest.mark.parametrize("part", [0, 0.5, 0.98])
    def test_a_clip_that_is_cut_off_stops_it_and_leaves_the_old_video(
        self, tmp_path, part
    ):
        clips = dict(night_clip(tmp_path, day, [day * 9] * 9) for day in (1, 2, 5))
        write_period_video(tmp_path / "p", NOVEMBER, clips, tmp_path / "memory")
        before = (tmp_path / "p" / "video.mp4").read_bytes()
        path = tmp_path / "2026-11-05" / CLIP_NAME
        content = path.read_bytes()
        path.write_bytes(content[: int(part * len(content))])
        with pytest.raises(FfmpegError):
            write_period_video(tmp_path / "p", NOVEMBER, clips, tmp_path / "memory")
        assert (tmp_path / "p" / "video.mp4").read_bytes() == before
        assert sorted(one.name for one in (tmp_path / "p").iterdir()) == [
            "video.jpg", "video.mp4",
        ]  # fmt: skip

    def test_a_disk_that_fills_while_joining_leaves_nothing_half(self, tmp_path):
        clips = dict(night_clip(tmp_path, day, [day * 9] * 9) for day in range(1, 20))
        write_period_video(tmp_path / "p", NOVEMBER, clips, tmp_path / "memory")
        whole = (tmp_path / "p" / "video.mp4").stat().st_size
        (tmp_path / "p" / "video.mp4").unlink()
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        # The kernel refuses to let a file grow further, as it does on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (whole // 2, limits[1]))
        try:
            with pytest.raises(FfmpegError):
                write_period_video(tmp_path / "p", NOVEMBER, clips, tmp_path / "memory")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert [one.name for one in (tmp_path / "p").iterdir()] == ["video.jpg"]

    def test_a_folder_with_an_apostrophe_is_no_obstacle(self, tmp_path):
        place = tmp_path / "Tim's roof"
        place.mkdir()
        clips = dict(night_clip(place, day, [day * 9]) for day in (1, 2))
        made = write_period_video(place, NOVEMBER, clips, place / "memory")
        assert pictures_in(place / made.path, place / "log", decoded=True) == 2

    def test_it_can_be_removed(self, tmp_path):
        clips = dict([night_clip(tmp_path, 1, [50])])
        write_period_video(tmp_path / "p", NOVEMBER, clips, tmp_path / "memory")
        remove_period_video(tmp_path / "p")
        remove_period_video(tmp_path / "p")
        assert not list((tmp_path / "p").iterdir())
