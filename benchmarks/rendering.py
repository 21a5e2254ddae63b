"""What `allsky-edge render` costs without the video: CPU against the bare decode, how it scales over cores, memory."""

import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.measuring import Row, peak_memory, spent
from products import jpeg
from products.batch import plan_folder, render
from products.live import RenderSettings

ROUNDS = 3
MOST_WORKERS = 4
NO_VIDEO = RenderSettings(timelapse=False)


def costs(name: str, paths: Sequence[Path], out: Path) -> Iterator[Row]:
    """Yield the CPU of a render as a multiple of decoding the same frames, interleaved, and its efficiency on cores."""
    plan = plan_folder(paths[0].parent, ZoneInfo("UTC"))
    workers = min(MOST_WORKERS, os.cpu_count() or 1)
    decoding, rendering, alone, together = [], [], [], []
    decode_all(paths)  # warm the page cache
    for _ in range(ROUNDS):
        decoding.append(spent(lambda: decode_all(paths)).cpu_s)
        one = spent(lambda: render(plan, out, NO_VIDEO, workers=1))
        rendering.append(one.cpu_s)
        alone.append(one.wall_s)
        all_ = spent(lambda: render(plan, out, NO_VIDEO, workers=workers))
        together.append(all_.wall_s)
    decode_ms = statistics.median(decoding) / len(paths) * 1000
    ratio = statistics.median(
        own / bare for own, bare in zip(rendering, decoding, strict=True)
    )
    yield Row(f"{name}: decode of a frame, the unit", decode_ms, "ms CPU")
    yield Row(
        f"{name}: render without video, CPU a frame", ratio, "x decode", most=1.35
    )
    if workers > 1:
        efficiency = min(alone) / min(together) / workers * 100
        yield Row(f"{name}: efficiency of {workers} workers", efficiency, "%", least=80)


def decode_all(paths: Sequence[Path]) -> None:
    """Read and decode the frames, one after another, into one buffer."""
    buffer: np.ndarray | None = None
    for path in paths:
        buffer = jpeg.decode(path.read_bytes(), buffer)


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
