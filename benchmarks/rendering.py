"""What `allsky-edge render` costs without the video: CPU against the bare decode, how it scales over cores, memory."""

import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.measuring import Row, Spent, peak_memory, spent
from products import jpeg
from products.batch import plan_folder, render
from products.live import RenderSettings

ROUNDS = 3
MOST_WORKERS = 4
NO_VIDEO = RenderSettings(timelapse=False)


def costs(name: str, paths: Sequence[Path], out: Path) -> Iterator[Row]:
    """Yield the CPU of a render as a multiple of decoding the same frames, interleaved, and its efficiency on cores.

    The efficiency of threads that only decode says what the machine had to give at this moment.
    """
    plan = plan_folder(paths[0].parent, ZoneInfo("UTC"))
    workers = min(MOST_WORKERS, os.cpu_count() or 1)
    bare, bare_all, own, own_all = [], [], [], []
    decode_all(paths)  # warm the page cache
    for _ in range(ROUNDS):
        bare.append(spent(lambda: decode_all(paths)))
        own.append(spent(lambda: render(plan, out, NO_VIDEO, workers=1)))
        bare_all.append(spent(lambda: decode_in_threads(paths, workers)))
        own_all.append(spent(lambda: render(plan, out, NO_VIDEO, workers=workers)))
    decode_ms = statistics.median(one.cpu_s for one in bare) / len(paths) * 1000
    ratios = [a.cpu_s / b.cpu_s for a, b in zip(own, bare, strict=True)]
    ratio = statistics.median(ratios)
    yield Row(f"{name}: decode of a frame, the unit", decode_ms, "ms CPU")
    yield Row(
        f"{name}: render without video, CPU a frame", ratio, "x decode", most=1.35
    )
    if workers > 1:
        gained = _efficiency(own, own_all, workers)
        possible = _efficiency(bare, bare_all, workers)
        yield Row(
            f"{name}: efficiency of {workers} threads that only decode", possible, "%"
        )
        yield Row(
            f"{name}: efficiency of {workers} workers of render", gained, "%", least=80
        )


def _efficiency(
    alone: Sequence[Spent], together: Sequence[Spent], workers: int
) -> float:
    """Return how much of the time of ``workers`` cores is used, in percent: from the quickest rounds."""
    quickest = [min(one.wall_s for one in runs) for runs in (alone, together)]
    return quickest[0] / quickest[1] / workers * 100


def decode_all(paths: Sequence[Path]) -> None:
    """Read and decode the frames, one after another, into one buffer."""
    buffer: np.ndarray | None = None
    for path in paths:
        buffer = jpeg.decode(path.read_bytes(), buffer)


def decode_in_threads(paths: Sequence[Path], workers: int) -> None:
    """Read and decode the frames in several threads."""
    with ThreadPoolExecutor(workers) as threads:
        list(
            threads.map(decode_all, [paths[first::workers] for first in range(workers)])
        )


def memory(name: str, frames: Path, out: Path) -> Iterator[Row]:
    """Yield the peak memory of the command, with 1 and 4 workers, without the video and with it."""
    command = [str(Path(sys.executable).with_name("allsky-edge")), "render"]
    command += ["--frames", str(frames), "--out", str(out), "--json"]
    for words, options in (("without video", ["--no-timelapse"]), ("with video", [])):
        for workers in (1, MOST_WORKERS):
            peak, _ = peak_memory([*command, *options, "--workers", str(workers)])
            what = f"{name}: render {words}, {workers} worker{'s'[: workers > 1]}"
            yield Row(f"{what}, largest process (RSS)", peak.rss_mb, "MB", most=250)
            yield Row(f"{what}, all processes (PSS)", peak.pss_mb, "MB", most=250)
