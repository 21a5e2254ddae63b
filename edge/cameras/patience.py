"""Waiting for a device that may hang: never without an end, and in a thread that can be left behind."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from edge.cameras import CameraError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a frame may take: so many exposures, and so many seconds, which every other step may take, too."""

    exposures: float = 2.0
    margin_s: float = 10.0

    def limit_s(self, exposure_us: int) -> float:
        """Return after how many seconds a frame of this exposure does not come any more."""
        return self.exposures * exposure_us / 1e6 + self.margin_s

    def in_time(self, what: str, call: Callable[[], T]) -> T:
        """Return the result of ``call``, or raise what it raises; `CameraError` when that takes too long."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(call())
            except BaseException as error:  # noqa: BLE001  it is raised where the result is awaited
                done.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        try:
            return done.result(self.margin_s)
        except TimeoutError:
            raise CameraError(
                f"the camera did not {what} within {self.margin_s:.3g} s"
            ) from None
