"""Names of columns: sensor, quantity and unit in letters that every program reads, the same for ever."""

import re

from hub.series import Series

_UNITS = {
    "°C": "c",
    "K": "k",
    "%": "percent",
    "g/m³": "g_m3",
    "hPa": "hpa",
    "mag": "mag",
    "mag/arcsec²": "mag_arcsec2",
    "lx": "lx",
    "GB": "gb",
    "kB/s": "kb_s",
    "h": "h",
}


def column(series: Series, part: str = "") -> str:
    """Return ``outside_temperature_c``, or with a part ``outside_temperature_mean_c``: the unit is the end."""
    unit = _UNITS.get(series.unit)
    if unit is None:
        unit = re.sub("[^a-z0-9]+", "_", series.unit.lower()).strip("_")
    return "_".join(filter(None, (series.sensor, series.quantity, part, unit)))
