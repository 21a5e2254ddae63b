"""What a night costs on the camera: a live update, the whole capture path, memory, disk, and the end of the night."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.frames import EVERY, QUALITY, START
from benchmarks.measuring import Memory, Row, peak_memory, spent
from benchmarks.rendering import NO_VIDEO, decode_all
from products import jpeg
from products.columns import FrameRecord
from products.comet import LONGEST_SIDE_PX, CometMaximum, Fading
from products.file_writer import FileWriter
from products.keogram_only import stored_keogram
from products.live import FrameFacts, LiveNight, RenderSettings
from products.scaling import shrink
from products.statistics import frame_statistics
from products.sun import Interval

MEMORY = Path("/dev/shm")
LIVE_FRAMES = 24
CAPTURED_FRAMES = (
    49  # the last segment of the video is as long as it gets when the night ends
)
UNENCODED_FRAMES = 24  # one more, and a segment of the video begins
_BEGIN, _SPAN = (
    100,
    500,
)  # frames of a long night whose cost is compared with that of the last ones


def live_update(name: str, paths: Sequence[Path]) -> Iterator[Row]:
    """Yield what a frame in memory adds to the night costs: keogram line, startrails, statistics, and its thumbnail."""
    few = paths[:3]
    pictures = [jpeg.decode(path.read_bytes()) for path in few]
    ratios = []
    for _ in range(3):
        decode_s = spent(lambda: decode_all(few)).cpu_s / len(few)
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            update_s = statistics.median(
                add_all(Path(folder), pictures, LIVE_FRAMES, NO_VIDEO)
            )
        ratios.append(update_s / decode_s)
    what = f"{name}: live update of a frame in memory, with thumbnail"
    yield Row(what, statistics.median(ratios), "x decode", most=0.17)
    what = f"{name}: the same for startrails that fade, from the video's picture"
    decode_s = spent(lambda: decode_all(few)).cpu_s / len(few)
    yield Row(what, fading_s(pictures) / decode_s, "x decode", most=0.1)


def fading_s(pictures: Sequence[np.ndarray]) -> float:
    """Return the CPU seconds that startrails that fade take for a frame, the median of some."""
    small = [shrink(picture, LONGEST_SIDE_PX) for picture in pictures]
    statistics_of = frame_statistics(small[0])
    costs = []
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        comet = CometMaximum(Path(folder), Fading(START, 30.0), None)
        for number in range(LIVE_FRAMES):
            record = FrameRecord(f"{number}", START + number * EVERY, statistics_of, 0)
            began = time.thread_time()
            comet.add(small[number % len(small)], record)
            costs.append(time.thread_time() - began)
        comet.close()
    return statistics.median(costs)


def add_all(
    folder: Path, pictures: Sequence[np.ndarray], count: int, how: RenderSettings
) -> list[float]:
    """Feed frames to the products of a night and return the CPU seconds of each."""
    live = LiveNight(
        folder / "out", Interval(START, START + count * EVERY), how, folder / "memory"
    )
    costs = []
    for number in range(count):
        taken = START + number * EVERY
        facts = FrameFacts(f"{taken:%Y%m%dT%H%M%S}Z", taken, -40.0)
        began = time.thread_time()
        live.add(pictures[number % len(pictures)], facts)
        costs.append(time.thread_time() - began)
    live.close()
    return costs


def long_night(frames: int) -> Iterator[Row]:
    """Yield what the end of a long night takes, how much dearer its last frames were, and its keogram alone."""
    small = np.random.default_rng(1).integers(10, 30, (24, 32, 3), np.uint8)
    picture = small.repeat(10, axis=0).repeat(10, axis=1)
    how = RenderSettings()
    axis = Interval(START, START + frames * EVERY)
    with (
        tempfile.TemporaryDirectory(dir=MEMORY) as memory,
        tempfile.TemporaryDirectory() as disk,
    ):
        (Path(memory) / "out").symlink_to(disk)
        costs = add_all(Path(memory), [picture], frames, how)
        live = LiveNight(Path(disk), axis, how, Path(memory) / "memory")
        ended = spent(live.finish).wall_s
        live.close()
        again = spent(
            lambda: stored_keogram(Path(disk), axis, how).write(
                FileWriter(Path(disk), how.jpeg_quality), ()
            )
        ).wall_s
    yield Row(
        f"end of a night of {frames} frames to final products", ended, "s", most=10
    )
    yield Row(f"keogram alone of {frames} frames, no JPEG opened", again, "s", most=10)
    first, last = costs[_BEGIN : _BEGIN + _SPAN], costs[-_SPAN:]
    growth_ms = (statistics.median(last) - statistics.median(first)) * 1000
    yield Row(
        f"growth of the live update through {frames} frames", growth_ms, "ms", most=0.3
    )


def capture(name: str, frames: Path) -> Iterator[Row]:
    """Yield what the capture program costs: CPU of a frame, memory, bytes on disk, and the end of such a night.

    While its time is measured nobody looks at its memory, which takes time, the encoder of the video does not run (at a
    camera it is done before the next frame), and files are in memory: what a disk takes from the CPU is its own affair.
    """
    for quality in (QUALITY, jpeg.QUALITY):
        found = _captured(frames, UNENCODED_FRAMES, quality, _printed, MEMORY)
        encode_ms = found["encode_s"] * 1000
        yield Row(f"{name}: encode of a frame, quality {quality}", encode_ms, "ms CPU")
        yield Row(
            f"{name}: capture at {quality}, from pixels to all stored in memory",
            found["store_ratio"],
            "x encode",
            most=1.6 if quality == QUALITY else None,
        )
    peaks: list[Memory] = []

    def watched(command: Sequence[str]) -> str:
        peak, printed = peak_memory(command)
        peaks.append(peak)
        return printed

    found = _captured(frames, CAPTURED_FRAMES, jpeg.QUALITY, watched)
    yield Row(
        f"{name}: capture, largest process (RSS)", peaks[0].rss_mb, "MB", most=250
    )
    yield Row(f"{name}: capture, all processes (PSS)", peaks[0].pss_mb, "MB", most=250)
    beyond = found["written_bytes"] / found["frames_bytes"] - 1
    yield Row(f"{name}: written to disk beyond the JPEG", beyond * 100, "%", most=10)
    yield Row(
        f"{name}: end of a night of {CAPTURED_FRAMES} frames",
        found["finish_s"],
        "s",
        most=10,
    )


def _captured(
    frames: Path,
    count: int,
    quality: int,
    run: Callable[[Sequence[str]], str],
    place: Path | None = None,
) -> dict[str, float]:
    """Run a night of the capture program, with its files in ``place`` or on the disk, and return what it found out."""
    module = [sys.executable, "-m", "benchmarks.capture_night"]
    with tempfile.TemporaryDirectory(dir=place) as data:
        printed = run([*module, str(frames), data, str(count), str(quality)])
    found: dict[str, float] = json.loads(printed)
    return found


def _printed(command: Sequence[str]) -> str:
    """Run a program and return what it printed."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
