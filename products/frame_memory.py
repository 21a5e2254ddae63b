"""Whether frames are so large that rendering them would take more memory than this computer has left."""

import psutil

_PICTURES = 4  # in memory for one frame at a time: its pixels, two maxima, and what is made of them (measured: 3.6)


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
