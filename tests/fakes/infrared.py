"""MLX90614, after its data sheet (3901090614): SMBus words with a packet error code."""

from fakes.i2c_bus import Chip, NackError


def pec(content):
    """Return the packet error code, x^8 + x^2 + x + 1, by dividing the whole message as one number."""
    bits = int.from_bytes(content) << 8
    for position in reversed(range(8, 8 * len(content) + 8)):
        if bits >> position & 1:
            bits ^= 0x107 << position - 8
    return bits


class MLX90614(Chip):
    """Ambient temperature in register 6, the object in 7, in steps of 0.02 K; the highest bit marks an error."""

    def __init__(self, sky_c=-18.75, own_c=12.5, address=0x5A):
        self.sky_c, self.own_c, self.address = sky_c, own_c, address
        self.register, self.error = None, False

    def write(self, content):
        if content:
            self.register = content[0]

    def read(self, length):
        if self.register is None:
            raise NackError
        kelvin = {6: self.own_c, 7: self.sky_c}.get(self.register, -273.15) + 273.15
        word = (round(kelvin / 0.02) | 0x8000 * self.error).to_bytes(2, "little")
        asked = bytes([self.address << 1, self.register, self.address << 1 | 1])
        return (word + bytes([pec(asked + word)]))[:length]
