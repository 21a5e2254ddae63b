"""A sensor that is a program of the owner, which prints one JSON object: ``{"temperature": -3.2, "humidity": 81}``.

Names are those of the table of quantities, values are in its units; null is a value that is not there. The program is
run without a shell, ended with everything that it started when its time is over, and heard for a few kilobytes only.
"""

import contextlib
import json
import math
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from sensors.reading import Reading, SensorNotFoundError, SensorNotReadyError
from sensors.surroundings import Surroundings

MOST_BYTES = 64_000
MOST_READINGS = 50


class Command:
    """What the program ``command`` (with its arguments) prints, at most ``limit_s`` seconds after it was started."""

    def __init__(
        self, name: str, surroundings: Surroundings, command: list[str], limit_s: float
    ) -> None:
        self.name = name
        self._units = surroundings.units
        self._command = command
        self._limit_s = limit_s

    def read(self) -> Sequence[Reading]:
        """Run the program and return what it printed."""
        return parse(self.name, self._run(), self._units)

    def _run(self) -> bytes:
        program = self._command[0]
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",  # as under systemd, so that what works by hand works there
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise SensorNotFoundError(
                f"{program} cannot be run ({reason}): give its whole path, and make it executable"
            ) from error
        with process:
            try:
                until_s = time.monotonic() + self._limit_s
                said, complained = self._hear(process, until_s)
                code = process.wait(max(0.0, until_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise self._too_slow() from None
            finally:
                _end(process)
        if code:
            last = complained.decode(errors="replace").strip().splitlines()[-1:]
            raise SensorNotReadyError(
                ": ".join([f"{program} ended with status {code}", *last])
            )
        return said

    def _hear(
        self, process: subprocess.Popen[bytes], until_s: float
    ) -> tuple[bytes, bytes]:
        """Return what the program writes to both outputs until it closes them."""
        assert process.stdout is not None, "it is a pipe"
        assert process.stderr is not None, "it is a pipe"
        heard = {process.stdout.fileno(): b"", process.stderr.fileno(): b""}
        with selectors.DefaultSelector() as selector:
            for output in heard:
                selector.register(output, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(max(0.0, until_s - time.monotonic()))
                if not ready:
                    raise self._too_slow()
                for key, _ in ready:
                    piece = os.read(key.fd, 4096)
                    heard[key.fd] += piece
                    if not piece:
                        selector.unregister(key.fd)
                    if len(heard[key.fd]) > MOST_BYTES:
                        raise SensorNotReadyError(
                            f"{self._command[0]} printed more than {MOST_BYTES // 1000} kB and was ended"
                        )
        said, complained = heard.values()
        return said, complained

    def _too_slow(self) -> SensorNotReadyError:
        return SensorNotReadyError(
            f'{self._command[0]} took longer than {self._limit_s:g} s ("limit_s") and was ended'
        )


def parse(name: str, said: bytes, units: Mapping[str, str]) -> list[Reading]:
    """Return the readings in what a program printed.

    Raises
    ------
    SensorNotReadyError
        It is not one JSON object of known quantities and finite numbers, or nothing is left of it.
    """
    try:
        values = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise SensorNotReadyError(
            f"what the program printed is no JSON: {error}"
        ) from None
    if not isinstance(values, dict) or len(values) > MOST_READINGS:
        raise SensorNotReadyError(
            'the program must print one JSON object, such as {"temperature": -3.2}'
        )
    readings = [
        _reading(name, quantity, value, units)
        for quantity, value in values.items()
        if value is not None
    ]
    if not readings:
        raise SensorNotReadyError("the program printed no value")
    return readings


def _reading(name: str, quantity: str, value: Any, units: Mapping[str, str]) -> Reading:
    if quantity not in units:
        close = get_close_matches(quantity, units, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(units)}"
        raise SensorNotReadyError(
            f"the program printed an unknown quantity {quantity!r}, {hint}"
        )
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        raise SensorNotReadyError(
            f"the program printed {json.dumps(value)} for {quantity}, which is no number"
        )
    return Reading(name, quantity, float(value), units[quantity])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and everything that it started and that did not leave its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
