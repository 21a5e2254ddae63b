"""``kill -9`` at a chosen step of a program: before or after the n-th write, flush, rename, SQL statement or packet.

The steps are calls of C functions, which Python reports to a profiler, so the program itself is left as it is. A file,
the plan, says when; all processes of a program count in it together. Without that file nothing happens.
"""

import contextlib
import fcntl
import json
import os
import posix
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

_FUNCTIONS = {
    os.fsync: "flush",
    os.fdatasync: "flush",
    os.replace: "rename",
    os.rename: "rename",
    os.link: "rename",
    os.unlink: "delete",
    os.ftruncate: "write",
    os.write: "write",
}
_METHODS = {
    ("BufferedWriter", "write"): "write",
    ("BufferedRandom", "write"): "write",
    ("FileIO", "write"): "write",
    ("Connection", "execute"): "statement",
    ("Connection", "executemany"): "statement",
    ("socket", "sendall"): "packet",
    ("socket", "send"): "packet",
}
_EVENTS = {"c_call": "before", "c_return": "after"}


class KillPlan:
    """A file that says at which step the process that reaches it is killed.

    ``stage`` is one of the words above, ``count`` how many times it is passed first. ``whole`` kills the whole process
    group. Without a stage the steps are only counted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written, self._matters = 0, ("", "")

    def write(
        self, stage: str = "", count: int = 0, when: str = "before", whole: bool = False
    ) -> None:
        """Arm the plan."""
        plan = {"stage": stage, "count": count, "when": when, "whole": whole}
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(plan | {"seen": {}, "done": False}))
        part.replace(self.path)

    def take_away(self) -> dict[str, Any]:
        """Disarm the plan; return it with ``seen``, how often each stage was reached, and whether it is ``done``."""
        with self.path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            plan: dict[str, Any] = json.load(file)
            self.path.unlink()
            return plan

    def watch(self) -> None:
        """Have this process, in all its threads, die as planned."""
        threading.setprofile(self._look)
        sys.setprofile(self._look)

    def _look(self, _frame: FrameType, event: str, called: Any) -> None:
        if event in _EVENTS and (stage := _stage(called)):
            self._reached(stage, _EVENTS[event])

    def _reached(self, stage: str, when: str) -> None:
        """Count a step that matters to the plan; the file is read anew only when another plan was written."""
        with contextlib.suppress(FileNotFoundError):
            self._read_anew()
            if self._matters in (("", when), (stage, when)):
                self._count(stage)

    def _read_anew(self) -> None:
        written = self.path.stat().st_mtime_ns
        if written != self._written:
            with self.path.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                plan = json.load(file)
            self._written, self._matters = written, (plan["stage"], plan["when"])

    def _count(self, stage: str) -> None:
        with self.path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            plan = json.load(file)
            plan["seen"][stage] = plan["seen"].get(stage, 0) + 1
            due = plan["seen"][stage] == plan["count"] + 1 and bool(plan["stage"])
            plan["done"] |= due
            file.seek(0)
            json.dump(plan, file)
            file.truncate()
            file.flush()
            if due:
                who = os.killpg if plan["whole"] else os.kill
                who(os.getpgrp() if plan["whole"] else os.getpid(), signal.SIGKILL)


def _stage(called: Any) -> str | None:
    owner = getattr(called, "__self__", None)
    if owner is posix:
        return _FUNCTIONS.get(called)
    return _METHODS.get((type(owner).__name__, getattr(called, "__name__", "")))
