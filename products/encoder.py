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

from enum import StrEnum

FORMAT = (
    2  # of the segments; counted up when they no longer go together with older ones
)
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
    """What encodes."""

    X264 = "x264"


def encoding(encoder: Encoder, crf: int) -> tuple[str, ...]:
    """Return ffmpeg's arguments between the input, a full-range JPEG, and the output."""
    parameters = ":".join(f"{name}={value}" for name, value in _X264_PARAMETERS.items())
    return (*_COLOURS, *_X264, "-crf", str(crf), "-x264-params", parameters)
