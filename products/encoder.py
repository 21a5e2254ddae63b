"""How ffmpeg is told to encode: little memory, the stars kept, playable everywhere.

Figures are of 25 frames of a simulated night at 1352 x 1012 pixels and at an equal size of the video. Told to look
ahead 10 frames and else to be "veryfast", x264 took 178 MB. Told what stands here, it takes 90 MB and half the time,
and faint stars keep 0.74 of their height above the sky (before: 0.63).

- Looking ahead serves to spend fewer bits on what soon moves away. Stars do: without it more of them are kept.
- One B frame: none costs a tenth of the height of faint stars, each one more 10 MB.
- Motion in whole pixels (subme 0) saves the half-pixel pictures, 16 MB and a quarter of the time; the sky turns slowly.
- A weak deblocking filter and small dead zones keep points of one pixel.
- aq-mode 3 spends bits on dark areas, where twilight would show bands; at full strength it takes them from stars.
- One thread for each stage: every further one holds frames of its own.
"""

import functools
from dataclasses import dataclass
from enum import StrEnum

from products.ffmpeg import ffmpeg_says

FORMAT = (
    2  # of the segments; counted up when they no longer go together with older ones
)
_TRIAL_SIZE = (1440, 1080)
_HARDWARE_BITS_S = 6_000_000
DECODER = ("-filter_threads", "1", "-threads", "1")  # before the input
# JPEG is full-range BT.601; players take video of this size for limited-range BT.709.
_COLOURS = (
    "-vf",
    "scale=in_range=full:out_range=limited:in_color_matrix=bt601:out_color_matrix=bt709,format=yuv420p,"
    "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
)
_X264 = ("-c:v", "libx264", "-preset", "veryfast", "-threads", "1")
_X264_PARAMETERS = {
    "rc-lookahead": "0",
    "sync-lookahead": "0",
    "mbtree": "0",
    "bframes": "1",
    "weightp": "0",
    "subme": "0",
    "deblock": "-2,-2",
    "deadzone-inter": "14",
    "deadzone-intra": "8",
    "aq-mode": "3",
    "aq-strength": "0.5",
}


class Encoder(StrEnum):
    """What encodes; ``auto`` is the hardware where it works."""

    X264 = "x264"
    V4L2 = "h264_v4l2m2m"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Usable:
    """An encoder that works here, and a sentence why it is not the one that was wanted; none is needed for ``auto``."""

    encoder: Encoder
    note: str = ""


@functools.cache
def usable(wanted: Encoder) -> Usable:
    """Return the encoder to use: what is wanted, or x264 when this ffmpeg lacks it or fails at one frame.

    Asked once in the life of a program.
    """
    if wanted is Encoder.X264:
        return Usable(wanted)
    problem = _problem(Encoder.V4L2)
    if not problem:
        return Usable(Encoder.V4L2)
    if wanted is Encoder.AUTO:
        return Usable(Encoder.X264)
    return Usable(
        Encoder.X264, f"{wanted} cannot be used, x264 encodes instead: {problem}."
    )


def _problem(encoder: Encoder) -> str:
    """Return why an encoder cannot be used here; nothing when it can."""
    listed = ffmpeg_says(("-encoders",))
    if f" {encoder} " not in listed.said:
        return "this ffmpeg does not have it"
    width, height = _TRIAL_SIZE
    black = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}")
    frame = (*black, "-i", "/dev/zero", "-frames:v", "1")
    tried = ffmpeg_says((*frame, *_hardware(encoder, 27), "-f", "null", "-"))
    lines = tried.said.strip().splitlines() or ["it does not say why"]
    return "" if tried.done else f"it fails at a frame ({lines[-1].strip(' .')})"


def _hardware(encoder: Encoder, crf: int) -> tuple[str, ...]:
    """Return the arguments of an encoder that knows bit rates only: 6 Mbit/s at CRF 27, twice that 6 below."""
    bits_s = round(_HARDWARE_BITS_S * 2 ** ((27 - crf) / 6))
    return ("-c:v", str(encoder), "-b:v", str(bits_s), "-pix_fmt", "yuv420p")


def encoding(encoder: Encoder, crf: int) -> tuple[str, ...]:
    """Return ffmpeg's arguments between the input, a full-range JPEG, and the output; ``encoder`` is not ``auto``."""
    if encoder is not Encoder.X264:
        return (*_COLOURS, *_hardware(encoder, crf))
    parameters = ":".join(f"{name}={value}" for name, value in _X264_PARAMETERS.items())
    return (*_COLOURS, *_X264, "-crf", str(crf), "-x264-params", parameters)
