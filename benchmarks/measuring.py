"""How time, memory and written bytes are measured, and how a result is held against its target."""

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY_S = 0.01
MB = 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, and the most (or least) that it may be; None: only to know."""

    what: str
    measured: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def target(self) -> str:
        """The target in words."""
        if self.most is not None:
            return f"≤ {self.most:g} {self.unit}"
        return "" if self.least is None else f"≥ {self.least:g} {self.unit}"

    @property
    def missed(self) -> bool:
        """Whether there is a target and it is not reached."""
        over = self.most is not None and self.measured > self.most
        return over or (self.least is not None and self.measured < self.least)

    @property
    def result(self) -> str:
        """What was measured, in words."""
        return f"{self.measured:.{2 if self.measured < 10 else 0}f} {self.unit}"


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of this process and its finished children, and seconds on the wall."""

    cpu_s: float
    wall_s: float


def spent(work: Callable[[], object]) -> Spent:
    """Return what a piece of work takes."""
    cpu_s, wall_s = _cpu_s(), time.monotonic()
    work()
    return Spent(_cpu_s() - cpu_s, time.monotonic() - wall_s)


@dataclass(frozen=True, slots=True)
class Memory:
    """The peak of a program in MB: of its largest process (RSS), and of all its processes together (PSS)."""

    rss_mb: float
    pss_mb: float


def peak_memory(command: Sequence[str]) -> tuple[Memory, str]:
    """Run a program and return the most memory it took, and what it printed.

    The RSS is the kernel's own maximum, the number that ``/usr/bin/time -v`` prints. The PSS is looked at a hundred
    times a second, so that a shorter peak can be missed.
    """
    largest_kb = together_kb = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            family = _family(process.pid)
            largest_kb = max(
                largest_kb, *(_kb(one, "status", "VmHWM:") for one in family), 0
            )
            now_kb = sum(_kb(one, "smaps_rollup", "Pss:") for one in family)
            together_kb = max(together_kb, now_kb)
            time.sleep(_LOOK_EVERY_S)
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Memory(largest_kb * 1024 / MB, together_kb * 1024 / MB), printed


def family_cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process and all that it started, and that still runs, have taken so far."""
    ticks = 0
    for one in _family(pid):
        with contextlib.suppress(OSError):  # it has just ended
            stat = Path(f"/proc/{one}/stat").read_text(encoding="ascii")
            after_the_name = stat.rpartition(")")[2].split()
            ticks += int(after_the_name[11]) + int(after_the_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def written_bytes() -> int:
    """Return how many bytes this process has caused to be written to a disk so far; memory files do not count."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return next(
        int(line.split()[1]) for line in lines if line.startswith("write_bytes:")
    )


def _cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    try:
        tasks = list(os.scandir(f"/proc/{pid}/task"))
        children = [Path(task.path, "children").read_text().split() for task in tasks]
    except OSError:  # it has just ended
        return []
    return [
        pid,
        *(one for few in children for child in few for one in _family(int(child))),
    ]


def _kb(pid: int, file: str, name: str) -> int:
    """Return a number of kilobytes from a file in /proc; 0 when the process has just ended."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
