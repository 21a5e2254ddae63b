"""Senders as processes of their own."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

from .hubs import LocalHub
from .world import START, Camera

HERE = Path(__file__).parent


class Nursery:
    """Starts senders as processes of their own, each in milliseconds; they die as ``plan`` says, if there is one."""

    def __init__(self, plan: Path, log: Path | None = None, **environment: str) -> None:
        self._log = log.open("w") if log else None
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "nursery.py"), str(plan)],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def send_all(self, camera: Camera, hub: LocalHub) -> int:
        """Let a sender work until nothing waits, or it is killed, and revive the hub; return how it ended."""
        self.begin(camera)
        while not self.has_ended():
            hub.revive()
        return self.how_it_ended()

    def begin(self, camera: Camera) -> None:
        """Start a sender."""
        asked = {
            "folder": str(camera.folder),
            "raw": camera.raw,
            "start": START.isoformat(),
        }
        print(json.dumps(asked), file=self._process.stdin, flush=True)

    def has_ended(self) -> bool:
        """Wait a moment and say whether the sender has ended."""
        return bool(select.select([self._process.stdout], [], [], 0.05)[0])

    def how_it_ended(self) -> int:
        """Wait for its end and return its exit status; negative: the signal that killed it."""
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=30)
        if self._log:
            self._log.close()
