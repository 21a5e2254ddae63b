"""I²C buses as the kernel shows them: everything above the system call is real, smbus2 and the drivers included.

`Kernel` answers the two calls that smbus2 makes on ``/dev/i2c-N``; files of that name stand in a folder of the test. It
keeps a clock of its own: a transfer takes as long as its bits take at 100 kHz, and who waits moves the clock on.
"""

import ctypes
import errno
import os
from pathlib import Path

import smbus2.smbus2 as library

BIT_S = 1 / 100_000
HANGING_S = 1.0  # the kernel gives up after a second


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s

    def wait(self, seconds):
        self.now_s += seconds


class NackError(Exception):
    """The chip does not acknowledge."""


class Chip:
    """What sits on a bus. Times are those of the clock of the bus, set when the chip is attached."""

    clock = None

    def write(self, content: bytes) -> None:
        raise NackError

    def read(self, length: int) -> bytes:
        raise NackError

    def lose_supply(self) -> None:
        """Be as after power-on."""


class Registers(Chip):
    """A chip with registers and a pointer that moves on while it is read."""

    def __init__(self):
        self.registers = bytearray(256)
        self.pointer = 0

    def write(self, content):
        if content:
            self.pointer = content[0]
            for offset, value in enumerate(content[1:]):
                self.store((self.pointer + offset) & 0xFF, value)

    def read(self, length):
        self.refresh()
        found = bytes(self.registers[(self.pointer + n) & 0xFF] for n in range(length))
        self.pointer = (self.pointer + length) & 0xFF
        return found

    def store(self, register, value):
        self.registers[register] = value

    def refresh(self):
        """Bring the registers up to date before they are read."""


class Kernel:
    """The part of Linux that drives the buses of one computer.

    ``answers_empty`` says whether the adapter can send an empty message: that of a Pi 5 cannot.
    """

    def __init__(self, root):
        self.root, self.clock = root, Clock()
        self.buses, self.transfers = {}, 0
        self.hangs, self.answers_empty = False, True
        self.disturb = lambda content: content
        self.asked = None  # the address of the transfer that is under way
        (root / "dev").mkdir(parents=True, exist_ok=True)

    def attach(self, address, chip, bus=1):
        """Put a chip on a bus, which appears with its first chip."""
        (self.root / "dev" / f"i2c-{bus}").touch()
        self.buses.setdefault(bus, {})[address] = chip
        chip.clock = self.clock
        return chip

    def detach(self, address, bus=1):
        del self.buses[bus][address]

    def ioctl(self, handle, request, argument):
        """Do what the system call of this name does for ``/dev/i2c-N``."""
        path = Path(f"/proc/self/fd/{handle}").readlink()
        number = int(path.name.removeprefix("i2c-"))
        if request == library.I2C_FUNCS:
            argument.value = 0x0EFF0009
            return 0
        assert request == library.I2C_RDWR
        for index in range(argument.nmsgs):
            self._message(self.buses.get(number, {}), argument.msgs[index])
        return 0

    def _message(self, chips, message):
        self.transfers += 1
        self.asked = message.addr
        self.clock.wait((20 + 9 * message.len) * BIT_S)
        if self.hangs:
            self.clock.wait(HANGING_S)
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        if message.len == 0 and not self.answers_empty:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        try:
            chip = chips[message.addr]
            if message.flags & library.I2C_M_RD:
                found = self.disturb(chip.read(message.len))
                ctypes.memmove(message.buf, found, message.len)
            else:
                chip.write(ctypes.string_at(message.buf, message.len))
        except (KeyError, NackError):
            raise OSError(errno.EREMOTEIO, os.strerror(errno.EREMOTEIO)) from None
