"""The map of a camera's hot pixels: the file that ``allsky-edge calibrate hot-pixels`` writes, and its use."""

import datetime as dt
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    ValidationError,
    model_validator,
)

from edge.cameras import Frame
from edge.picture.window import Window
from products.files import write_atomically
from products.hot_pixels import HotPixels, Repair

PICTURE, RAW = "picture", "raw"
_COLOUR_STEP = {PICTURE: 1, RAW: 2}
_AGAIN = "Make it with 'allsky-edge calibrate hot-pixels'"

log = logging.getLogger(__name__)


class HotPixelMapError(Exception):
    """A map cannot be used; the message says why and what to do."""


class _Pixels(BaseModel):
    """The hot pixels of one kind of data: places from the top left, and rates in parts of saturation per second."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    width: int
    height: int
    x: list[int]
    y: list[int]
    rate_per_s: list[float]

    @classmethod
    def of(cls, hot: HotPixels) -> Self:
        """Return the same for the file; rates to four digits."""
        rates = [float(f"{rate:.4g}") for rate in hot.rate_s]
        return cls(
            width=hot.width,
            height=hot.height,
            x=hot.x.tolist(),
            y=hot.y.tolist(),
            rate_per_s=rates,
        )

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if not len(self.x) == len(self.y) == len(self.rate_per_s):
            raise ValueError("its lists are not equally long")
        if any(not 0 <= x < self.width for x in self.x) or any(
            not 0 <= y < self.height for y in self.y
        ):
            raise ValueError("it has pixels outside the frame")
        return self

    def pixels(self) -> HotPixels:
        """Return the same to be used."""
        return HotPixels(
            self.width,
            self.height,
            np.array(self.x, np.int32),
            np.array(self.y, np.int32),
            np.array(self.rate_per_s, np.float32),
        )


class HotPixelMap(BaseModel):
    """What was measured: of pictures, and of the sensor's own pixels where the camera gives them."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    camera: str
    made_utc: AwareDatetime
    temperature_c: float | None
    exposure_s: float
    gain: float
    frames: int
    pixels: dict[str, _Pixels]

    @classmethod
    def made(
        cls, found: dict[str, HotPixels], now: dt.datetime, **conditions: Any
    ) -> Self:
        """Return the map of what was found; ``conditions`` are camera, temperature and strongest exposure."""
        pixels = {kind: _Pixels.of(hot) for kind, hot in found.items()}
        return cls(made_utc=now, pixels=pixels, **conditions)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a map; raise `HotPixelMapError` when there is none."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            why = error.strerror or str(error)
        except ValidationError as error:
            why = str(error.errors()[0]["msg"])
        raise HotPixelMapError(f"{path} cannot be read: {why}. {_AGAIN}")

    def write(self, path: Path) -> None:
        """Write the map, whole or not at all; raise OSError when the disk does not take it."""
        write_atomically(path, self.model_dump_json().encode() + b"\n")


class HotPixelRemoval:
    """Removes from frames what a map predicts to show in them; a map that cannot be used is named once in the log."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._map: HotPixelMap | None = None
        try:
            self._map = HotPixelMap.load(path)
        except HotPixelMapError as error:
            log.error("Hot pixels stay: %s.", error)
        self._repair = lru_cache(maxsize=4)(self._make)

    def apply(
        self, kind: str, pixels: NDArray[Any], frame: Frame, window: Window
    ) -> None:
        """Remove them in place.

        Parameters
        ----------
        kind
            `PICTURE` or `RAW`.
        pixels
            What is to be repaired, (H, W) or (H, W, 3): the ``window`` of a frame.
        frame
            The frame as it came. Where it does not know its exposure, nothing is done; where it, or the map, does not
            know the temperature, that of the map is taken.
        window
            Which part of the frame that is.
        """
        known, exposure_us, gain = self._map, frame.exposure_us, frame.gain
        if known is None or exposure_us is None or gain is None:
            return
        came = frame.raw.mosaic if kind == RAW and frame.raw else frame.rgb
        repair = self._repair(kind, window, came.shape[0], came.shape[1])
        if repair is None:
            return
        warmer_k = 0.0
        if known.temperature_c is not None and frame.sensor_temperature_c is not None:
            warmer_k = frame.sensor_temperature_c - known.temperature_c
        repair.apply(pixels, exposure_us / 1e6, gain, warmer_k)

    def _make(
        self, kind: str, window: Window, height: int, width: int
    ) -> Repair | None:
        """Return the repair of that part of a frame; None, and a line in the log, where the map is of others."""
        assert self._map is not None
        measured = self._map.pixels.get(kind)
        if measured is None:
            log.warning("The hot pixels of %s data are not in %s.", kind, self._path)
            return None
        if (measured.width, measured.height) != (width, height):
            log.error(
                "Hot pixels stay: %s is of frames with %d x %d pixels, these have %d x %d. %s.",
                self._path,
                measured.width,
                measured.height,
                width,
                height,
                _AGAIN,
            )
            return None
        inside = measured.pixels().cut(
            window.left, window.top, window.width, window.height
        )
        return Repair(inside, _COLOUR_STEP[kind])
