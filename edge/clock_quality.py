"""How far the time of this computer can be trusted: what systemd, the kernel and the real-time clock say of it."""

import contextlib
import ctypes
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

BOOT_ID = Path("proc/sys/kernel/random/boot_id")
_TIMESYNCD = Path("run/systemd/timesync")
# Where the programs that keep the time leave a trace while they run: systemd-timesyncd, chrony, ntpsec.
_KEEPERS = (_TIMESYNCD, Path("run/chrony"), Path("run/ntpd.pid"))
_UNSYNCHRONISED_US = 16_000_000  # what the kernel calls the largest error at the start
_RTC_AGREES_S = 300.0
_YEAR_2020_S = 1_577_836_800.0  # before that no clock of this software was ever set


class ClockQuality(StrEnum):
    """Where the time of a computer comes from, as the hub is told it."""

    SIMULATED = "simulated"
    NTP = "ntp"
    RTC = "rtc"
    HUB = "hub"
    UNSYNCHRONISED = "unsynchronised"
    UNKNOWN = "unknown"

    @property
    def trusted(self) -> bool:
        """Whether things may be dated by it; a computer that nobody keeps the time of is believed."""
        return self is not ClockQuality.UNSYNCHRONISED


def kernel_is_synchronised() -> bool:
    """Say whether the kernel knows of a limit to the error of its clock, as after chrony, ntpsec or timesyncd set it.

    The flag that the clock is unsynchronised says less: it is also set to keep the kernel from the real-time clock.
    """
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (AttributeError, OSError):  # no Linux
        return False
    asked = _Timex()
    answered = int(adjtimex(ctypes.byref(asked))) >= 0
    return answered and bool(asked.maxerror < _UNSYNCHRONISED_US)


def quality_of_system(
    root: Path = Path("/"),
    kernel: Callable[[], bool] = kernel_is_synchronised,
    now_s: float | None = None,
) -> ClockQuality:
    """Return how far the system's clock can be trusted.

    Parameters
    ----------
    root
        Where ``/run`` and ``/sys`` of the computer are.
    kernel
        Says whether the kernel counts its clock as synchronised.
    now_s
        What that clock says, in seconds since 1970; None asks it.
    """
    if (root / _TIMESYNCD / "synchronized").exists() or kernel():
        return ClockQuality.NTP
    if not any((root / one).exists() for one in _KEEPERS):
        return ClockQuality.UNKNOWN
    now_s = time.time() if now_s is None else now_s
    return ClockQuality.RTC if _rtc_agrees(root, now_s) else ClockQuality.UNSYNCHRONISED


def boot_id(root: Path = Path("/")) -> str | None:
    """Return the kernel's name for this boot, or None where there is none."""
    path = root / BOOT_ID
    return path.read_text(encoding="ascii").strip() if path.exists() else None


def _rtc_agrees(root: Path, now_s: float) -> bool:
    """Say whether the clock was set from a real-time clock that still says the same.

    One whose battery was empty says another time: systemd then starts with the last time that it saved.
    """
    if now_s < _YEAR_2020_S:
        return False
    for one in sorted(root.glob("sys/class/rtc/rtc*")):
        with contextlib.suppress(OSError, ValueError):
            set_by_it = (one / "hctosys").read_text().strip() == "1"
            rtc_s = float((one / "since_epoch").read_text())
            if set_by_it and abs(rtc_s - now_s) < _RTC_AGREES_S:
                return True
    return False


class _Timex(ctypes.Structure):
    """The beginning of the kernel's ``struct timex``, and room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )
