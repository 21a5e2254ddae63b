"""The properties of a camera, by libcamera's names."""

import enum

from .values import ControlId, ControlType

Model = ControlId("Model", ControlType.String)
Location = ControlId("Location", ControlType.Integer32)
Rotation = ControlId("Rotation", ControlType.Integer32)
PixelArraySize = ControlId("PixelArraySize", ControlType.Size)


class draft:  # noqa: N801  libcamera's name
    """Properties that are not final in libcamera."""

    ColorFilterArrangement = ControlId("ColorFilterArrangement", ControlType.Integer32)

    class ColorFilterArrangementEnum(enum.IntEnum):
        RGGB = 0
        GRBG = 1
        GBRG = 2
        BGGR = 3
        RGB = 4
        MONO = 5
