import contextlib
import struct
import subprocess

import imageio_ffmpeg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import mp4
from hub.inspection import LONGEST_VIDEO_S, UnfitFileError, inspect_file


def box(name, body=b""):
    return struct.pack(">I4s", 8 + len(body), name) + body


def small_mp4(width=64, height=48, timescale=1000, duration=2000, handler=b"vide"):
    """Return the boxes that a player reads first, written by hand from ISO/IEC 14496-12."""
    mvhd = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, timescale, duration) + bytes(80))
    tkhd = box(b"tkhd", bytes(76) + struct.pack(">II", width << 16, height << 16))
    mdia = box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(13)))
    moov = box(b"moov", mvhd + box(b"trak", tkhd + mdia))
    return box(b"ftyp", b"isom") + moov + box(b"mdat", bytes(100))


@pytest.fixture
def file(tmp_path):
    def written(content):
        path = tmp_path / "video"
        path.write_bytes(content)
        return path

    return written


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return what ffmpeg makes: a video of 0.5 s, with its index first or last."""
    folder = tmp_path_factory.mktemp("mp4")

    def make(*options, size="160x90"):
        path = folder / f"{len(list(folder.iterdir()))}.mp4"
        source = f"testsrc2=size={size}:rate=10:duration=0.5"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi"]
        command += ["-i", source, "-pix_fmt", "yuv420p", *options, path]
        subprocess.run(command, check=True)
        return path

    return make


@pytest.mark.parametrize("options", [(), ("-movflags", "+faststart")], ids=str)
def test_size_and_duration_are_those_that_ffmpeg_was_told(made, options):
    video = mp4.probe(made(*options))
    assert (video.width, video.height) == (160, 90)
    assert video.duration_s == pytest.approx(0.5, abs=0.01)


def test_the_long_form_of_boxes_is_read(file):
    content = small_mp4()
    at = content.index(b"mdat") - 4
    long = struct.pack(">I4sQ", 1, b"mdat", 16 + 100) + bytes(100)
    assert mp4.probe(file(content[:at] + long)).width == 64
    mvhd = struct.pack(">IQQIQ", 1 << 24, 0, 0, 1000, 2000) + bytes(80)
    moov = content.index(b"moov") - 4
    trak = content[content.index(b"trak") - 4 : at]
    newer = content[:moov] + box(b"moov", box(b"mvhd", mvhd) + trak) + content[at:]
    assert mp4.probe(file(newer)).duration_s == 2.0


@pytest.mark.parametrize("kept", [0, 4, 11, 40, 0.3, 0.6, 0.999])
@pytest.mark.parametrize("options", [(), ("-movflags", "+faststart")], ids=str)
def test_a_video_that_is_cut_off_is_not_whole(made, file, options, kept):
    content = made(*options).read_bytes()
    end = kept if isinstance(kept, int) else int(len(content) * kept)
    with pytest.raises(mp4.NotWholeError):
        mp4.probe(file(content[:end]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (small_mp4(handler=b"soun"), "no video"),
        (small_mp4(timescale=0), "how long"),
        (small_mp4(duration=0), "how long"),
        (box(b"ftyp") + box(b"mdat"), "moov"),
        (box(b"ftyp") + box(b"moov"), "mdat"),
        (box(b"ftyp") + box(b"moov", box(b"trak")) + box(b"mdat"), "mvhd"),
        (box(b"moov"), "begin"),
        (box(b"ftyp") + struct.pack(">I4s", 3, b"moov"), "cut off"),
        (box(b"free") * 10_001, "cut off"),
    ],
)
def test_what_is_missing_is_named(file, content, said):
    with pytest.raises(mp4.NotWholeError, match=said):
        mp4.probe(file(content))


@pytest.mark.parametrize(
    "video",
    [
        {"width": 0},
        {"width": 65_000, "height": 65_000},
        {"duration": int(LONGEST_VIDEO_S + 1) * 1000},
    ],
)
def test_a_video_beyond_the_limits_is_unfit(file, video):
    with pytest.raises(UnfitFileError):
        inspect_file(file(small_mp4(**video)), "video/mp4", 10**6)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damage_is_either_harmless_or_named(tmp_path_factory, data):
    content = bytearray(small_mp4())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.integers(0, 255)
        )
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    with contextlib.suppress(mp4.NotWholeError):
        mp4.probe(path)
