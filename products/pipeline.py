"""Frames from files into a night: decoded and prepared by several threads, taken in one by one in the order of time.

Decoding takes nearly all of the time, and the JPEG library lets go of Python's lock meanwhile. Each thread uses one
buffer over and over, so that memory does not grow with the number of frames, and the products do not depend on the
number of threads. Frames so large that all threads together would take too much memory are decoded by fewer at a time.
"""

import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from products import jpeg
from products.comet import LONGEST_SIDE_PX as COMET_SIDE_PX
from products.folder import FolderFrame
from products.live import FrameFacts, LiveNight, PreparedFrame, prepare
from products.render_settings import RenderSettings
from products.scaling import Rgb
from products.sky import SkyFacts, measure
from products.sky_mask import SkyMask
from products.sun import Place, sun_altitude_deg

_SIZE_VOTES = 25  # headers that are read to learn the usual size
_HEADER_BYTES = 1 << 17  # EXIF with its preview comes before the size
_STARS_BYTES_PER_PIXEL = 1.5  # what looking for stars takes
_COMET_BYTES = COMET_SIDE_PX**2 * 3  # at most, of a frame's smaller picture
_FRAMES_BYTES = 194_000_000  # for all frames in memory; with the program itself it stays below 250 MB
_ENCODER_BYTES = (
    60_000_000  # of them left to the encoder of the video, where there is one
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not in the products, and why: the reason is a sentence that begins with the file's name."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} {self.reason}"


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done with every frame; ``size`` is the (height, width) it must have."""

    settings: RenderSettings
    place: Place | None
    size: tuple[int, int]


@dataclass(slots=True)
class _Room:
    """How many frames may be in memory now: two a worker, so that none waits for the order of time, if they fit.

    Beside the ``picture_bytes`` of its pixels, a frame takes ``beside_bytes``: its file or what was made of it.
    """

    live: LiveNight
    picture_bytes: int
    beside_bytes: int
    encoder_bytes: int
    workers: int

    @property
    def frames(self) -> int:
        """At least one; it shrinks while the night holds a second picture."""
        left = _FRAMES_BYTES - self.encoder_bytes
        left -= max(self.picture_bytes, self.live.held_bytes)
        fit = left // max(1, self.picture_bytes + self.beside_bytes)
        return max(1, min(2 * self.workers, fit))


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
    number of frames that are done. Raises `SkyMaskError` for a mask in another shape than the frames.
    """
    size = usual_size(frames)
    if settings.startrails_mask and all(size):
        settings.startrails_mask.at(*size)
    skipped: list[Skipped] = []
    seen: set[str] = set()
    work = _Work(settings, place, size)
    encoder = _ENCODER_BYTES if settings.timelapse else 0
    beside = _beside_bytes(frames, work)
    room = _Room(live, size[0] * size[1] * 3, beside, encoder, workers)
    for done, loaded in enumerate(_loaded(frames, work, room), 1):
        problem, stem = loaded.problem, loaded.frame.stem
        if not problem and stem in seen:
            problem = "has the same name as another frame"
        if not problem:
            problem = _add(live, loaded)
        if problem:
            skipped.append(Skipped(loaded.frame.path.name, problem))
        else:
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
    frames: Sequence[FolderFrame], work: _Work, room: _Room
) -> Iterator[_Loaded]:
    """Yield every frame in order; its buffer is used again, or given back, when the next frame is asked for."""
    height, width = work.size
    waiting: deque[Future[_Loaded]] = deque()
    coming = iter(frames)
    with ThreadPoolExecutor(room.workers, thread_name_prefix="decode") as threads:
        free: list[NDArray[np.uint8]] = []
        while True:
            while len(waiting) < room.frames and (frame := next(coming, None)):
                empty = free.pop() if free else np.empty(height * width * 3, np.uint8)
                waiting.append(threads.submit(_load, frame, empty, work))
            free.clear()
            if not waiting:
                return
            loaded = waiting.popleft().result()
            yield loaded
            free.append(loaded.buffer)
            del loaded


def _load(frame: FolderFrame, buffer: NDArray[np.uint8], work: _Work) -> _Loaded:
    """Read, decode and prepare one frame; runs in a thread."""
    loaded = _Loaded(frame, buffer)
    try:
        content = frame.path.read_bytes()
        height, width = jpeg.size(content)
        if (height, width) != work.size:
            loaded.problem = f"has {width} x {height} pixels, the others have {work.size[1]} x {work.size[0]}"
            return loaded
        loaded.rgb = jpeg.decode(content, buffer)
    except jpeg.JpegError as error:
        loaded.problem = str(error)
        return loaded
    except OSError as error:
        loaded.problem = f"cannot be read: {error.strerror}"
        return loaded
    del content  # the smaller pictures are made in its place
    facts = _facts(frame, work.place)
    if work.settings.measure_stars:
        facts = _with_stars(facts, loaded.rgb, work.settings.startrails_mask)
    loaded.prepared = prepare(loaded.rgb, facts, work.settings)
    return loaded


def _facts(frame: FolderFrame, place: Place | None) -> FrameFacts:
    altitude = None if place is None else sun_altitude_deg(place, frame.taken_utc)
    return FrameFacts(
        frame.stem, frame.taken_utc, altitude, frame.exposure_us, frame.gain
    )


def _with_stars(facts: FrameFacts, rgb: Rgb, mask: SkyMask | None) -> FrameFacts:
    """Return the facts of a frame with the number of stars in it, None in twilight; none is where the mask is black."""
    sky = SkyFacts(
        sun_altitude_deg=facts.sun_altitude_deg,
        open_sky=None if mask is None else mask.at(*rgb.shape[:2]),
    )
    return replace(facts, stars=measure(rgb, sky).star_count)


def _beside_bytes(frames: Sequence[FolderFrame], work: _Work) -> int:
    """Return how much memory a frame takes at most beside its pixels."""
    chosen, pixels = work.settings, work.size[0] * work.size[1]
    comet_bytes = _COMET_BYTES if chosen.comet_half_life_min else 0
    stars_bytes = round(_STARS_BYTES_PER_PIXEL * pixels) if chosen.measure_stars else 0
    return max(_file_bytes(frames), comet_bytes) + stars_bytes


def _file_bytes(frames: Sequence[FolderFrame]) -> int:
    """Return how large the largest of some evenly spaced files is; 0 when none is there any more."""
    largest = 0
    for frame in frames[:: max(1, len(frames) // _SIZE_VOTES)]:
        with contextlib.suppress(OSError):  # named when its turn comes
            largest = max(largest, frame.path.stat().st_size)
    return largest


def usual_size(frames: Sequence[FolderFrame]) -> tuple[int, int]:
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
