"""The simulated libcamera: the unmodified picamera2 runs on it, on any Linux, as on a Raspberry Pi.

It is libcamera's Python interface as far as picamera2 uses it, over sensors that behave as real ones do: controls take
effect frames later, exposures are whole lines within the frame's duration, gains are whole codes and the rest is made
up digitally, some sensors spoil their first frames, raw rows are padded, and everything may fail (`world.World`).
"""

import sys

from . import chip, controls, light, properties, sensors, world
from .camera import Camera, CameraManager, Request
from .streams import CameraConfiguration, FrameBuffer
from .values import (
    ColorSpace,
    ControlId,
    ControlInfo,
    ControlType,
    FrameMetadata,
    Orientation,
    PixelFormat,
    Rectangle,
    SensorConfiguration,
    Size,
    StreamRole,
    Transform,
)

__all__ = [
    "Camera",
    "CameraConfiguration",
    "CameraManager",
    "ColorSpace",
    "ControlId",
    "ControlInfo",
    "ControlType",
    "FrameBuffer",
    "FrameMetadata",
    "Orientation",
    "PixelFormat",
    "Rectangle",
    "Request",
    "SensorConfiguration",
    "Size",
    "StreamRole",
    "Transform",
    "chip",
    "controls",
    "light",
    "properties",
    "sensors",
    "world",
]

_libcamera = sys.modules[__name__]
"""picamera2 asks for some types by this name."""
