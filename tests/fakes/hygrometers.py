"""SHT3x, SHT4x, HTU21D (SHT21, Si7021) and AHT20, after their data sheets.

A chip has a true ``temperature_c`` and ``humidity``, measures them when it is told to, and does not answer before it
has finished. CRCs are computed bit by bit, as the data sheets draw it.
"""

from fakes.i2c_bus import Chip, NackError


def crc(content, start=0xFF):
    """Return the CRC of Sensirion, x^8 + x^5 + x^4 + 1, by dividing the whole message as one number."""
    bits = int.from_bytes(content) ^ start << 8 * (len(content) - 1)
    bits <<= 8
    for position in reversed(range(8, 8 * len(content) + 8)):
        if bits >> position & 1:
            bits ^= 0x131 << position - 8
    return bits


def word(value, start=0xFF):
    content = max(0, min(0xFFFF, round(value))).to_bytes(2)
    return content + bytes([crc(content, start)])


class Hygrometer(Chip):
    """What the four have in common: a command, the time it takes, an answer that can be read once."""

    def __init__(self, temperature_c=7.3, humidity=81.2):
        self.temperature_c, self.humidity = temperature_c, humidity
        self.ready_s, self.answer = 0.0, None
        self.stretch = 1.0  # how much slower than the data sheet
        self.lose_supply()

    def lose_supply(self):
        self.answer = None

    def promise(self, seconds, answer):
        self.ready_s, self.answer = self.clock() + seconds * self.stretch, answer

    def read(self, length):
        if self.answer is None or self.clock() < self.ready_s:
            raise NackError
        answer, self.answer = self.answer, None
        return (answer + b"\xff" * length)[:length]


class SHT3x(Hygrometer):
    """SHT30, SHT31, SHT35: commands of two bytes."""

    def write(self, content):
        match content.hex():
            case "2400":
                raw_t = (self.temperature_c + 45) / 175 * 65535
                raw_h = self.humidity / 100 * 65535
                self.promise(0.015, word(raw_t) + word(raw_h))
            case "f32d":
                self.promise(0, word(0x8010))
            case "3780":
                self.promise(0, word(0x1234) + word(0x5678))
            case "" | "3093" | "30a2" | "306d" | "3066":
                self.answer = None
            case _:
                raise NackError


class SHT4x(Hygrometer):
    """SHT40, SHT41, SHT45: commands of one byte."""

    def write(self, content):
        match content.hex():
            case "fd":
                raw_t = (self.temperature_c + 45) / 175 * 65535
                raw_h = (self.humidity + 6) / 125 * 65535
                self.promise(0.0082, word(raw_t) + word(raw_h))
            case "89":
                self.promise(0.0001, word(0x0F0A) + word(0x1B2C))
            case "" | "94":
                self.answer = None
            case _:
                raise NackError


class HTU21D(Hygrometer):
    """HTU21D, SHT21, Si7021: commands without holding the bus; the lowest two bits are no measurement."""

    def write(self, content):
        match content.hex():
            case "f3":
                raw = (self.temperature_c + 46.85) / 175.72 * 65536
                self.promise(0.050, word(round(raw) & 0xFFFC, start=0))
            case "f5":
                raw = (self.humidity + 6) / 125 * 65536
                self.promise(0.016, word(round(raw) & 0xFFFC | 2, start=0))
            case "e7":
                self.promise(0, b"\x02")
            case "" | "fe":
                self.answer = None
            case _:
                raise NackError


class AHT20(Hygrometer):
    """AHT20: always answers; says in its status whether it is busy, and whether its calibration is loaded."""

    def lose_supply(self):
        self.calibrated = False
        self.answer = bytes(5)

    def write(self, content):
        match content.hex():
            case "" | "71":
                pass
            case "be0800":
                self.calibrated = True
            case "ac3300":
                raw_h = round(self.humidity / 100 * 2**20)
                raw_t = round((self.temperature_c + 50) / 200 * 2**20)
                self.promise(0.075, (raw_h << 20 | raw_t).to_bytes(5))
            case _:
                raise NackError

    def read(self, length):
        busy = self.clock() < self.ready_s
        status = bytes([0x10 | 0x80 * busy | 0x08 * self.calibrated])
        content = status + (bytes(5) if busy else self.answer)
        return (content + bytes([crc(content)]))[:length]
