"""What libcamera's tuning file of a sensor says, and what a camera under a fisheye wants of it.

As it is, the file makes pretty pictures: a contrast that adapts to each frame, and a correction of the vignetting of a
lens that is not on this camera. Then the same sky has another brightness in the next frame. `plain` takes both away, so
that pixels follow the sRGB curve, always.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np

DAYLIGHT_K = 5500.0
# Where there is no tuning file: between those of the Raspberry Pi cameras (imx219, imx477, imx708).
USUAL_GAINS = (2.4, 1.6)
_VARIABLE = "LIBCAMERA_RPI_TUNING_FILE"
_FULL = 65535
# Denser in the dark, where the curve bends.
_CURVE_STEPS = (
    *range(0, 2048, 256),
    *range(2048, 16384, 1024),
    *range(16384, _FULL, 4096),
    _FULL,
)


def daylight_gains(white_balance: Mapping[str, Any]) -> tuple[float, float]:
    """Return the gains of red and blue that make daylight (5,500 K) grey.

    Parameters
    ----------
    white_balance
        The section ``rpi.awb``. Its ``ct_curve`` lists, one after the other, a colour temperature in kelvin and how
        strongly the sensor sees red and blue against green in that light.

    Raises
    ------
    ValueError, KeyError
        The section is not of this kind.
    """
    curve = np.reshape(np.asarray(white_balance["ct_curve"], float), (-1, 3))
    red = np.interp(DAYLIGHT_K, curve[:, 0], curve[:, 1])
    blue = np.interp(DAYLIGHT_K, curve[:, 0], curve[:, 2])
    if not min(red, blue) > 0:
        raise ValueError("the tuning file has no response to red and blue")
    return float(1 / red), float(1 / blue)


def plain(tuning: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tuning with the sRGB curve (IEC 61966-2-1), no adaptive contrast and no correction of a lens.

    Raises
    ------
    KeyError
        It is not of version 2, in which the algorithms are a list.
    """
    algorithms = [
        {"rpi.contrast": {"ce_enable": 0, "gamma_curve": _srgb_curve()}}
        if "rpi.contrast" in algorithm
        else algorithm
        for algorithm in tuning["algorithms"]
        if "rpi.alsc" not in algorithm
    ]
    return {**tuning, "algorithms": algorithms}


def use(tuning: Mapping[str, Any], picamera2: Any) -> None:
    """Let libcamera look for its cameras again with ``tuning``, which it reads when it finds them.

    Raises
    ------
    ValueError
        It refuses the tuning; then its cameras are found again with its own.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(tuning, file)
        file.flush()
        os.environ[_VARIABLE] = file.name
        try:
            picamera2._cm.reset()
            accepted = bool(picamera2.global_camera_info())
        finally:
            del os.environ[_VARIABLE]
    if not accepted:
        picamera2._cm.reset()
        raise ValueError("libcamera refuses it")


def _srgb_curve() -> list[int]:
    """Return what each level of 16 bits becomes: level, value, level, value, ..."""
    linear = np.array(_CURVE_STEPS) / _FULL
    encoded = np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    values = np.rint(encoded * _FULL).astype(int)
    return np.column_stack([_CURVE_STEPS, values]).ravel().tolist()
