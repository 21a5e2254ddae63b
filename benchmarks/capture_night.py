"""A night of the capture program with a camera that shows the same few frames: ``python -m benchmarks.capture_night``.

A process of its own, so that its memory and the bytes it writes can be measured. It prints one line of JSON.
"""

import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.frames import EXPOSURE, START
from benchmarks.measuring import written_bytes
from edge.cameras import Exposure, ExposureLimits, Frame, SensorMode
from edge.capture import Capture
from edge.clock import VirtualClock
from edge.config import Settings, parse
from edge.nightly import Nightly
from edge.store import Store
from products import jpeg

NIGHT = "2026-01-17"
T = TypeVar("T")


class ReplayingCamera:
    """Delivers the frames of a folder over and over, in one buffer, as a camera does."""

    model = "replaying camera"
    limits = ExposureLimits(114, 694_000_000, 1.0, 22.26)

    def __init__(self, clock: VirtualClock, folder: Path) -> None:
        self._clock, self._paths = clock, sorted(folder.glob("*.jpg"))
        self._buffer: np.ndarray | None = None
        self.delivered = 0

    def capture(self, wanted: Exposure) -> Frame:
        """Return the next frame."""
        path = self._paths[self.delivered % len(self._paths)]
        self.delivered += 1
        self._buffer = jpeg.decode(path.read_bytes(), self._buffer)
        taken = self._clock.now()
        self._clock.sleep(wanted.exposure_us / 1e6)
        return Frame(self._buffer, taken, EXPOSURE)

    @property
    def pixels(self) -> np.ndarray:
        """The newest frame."""
        assert self._buffer is not None
        return self._buffer

    def modes(self) -> list[SensorMode]:
        """Return nothing: there is no sensor."""
        return []

    def reopen(self) -> None:
        """Do nothing: it never fails."""

    def close(self) -> None:
        """Let go of the buffer."""
        self._buffer = None


def settings(data: Path, quality: int) -> Settings:
    """Return the settings of the camera: the defaults, but a frame every 30 s as a JPEG of this quality.

    What is seen in the frames, stars and meteors, has limits of its own and is not part of storing them.
    """
    site = {"name": "Bench", "latitude_deg": 50, "longitude_deg": 10, "zone": "UTC"}
    products = {"measure_sky": False, "meteors": False}
    taken = {"interval_s": 30, "jpeg_quality": quality}
    chosen = parse({"site": site, "capture": taken, "products": products})
    return chosen.model_copy(update={"data": data})


def frame_costs(
    capture: Capture,
    camera: ReplayingCamera,
    clock: VirtualClock,
    frames: int,
    quality: int,
) -> list[tuple[float, float]]:
    """Take so many frames and return two CPU times in seconds of each: from the arrival of its pixels, and its encode.

    The step after the arrival does all that is done with a frame. Right after it the same pixels are encoded alone, so
    that both are measured on a machine that is equally busy.
    """
    costs: list[tuple[float, float]] = []
    while len(costs) < frames:
        arrived = camera.delivered > len(costs)
        rest_s, store_s = timed(capture.step)
        if arrived:
            _, encode_s = timed(lambda: jpeg.encode(camera.pixels, quality))
            costs.append((store_s, encode_s))
        clock.sleep(rest_s)
    return costs


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return the answer of some work and the CPU seconds it took."""
    began = time.process_time()
    answer = work()
    return answer, time.process_time() - began


def finish_s(chosen: Settings, clock: VirtualClock) -> float:
    """Finish the night, and return the seconds it took."""
    nightly = Nightly(chosen, clock, Store(chosen.data))
    began = time.monotonic()
    nightly.render(NIGHT)
    took_s = time.monotonic() - began
    nightly.close()
    return took_s


def _size(data: Path, pattern: str) -> int:
    """Return the bytes of some files; the video's segments are written by ffmpeg, which counts for itself."""
    return sum(path.stat().st_size for path in data.glob(pattern))


def main(folder: Path, data: Path, frames: int, quality: int) -> None:
    """Capture so many frames into ``data``, finish the night, and print what it took."""
    clock = VirtualClock(START)
    camera = ReplayingCamera(clock, folder)
    chosen = settings(data, quality)
    capture = Capture(chosen, clock, Store(data), lambda: camera)
    costs = frame_costs(capture, camera, clock, frames, quality)
    capture.close()
    written = written_bytes() + _size(data, "products/*/segments/*/*.mp4")
    steady = costs[
        len(costs) // 4 :
    ]  # after the first ones, which make files and memory
    answer = {
        "store_ratio": statistics.median(store / encode for store, encode in steady),
        "frames_bytes": _size(data, "frames/*/*.jpg"),
        "written_bytes": written,
        "finish_s": finish_s(chosen, clock),
        "encode_s": statistics.median(encode for _, encode in steady),
    }
    with closing(Store(data)) as store:
        shutil.rmtree(store.scratch)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
