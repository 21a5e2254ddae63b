"""What the sensors said last, for whatever acts on it; too old is the same as never."""

from collections.abc import Iterable

from sensors.reading import Reading


class Latest:
    """The newest value of every quantity of every sensor, with its age in monotonic seconds."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], tuple[float, float]] = {}

    def put(self, readings: Iterable[Reading], read_s: float) -> None:
        """Note readings that were taken at ``read_s``."""
        for one in readings:
            self._values[one.sensor, one.quantity] = one.value, read_s

    def value(
        self, sensor: str, quantity: str, now_s: float, stale_s: float
    ) -> float | None:
        """Return the newest value unless it is older than ``stale_s``; None where there is none."""
        value, read_s = self._values.get((sensor, quantity), (None, 0.0))
        return value if now_s - read_s <= stale_s else None
