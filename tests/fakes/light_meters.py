"""TSL2591 (ams DS000338) and BH1750FVI (ROHM), after their data sheets."""

import struct

from fakes.i2c_bus import Chip, NackError, Registers

GAINS = {0x00: 1, 0x10: 25, 0x20: 428, 0x30: 9876}


class TSL2591(Registers):
    """Light as counts per millisecond at gain 1, in both channels; saturates, takes its time, forgets its settings."""

    def __init__(self, both=10.0, infrared=3.0):
        super().__init__()
        self.both, self.infrared = both, infrared
        self.slowness = 1.0
        self.noise = lambda: 0.0  # counts that are added to each channel
        self.lose_supply()

    def lose_supply(self):
        self.registers[:] = bytes(256)
        self.registers[0x11], self.registers[0x12] = 0x00, 0x50
        self.began_s = None

    def write(self, content):
        if not content:
            return
        if content[0] & 0xE0 != 0xA0:
            raise NackError
        super().write(bytes([content[0] & 0x1F]) + content[1:])

    def store(self, register, value):
        self.registers[register] = value
        if register == 0x00:
            self.registers[0x13] = 0
            self.began_s = self.clock() if value & 3 == 3 else None

    @property
    def integration_ms(self):
        return 100 * ((self.registers[0x01] & 7) + 1)

    def refresh(self):
        if self.began_s is None:
            return
        needed_s = self.integration_ms / 1000 * self.slowness
        if self.clock() - self.began_s < needed_s:
            return
        self.registers[0x13] = 0x01
        if self.pointer == 0x14:  # reading the first channel holds both
            self.registers[0x14:0x18] = struct.pack("<HH", *self._counts())

    def _counts(self):
        sensitivity = GAINS[self.registers[0x01] & 0x30] * self.integration_ms
        full = 36863 if self.integration_ms == 100 else 65535
        for light in (self.both, self.infrared):
            yield min(full, max(0, round(light * sensitivity + self.noise())))


class BH1750(Chip):
    """Illuminance in lx; after power-on it is asleep and says 0, and a new measurement takes up to 180 ms."""

    def __init__(self, illuminance_lx=100.0):
        self.illuminance_lx = illuminance_lx
        self.lose_supply()

    def lose_supply(self):
        self.counts_per_lux, self.ready_s = 0.0, 0.0

    def write(self, content):
        match content.hex():
            case "" | "00" | "01" | "03":
                return
            case "10" | "20":
                self.counts_per_lux = 1.2
            case "11" | "21":
                self.counts_per_lux = 2.4
            case _:
                raise NackError
        self.ready_s = self.clock() + 0.16

    def read(self, length):
        counts = round(self.illuminance_lx * self.counts_per_lux)
        if self.clock() < self.ready_s:
            counts = 0
        return min(0xFFFF, counts).to_bytes(2)[:length]
