import errno
import logging
import os
import sqlite3

import pytest

from edge.trouble import Troubles, sentence
from products.ffmpeg import FfmpegError


def refusal(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            refusal(errno.ENOSPC),
            "The disk is full: the frame cannot be stored until something is deleted.",
        ),
        (
            sqlite3.OperationalError("database or disk is full"),
            "The disk is full: the frame cannot be stored",
        ),
        (refusal(errno.EROFS), "The frame cannot be stored: Read-only file system."),
        (
            sqlite3.OperationalError("disk I/O error"),
            "The frame cannot be stored: disk I/O error.",
        ),
        (
            FfmpegError("ffmpeg could not make the video: Killed"),
            "ffmpeg could not make the video: Killed",
        ),
    ],
)
def test_each_refusal_is_one_sentence(error, expected):
    assert sentence(error, "the frame").startswith(expected)


def test_a_trouble_is_logged_once_while_it_lasts_and_again_when_it_returns(caplog):
    caplog.set_level(logging.ERROR)
    troubles = Troubles()
    for refused in (True, True, True, False, True):
        troubles.renew()
        if refused:
            with troubles.noted("the frame"):
                raise refusal(errno.ENOSPC)
        assert bool(troubles.now) == refused
    assert len(caplog.records) == 2


def test_what_is_no_refusal_of_the_disk_is_not_hidden():
    with pytest.raises(ZeroDivisionError), Troubles().noted("the frame"):
        raise ZeroDivisionError
