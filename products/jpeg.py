"""JPEG in and out: the only place that knows the JPEG library (simplejpeg, libjpeg-turbo).

Fresh memory for a frame costs as much as decoding it (12 megapixels: 37 MB of page faults), so whoever decodes many
frames passes a buffer and uses it again.
"""

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from products.scaling import Rgb

QUALITY = 90
MIN_SIDE = 8  # pixels; the smallest that can be scaled and encoded
MAX_PIXELS = 128_000_000  # twice the largest camera board; beyond it a header is a bomb
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"


class JpegError(ValueError):
    """The bytes are not a JPEG that can be decoded; the message says what is wrong with them."""


def size(jpeg: bytes) -> tuple[int, int]:
    """Return (height, width) in pixels from the header; raise `JpegError` when the bytes are no usable JPEG."""
    if not jpeg:
        raise JpegError("is empty")
    if not jpeg.startswith(_SOI):
        raise JpegError("is not a JPEG")
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(jpeg)
    except ValueError:
        raise JpegError("is cut off or damaged in its header") from None
    if colours in ("CMYK", "YCCK"):
        raise JpegError("is in CMYK colours, made for printing; save it as RGB")
    if min(height, width) < MIN_SIDE:
        raise JpegError(f"has only {width} x {height} pixels")
    if height * width > MAX_PIXELS:
        raise JpegError(f"has {height * width / 1e6:.0f} megapixels, too many")
    return int(height), int(width)


def decode(jpeg: bytes, buffer: NDArray[np.uint8] | None = None) -> Rgb:
    """Return the pixels, (H, W, 3) uint8 in the order R, G, B; grey becomes equal channels.

    Parameters
    ----------
    jpeg
        The whole file.
    buffer
        Contiguous uint8 array of at least H x W x 3 elements that receives the pixels; the result is a view of it,
        valid until its next use. Without one, or with one that is too small, new memory is used.

    Raises
    ------
    JpegError
        Empty, not a JPEG, cut off, damaged, CMYK or too large. A file that ends too early is an error, too: libjpeg
        would fill it up with grey.
    """
    height, width = size(jpeg)
    if buffer is not None and buffer.size < height * width * 3:
        buffer = None
    return _decoded(jpeg, buffer=buffer)


def decode_reduced(jpeg: bytes, min_width: int) -> Rgb:
    """Return the picture scaled down by the decoder (in eighths) to the smallest size at least ``min_width`` wide.

    It saves up to half of the time of `decode`: the entropy coding must be undone in any case.
    """
    size(jpeg)
    return _decoded(jpeg, min_width=min_width, min_factor=1)


def _decoded(jpeg: bytes, **options: object) -> Rgb:
    try:
        pixels: Rgb = simplejpeg.decode_jpeg(jpeg, colorspace="RGB", **options)
    except ValueError as error:
        cut_off = "premature" in str(error).lower() or _EOI not in jpeg[-64:]
        raise JpegError("is cut off" if cut_off else f"is damaged: {error}") from None
    return pixels


def encode(rgb: Rgb, quality: int = QUALITY, *, full_colour: bool = False) -> bytes:
    """Return ``rgb``, (H, W, 3) uint8, as a JPEG.

    Colour is stored at half resolution (4:2:0) unless ``full_colour``, which suits drawings and keograms, whose columns
    have nothing to do with their neighbours.
    """
    pixels = np.ascontiguousarray(rgb)
    subsampling = "444" if full_colour else "420"
    jpeg: bytes = simplejpeg.encode_jpeg(
        pixels, quality=quality, colorspace="RGB", colorsubsampling=subsampling
    )
    return jpeg
