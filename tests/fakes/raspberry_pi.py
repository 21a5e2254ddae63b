"""Puts the simulated libcamera beneath the real picamera2, and lets simulated time pass faster."""

import datetime as dt
import importlib.util
import os
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from edge.clock import VirtualClock

HERE = Path(__file__).parent / "libcamera"
NOT_INSTALLED = "picamera2 is not installed: sudo apt install libcap-dev gcc python3-dev, then make test"


def simulated_libcamera() -> ModuleType:
    """Return the simulated libcamera, with picamera2 imported on top of it; skip the test where that is not installed.

    Only two things in picamera2 are replaced: where its buffers come from, and a call to the kernel about them.
    """
    if importlib.util.find_spec("picamera2") is None:
        pytest.skip(NOT_INSTALLED)
    if "libcamera" not in sys.modules:
        _load("pykms", HERE / "pykms.py")
        _load("libcamera", HERE / "__init__.py")
        from picamera2.allocators import dmaallocator

        dmaallocator.DmaHeap = MemoryHeap
        dmaallocator.fcntl = SimpleNamespace(ioctl=lambda *_: 0)
    return sys.modules["libcamera"]


def enter(world) -> None:
    """Let cameras be looked for in ``world`` from now on."""
    from picamera2 import Picamera2

    sys.modules["libcamera"].world.current = world
    Picamera2._cm.reset()


def _load(name: str, path: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(path.parent)]
    )
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


class MemoryHeap:
    """Buffers in ordinary memory instead of the Pi's memory for devices."""

    def alloc(self, name: str, size: int):
        from picamera2.dma_heap import UniqueFD

        fd = os.memfd_create(name, os.MFD_CLOEXEC)
        os.ftruncate(fd, size)
        return UniqueFD(fd)

    def close(self) -> None:
        """Do nothing: nothing is held."""


class FastClock(VirtualClock):
    """A clock on which ``speed`` seconds pass in one real second, together with the simulated world of that speed."""

    def __init__(self, start: dt.datetime, speed: float = 1.0) -> None:
        super().__init__(start)
        self._speed = speed
        self._start, self._began = start, self.monotonic()

    def now(self) -> dt.datetime:
        return self._start + dt.timedelta(seconds=self.monotonic() - self._began)

    def monotonic(self) -> float:
        return time.monotonic() * self._speed

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / self._speed)
