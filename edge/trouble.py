"""One clear sentence for what a disk, a database or the video encoder refuses."""

import contextlib
import errno
import logging
import sqlite3
from collections.abc import Iterator

from products.ffmpeg import FfmpegError

DISK_ERRORS = (OSError, sqlite3.OperationalError)
PRODUCT_ERRORS = (*DISK_ERRORS, FfmpegError)
log = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT)


def sentence(error: Exception, what: str) -> str:
    """Say that ``what`` could not be stored, and why."""
    if isinstance(error, FfmpegError):
        return str(error)
    why = str(error)
    full = "full" in why  # SQLite: "database or disk is full"
    if isinstance(error, OSError):
        full, why = error.errno in _FULL, error.strerror or why
    if full:
        return f"The disk is full: {what} cannot be stored until something is deleted."
    return f"{what[0].upper()}{what[1:]} cannot be stored: {why}."


class Troubles:
    """What is wrong with storing at present; each sentence is logged once, until a frame passes without any."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self._logged: set[str] = set()

    def renew(self) -> None:
        """Begin with another frame."""
        if not self.now:
            self._logged.clear()
        self.now = []

    @contextlib.contextmanager
    def noted(self, what: str) -> Iterator[None]:
        """Turn a refusal of the disk into a sentence, and go on."""
        try:
            yield
        except DISK_ERRORS as error:
            self.now.append(sentence(error, what))
            if self.now[-1] not in self._logged:
                log.error("%s", self.now[-1])
            self._logged.add(self.now[-1])
