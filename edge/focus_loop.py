"""Focusing: frame after frame at one exposure, and how the present one compares with the best so far."""

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.cameras import Camera, Exposure
from edge.focus import Focus, measure_focus

HISTORY = 40
"""So many frames are remembered."""
_TOO_BRIGHT, _TOO_DARK = 240, 8  # of 255, of the middle's median


@dataclass(frozen=True, slots=True)
class FocusFrame:
    """One frame of the loop: its number from 1, what it shows, and what is wrong with its exposure, else empty."""

    number: int
    focus: Focus
    remark: str

    @property
    def facts(self) -> dict[str, Any]:
        """The frame for a machine."""
        return {"frame": self.number, **asdict(self.focus), "remark": self.remark}


@dataclass(slots=True)
class FocusHistory:
    """The last frames, and the best values of all."""

    frames: deque[FocusFrame] = field(default_factory=lambda: deque(maxlen=HISTORY))
    best_sharpness: FocusFrame | None = None
    best_width: FocusFrame | None = None

    def add(self, frame: FocusFrame) -> None:
        """Take in a frame."""
        self.frames.append(frame)
        best = self.best_sharpness
        if best is None or frame.focus.sharpness > best.focus.sharpness:
            self.best_sharpness = frame
        width_px = frame.focus.width_px
        if width_px is None:
            return
        narrowest = self.best_width.focus.width_px if self.best_width else None
        if narrowest is None or width_px < narrowest:
            self.best_width = frame


class FocusLoop:
    """Takes frames and measures them."""

    def __init__(self, camera: Camera, exposure: Exposure) -> None:
        self._camera, self._exposure = camera, exposure
        self._number = 0
        self.history = FocusHistory()

    @property
    def taken(self) -> int:
        """How many frames it has taken."""
        return self._number

    def step(self) -> tuple[FocusFrame, NDArray[np.uint8]]:
        """Take a frame and return what it shows, and its pixels, which hold until the next step.

        Raises
        ------
        CameraError
            No frame came.
        """
        rgb = self._camera.capture(self._exposure).rgb
        self._number += 1
        frame = FocusFrame(self._number, measure_focus(rgb), _remark(rgb))
        self.history.add(frame)
        return frame, rgb


def _remark(rgb: NDArray[np.uint8]) -> str:
    """Return what to change when the middle of a frame is too bright or too dark to see anything."""
    height, width = rgb.shape[:2]
    level = float(
        np.median(rgb[height // 4 : -height // 4 : 4, width // 4 : -width // 4 : 4, 1])
    )
    if level > _TOO_BRIGHT:
        return "too bright: expose for less time (--exposure-s)"
    if level < _TOO_DARK:
        return "too dark: expose for longer (--exposure-s), or with more --gain"
    return ""
