"""White balance of daylight, from the tuning file that comes with libcamera for each sensor."""

from collections.abc import Mapping
from typing import Any

import numpy as np

DAYLIGHT_K = 5500.0
# Where there is no tuning file: between those of the Raspberry Pi cameras (imx219, imx477, imx708).
USUAL_GAINS = (2.4, 1.6)


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
