"""BME280 and BMP280, after their data sheets (BST-BME280-DS002, BST-BMP280-DS001).

The calibration is that of the worked example in the data sheet of the BMP280 (section 3.12); humidity has no published
example, its calibration is a typical one.
"""

import struct

from fakes.i2c_bus import Registers

T = (27504, 26435, -1000)
P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
H = (75, 353, 0, 340, 0, 30)
SKIPPED = (0x80000, 0x80000, 0x8000)
BME280_ID, BMP280_ID = 0x60, 0x58


def humidity_percent(adc_h, adc_t):
    """Return the humidity by the 32-bit integer code of the data sheet (section 4.2.3), transcribed for the tests."""
    h1, h2, h3, h4, h5, h6 = H
    t1, t2, t3 = T
    first = (((adc_t >> 3) - (t1 << 1)) * t2) >> 11
    second = (((((adc_t >> 4) - t1) * ((adc_t >> 4) - t1)) >> 12) * t3) >> 14
    value = first + second - 76800
    scaled = ((((value * h6) >> 10) * (((value * h3) >> 11) + 32768)) >> 10) + 2097152
    value = (((adc_h << 14) - (h4 << 20) - h5 * value + 16384) >> 15) * (
        (scaled * h2 + 8192) >> 14
    )
    value -= ((((value >> 15) * (value >> 15)) >> 7) * h1) >> 4
    return max(0, min(value, 419430400)) / 4096 / 1024


class Bosch(Registers):
    """Forced measurements take their time; after a loss of supply everything is as at power-on."""

    def __init__(self, chip_id=BME280_ID):
        super().__init__()
        self.chip_id = chip_id
        self.adc = (519888, 415148, 27000)  # temperature, pressure, humidity
        self.skips = set()  # channels 0, 1, 2 that are not measured, whatever is asked
        self.stuck = False
        self.forced = 0
        self.lose_supply()

    def lose_supply(self):
        self.registers[:] = bytes(256)
        self.registers[0xD0] = self.chip_id
        self.registers[0x88:0xA0] = struct.pack("<HhhHhhhhhhhh", *T, *P)
        h1, h2, h3, h4, h5, h6 = H
        if self.chip_id == BME280_ID:
            self.registers[0xA1] = h1
            self.registers[0xE1:0xE8] = struct.pack(
                "<hBbBbb", h2, h3, h4 >> 4, (h4 & 15) | ((h5 & 15) << 4), h5 >> 4, h6
            )
        self._show(SKIPPED)
        self.busy_until_s = 0.0

    def write(self, content):
        if len(content) < 2:
            super().write(content)
        for register, value in zip(content[::2], content[1::2], strict=False):
            self.store(register, value)

    def store(self, register, value):
        if register == 0xE0 and value == 0xB6:
            self.lose_supply()
            return
        self.registers[register] = value
        if register == 0xF4 and value & 3 == 1:
            oversampling = (value >> 5, value >> 2 & 7, self.registers[0xF2] & 7)
            measured = 1.25 + sum(2.3 * (1 << n >> 1) + 0.575 for n in oversampling)
            self.busy_until_s = self.clock() + measured / 1000
            self.forced += 1
            channels = (
                skip if not asked or n in self.skips else adc
                for n, (asked, adc, skip) in enumerate(
                    zip(oversampling, self.adc, SKIPPED, strict=True)
                )
            )
            self._pending = tuple(channels)

    def refresh(self):
        busy = self.stuck or self.clock() < self.busy_until_s
        self.registers[0xF3] = 0x08 if busy else 0
        if not busy and self.registers[0xF4] & 3 == 1:
            self.registers[0xF4] &= ~3
            self._show(self._pending)

    def _show(self, adc):
        temperature, pressure, humidity = adc
        self.registers[0xF7:0xFA] = (pressure << 4).to_bytes(3)
        self.registers[0xFA:0xFD] = (temperature << 4).to_bytes(3)
        self.registers[0xFD:0xFF] = (
            humidity.to_bytes(2) if self.chip_id == BME280_ID else bytes(2)
        )
