"""ffmpeg as a child process: the one from imageio-ffmpeg, or the one named in IMAGEIO_FFMPEG_EXE."""

import errno
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

_NICE = 19
_NO_ROOM = (
    256 - errno.ENOSPC
)  # its exit status, when there is not even room for a message
_MOMENT_S = 30
_NOT_THERE = "There is no ffmpeg: install it (sudo apt install ffmpeg) and set IMAGEIO_FFMPEG_EXE=/usr/bin/ffmpeg."
_QUIET = ("-hide_banner", "-nostdin", "-loglevel", "error", "-y")


class FfmpegError(Exception):
    """ffmpeg did not do its work; the message is a sentence with ffmpeg's own last words."""


class HardwareEncoderError(FfmpegError):
    """An encoder in hardware gave up; from now on x264 encodes this video, whose frames are all needed again."""


class Ffmpeg:
    """One running ffmpeg, at the lowest priority; its messages go to a file, so that no pipe can fill up."""

    def __init__(self, arguments: Sequence[str | Path], log: Path) -> None:
        self._log = log
        try:
            program = imageio_ffmpeg.get_ffmpeg_exe()
            with log.open("wb") as messages:
                self._process = subprocess.Popen(
                    [program, *_QUIET, *map(str, arguments)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=messages,
                )
        except (RuntimeError, FileNotFoundError):
            raise FfmpegError(_NOT_THERE) from None
        os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICE)

    def done(self) -> bool:
        """Say whether it has ended, without waiting."""
        return self._process.poll() is not None

    def outlive(self) -> None:
        """Wait for the end, whatever it is; whoever started it learns that from `wait`."""
        self._process.wait()

    def wait(self) -> None:
        """Wait for the end; raise `FfmpegError` when it failed."""
        status = self._process.wait()
        said = self._log.read_text(errors="replace").strip().splitlines()
        self._log.unlink(missing_ok=True)
        if status == 0:
            return
        why = said[-1] if said else f"no message, exit status {status}"
        if status == _NO_ROOM or "No space left" in why:
            why = "there is no room left for its files"
        raise FfmpegError(f"ffmpeg could not make the video: {why}")

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        self._log.unlink(missing_ok=True)


class Turn:
    """Lets one encoder run at a time for several videos of one program: each takes some 90 MB."""

    def __init__(self) -> None:
        self._running: Ffmpeg | None = None

    @property
    def free(self) -> bool:
        """Whether nobody is encoding."""
        return self._running is None or self._running.done()

    def start(self, arguments: Sequence[str | Path], log: Path) -> Ffmpeg:
        """Start an ffmpeg as soon as the last one has ended."""
        if self._running is not None:
            self._running.outlive()
        self._running = Ffmpeg(arguments, log)
        return self._running


@dataclass(frozen=True, slots=True)
class Answer:
    """What a short run of ffmpeg came to: whether it did its work, and all that it said."""

    done: bool
    said: str


def ffmpeg_says(arguments: Sequence[str]) -> Answer:
    """Run ffmpeg for a moment and return what it says; failing, hanging or not being there is an answer, too."""
    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        run = subprocess.run(
            [program, *_QUIET, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=_MOMENT_S,
        )
    except (RuntimeError, FileNotFoundError):
        return Answer(done=False, said=_NOT_THERE)
    except subprocess.TimeoutExpired:
        return Answer(done=False, said=f"it did not end within {_MOMENT_S} s")
    return Answer(run.returncode == 0, run.stdout.decode(errors="replace"))


def run_ffmpeg(arguments: Sequence[str | Path], log: Path) -> None:
    """Run ffmpeg to its end; raise `FfmpegError` when it fails."""
    Ffmpeg(arguments, log).wait()


def pictures_in(video: Path, log: Path, *, decoded: bool) -> int:
    """Return how many pictures a video has; 0 for a file that is cut off, less for a damaged one when ``decoded``."""
    found = log.with_name("pictures.txt")
    how = ("-i", video) if decoded else ("-i", video, "-c", "copy")
    try:
        run_ffmpeg(
            ("-xerror", "-err_detect", "explode", *how, "-f", "framecrc", found), log
        )
    except FfmpegError:
        return 0
    lines = found.read_text().splitlines()
    found.unlink()
    return sum(not line.startswith("#") for line in lines)
