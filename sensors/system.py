"""The computer itself: processor, supply, memory, disk, network. What it does not tell is absent."""

import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from sensors.reading import Reading
from sensors.surroundings import Surroundings

SHORTEST_LOAD_S = 0.1  # psutil: a load over less than this means nothing
_GIGABYTE, _KILOBYTE = 1e9, 1e3
_HOUR_S = 3600.0
_THROTTLED = Path("sys/devices/platform/soc/soc:firmware/get_throttled")
_SUPPLY_LOW, _SLOWED = (
    0x1,
    0x2 | 0x4 | 0x8,
)  # frequency capped, throttled, at its temperature limit: all of this moment


class System:
    """The state of the computer. ``disk`` is a folder on the disk to watch; the data folder when it is empty."""

    def __init__(self, name: str, surroundings: Surroundings, disk: str) -> None:
        self.name = name
        self._disk = Path(disk) if disk else surroundings.data
        self._root = surroundings.root
        psutil.cpu_percent()  # the first call only starts the measurement
        self._load_since_s = time.monotonic()
        self._traffic = _traffic_bytes()

    def read(self) -> Sequence[Reading]:
        """Return what the computer tells of itself now; loads and rates are means since the reading before."""
        elapsed_s = time.monotonic() - self._load_since_s
        load_percent, received_kb_s, sent_kb_s = None, None, None
        if elapsed_s >= SHORTEST_LOAD_S:
            load_percent = psutil.cpu_percent()
            received_kb_s, sent_kb_s = self._rates_kb_s(elapsed_s)
            self._load_since_s += elapsed_s
        supply_low, slowed = self._firmware_says()
        values = {
            ("cpu_temperature", "°C"): self._cpu_temperature_c(),
            ("cpu_load", "%"): load_percent,
            ("cpu_slowed", ""): slowed,
            ("supply_low", ""): supply_low,
            ("network_received", "kB/s"): received_kb_s,
            ("network_sent", "kB/s"): sent_kb_s,
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

    def _firmware_says(self) -> tuple[float | None, float | None]:
        """Return, as 1 or 0, whether the supply of a Raspberry Pi is too low and whether it is slowed down, now."""
        try:
            bits = int((self._root / _THROTTLED).read_text(encoding="ascii"), 16)
        except (OSError, ValueError):
            return None, None
        return float(bool(bits & _SUPPLY_LOW)), float(bool(bits & _SLOWED))

    def _rates_kb_s(self, elapsed_s: float) -> tuple[float | None, float | None]:
        """Return what was received and sent per second; nothing when an interface came, went, or began anew."""
        before, self._traffic = self._traffic, _traffic_bytes()
        received, sent = (
            now - then for now, then in zip(self._traffic[1:], before[1:], strict=True)
        )
        if self._traffic[0] != before[0] or min(received, sent) < 0:
            return None, None
        return received / elapsed_s / _KILOBYTE, sent / elapsed_s / _KILOBYTE

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


def _traffic_bytes() -> tuple[frozenset[str], int, int]:
    """Return the network interfaces of the computer, and the bytes they received and sent since the start."""
    counters = psutil.net_io_counters(pernic=True)
    real = {name: one for name, one in counters.items() if name != "lo"}
    received = sum(one.bytes_recv for one in real.values())
    return frozenset(real), received, sum(one.bytes_sent for one in real.values())
