"""The way to the Adafruit drivers that leaves their board detection out.

They speak to any object with the calls of a bus (`sensors.i2c`), but their base library, Blinka, looks for the board
that it runs on when it is imported, and fails where it finds none or lacks the library of its pins. It is told that
this is an ordinary computer, whose pins nobody asks for.
"""

import importlib
import os
from typing import Any

_NO_BOARD = {
    "BLINKA_FORCEBOARD": "GENERIC_LINUX_PC",
    "BLINKA_FORCECHIP": "GENERIC_X86",
}


def adafruit(module: str) -> Any:
    """Return the module of an Adafruit driver, such as ``adafruit_tsl2591``; raise ImportError when it is missing."""
    os.environ.update(_NO_BOARD)
    return importlib.import_module(module)
