"""Memory for frames: whether they fit at all, and giving back at once what one of them took."""

import ctypes

import psutil

_PICTURES = 4  # in memory for one frame at a time: its pixels, two maxima, and what is made of them (measured: 3.6)
_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES = -3, 1_000_000


class TooLargeError(Exception):
    """The frames do not fit into memory; the message says how much they need and how much there is."""


def refuse_too_large(height: int, width: int) -> None:
    """Raise `TooLargeError` when frames of this size do not fit, before the system ends the program without a word."""
    needed, free = _PICTURES * height * width * 3, psutil.virtual_memory().available
    if needed > free:
        raise TooLargeError(
            f"Frames of {width} x {height} pixels need about {needed / 1e6:.0f} MB of memory, and {free / 1e6:.0f} MB "
            "are free. Make them smaller first."
        )


def give_memory_back_at_once() -> None:
    """Make every block of a megabyte and more return to the system when it is freed.

    The C library learns from large blocks that come and go to keep them, in pieces that nothing else fits into: with
    frames of 12 megapixels that is some 6 MB (mallopt(3), M_MMAP_THRESHOLD). A C library without it does as always.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
