"""DHT11, DHT21 and DHT22 (AM2302), read by the kernel, which keeps the time that their pulses need.

``dtoverlay=dht11,gpiopin=<pin>`` in ``/boot/firmware/config.txt`` makes a folder ``/sys/bus/iio/devices/iio:device*``.
The kernel checks the sum; that every few readings fail is normal for these sensors.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from sensors.climate import climate
from sensors.reading import Reading, SensorNotFoundError, SensorNotReadyError
from sensors.surroundings import Surroundings

DEVICES = Path("sys/bus/iio/devices")
REST_S = 2.0  # the sensor needs it between two measurements
ATTEMPTS = 3
LIMITS_C = (-40.0, 80.0)


class DHT:
    """A thermometer and hygrometer whose data line is at GPIO ``pin``."""

    def __init__(self, name: str, surroundings: Surroundings, pin: int) -> None:
        self.name = name
        self._wait = surroundings.wait
        self._folder = self._find(surroundings.root / DEVICES, pin)

    def read(self) -> Sequence[Reading]:
        """Return temperature and relative humidity; ask up to three times, two seconds apart."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._wait(REST_S)
            try:
                temperature_c = self._thousandths("in_temp_input")
                humidity = self._thousandths("in_humidityrelative_input")
            except FileNotFoundError:
                raise SensorNotFoundError(
                    f"{self._folder} is gone: is the overlay dht11 still loaded?"
                ) from None
            except (OSError, ValueError):
                continue
            return climate(self.name, temperature_c, humidity, LIMITS_C)
        raise SensorNotReadyError(
            f"the DHT did not answer {ATTEMPTS} times: check the cable, its length, and the resistor of 10 kΩ between"
            " data and 3.3 V"
        )

    def _thousandths(self, file: str) -> float:
        return int((self._folder / file).read_text(encoding="ascii")) / 1000

    @staticmethod
    def _find(devices: Path, pin: int) -> Path:
        """Return the folder of the sensor at a pin, which the kernel calls ``dht11@<pin in hexadecimal>``."""
        found = dht_devices(devices)
        if folder := found.get(pin):
            return folder
        pins = ", ".join(f"GPIO {other}" for other in found)
        others = f" There is one at {pins}." if found else ""
        raise SensorNotFoundError(
            f"no DHT is set up at GPIO {pin}: add dtoverlay=dht11,gpiopin={pin} to /boot/firmware/config.txt (the same"
            f" for DHT11, DHT21 and DHT22) and restart.{others}"
        )


def dht_devices(devices: Path) -> dict[int, Path]:
    """Return the folders of the kernel's DHT sensors by the GPIO of their data line."""
    found = {}
    for folder in sorted(devices.glob("iio:device*")):
        name = folder / "name"
        if name.exists():
            text = name.read_text(encoding="ascii", errors="replace")
            if match := re.fullmatch(r"dht11@([0-9a-f]+)\s*", text):
                found[int(match[1], 16)] = folder
    return found
