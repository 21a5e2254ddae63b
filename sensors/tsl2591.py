"""ams TSL2591, a light meter for the night sky, through the Adafruit driver.

Six ranges of gain and integration time cover moonless nights to the sun. The range follows the light with hysteresis.
Counts are always divided by gain and time, so a change of range does not move the result. When it is dark, several
readings are averaged, and their scatter becomes the noise that is reported beside the brightness.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sensors.derived import sky_brightness_mag_arcsec2
from sensors.i2c import bus_of
from sensors.libraries import adafruit
from sensors.reading import (
    Reading,
    SensorNotFoundError,
    SensorNotReadyError,
    SensorSaturatedError,
)
from sensors.surroundings import Surroundings

ADDRESS = 0x29
DEVICE_ID = 0x50
COMMAND = 0xA0  # every register is addressed with these bits set
REGISTER_ENABLE, REGISTER_DEVICE_ID, REGISTER_STATUS = 0x00, 0x12, 0x13
POWER_ON_AND_MEASURING = 0x03
AVALID = 0x01  # STATUS: a whole integration is complete
SLOWEST_OSCILLATOR = 1.08  # 108 ms may pass for 100 ms
PATIENCE_S = 0.1

# Of one count per millisecond at gain 1, and the parts of the channels: those of the driver.
LUX = 408.0
CHANNEL_1_VISIBLE, CHANNEL_0_INFRARED, CHANNEL_1_INFRARED = 1.64, 0.59, 0.86

TOO_FAST = "the light changed faster than the TSL2591 could follow"
SCARCE_COUNTS = 1000.0  # below: average several readings
SURE = 2.0  # light counts as seen when it is so many times its own noise
MAGNITUDES = 2.5 / math.log(10)  # of a relative error


@dataclass(frozen=True, slots=True)
class Range:
    """One gain and integration time; ``full`` is the count at which a channel is saturated."""

    gain: float
    gain_bits: int
    integration_ms: int

    @property
    def full(self) -> int:
        """Return the largest count: the short integration ends before the counter is full."""
        return 36863 if self.integration_ms == 100 else 65535

    @property
    def sensitivity(self) -> float:
        """Return the counts here for one count per millisecond at gain 1."""
        return self.gain * self.integration_ms


RANGES = (
    Range(1, 0x00, 100),
    Range(25, 0x10, 100),
    Range(428, 0x20, 100),
    Range(428, 0x20, 600),
    Range(9876, 0x30, 100),
    Range(9876, 0x30, 600),
)
MOST_CHANGES = len(RANGES) + 2
# Parts of full scale: a range is left above the first, a finer one entered below the second.
TOO_MUCH, COMFORTABLE = 0.9, 0.5


def next_range(present: int, counts: tuple[int, int]) -> int:
    """Return the index of the range to measure with after ``counts`` were read in the range ``present``.

    Hysteresis: a range is left when it is 90 % full, and a finer one taken only if it would be less than half full.
    """
    most, now = max(counts), RANGES[present]
    if most >= now.full:
        return max(0, present - 1)
    light = most / now.sensitivity
    too_much = most > TOO_MUCH * now.full
    fits = [
        index
        for index in (range(present) if too_much else range(present + 1, len(RANGES)))
        if light * RANGES[index].sensitivity <= COMFORTABLE * RANGES[index].full
    ]
    if fits:
        return max(fits)
    return max(0, present - 1) if too_much else present


def lux(both: float, infrared: float) -> float:
    """Return the illuminance in lx of counts per millisecond at gain 1, of channel 0 (all light) and 1 (infrared).

    Negative when noise makes the infrared larger than all light.
    """
    visible = both - CHANNEL_1_VISIBLE * infrared
    under_lamps = CHANNEL_0_INFRARED * both - CHANNEL_1_INFRARED * infrared
    return LUX * max(visible, under_lamps)


class TSL2591:
    """Illuminance and sky brightness; ``readings`` are averaged when it is dark."""

    def __init__(
        self, name: str, surroundings: Surroundings, bus: int, readings: int
    ) -> None:
        self.name = name
        self._many = readings
        self._wait = surroundings.wait
        self._bus = bus_of(surroundings, bus)
        self._range = 0
        with self._bus.talking("TSL2591", ADDRESS):
            found = self._register(REGISTER_DEVICE_ID)
            if found != DEVICE_ID:
                raise SensorNotFoundError(
                    f"another chip (its id is {found:#04x}) answers at {ADDRESS:#04x} on {self._bus.name},"
                    " not a TSL2591"
                )
            self._device = adafruit("adafruit_tsl2591").TSL2591(self._bus, ADDRESS)
            self._device.disable()

    def read(self) -> Sequence[Reading]:
        """Return illuminance, sky brightness and its noise; raise SensorSaturatedError for what it cannot tell."""
        counts = self._in_fitting_range()
        many = self._many if max(counts) < SCARCE_COUNTS else 1
        rows = [counts, *(self._counts() for _ in range(many - 1))]
        if max(map(max, rows)) >= RANGES[self._range].full:
            raise SensorNotReadyError(TOO_FAST)
        return self._readings(rows)

    def _in_fitting_range(self) -> tuple[int, int]:
        """Return the counts of both channels in the range that fits the light, which is found on the way."""
        for _ in range(MOST_CHANGES):
            counts = self._counts()
            fitting = next_range(self._range, counts)
            if fitting == self._range:
                if max(counts) >= RANGES[fitting].full:
                    raise SensorSaturatedError(
                        "brighter than the TSL2591 can tell, even at its lowest gain"
                    )
                return counts
            self._range = fitting
        raise SensorNotReadyError(TOO_FAST)

    def _counts(self) -> tuple[int, int]:
        """Measure once in the present range and return the counts of both channels."""
        with self._bus.talking("TSL2591", ADDRESS):
            counts = self._measure(RANGES[self._range])
            self._device.disable()
        return counts

    def _measure(self, now: Range) -> tuple[int, int]:
        self._device.disable()
        self._device.gain = now.gain_bits
        self._device.integration_time = now.integration_ms // 100 - 1
        self._device.enable()
        self._wait(now.integration_ms / 1000 * SLOWEST_OSCILLATOR)
        if not self._register(REGISTER_STATUS) & AVALID:
            self._wait(PATIENCE_S)
        if not self._register(REGISTER_STATUS) & AVALID:
            raise SensorNotReadyError("the TSL2591 did not finish measuring")
        both, infrared = self._device.raw_luminosity
        if not self._is_as_set(now):
            raise SensorNotReadyError(
                "the TSL2591 forgot its range, as after a drop of its supply: check cable and plugs"
            )
        return both, infrared

    def _is_as_set(self, now: Range) -> bool:
        """Say whether the chip still has the settings that the counts are computed with."""
        return (
            self._device.gain == now.gain_bits
            and self._device.integration_time == now.integration_ms // 100 - 1
            and self._register(REGISTER_ENABLE) & POWER_ON_AND_MEASURING
            == POWER_ON_AND_MEASURING
        )

    def _readings(self, rows: Sequence[tuple[int, int]]) -> list[Reading]:
        sensitivity = RANGES[self._range].sensitivity
        both, infrared = (
            statistics.fmean(channel) / sensitivity
            for channel in zip(*rows, strict=True)
        )
        illuminance_lx = lux(both, infrared)
        noise_lx = self._noise_lx(rows)
        brightness = sky_brightness_mag_arcsec2(illuminance_lx)
        if brightness is None or illuminance_lx < SURE * noise_lx:
            raise SensorSaturatedError(
                "darker than the TSL2591 can tell: average more readings, or put a lens in front of it"
            )
        readings = [
            Reading(self.name, "illuminance", float(f"{illuminance_lx:.4g}"), "lx"),
            Reading(self.name, "sky_brightness", round(brightness, 3), "mag/arcsec²"),
        ]
        if len(rows) > 1:
            noise_mag = MAGNITUDES * noise_lx / illuminance_lx
            readings.append(
                Reading(
                    self.name,
                    "sky_brightness_noise",
                    round(noise_mag, 3),
                    "mag/arcsec²",
                )
            )
        return readings

    def _noise_lx(self, rows: Sequence[tuple[int, int]]) -> float:
        """Return the standard error of the mean illuminance in lx; at least that of one count in all ``rows``."""
        sensitivity = RANGES[self._range].sensitivity
        one_count = LUX / (len(rows) * sensitivity)
        if len(rows) < 2:
            return one_count
        values = [lux(both / sensitivity, ir / sensitivity) for both, ir in rows]
        return max(one_count, statistics.stdev(values) / math.sqrt(len(values)))

    def _register(self, register: int) -> int:
        return self._bus.ask(ADDRESS, bytes([COMMAND | register]), 1)[0]
