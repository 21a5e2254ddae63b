"""Where a frame shows sky: a picture drawn by the owner, black over trees, houses, lamps and the rim of the lens.

A privacy mask is drawn and read in the same way; it is black where nothing may be seen.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

_FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
_BLACK_BELOW = 128  # of 255; masks saved as JPEG are not quite black
_LARGEST_PX = 130_000_000
_ASPECT_GRACE = 0.015  # frames that were scaled down are a pixel too wide or too high


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a mask is called, and what its white and its black parts say, in words for the owner."""

    name: str
    white: str
    black: str


SKY = Meaning("sky mask", "the sky", "what is no sky")
PRIVACY = Meaning("privacy mask", "what may be seen", "what is hidden")


class SkyMaskError(Exception):
    """A mask cannot be used; the message says why and what to do."""


class SkyMask:
    """The owner's mask in its own size: ``sky`` is (H, W) bool, true where there is sky."""

    def __init__(self, sky: NDArray[np.bool_], source: str = "The sky mask") -> None:
        self._sky, self._source = sky, source
        self._scaled: dict[tuple[int, int], NDArray[np.bool_]] = {}

    @classmethod
    def load(cls, path: Path, meaning: Meaning = SKY) -> Self:
        """Read a mask from a picture of any size; grey levels from 128 on are sky.

        Raises
        ------
        SkyMaskError
            There is no such file, it is no picture, it is partly transparent, or it has no sky or nothing else.
        """
        try:
            with Image.open(path, formats=_FORMATS) as picture:
                if picture.width * picture.height > _LARGEST_PX:
                    raise SkyMaskError(f"{path} is too large for a {meaning.name}.")
                _refuse_transparent(picture, path, meaning)
                sky = _grey(picture) >= _BLACK_BELOW
        except FileNotFoundError:
            raise SkyMaskError(f"There is no {meaning.name} {path}.") from None
        except UnidentifiedImageError:
            raise SkyMaskError(
                f"{path} is no picture: a {meaning.name} is a PNG in which black marks {meaning.black}."
            ) from None
        except (
            OSError,
            SyntaxError,
            ValueError,
            Image.DecompressionBombError,
        ) as error:
            raise SkyMaskError(f"{path} cannot be read: {error}.") from error
        _refuse_even(sky, path, meaning)
        return cls(sky, str(path))

    @cached_property
    def digest(self) -> str:
        """A name for what the mask shows: eight hex digits, the same for the same picture."""
        content = np.packbits(self._sky).tobytes() + str(self._sky.shape).encode()
        return hashlib.sha256(content).hexdigest()[:8]

    def at(self, height: int, width: int) -> NDArray[np.bool_]:
        """Return where there is sky in a frame of this size, (height, width) bool, read-only; scaled only once.

        Raises
        ------
        SkyMaskError
            The frame has another shape than the mask.
        """
        if (height, width) not in self._scaled:
            self._scaled[height, width] = self._nearest(height, width)
        return self._scaled[height, width]

    def fits(self, height: int, width: int) -> bool:
        """Say whether a frame of this size has the shape of the mask; a pixel more or less does not matter."""
        own_height, own_width = self._sky.shape
        ratio = own_width / own_height * height / width
        return abs(math.log(ratio)) <= max(_ASPECT_GRACE, 1.5 / min(height, width))

    def _nearest(self, height: int, width: int) -> NDArray[np.bool_]:
        own_height, own_width = self._sky.shape
        if not self.fits(height, width):
            raise SkyMaskError(
                f"{self._source} has {own_width} x {own_height} pixels, which is another shape than the "
                f"frames' {width} x {height}: draw it over one of them."
            )
        rows = (np.arange(height) * 2 + 1) * own_height // (2 * height)
        columns = (np.arange(width) * 2 + 1) * own_width // (2 * width)
        sky: NDArray[np.bool_] = self._sky[rows][:, columns]
        sky.flags.writeable = False
        return sky


def _grey(picture: Image.Image) -> NDArray[Any]:
    """Return the levels, 0-255, of a picture in any mode; Pillow itself would clip those of 16 bits."""
    if picture.mode.startswith("I;16"):
        return np.asarray(picture) // 257
    return np.asarray(picture.convert("L"))


def _refuse_transparent(picture: Image.Image, path: Path, meaning: Meaning) -> None:
    if not picture.has_transparency_data:
        return
    lowest, _ = picture.convert("RGBA").getchannel("A").getextrema()
    if lowest != 255:
        raise SkyMaskError(
            f"{path} has transparent parts: white marks {meaning.white}, black marks {meaning.black}; fill them."
        )


def _refuse_even(sky: NDArray[np.bool_], path: Path, meaning: Meaning) -> None:
    if not sky.any():
        raise SkyMaskError(f"{path} is black everywhere: white marks {meaning.white}.")
    if sky.all():
        raise SkyMaskError(f"{path} is white everywhere: black marks {meaning.black}.")
