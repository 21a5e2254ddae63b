"""Aosong AHT20, AHT21 (and AM2301B, DHT20): temperature and relative humidity.

Ours, because the Adafruit driver does not read the CRC. Words and times are those of the data sheet (ASAIR AHT20, V1.1,
section 5.3 to 6.2).
"""

from collections.abc import Sequence

from sensors.climate import climate
from sensors.crc import crc8
from sensors.i2c import bus_of
from sensors.reading import Reading, SensorNotReadyError
from sensors.surroundings import Surroundings

ADDRESS = 0x38
INITIALISE = b"\xbe\x08\x00"
MEASURE = b"\xac\x33\x00"
READ_STATUS = b"\x71"
BUSY, CALIBRATED = 0x80, 0x08
INITIALISE_S = 0.01
MEASURE_S = 0.08
MOST_WAITS = 5
LIMITS_C = (-40.0, 85.0)


def decode(content: bytes) -> tuple[float, float]:
    """Return temperature in °C and relative humidity in % from the 7 bytes of an answer.

    Raises
    ------
    SensorNotReadyError
        The chip is still measuring, is not calibrated, or the CRC is wrong.
    """
    status = content[0]
    if status & BUSY:
        raise SensorNotReadyError("the AHT20 did not finish measuring")
    if crc8(content[:6]) != content[6]:
        raise SensorNotReadyError(
            "the AHT20 gave a disturbed answer (wrong CRC): if this happens often, shorten the cable"
        )
    if not status & CALIBRATED:
        raise SensorNotReadyError(
            "the AHT20 lost its calibration: take its supply away for a moment"
        )
    both = int.from_bytes(content[1:6])
    humidity, temperature = both >> 20, both & 0xFFFFF
    return temperature / 2**20 * 200 - 50, humidity / 2**20 * 100


class AHT20:
    """A thermometer and hygrometer at 0x38."""

    def __init__(self, name: str, surroundings: Surroundings, bus: int) -> None:
        self.name = name
        self._wait = surroundings.wait
        self._bus = bus_of(surroundings, bus)
        with self._bus.talking("AHT20", ADDRESS):
            self._initialise()

    def read(self) -> Sequence[Reading]:
        """Return temperature and relative humidity."""
        with self._bus.talking("AHT20", ADDRESS):
            self._initialise()
            self._bus.write(ADDRESS, MEASURE)
            for _ in range(MOST_WAITS):
                self._wait(MEASURE_S)
                content = self._bus.read(ADDRESS, 7)
                if not content[0] & BUSY:
                    break
        return climate(self.name, *decode(content), LIMITS_C)

    def _initialise(self) -> None:
        """Let the chip load its calibration, unless it has done so since it got its supply."""
        if not self._bus.ask(ADDRESS, READ_STATUS, 1)[0] & CALIBRATED:
            self._bus.write(ADDRESS, INITIALISE)
            self._wait(INITIALISE_S)
