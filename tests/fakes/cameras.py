"""A camera with an ideal linear sensor under an even sky, and with faults on order."""

import datetime as dt
from collections import deque
from collections.abc import Callable

import numpy as np

from edge.cameras import CameraError, Exposure, ExposureLimits, Frame
from edge.clock import Clock
from edge.metering import srgb_encoded

LIMITS = ExposureLimits(114, 694_000_000, 1.0, 22.26)

_ENCODED = np.array(
    [round(255 * srgb_encoded(value / 4095)) for value in range(4096)], np.uint8
)


def steady_sky(_moment: dt.datetime) -> float:
    """A sky that fills the sensor to 10 % in one second without gain."""
    return 0.1


class LinearCamera:
    """Delivers frames of an even sky; ``sky`` says how much of the full well it fills per second at gain 1.

    ``faults`` are raised by the next captures, one each; `reopen` raises those in ``reopen_faults``.
    """

    model = "linear test camera"
    limits = LIMITS

    def __init__(
        self,
        clock: Clock,
        sky: Callable[[dt.datetime], float] = steady_sky,
        width=128,
        height=96,
    ) -> None:
        self._clock, self._sky = clock, sky
        # Brighter to the right, as towards a city, so that a keogram's columns are those of the middle.
        self._shape = (
            np.linspace(0.8, 1.2, width)[None, :, None]
            * np.linspace(0.9, 1.1, height)[:, None, None]
        )
        self.faults: deque[CameraError] = deque()
        self.reopen_faults: deque[CameraError] = deque()
        self.asked: list[Exposure] = []
        self.started: list[float] = []
        self.slow_s = 0.0  # takes so much longer than its exposure
        self.reopened = 0
        self.closed = False

    def capture(self, wanted: Exposure) -> Frame:
        self.asked.append(wanted)
        self.started.append(self._clock.monotonic())
        if self.faults:
            raise self.faults.popleft()
        taken = self._clock.now()
        self._clock.sleep(wanted.exposure_us / 1e6 + self.slow_s)
        light = self._sky(taken) * wanted.exposure_us / 1e6 * wanted.gain
        noise = np.random.default_rng(round(taken.timestamp() * 1e3)).normal(
            0, 0.01, self._shape.shape
        )
        linear = np.clip(self._shape * light + noise, 0, 1)
        level = _ENCODED[np.rint(linear * 4095).astype(int)]
        return Frame(np.repeat(level, 3, axis=2), taken, wanted)

    def reopen(self) -> None:
        self.reopened += 1
        if self.reopen_faults:
            raise self.reopen_faults.popleft()

    def close(self) -> None:
        self.closed = True
