"""The subject of frames and products: decode, render, capture, the end of a night, months and years."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks import longterm, nights, rendering, sky
from benchmarks.frames import write_frames
from benchmarks.measuring import Row

#       name, (width, height), frames that differ, frames
SMALL = "3 MP", (2028, 1520), 10, 240
LARGE = "12 MP", (4056, 3040), 6, 48
NIGHTS = (1000, 4000)


def measured(place: Path) -> Iterator[Row]:
    """Yield every line of the table as soon as it is measured."""
    for name, size, different, count in (SMALL, LARGE):
        frames = place / name / "frames"
        frames.mkdir(parents=True)
        paths = write_frames(frames, size, different, count)
        mean_mb = sum(path.stat().st_size for path in paths) / count / 1e6
        yield Row(f"{name}: size of a frame as JPEG, quality 95", mean_mb, "MB")
        yield from rendering.costs(name, paths, frames.parent / "products")
    yield from nights.live_update(name, paths)
    yield from sky.costs(name, paths[:6])
    yield from sky.exposure()
    yield from rendering.memory(name, frames, frames.parent / "products")
    yield from nights.capture(name, frames)
    for long in NIGHTS:
        yield from nights.long_night(long)
    yield from longterm.year(name, paths)
