import datetime as dt
import json
import subprocess
from zoneinfo import ZoneInfo

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.clips import (
    CLIP_NAME,
    HEIGHT,
    NOTE_NAME,
    WIDTH,
    Clip,
    Picture,
    clip_moments,
    encode_again,
    encoder_header,
    framed,
    nearest,
    write_clip,
)
from products.ffmpeg import FfmpegError
from products.keogram import night_axis
from products.night import Night
from products.sun import Place, sun_altitude_deg

BERLIN, TROMSO = Place(52.52, 13.405), Place(69.65, 18.96)
ZONE = ZoneInfo("Europe/Berlin")
NIGHT = Night(dt.date(2026, 11, 21), ZONE)
START = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)


def pictures(levels, size=(480, 640)):
    """Yield a picture of each grey level, ten minutes apart."""
    for number, level in enumerate(levels):
        taken = START + number * dt.timedelta(minutes=10)
        rgb = np.full((*size, 3), level, np.uint8)
        yield Picture(f"{taken:%Y%m%dT%H%M%SZ}", taken, framed(rgb, NIGHT))


def shown(video):
    """Return the pictures of a video, (N, HEIGHT, WIDTH, 3)."""
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(video)]
    raw = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    content = subprocess.run([*ffmpeg, *raw], check=True, capture_output=True).stdout
    return np.frombuffer(content, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)


class TestMoments:
    @pytest.mark.parametrize(
        ("date", "below_deg"),
        [((2026, 11, 21), -18), ((2026, 6, 1), -12), ((2026, 12, 21), -18)],
    )
    def test_they_are_evenly_spaced_in_the_true_darkness(self, date, below_deg):
        night = Night(dt.date(*date), ZONE)
        moments = clip_moments(BERLIN, night_axis(BERLIN, night), 16)
        steps = np.diff([one.timestamp() for one in moments])
        assert np.ptp(steps) < 0.01
        assert all(sun_altitude_deg(BERLIN, one) < below_deg for one in moments)
        # Half a step further out, the darkness ends.
        half = dt.timedelta(seconds=float(steps[0]) / 2)
        for edge in (moments[0] - half, moments[-1] + half):
            assert sun_altitude_deg(BERLIN, edge) == pytest.approx(below_deg, abs=0.02)

    def test_a_white_night_takes_what_darkness_there_is(self):
        night = Night(dt.date(2026, 5, 10), ZONE)
        moments = clip_moments(TROMSO, night_axis(TROMSO, night), 8)
        assert all(sun_altitude_deg(TROMSO, one) < 0 for one in moments)

    def test_the_polar_day_takes_its_lowest_sun(self):
        night = Night(dt.date(2026, 6, 21), ZONE)
        axis = night_axis(TROMSO, night)
        moments = clip_moments(TROMSO, axis, 4)
        assert all(one in axis for one in moments)

    def test_the_polar_night_is_dark_twice(self):
        night = Night(dt.date(2026, 12, 21), ZONE)
        moments = clip_moments(TROMSO, night_axis(TROMSO, night), 12)
        assert all(sun_altitude_deg(TROMSO, one) < -18 for one in moments)


class TestNearest:
    def test_each_moment_takes_the_frame_nearest_to_it(self):
        moments = [START + dt.timedelta(hours=i) for i in range(3)]
        taken = [START + dt.timedelta(minutes=m) for m in (-70, 4, 31, 58, 64, 110)]
        assert nearest(moments, taken) == [1, 3, 5]

    def test_a_gap_of_the_night_stays_empty(self):
        moments = [START + dt.timedelta(hours=i) for i in range(5)]
        taken = [START + dt.timedelta(minutes=m) for m in range(61)]
        assert nearest(moments, taken) == [0, 60]

    @pytest.mark.parametrize(("moments", "taken"), [([], [START]), ([START], [])])
    def test_nothing_is_nearest_to_nothing(self, moments, taken):
        assert nearest(moments, taken) == []

    @given(st.lists(st.integers(0, 600), max_size=40), st.integers(1, 20))
    def test_frames_are_in_order_and_never_twice(self, minutes, count):
        moments = [
            START + dt.timedelta(minutes=600 * (2 * i + 1) / (2 * count))
            for i in range(count)
        ]
        taken = [START + dt.timedelta(minutes=m) for m in sorted(minutes)]
        found = nearest(moments, taken)
        assert found == sorted(set(found))
        assert len(found) <= min(count, len(taken))


class TestFramed:
    @pytest.mark.parametrize(
        ("size", "inside"),
        [((760, 1014), (480, 640)), ((900, 900), (480, 480)), ((64, 64), (64, 64)),
         ((1000, 300), (480, 144)), ((8, 2000), (2, 640)), ((3040, 4056), (480, 640))],
    )  # fmt: skip
    def test_a_frame_is_whole_in_the_middle_and_never_enlarged(self, size, inside):
        picture = framed(np.full((*size, 3), 200, np.uint8), NIGHT)
        assert picture.shape == (HEIGHT, WIDTH, 3)
        top = picture[: HEIGHT - 40]  # above the date
        middle = picture[:, WIDTH // 2 - 1, 0] == 200
        assert middle.sum() in range(inside[0] - 2, inside[0] + 3)
        assert abs((top == 200).all(axis=2).any(axis=0).sum() - inside[1]) <= 2

    def test_the_date_of_the_evening_is_written_on_it(self):
        black = np.zeros((480, 640, 3), np.uint8)
        one, other = (framed(black, night) for night in (NIGHT, NIGHT.next))
        assert one[440:, :130].max() > 200
        assert not one[:440].any()
        assert (one != other).any()


class TestClip:
    def test_it_shows_the_pictures_in_order(self, tmp_path):
        clip = write_clip(tmp_path, pictures([30, 90, 150, 210]), tmp_path / "m")
        video = shown(tmp_path / CLIP_NAME)
        levels = video[:, 100:300, 100:500].mean(axis=(1, 2, 3))
        assert levels == pytest.approx([30, 90, 150, 210], abs=3)
        assert (clip.first_utc, clip.last_utc) == (
            START,
            START + dt.timedelta(minutes=30),
        )
        assert Clip.read(tmp_path) == clip
        assert clip.is_sound(tmp_path)
        assert sorted(one.name for one in tmp_path.iterdir()) == [
            NOTE_NAME, CLIP_NAME, "m",
        ]  # fmt: skip

    def test_the_same_pictures_give_the_same_bytes(self, tmp_path):
        for name in "ab":
            (tmp_path / name).mkdir()
            write_clip(tmp_path / name, pictures([30, 90]), tmp_path / "m")
        for file in (CLIP_NAME, NOTE_NAME):
            assert len({(tmp_path / one / file).read_bytes() for one in "ab"}) == 1

    def test_noisy_pictures_of_the_sky_stay_small(self, tmp_path):
        random = np.random.default_rng(1)
        noisy = (
            Picture("a", START, random.normal(40, 2, (480, 640, 3)).astype(np.uint8))
            for _ in range(16)
        )
        write_clip(tmp_path, noisy, tmp_path / "m")
        assert (tmp_path / CLIP_NAME).stat().st_size < 200_000

    def test_any_pictures_give_the_header_of_the_encoder(self, tmp_path):
        header = encoder_header(tmp_path / "m")
        for levels, size in (
            ([30], (8, 8)), ([250] * 30, (480, 640)), (range(0, 255, 5), (900, 900)),
        ):  # fmt: skip
            clip = write_clip(tmp_path, pictures(levels, size), tmp_path / "m")
            assert clip.header == header

    def test_a_night_without_pictures_says_so(self, tmp_path):
        write_clip(tmp_path, pictures([30]), tmp_path / "m")
        assert write_clip(tmp_path, [], tmp_path / "m") == Clip()
        assert Clip.read(tmp_path) == Clip()
        assert not (tmp_path / CLIP_NAME).exists()

    def test_one_of_another_encoder_is_encoded_again(self, tmp_path):
        write_clip(tmp_path, pictures([30, 90, 150]), tmp_path / "m")
        path = tmp_path / CLIP_NAME
        levels = "color=gray:size=320x240:rate=10:duration=0.3"
        other = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi"]
        subprocess.run([*other, "-i", levels, "-c:v", "mpeg4", path], check=True)
        old = Clip(frames=("a", "b", "c"), header="another", sha256="0" * 64)
        clip = encode_again(tmp_path, old, tmp_path / "m")
        assert clip.header == encoder_header(tmp_path / "m")
        assert clip.is_sound(tmp_path)
        assert clip.frames == old.frames
        levels = shown(path)[:, 100:300, 200:400].mean(axis=(1, 2, 3))
        assert levels == pytest.approx([128, 128, 128], abs=4)

    def test_a_failing_encoder_leaves_the_old_clip(self, tmp_path):
        clip = write_clip(tmp_path, pictures([30, 90]), tmp_path / "m")

        def torn():
            yield from pictures([10])
            raise OSError(28, "No space left on device")

        with pytest.raises(OSError, match="No space"):
            write_clip(tmp_path, torn(), tmp_path / "m")
        assert Clip.read(tmp_path) == clip
        assert clip.is_sound(tmp_path)
        assert not list((tmp_path / "m").iterdir())

    def test_what_is_no_video_cannot_be_encoded_again(self, tmp_path):
        (tmp_path / CLIP_NAME).write_bytes(b"no video")
        with pytest.raises(FfmpegError):
            encode_again(tmp_path, Clip(), tmp_path / "m")
        assert (tmp_path / CLIP_NAME).read_bytes() == b"no video"

    @pytest.mark.parametrize(
        "content", [b"", b"{", b"[]", b'{"format": 0}', b'{"frames": 7}']
    )
    def test_a_damaged_or_old_note_is_as_good_as_none(self, tmp_path, content):
        (tmp_path / NOTE_NAME).write_bytes(content)
        assert Clip.read(tmp_path) is None

    @pytest.mark.parametrize("damage", [b"", b"x", None])
    def test_a_damaged_clip_is_noticed(self, tmp_path, damage):
        clip = write_clip(tmp_path, pictures([30]), tmp_path / "m")
        content = (tmp_path / CLIP_NAME).read_bytes()
        (tmp_path / CLIP_NAME).write_bytes(content[:-1] if damage is None else damage)
        assert not clip.is_sound(tmp_path)

    def test_the_note_is_plain_json(self, tmp_path):
        write_clip(tmp_path, pictures([30]), tmp_path / "m")
        note = json.loads((tmp_path / NOTE_NAME).read_text())
        assert note["frames"] == ["20261121T200000Z"]
