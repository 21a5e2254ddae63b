"""A frame as it comes from the camera, made into the frame that everything else sees.

Cut to the circle, relieved of hot pixels, and painted over where nothing may be seen, before anybody else has it. Where
a camera's memory may not be written to, or the frame is cut, there is one copy, always in the same memory.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.cameras import CameraError, Frame
from edge.picture.hot_pixel_map import PICTURE, RAW, HotPixelRemoval
from edge.picture.window import Window
from edge.settings.camera import CameraSettings
from products.painting import Runs, paint, runs
from products.sky_mask import PRIVACY, SkyMask, SkyMaskError


class Preparation:
    """Prepares the frames of one camera; what it gives is valid until the next frame."""

    def __init__(self, settings: CameraSettings) -> None:
        self._crop, self._path = settings.crop, settings.privacy_mask
        self._mask: SkyMask | None = None
        path = settings.hot_pixels
        self._hot_pixels = HotPixelRemoval(path) if path else None
        self._kept: dict[str, NDArray[Any]] = {}
        self._painted = lru_cache(maxsize=2)(self._runs)

    @staticmethod
    def wanted(settings: CameraSettings) -> bool:
        """Say whether there is anything to prepare."""
        paths = settings.privacy_mask, settings.hot_pixels
        return settings.crop.radius is not None or any(paths)

    def prepared(self, frame: Frame) -> Frame:
        """Return the frame, with its raw pixels, as it may be measured, stored and shown.

        Raises
        ------
        CameraError
            There is a privacy mask that cannot be used: without it no frame may leave the camera.
        """
        rgb = self._pixels(PICTURE, frame.rgb, frame, 0)
        raw = frame.raw
        if raw:
            raw = replace(raw, mosaic=self._pixels(RAW, raw.mosaic, frame, raw.black))
        return replace(frame, rgb=rgb, raw=raw)

    def _pixels(
        self, kind: str, pixels: NDArray[Any], frame: Frame, black: int
    ) -> NDArray[Any]:
        height, width = pixels.shape[:2]
        window = Window.of(self._crop, height, width)
        own = self._own(kind, pixels, window, black)
        if self._hot_pixels:
            self._hot_pixels.apply(kind, own, frame, window)
        paint(own, self._painted(height, width), black)
        return own

    def _own(
        self, kind: str, pixels: NDArray[Any], window: Window, black: int
    ) -> NDArray[Any]:
        """Return what is kept of ``pixels``, in memory that may be written to."""
        height, width = pixels.shape[:2]
        whole = (window.height, window.width) == (height, width)
        if whole and pixels.flags.writeable and pixels.flags.c_contiguous:
            return pixels
        shape = (window.height, window.width, *pixels.shape[2:])
        kept = self._kept.get(kind)
        if kept is None or kept.shape != shape:
            kept = self._kept[kind] = np.empty(shape, pixels.dtype)
        window.cut(pixels, kept, black)
        return kept

    def _runs(self, height: int, width: int) -> Runs:
        """Return what is painted black in the window of a frame of this size."""
        window = Window.of(self._crop, height, width)
        covered = np.zeros((window.height, window.width), np.bool_)
        if self._path:
            hidden = ~self._seen(height, width)
            covered[window.of_window(height, width)] = hidden[
                window.of_frame(height, width)
            ]
        if self._crop.radius is not None and self._crop.black_outside:
            covered |= window.outside_circle()
        return runs(covered)

    def _seen(self, height: int, width: int) -> NDArray[np.bool_]:
        assert self._path is not None
        try:
            self._mask = self._mask or SkyMask.load(self._path, PRIVACY)
            return self._mask.at(height, width)
        except SkyMaskError as error:
            raise CameraError(
                f"it is held back, because the privacy mask cannot be used: {str(error).rstrip('.')}"
            ) from None
