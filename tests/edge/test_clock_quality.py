"""How far a clock is trusted: by what the keepers of the time leave in /run and the kernel in /sys."""

import datetime as dt
import time

import pytest

from edge.clock import SystemClock, VirtualClock
from edge.clock_quality import (
    ClockQuality,
    boot_id,
    kernel_is_synchronised,
    quality_of_system,
)

NOW_S = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC).timestamp()


def quality(root, now_s=NOW_S, *, kernel=False):
    return quality_of_system(root, lambda: kernel, now_s)


def timesyncd(root, *, synchronised=False):
    folder = root / "run" / "systemd" / "timesync"
    folder.mkdir(parents=True)
    if synchronised:
        (folder / "synchronized").touch()


def real_time_clock(root, says_s, *, set_by_it="1"):
    folder = root / "sys" / "class" / "rtc" / "rtc0"
    folder.mkdir(parents=True)
    (folder / "hctosys").write_text(f"{set_by_it}\n")
    (folder / "since_epoch").write_text(f"{says_s}\n")


def test_a_computer_whose_time_nobody_keeps_is_believed(tmp_path):
    assert quality(tmp_path) is ClockQuality.UNKNOWN
    assert quality(tmp_path).trusted


def test_timesyncd_says_whether_it_has_synchronised(tmp_path):
    timesyncd(tmp_path)
    assert quality(tmp_path) is ClockQuality.UNSYNCHRONISED
    assert not quality(tmp_path).trusted
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    assert quality(tmp_path) is ClockQuality.NTP


@pytest.mark.parametrize("trace", ["run/chrony/chronyd.pid", "run/ntpd.pid"])
def test_for_other_keepers_the_kernel_says_it(tmp_path, trace):
    (tmp_path / trace).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / trace).touch()
    assert quality(tmp_path) is ClockQuality.UNSYNCHRONISED
    assert quality(tmp_path, kernel=True) is ClockQuality.NTP


def test_a_real_time_clock_that_agrees_is_trusted(tmp_path):
    timesyncd(tmp_path)
    real_time_clock(tmp_path, round(NOW_S) + 40)
    assert quality(tmp_path) is ClockQuality.RTC


@pytest.mark.parametrize(
    ("says_s", "now_s", "set_by_it"),
    [
        (500, 500.0, "1"),  # its battery was empty, and nothing else knew better
        (500, NOW_S, "1"),  # the clock goes on from the last time that was saved
        (round(NOW_S), NOW_S, "0"),  # another one set the clock
        ("broken", NOW_S, "1"),
    ],
)
def test_a_real_time_clock_without_a_time_is_not(tmp_path, says_s, now_s, set_by_it):
    timesyncd(tmp_path)
    real_time_clock(tmp_path, says_s, set_by_it=set_by_it)
    assert quality(tmp_path, now_s) is ClockQuality.UNSYNCHRONISED


def test_the_kernel_answers():
    assert kernel_is_synchronised() in {True, False}


def test_a_simulated_time_says_so():
    assert VirtualClock(dt.datetime.now(dt.UTC)).quality() is ClockQuality.SIMULATED


def test_a_time_to_believe_goes_on_with_the_monotonic_seconds(tmp_path):
    timesyncd(tmp_path)
    clock = SystemClock(root=tmp_path)
    true = dt.datetime(2031, 5, 1, tzinfo=dt.UTC)
    clock.believe(true - dt.timedelta(seconds=time.monotonic()))
    assert dt.timedelta() <= clock.now() - true < dt.timedelta(seconds=5)
    clock.believe(None)
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=5)


def test_a_boot_without_a_name_has_none(tmp_path):
    assert boot_id(tmp_path) is None
    path = tmp_path / "proc/sys/kernel/random/boot_id"
    path.parent.mkdir(parents=True)
    path.write_text("8a1b\n")
    assert SystemClock(root=tmp_path).boot_id() == "8a1b"
