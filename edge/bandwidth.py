"""How fast may be sent: a token bucket for all that is sent, in which the live image goes first.

The bucket holds what may be sent in a second. What is urgent takes from it without waiting and may leave it in debt,
for which everything else waits; and while something urgent is on its way, the rest pauses.
"""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from edge.clock import Clock
from edge.hub_errors import HubError, StoppedError

PIECE_S = 10.0
"""A large file is sent in pieces that take about so long."""
LONGEST_WHOLE_S = 60.0
LARGEST_WHOLE_BYTES = 8_000_000
_SMALLEST_PIECE_BYTES = 65_536
_MEASURED_FROM_BYTES = 65_536
_SUPPOSED_BYTES_S = 150_000.0
_LONGEST_PAUSE_S = 10.0
_PAUSE_S = 0.05
_NO_WAIT_S = 0.001


class Bandwidth:
    """The line to the hub, shared by all threads that send; ``limit_bytes_s`` None does not limit it."""

    def __init__(self, clock: Clock, limit_bytes_s: float | None = None) -> None:
        self.limit_bytes_s = limit_bytes_s
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = limit_bytes_s or 0.0
        self._filled_s = clock.monotonic()
        self._urgent = 0
        self._counted = 0
        self._bytes_s = _SUPPOSED_BYTES_S

    def spend(self, count: int, *, urgent: bool = False) -> None:
        """Wait until so many bytes may be sent, or take them at once; `StoppedError` when told to stop meanwhile."""
        wait_s = self._take(count)
        if urgent:
            return
        self._sleep(wait_s)
        began_s = self._clock.monotonic()
        while self._urgent and self._clock.monotonic() - began_s < _LONGEST_PAUSE_S:
            self._sleep(_PAUSE_S)

    @contextlib.contextmanager
    def urgently(self) -> Iterator[None]:
        """Let everything else pause meanwhile."""
        with self._lock:
            self._urgent += 1
        try:
            yield
        finally:
            with self._lock:
                self._urgent -= 1

    def count(self, transferred_bytes: int) -> None:
        """Count what went over the line, in either direction."""
        with self._lock:
            self._counted += transferred_bytes

    def counted(self) -> int:
        """Return the bytes that were counted since the last time."""
        with self._lock:
            counted, self._counted = self._counted, 0
            return counted

    def measured(self, sent_bytes: int, seconds: float) -> None:
        """Learn from a body how fast the line is; small ones say nothing."""
        if sent_bytes >= _MEASURED_FROM_BYTES and seconds > 0:
            self._bytes_s = (self._bytes_s + sent_bytes / seconds) / 2

    @property
    def bytes_s(self) -> float:
        """How fast the line is believed to be, as far as it may be used."""
        return min(self._bytes_s, self.limit_bytes_s or self._bytes_s)

    @property
    def piece_bytes(self) -> int:
        """How large the pieces of a file are to be."""
        wanted = max(_SMALLEST_PIECE_BYTES, int(self.bytes_s * PIECE_S))
        return min(wanted, LARGEST_WHOLE_BYTES)

    def fits_whole(self, size_bytes: int) -> bool:
        """Say whether a file is small enough, for the line as it is, to be sent in one request."""
        quick = size_bytes <= self.bytes_s * LONGEST_WHOLE_S
        return size_bytes < LARGEST_WHOLE_BYTES and quick

    def _take(self, count: int) -> float:
        """Take so many bytes out of the bucket and return the seconds until it has them."""
        if self.limit_bytes_s is None:
            return 0.0
        with self._lock:
            now_s = self._clock.monotonic()
            gained = (now_s - self._filled_s) * self.limit_bytes_s
            self._tokens = min(self.limit_bytes_s, self._tokens + gained) - count
            self._filled_s = now_s
            return max(0.0, -self._tokens / self.limit_bytes_s)

    def _sleep(self, seconds: float) -> None:
        if seconds < _NO_WAIT_S:
            return
        began_s = self._clock.monotonic()
        self._clock.sleep(seconds)
        if self._clock.monotonic() - began_s < seconds / 2:
            raise StoppedError


class Body:
    """What a request sends, read in pieces as fast as the line may be used; it has the length it says or fails."""

    def __init__(
        self, source: IO[bytes], size: int, bandwidth: Bandwidth, *, urgent: bool
    ) -> None:
        self._source, self._left, self._size = source, size, size
        self._bandwidth, self._urgent = bandwidth, urgent

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:  # by this requests knows a stream
        while piece := self.read(16384):
            yield piece

    def read(self, size: int) -> bytes:
        """Return the next bytes, so many at most."""
        wanted = min(size, self._left)
        try:
            piece = self._source.read(wanted)
        except OSError as error:
            raise HubError(f"a file cannot be read: {error}") from error
        if wanted and not piece:
            raise ChangedFileError(Path(str(getattr(self._source, "name", ""))))
        self._left -= len(piece)
        self._bandwidth.spend(len(piece), urgent=self._urgent)
        self._bandwidth.count(len(piece))
        return piece


class ChangedFileError(HubError):
    """A file is not what it was when it was queued."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the file {path} changed after it was queued", permanent=True)
