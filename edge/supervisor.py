"""Signs of life for systemd: it starts a program again that has shown none for too long.

The protocol is that of sd_notify(3): a datagram of lines to the socket named in ``NOTIFY_SOCKET``. Without systemd
there is no such socket, and nothing is sent.
"""

import contextlib
import os
import socket
from collections.abc import Mapping


class Supervisor:
    """Whoever started this program and wants to hear of it."""

    def __init__(self, address: str = "") -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Supervisor":
        """Return the one that the environment names."""
        return cls(environment.get("NOTIFY_SOCKET", ""))

    def ready(self, silence_s: float) -> None:
        """Say that the program works, and after how many seconds of silence it is to be started again."""
        self._send("READY=1", f"WATCHDOG_USEC={round(silence_s * 1e6)}")

    def alive(self) -> None:
        """Give a sign of life."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the program is about to end."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        # Nothing is lost when it cannot be told: then systemd starts the program again.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        ):
            sender.sendto("\n".join(lines).encode(), self._address)
