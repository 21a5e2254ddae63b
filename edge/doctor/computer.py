"""The computer: clock, disk, power and heat, memory, programs, video encoder, buses."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from edge.clock_quality import ClockQuality, quality_of_system
from edge.config import Settings
from edge.doctor.finding import Finding, fine, note, wrong
from edge.running import PROGRAMS
from edge.service import is_running
from products.ffmpeg import ffmpeg_says

_ENOUGH_MEMORY_BYTES = 400_000_000
_SLOW_DISK_MB_S = 5.0
_TEST_BYTES = 8_000_000
# Bits of the firmware's register: now, and since the start.
_THROTTLING = (
    (0x1, "The voltage is too low now"),
    (0x2, "The processor's frequency is capped now"),
    (0x4, "The processor is throttled now"),
    (0x8, "The processor is at its limit of temperature now"),
    (0x10000, "The voltage was too low since the start"),
    (0x40000, "The processor was throttled since the start"),
)


def examine(settings: Settings, root: Path = Path("/")) -> Iterator[Finding]:
    """Yield what the computer is like; ``root`` is where its files are, for tests."""
    yield _clock(settings, root)
    yield _power(root)
    yield _memory()
    yield from _disk(settings)
    yield from _programs(settings)
    yield _encoder()
    yield from _buses(settings, root)


def _clock(settings: Settings, root: Path) -> Finding:
    """Judge the clock by what the other programs go by."""
    remedy = "Connect the network, or: sudo timedatectl set-ntp true"
    match quality_of_system(root):
        case ClockQuality.NTP:
            return fine("clock", "The clock is set from the network.")
        case ClockQuality.RTC:
            return fine("clock", "The clock goes by its battery.")
        case _ if settings.clock.trust == "always":
            return fine("clock", "The settings say that the clock is right.")
        case ClockQuality.UNSYNCHRONISED:
            held = "frames and readings are held until the network or the hub tells the time"
            return wrong("clock", f"The clock is not set: {held}.", remedy)
        case _:
            return note("clock", "Nobody can say whether the clock is right.", remedy)


def _power(root: Path) -> Finding:
    register = root / "sys/devices/platform/soc/soc:firmware/get_throttled"
    try:
        bits = int(register.read_text(encoding="ascii").strip(), 16)
    except (OSError, ValueError):
        return fine("power", "This computer does not watch its voltage.")
    said = [sentence for bit, sentence in _THROTTLING if bits & bit]
    if not said:
        return fine("power", "Voltage and temperature have been good since the start.")
    return wrong(
        "power",
        ", ".join(said) + ".",
        "Use the original power supply and a short cable; cool the processor.",
    )


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    words = f"{memory.available / 1e6:.0f} of {memory.total / 1e6:.0f} MB are free."
    if memory.total < _ENOUGH_MEMORY_BYTES:
        return wrong("memory", words, "This computer is too small: 512 MB are needed.")
    return fine("memory", words)


def _disk(settings: Settings) -> Iterator[Finding]:
    data = settings.data
    try:
        data.mkdir(parents=True, exist_ok=True)
        speed_mb_s = _written_mb_s(data)
    except OSError as error:
        yield wrong(
            "disk",
            f"Nothing can be written to {data}: {error.strerror}.",
            "Check the settings (data), the owner of the folder, and whether the card is worn out.",
        )
        return
    free_gb = shutil.disk_usage(data).free / 1e9
    words = f"{free_gb:.1f} GB are free on {data}, written at {speed_mb_s:.0f} MB/s."
    if speed_mb_s < _SLOW_DISK_MB_S:
        yield note(
            "disk", words, "A card as slow as this is often worn out: use another."
        )
    elif free_gb < settings.disk.keep_free_gb:
        yield note(
            "disk",
            words,
            "Old frames are removed now; see the section disk of the settings.",
        )
    else:
        yield fine("disk", words)


def _written_mb_s(folder: Path) -> float:
    """Return how fast a file gets to the disk itself, in MB/s."""
    part = folder / f".doctor-{os.getpid()}.part"
    content = os.urandom(_TEST_BYTES)
    began = time.monotonic()
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return _TEST_BYTES / 1e6 / max(time.monotonic() - began, 1e-6)
    finally:
        part.unlink(missing_ok=True)


def _programs(settings: Settings) -> Iterator[Finding]:
    running = [name for name in PROGRAMS if is_running(settings.data, name)]
    if silent := [name for name in PROGRAMS if name not in running]:
        yield note(
            "programs",
            f"Not running: {', '.join(silent)}.",
            f"sudo systemctl start {' '.join(f'allsky-edge-{name}' for name in silent)}, or: allsky-edge run",
        )
    else:
        yield fine("programs", "All four programs are running.")


def _encoder() -> Finding:
    answer = ffmpeg_says(["-version"])
    first, *_ = answer.said.splitlines() or [""]
    if not answer.done:
        return wrong("video", first, "Run the setup wizard again.")
    return fine("video", first.split(" Copyright")[0])


def _buses(settings: Settings, root: Path) -> Iterator[Finding]:
    buses = sorted(path.name for path in (root / "dev").glob("i2c-*"))
    closed = [
        name for name in buses if not os.access(root / "dev" / name, os.R_OK | os.W_OK)
    ]
    if closed:
        yield wrong(
            "sensors",
            f"This user may not use {', '.join(closed)}.",
            "sudo usermod --append --groups i2c $USER, then log in again",
        )
    elif buses:
        yield fine(
            "sensors",
            f"I2C buses: {', '.join(buses)}. What answers: allsky-edge sensors --scan",
        )
