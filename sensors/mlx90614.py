"""Melexis MLX90614, an infrared thermometer that looks at the sky.

Ours, because the Adafruit driver does not check the packet error code, and a flipped bit is easily 100 degrees. The
bus must not be faster than 100 kHz, which is what a Raspberry Pi does by itself (data sheet, section 8.4).
"""

import struct
from collections.abc import Sequence

from sensors.crc import crc8
from sensors.i2c import bus_of
from sensors.reading import Reading, SensorNotReadyError, within
from sensors.surroundings import Surroundings

RAM_AMBIENT, RAM_OBJECT = 0x06, 0x07
ERROR_FLAG = 0x8000
KELVIN_PER_COUNT = 0.02
ATTEMPTS = 3


def decode(address: int, register: int, content: bytes) -> float:
    """Return the temperature in °C from the three bytes of an answer: low, high, packet error code.

    Raises
    ------
    SensorNotReadyError
        The packet error code is wrong, or the chip itself says that the value is.
    """
    asked = bytes([address << 1, register, address << 1 | 1])
    if crc8(asked + content[:2], polynomial=0x07, start=0) != content[2]:
        raise SensorNotReadyError(
            "the MLX90614 gave a disturbed answer (wrong packet error code): if this happens often, shorten the cable"
        )
    (count,) = struct.unpack("<H", content[:2])
    if count & ERROR_FLAG:
        raise SensorNotReadyError("the MLX90614 marks its measurement as an error")
    return float(count * KELVIN_PER_COUNT - 273.15)


class MLX90614:
    """Temperature of the sky and of the sensor itself. ``address`` is ``0x5a`` as it is sold."""

    def __init__(
        self, name: str, surroundings: Surroundings, bus: int, address: str
    ) -> None:
        self.name = name
        self._address = int(address, 16)
        self._bus = bus_of(surroundings, bus)
        self.read()

    def read(self) -> Sequence[Reading]:
        """Return the temperature of what the sensor looks at, and its own."""
        with self._bus.talking("MLX90614", self._address):
            sky_c = self._temperature_c(RAM_OBJECT)
            own_c = self._temperature_c(RAM_AMBIENT)
        within("sky temperature", sky_c, -70, 380, "°C")
        within("temperature", own_c, -40, 125, "°C")
        return [
            Reading(self.name, "sky_temperature", round(sky_c, 2), "°C"),
            Reading(self.name, "temperature", round(own_c, 2), "°C"),
        ]

    def _temperature_c(self, register: int) -> float:
        """Return what a register says; ask again after a disturbed answer."""
        for attempts_left in reversed(range(ATTEMPTS)):
            content = self._bus.ask(self._address, bytes([register]), 3)
            try:
                return decode(self._address, register, content)
            except SensorNotReadyError:
                if not attempts_left:
                    raise
        raise AssertionError("the last attempt returns or raises")
