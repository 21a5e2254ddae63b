"""Libraries that do more than they should when they are imported, kept from it.

The Adafruit drivers speak to any object with the calls of a bus (`sensors.i2c`), but their base library, Blinka, looks
for the board that it runs on, and fails where it finds none or lacks the library of its pins: it is told that this is
an ordinary computer, whose pins nobody asks for. w1thermsensor loads kernel modules, which needs root.
"""

import importlib
import os
import threading
from typing import Any

_NO_BOARD = {
    "BLINKA_FORCEBOARD": "GENERIC_LINUX_PC",
    "BLINKA_FORCECHIP": "GENERIC_X86",
}
_ONE_AT_A_TIME = threading.Lock()  # variables belong to all threads
_NO_MODULES = {"W1THERMSENSOR_NO_KERNEL_MODULE": "1"}


def adafruit(module: str) -> Any:
    """Return the module of an Adafruit driver, such as ``adafruit_tsl2591``; raise ImportError when it is missing."""
    return _imported(module, _NO_BOARD)


def w1thermsensor() -> Any:
    """Return the module ``w1thermsensor``; raise ImportError when it is missing."""
    return _imported("w1thermsensor", _NO_MODULES)


def _imported(module: str, environment: dict[str, str]) -> Any:
    """Import with variables that do not stay, for programs that are started later are no concern of theirs."""
    with _ONE_AT_A_TIME:
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            return importlib.import_module(module)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
