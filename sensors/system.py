"""The computer itself: temperature of its processor, load, memory, disk, uptime. What it does not tell is absent."""

import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from sensors.reading import Reading
from sensors.surroundings import Surroundings

SHORTEST_LOAD_S = 0.1  # psutil: a load over less than this means nothing
_GIGABYTE = 1e9
_HOUR_S = 3600.0


class System:
    """The state of the computer. ``disk`` is a folder on the disk to watch; the data folder when it is empty."""

    def __init__(self, name: str, surroundings: Surroundings, disk: str) -> None:
        self.name = name
        self._disk = Path(disk) if disk else surroundings.data
        self._root = surroundings.root
        psutil.cpu_percent()  # the first call only starts the measurement
        self._load_since_s = time.monotonic()

    def read(self) -> Sequence[Reading]:
        """Return what the computer tells of itself now."""
        values = {
            ("cpu_temperature", "°C"): self._cpu_temperature_c(),
            ("cpu_load", "%"): self._cpu_load_percent(),
            ("memory_used", "%"): psutil.virtual_memory().percent,
            ("disk_free", "GB"): self._disk_free_gb(),
            ("uptime", "h"): self._uptime_h(),
        }
        return [
            Reading(self.name, quantity, round(value, 2), unit)
            for (quantity, unit), value in values.items()
            if value is not None
        ]

    def _cpu_temperature_c(self) -> float | None:
        """Return the temperature of the first thermal zone, which is the processor on a Raspberry Pi."""
        zone = self._root / "sys/class/thermal/thermal_zone0/temp"
        try:
            return int(zone.read_text(encoding="ascii")) / 1000
        except (OSError, ValueError):
            return None

    def _cpu_load_percent(self) -> float | None:
        """Return the mean load since the last reading; None when that was just now."""
        now_s = time.monotonic()
        if now_s - self._load_since_s < SHORTEST_LOAD_S:
            return None
        self._load_since_s = now_s
        return psutil.cpu_percent()

    def _disk_free_gb(self) -> float | None:
        try:
            return psutil.disk_usage(str(self._disk)).free / _GIGABYTE
        except OSError:
            return None

    def _uptime_h(self) -> float | None:
        try:
            text = (self._root / "proc/uptime").read_text(encoding="ascii")
            return float(text.split()[0]) / _HOUR_S
        except (OSError, ValueError, IndexError):
            return None
