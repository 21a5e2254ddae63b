"""What picamera2 says of cameras, in our words: which one is meant, what it can do."""

from collections.abc import Mapping, Sequence
from typing import Any

from edge.cameras import CameraError, ExposureLimits, SensorMode

_NO_KNOWN_LIMIT_US = 3_600_000_000
_LIMITS = ("shortest", "longest", "default")


def position_of(name: str, cameras: Sequence[Mapping[str, Any]]) -> int:
    """Return where in picamera2's list the camera with this model or Id stands, or the only one for an empty name.

    Raises
    ------
    CameraError
        There is none, or more than one.
    """
    if not cameras:
        raise CameraError(
            "no camera is connected, or it is not recognised: check both ends of its cable,"
            " and camera_auto_detect=1 or the camera's dtoverlay in /boot/firmware/config.txt"
        )
    listed = "; ".join(f"{camera['Model']}, Id {camera['Id']}" for camera in cameras)
    fitting = [
        position
        for position, camera in enumerate(cameras)
        if name.lower() in ("", camera["Model"].lower(), camera["Id"].lower())
    ]
    if not fitting:
        raise CameraError(f"there is no camera {name}; connected: {listed}")
    if len(fitting) > 1:
        raise CameraError(
            f"more than one camera could be meant, set camera.model to the model or the Id of one: {listed}"
        )
    return fitting[0]


def exposure_limits(controls: Mapping[str, tuple[Any, Any, Any]]) -> ExposureLimits:
    """Return the limits of a configured camera from the smallest and largest values of its controls.

    Some sensors report a longest exposure of 0. Then the longest frame is the limit, and if that is not known either,
    there is none: the frame's own metadata will tell.
    """
    shortest_us, longest_us, _ = controls["ExposureTime"]
    lowest_gain, highest_gain, _ = controls["AnalogueGain"]
    known = (longest_us, controls["FrameDurationLimits"][1], _NO_KNOWN_LIMIT_US)
    return ExposureLimits(
        shortest_us=max(1, shortest_us),
        longest_us=next(limit for limit in known if limit > shortest_us),
        lowest_gain=lowest_gain,
        highest_gain=max(lowest_gain, highest_gain),
    )


def sensor_mode(mode: Mapping[str, Any]) -> SensorMode:
    """Return one of picamera2's ``sensor_modes``."""
    width, height = mode["size"]
    limits_us = mode["exposure_limits"]  # without zeros; shortest, longest, default
    return SensorMode(
        width=width,
        height=height,
        bits=mode["bit_depth"],
        frames_per_s=mode["fps"],
        longest_us=limits_us[1] if len(limits_us) == len(_LIMITS) else None,
    )
