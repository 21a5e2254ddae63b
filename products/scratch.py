"""A folder in memory for a command that makes products once: gone at its end, or at the next start if it was killed."""

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "allsky-render-"
_YOUNG_S = 5.0  # so long a new folder may lack its lock
_FULL = "{} has no room left for the startrails and for frames of the video; name another folder with ALLSKY_SCRATCH."
_NEARLY_BYTES = 1 << 20


class ScratchFullError(Exception):
    """The folder has no room left; the message says which, and what to do."""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder in /dev/shm, or in the usual place for temporary files where there is none.

    The variable ALLSKY_SCRATCH names another place than /dev/shm. Raises `ScratchFullError` when it is full.
    """
    memory = Path(os.environ.get("ALLSKY_SCRATCH", "/dev/shm"))
    place = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    for folder in place.glob(f"{_PREFIX}*"):
        _remove_if_abandoned(folder)
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place) as name,
        (Path(name) / "lock").open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield Path(name)
        except OSError as error:
            if error.errno == errno.ENOSPC and _is_full(place):
                raise ScratchFullError(_FULL.format(place)) from error
            raise


def _is_full(place: Path) -> bool:
    return shutil.disk_usage(place).free < _NEARLY_BYTES


def _remove_if_abandoned(folder: Path) -> None:
    """Remove the folder of a process that was killed: the system has let go of its lock."""
    try:
        with (folder / "lock").open() as lock:
            if time.time() - os.fstat(lock.fileno()).st_mtime < _YOUNG_S:
                return
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # at work, not ours, or gone meanwhile
        return
