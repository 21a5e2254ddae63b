"""What belongs together on the sensor page: blocks of quantities, and families that share one chart.

A quantity that this hub does not know has a chart of its own in the last block; what has no data is absent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.series import Curve, LatestReading


class BlockName(StrEnum):
    """The blocks, in the order of the page."""

    SKY = "sky"
    ENVIRONMENT = "environment"
    SYSTEM = "system"
    OTHER = "other"


# The quantities of each chart, chart by chart. Members of one share their unit.
_CHARTS: Mapping[BlockName, Sequence[tuple[str, ...]]] = {
    BlockName.SKY: (
        ("sky_brightness",),
        ("star_count",),
        ("cloud_cover",),
        ("cloud_state",),
        ("sky_temperature", "cloud_temperature"),
        ("sky_background",),
        ("illuminance",),
        ("sky_brightness_noise",),
        ("kp_index",),
    ),
    BlockName.ENVIRONMENT: (
        ("temperature", "dew_point", "frost_point"),
        ("humidity",),
        ("dew_spread",),
        ("pressure", "qnh", "qff"),
        ("absolute_humidity",),
        ("heater_power", "fan_power"),
    ),
    BlockName.SYSTEM: (
        ("cpu_temperature",),
        ("cpu_load", "memory_used"),
        ("disk_free",),
        ("network_received", "network_sent"),
        ("cpu_slowed", "supply_low"),
        ("uptime",),
    ),
}
LOGARITHMIC = {"illuminance"}  # from starlight to sunlight there are nine powers of ten
_PLACE = {
    quantity: (block, chart, index)
    for block, charts in _CHARTS.items()
    for chart, names in enumerate(charts)
    for index, quantity in enumerate(names)
}
_ORDER = list(BlockName)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the page: its newest readings, and the curves of each of its charts."""

    name: BlockName
    readings: list[LatestReading]
    families: list[list[Curve]]


def blocks(readings: Iterable[LatestReading], curves: Iterable[Curve]) -> list[Block]:
    """Return the blocks that have anything, in the order of the page."""
    latest: dict[BlockName, list[LatestReading]] = {}
    for one in sorted(readings, key=lambda one: (_place(one.quantity), one.sensor)):
        latest.setdefault(_block(one.quantity), []).append(one)
    charts: dict[BlockName, dict[object, list[Curve]]] = {}
    for curve in sorted(curves, key=_order):
        # A camera may measure an unknown quantity in two units: they do not share a scale.
        key = (*_place(curve.series.quantity)[1:3], curve.series.unit)
        block = charts.setdefault(_block(curve.series.quantity), {})
        block.setdefault(key, []).append(curve)
    return [
        Block(name, latest.get(name, []), list(charts.get(name, {}).values()))
        for name in BlockName
        if name in latest or name in charts
    ]


def _order(curve: Curve) -> tuple[object, ...]:
    return _place(curve.series.quantity), curve.series.sensor


def _block(quantity: str) -> BlockName:
    return _PLACE[quantity][0] if quantity in _PLACE else BlockName.OTHER


def _place(quantity: str) -> tuple[int, int, str, int]:
    """Return where a quantity stands: block, chart, name of what has no chart here, place in the chart."""
    if quantity not in _PLACE:
        return len(_ORDER), 0, quantity, 0
    block, chart, index = _PLACE[quantity]
    return _ORDER.index(block), chart, "", index
