"""What can be switched: a pin of the header through gpiozero, or anything that a command of the owner switches."""

import os
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from typing import Any, Protocol

from edge.settings.heater import SwitchSettings

COMMAND_LIMIT_S = 10.0


class OutputError(Exception):
    """The output cannot be switched; the message says what to do."""


class Output(Protocol):
    """Something that takes a power."""

    def set(self, percent: float) -> None:
        """Give it this power, 0-100, again even if it has it; raise `OutputError`."""

    def close(self) -> None:
        """Let go of it; what it does then is up to the hardware."""


class Pin:
    """A pin of the header: full and no power, or pulses of ``frequency_hz``.

    ``factory`` makes gpiozero's pins, None for those of this computer.
    """

    def __init__(
        self, pin: int, frequency_hz: int | None, factory: Any, *, active_low: bool
    ) -> None:
        # lgpio makes a pipe in the working folder, which a service may not write to, unless this names another.
        os.environ.setdefault("LG_WD", tempfile.gettempdir())
        try:
            import gpiozero
        except ImportError as error:
            raise OutputError(
                f"GPIO {pin} needs a library that is not installed ({error.name}): pip install 'allsky-network[pi]'"
            ) from error
        self._name, self._errors = f"GPIO {pin}", (gpiozero.GPIOZeroError, OSError)
        chosen = {"active_high": not active_low, "pin_factory": factory}
        device = gpiozero.OutputDevice
        if frequency_hz is not None:
            device = gpiozero.PWMOutputDevice
            chosen["frequency"] = frequency_hz
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", gpiozero.PinFactoryFallback)
                self._device = device(pin, **chosen)
        except self._errors as error:
            raise OutputError(
                f"{self._name} cannot be switched ({error}): is it a Raspberry Pi, is the pin free, and may this user"
                " use it ('sudo usermod -aG gpio $USER', then log in again)?"
            ) from error

    def set(self, percent: float) -> None:
        """Give it this power; without pulses everything above 0 is full power."""
        try:
            self._device.value = percent / 100
        except self._errors as error:
            raise OutputError(f"{self._name} cannot be switched: {error}") from error

    def close(self) -> None:
        """Make the pin an input again."""
        self._device.close()


class Command:
    """A program that switches, run without a shell."""

    def __init__(self, command: Sequence[str], limit_s: float = COMMAND_LIMIT_S):
        self._command, self._limit_s = command, limit_s

    def set(self, percent: float) -> None:
        """Run the program, and wait until it has ended."""
        asked = [part.replace("{percent}", f"{percent:.0f}") for part in self._command]
        try:
            done = subprocess.run(
                asked,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OutputError(
                f"{asked[0]} was ended: it took more than {self._limit_s:g} s"
            ) from None
        except OSError as error:
            raise OutputError(f"{asked[0]} cannot be run: {error.strerror}") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise OutputError(": ".join([f"{asked[0]} failed", *said]))

    def close(self) -> None:
        """Nothing is held."""


def output_of(settings: SwitchSettings, factory: Any = None) -> Output:
    """Return what the settings name, opened, without power; raise `OutputError`."""
    if settings.command:
        return Command(settings.command)
    pulses = settings.frequency_hz if settings.control == "curve" else None
    return Pin(settings.pin, pulses, factory, active_low=settings.active_low)
