import subprocess

import imageio_ffmpeg
import pytest

from products.encoder import Encoder, encoding, usable
from products.ffmpeg import ffmpeg_says


@pytest.fixture(autouse=True)
def asked_anew():
    """Forget what other tests found, before and after."""
    usable.cache_clear()
    yield
    usable.cache_clear()


@pytest.fixture
def instead(tmp_path, monkeypatch):
    """Put a shell script in the place of ffmpeg; $FFMPEG is the real one."""

    def put(script):
        program = tmp_path / "ffmpeg"
        program.write_text(f"#!/bin/sh\nFFMPEG={imageio_ffmpeg.get_ffmpeg_exe()}\n{script}\n")  # fmt: skip
        program.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))

    return put


# A computer whose hardware works: OpenH264 does what the hardware would do.
WORKING = 'for one; do shift; [ "$one" = h264_v4l2m2m ] && one=libopenh264; set -- "$@" "$one"; done; exec $FFMPEG "$@"'


def test_x264_is_asked_nothing(instead):
    instead("exit 1")
    assert usable(Encoder.X264).encoder is Encoder.X264


def test_hardware_that_this_ffmpeg_lacks_is_one_sentence_and_x264(instead):
    instead('[ "$5" = -encoders ] && exit 0; exit 1')
    found = usable(Encoder.V4L2)
    assert found.encoder is Encoder.X264
    assert found.note == (
        "h264_v4l2m2m cannot be used, x264 encodes instead: this ffmpeg does not have it."
    )


def test_hardware_that_fails_at_a_frame_is_one_sentence_and_x264():
    if " h264_v4l2m2m " not in ffmpeg_says(("-encoders",)).said:
        pytest.skip("this ffmpeg does not know the hardware of a Raspberry Pi")
    found = usable(Encoder.V4L2)
    assert found.encoder is Encoder.X264
    assert found.note.startswith("h264_v4l2m2m cannot be used, x264 encodes instead: ")
    assert "it fails at a frame (" in found.note
    assert found.note.count("\n") == 0


def test_auto_takes_x264_in_silence_where_there_is_no_hardware(instead):
    instead('[ "$5" = -encoders ] && exit 0; exit 1')
    assert (usable(Encoder.AUTO).encoder, usable(Encoder.AUTO).note) == (Encoder.X264, "")  # fmt: skip


@pytest.mark.parametrize("wanted", [Encoder.V4L2, Encoder.AUTO])
def test_hardware_that_works_is_taken(instead, wanted):
    instead(WORKING)
    found = usable(wanted)
    assert (found.encoder, found.note) == (Encoder.V4L2, "")


def test_no_ffmpeg_at_all_is_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nowhere"))
    assert usable(Encoder.V4L2).encoder is Encoder.X264


def test_hardware_gets_more_bits_for_a_better_quality():
    worse, better = (encoding(Encoder.V4L2, crf) for crf in (27, 21))
    assert worse[worse.index("-b:v") + 1] == "6000000"
    assert better[better.index("-b:v") + 1] == "12000000"


def test_x264_takes_little_memory(tmp_path):
    frame = ("-f", "lavfi", "-i", "testsrc2=size=1440x1080:rate=25:duration=1")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *frame]
    command += [*encoding(Encoder.X264, 27), tmp_path / "video.mp4"]
    timed = ["/usr/bin/env", "python3", "-c", TIMER, *map(str, command)]
    run = subprocess.run(timed, check=True, capture_output=True, text=True)
    assert int(run.stdout) < 130_000  # kB; as a preset has it: 230,000


TIMER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
