"""Frames from files into a night: decoded and prepared by several threads, taken in one by one in the order of time.

Decoding takes nearly all of the time, and the JPEG library lets go of Python's lock meanwhile. Each thread uses one
buffer over and over, so that memory does not grow with the number of frames, and the products do not depend on the
number of threads.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from products import jpeg
from products.folder import FolderFrame
from products.live import FrameFacts, LiveNight, PreparedFrame, prepare
from products.render_settings import RenderSettings
from products.scaling import Rgb
from products.sun import Place, sun_altitude_deg

_SIZE_VOTES = 25  # headers that are read to learn the usual size
_HEADER_BYTES = 1 << 17  # EXIF with its preview comes before the size


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the products, and why: the reason is a sentence that begins with the file's name."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} {self.reason}"


@dataclass(slots=True)
class _Loaded:
    """A frame out of a thread, with the buffer it occupies."""

    frame: FolderFrame
    buffer: NDArray[np.uint8]
    rgb: Rgb | None = None
    prepared: PreparedFrame | None = None
    problem: str = ""


def feed(
    live: LiveNight,
    frames: Sequence[FolderFrame],
    settings: RenderSettings,
    place: Place | None,
    workers: int,
    progress: Callable[[int], None],
) -> list[Skipped]:
    """Add all frames to ``live`` in their order and return those that could not be used.

    A frame that cannot be read, is cut off, or has another size than most is skipped. ``progress`` is called with the
    number of frames that are done.
    """
    size = _usual_size(frames)
    skipped: list[Skipped] = []
    seen: set[str] = set()
    for done, loaded in enumerate(_loaded(frames, settings, place, size, workers), 1):
        problem, stem = loaded.problem, loaded.frame.stem
        if not problem and stem in seen:
            problem = "has the same name as another frame"
        if not problem:
            problem = _add(live, loaded)
        if problem:
            skipped.append(Skipped(loaded.frame.path.name, problem))
        seen.add(stem)
        progress(done)
    return skipped


def _add(live: LiveNight, loaded: _Loaded) -> str:
    assert loaded.rgb is not None
    assert loaded.prepared is not None
    try:
        live.add_prepared(loaded.rgb, loaded.prepared)
    except ValueError as error:
        return str(error)
    return ""


def _loaded(
    frames: Sequence[FolderFrame],
    settings: RenderSettings,
    place: Place | None,
    size: tuple[int, int],
    workers: int,
) -> Iterator[_Loaded]:
    """Yield every frame in order; a thread gets its buffer back when the next frame is asked for."""
    height, width = size
    buffers = [np.empty(height * width * 3, np.uint8) for _ in range(workers)]
    waiting: deque[Future[_Loaded]] = deque()
    coming = iter(frames)
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as threads:

        def begin(buffer: NDArray[np.uint8]) -> None:
            frame = next(coming, None)
            if frame is not None:
                waiting.append(
                    threads.submit(_load, frame, buffer, settings, place, size)
                )

        for buffer in buffers:
            begin(buffer)
        while waiting:
            loaded = waiting.popleft().result()
            yield loaded
            begin(loaded.buffer)


def _load(
    frame: FolderFrame,
    buffer: NDArray[np.uint8],
    settings: RenderSettings,
    place: Place | None,
    size: tuple[int, int],
) -> _Loaded:
    """Read, decode and prepare one frame; runs in a thread."""
    loaded = _Loaded(frame, buffer)
    try:
        content = frame.path.read_bytes()
        height, width = jpeg.size(content)
        if (height, width) != size:
            loaded.problem = (
                f"has {width} x {height} pixels, the others have {size[1]} x {size[0]}"
            )
            return loaded
        loaded.rgb = jpeg.decode(content, buffer)
    except jpeg.JpegError as error:
        loaded.problem = str(error)
        return loaded
    except OSError as error:
        loaded.problem = f"cannot be read: {error.strerror}"
        return loaded
    loaded.prepared = prepare(loaded.rgb, _facts(frame, place), settings)
    return loaded


def _facts(frame: FolderFrame, place: Place | None) -> FrameFacts:
    altitude = None if place is None else sun_altitude_deg(place, frame.taken_utc)
    return FrameFacts(
        frame.stem, frame.taken_utc, altitude, frame.exposure_us, frame.gain
    )


def _usual_size(frames: Sequence[FolderFrame]) -> tuple[int, int]:
    """Return the (height, width) that most of some evenly spaced frames have; (0, 0) when none can be read."""
    step = max(1, len(frames) // _SIZE_VOTES)
    sizes: Counter[tuple[int, int]] = Counter()
    for frame in frames[::step]:
        try:
            with frame.path.open("rb") as file:
                sizes[jpeg.size(file.read(_HEADER_BYTES))] += 1
        except (jpeg.JpegError, OSError):  # named when its turn comes
            continue
    return sizes.most_common(1)[0][0] if sizes else (0, 0)
