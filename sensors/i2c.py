"""The I²C bus: the few calls that the drivers need, and what the Adafruit drivers expect of a bus, over smbus2.

``/dev/i2c-N`` is open only while a driver holds the bus locked, for one transfer or a few. So no file is left open, and
a bus that appears late, or again, is simply there. A conversation has the bus for itself, among all programs of ours:
two that ask the same chip at the same time would get each other's answers.
"""

import contextlib
import errno
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from smbus2 import SMBus, i2c_msg

from sensors.reading import SensorError, SensorNotFoundError, SensorNotReadyError
from sensors.surroundings import Surroundings

FIRST_ADDRESS, LAST_ADDRESS = 0x08, 0x77
LIMIT_S = 5.0  # for one conversation
PATIENCE_S, TURN_S = 15.0, 0.05  # to wait for others, and to look again
NO_ANSWER = (errno.EREMOTEIO, errno.ENXIO)
CANNOT_ASK = (errno.EOPNOTSUPP, errno.EINVAL)

SWITCH_ON = (
    "switch I²C on with 'sudo raspi-config nonint do_i2c 0' (dtparam=i2c_arm=on in /boot/firmware/config.txt)"
    " and restart"
)
ALLOW = "let this user use it with 'sudo usermod -aG i2c $USER' and log in again"


class I2CBus:
    """One bus, ``/dev/i2c-<number>`` under ``root``.

    Every transfer raises OSError with the kernel's number: EREMOTEIO or ENXIO when nothing answers, ETIMEDOUT when the
    bus hangs. Within `talking` transfers also end when the time of the conversation is over.
    """

    def __init__(
        self,
        number: int,
        root: Path = Path("/"),
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self.name = f"i2c-{number}"
        self.path = root / "dev" / self.name
        self._monotonic, self._wait = monotonic, wait
        self._open = SMBus()
        self._until_s = float("inf")
        self._trouble: OSError | None = None
        self._chip = ""

    def __repr__(self) -> str:
        return f"I2CBus({self.path})"

    def try_lock(self) -> bool:
        """Open the bus; raise OSError when that fails."""
        try:
            self._open.open(str(self.path))
        except OSError:
            self._open.close()
            raise
        return True

    def unlock(self) -> None:
        """Close the bus."""
        self._open.close()

    def __enter__(self) -> "I2CBus":
        self.try_lock()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unlock()

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        """Write ``buffer[start:end]``; nothing at all only asks whether anybody is there.

        Adapters that cannot ask that (the one of the Pi 5) leave it to the first transfer to find out.
        """
        content = bytes(buffer[start:end])
        try:
            self._transfer(i2c_msg.write(address, content))
        except OSError as error:
            if content or error.errno not in CANNOT_ASK:
                raise

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Read as many bytes as fit into ``buffer[start:end]``."""
        message = i2c_msg.read(address, len(buffer[start:end]))
        self._transfer(message)
        buffer[start:end] = bytes(message)

    def writeto_then_readfrom(  # noqa: PLR0913 - the names and keywords are those of the Adafruit drivers
        self,
        address: int,
        buffer_out: bytes,
        buffer_in: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        """Write, then read without letting go of the bus in between."""
        answer = i2c_msg.read(address, len(buffer_in[in_start:in_end]))
        content = bytes(buffer_out[out_start:out_end])
        self._transfer(i2c_msg.write(address, content), answer)
        buffer_in[in_start:in_end] = bytes(answer)

    def write(self, address: int, content: bytes) -> None:
        """Open the bus and write ``content``."""
        with self:
            self._transfer(i2c_msg.write(address, content))

    def read(self, address: int, length: int) -> bytes:
        """Open the bus and return ``length`` bytes."""
        answer = bytearray(length)
        with self:
            self.readfrom_into(address, answer)
        return bytes(answer)

    def ask(self, address: int, command: bytes, length: int) -> bytes:
        """Open the bus, write ``command`` (or the number of a register), and return ``length`` bytes of answer."""
        answer = bytearray(length)
        with self:
            self.writeto_then_readfrom(address, command, answer)
        return bytes(answer)

    def answers(self, address: int) -> bool:
        """Say whether anybody acknowledges ``address``; raise OSError when the bus does not work at all."""
        with self:
            for question in (i2c_msg.write(address, b""), i2c_msg.read(address, 1)):
                try:
                    self._transfer(question)
                except OSError as error:
                    if error.errno in NO_ANSWER:
                        return False
                    if error.errno not in CANNOT_ASK:
                        raise
                else:
                    return True
        return False

    def scan(self) -> list[int]:
        """Return the addresses at which anybody answers, in order."""
        everywhere = range(FIRST_ADDRESS, LAST_ADDRESS + 1)
        return [address for address in everywhere if self.answers(address)]

    @contextlib.contextmanager
    def talking(
        self, chip: str, address: int, limit_s: float = LIMIT_S
    ) -> Iterator[None]:
        """Talk to a chip for at most ``limit_s`` seconds; turn what goes wrong into a `SensorError` with a remedy.

        Conversations cannot be nested.
        """
        self._chip, self._trouble = f"{chip} at {address:#04x}", None
        try:
            with self._alone():
                self._until_s = self._monotonic() + limit_s
                yield
        except OSError as error:
            raise self._explained(error) from error
        except (ValueError, RuntimeError, ArithmeticError) as error:  # of the drivers
            if "No I2C device" in str(error) and self._trouble:
                raise self._explained(self._trouble) from error
            raise SensorNotReadyError(
                f"the {self._chip} gave a disturbed answer ({str(error).strip()}): if this happens often, shorten the"
                " cable"
            ) from error
        finally:
            self._until_s = float("inf")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Have the bus for this conversation only; raise `SensorNotReadyError` when others do not let go of it."""
        until_s = self._monotonic() + PATIENCE_S
        with self.path.open("rb", buffering=0) as bus:
            while True:
                try:
                    fcntl.flock(bus, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if self._monotonic() > until_s:
                        raise SensorNotReadyError(
                            f"another program holds {self.name} for more than {PATIENCE_S:g} s"
                        ) from None
                    self._wait(TURN_S)
                else:
                    break
            yield

    def _transfer(self, *messages: i2c_msg) -> None:
        if self._monotonic() > self._until_s:
            raise self._late()
        try:
            self._open.i2c_rdwr(*messages)
        except OSError as error:
            self._trouble = error
            raise
        self._trouble = None

    def _late(self) -> SensorError:
        """Return what to say when the conversation took too long."""
        if self._trouble:
            return self._explained(self._trouble)
        return SensorNotReadyError(
            f"the {self._chip} does not get ready: take its supply away for a moment"
        )

    def _explained(self, error: OSError) -> SensorError:
        match error.errno:
            case errno.ENOENT:
                others = sorted(path.name for path in self.path.parent.glob("i2c-*"))
                hint = f"there is {', '.join(others)}; or " if others else ""
                return SensorNotFoundError(
                    f"there is no {self.path}: {hint}{SWITCH_ON}"
                )
            case errno.EACCES | errno.EPERM:
                return SensorNotFoundError(f"{self.path} may not be opened: {ALLOW}")
            case errno.EREMOTEIO | errno.ENXIO:
                return SensorNotFoundError(
                    f"no {self._chip} answers on {self.name}: check the wiring and the address"
                    " ('allsky-edge sensors --scan' shows what is there)"
                )
            case _:
                return SensorNotReadyError(
                    f"the bus {self.name} is stuck or disturbed ({error.strerror}): check that SDA and SCL are"
                    " connected, not swapped, and the cable is short"
                )


def bus_of(surroundings: Surroundings, number: int) -> I2CBus:
    """Return a bus of the computer."""
    return I2CBus(number, surroundings.root, surroundings.monotonic, surroundings.wait)
