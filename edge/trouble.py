"""One clear sentence for what a disk, a database or the video encoder refuses."""

import errno
import sqlite3

from products.ffmpeg import FfmpegError

DISK_ERRORS = (OSError, sqlite3.OperationalError)
PRODUCT_ERRORS = (*DISK_ERRORS, FfmpegError)
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
