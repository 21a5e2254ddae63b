"""What many visitors ask for, kept for a moment: made once, until the databases or the time have moved on.

An answer of this kind depends only on its address, the theme, the databases and the time. A commit of any process
writes to the log beside a database, so the size and time of these files tell whether anything is new.
"""

import os
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

from flask import Response, current_app, request

from hub.db.cameras import Camera
from hub.db.requests import hub_now, hub_settings
from hub.public.languages import theme

KEPT_S = 5
OLDEST_S = 2 * KEPT_S  # what others get while one visitor waits is never older
NIGHT_KEPT_S = 60
BYTES_AT_MOST = 48_000_000  # of each worker

Key = tuple[str, ...]
Mark = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    mark: Mark
    content: bytes
    made_s: float


class AnswerCache:
    """The newest answers of one process; several threads may use it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._answers: OrderedDict[Key, _Answer] = OrderedDict()
        self._being_made: set[Key] = set()
        self._lock = threading.Lock()
        self._bytes = 0

    def get(self, key: Key, mark: Mark, make: Callable[[], str]) -> bytes:
        """Return what was made under this mark, else make it.

        While one thread does, others get the one before, unless that is older than a few seconds: it may show a
        camera that is not public any more.
        """
        now_s = self._monotonic()
        with self._lock:
            found = self._answers.get(key)
            if found and (
                found.mark == mark
                or (key in self._being_made and now_s < found.made_s + OLDEST_S)
            ):
                return found.content
            self._being_made.add(key)
        try:
            content = make().encode()
            self._put(key, _Answer(mark, content, now_s))
        finally:
            with self._lock:
                self._being_made.discard(key)
        return content

    def _put(self, key: Key, answer: _Answer) -> None:
        """Keep an answer; those made longest ago make room."""
        with self._lock:
            if before := self._answers.pop(key, None):
                self._bytes -= len(before.content)
            self._answers[key] = answer
            self._bytes += len(answer.content)
            while self._bytes > BYTES_AT_MOST:
                _, oldest = self._answers.popitem(last=False)
                self._bytes -= len(oldest.content)


def kept_for_a_moment(make: Callable[[], str]) -> bytes:
    """Return what ``make`` returns for this request, or returned for one like it a moment ago."""
    return kept_while(_mark(), make)


def kept_while(mark: Mark, make: Callable[[], str]) -> bytes:
    """Return what ``make`` returns for this request, or returned for one like it under the same mark."""
    cache: AnswerCache = current_app.extensions.setdefault(
        "answer_cache", AnswerCache()
    )
    key = request.path, request.query_string.decode("latin-1"), theme()
    return cache.get(key, mark, make)


def kept_of_camera(
    camera: Camera, make: Callable[[], str], *seen: Hashable, seconds: int = KEPT_S
) -> bytes:
    """Return what ``make`` returns for this page of a camera, or returned in the last few ``seconds``.

    It is made anew at once when the camera says something else of itself, or anything in ``seen`` is another. Whether
    a visitor may see the camera was decided before, at every request.
    """
    if not hub_settings().keep_pages:
        return make().encode()
    # Each page at another moment: if all were to be made anew at once, visitors would wait for all of them.
    apart_s = zlib.crc32(request.path.encode()) % (1000 * seconds) / 1000
    moment = int((hub_now().timestamp() + apart_s) // seconds)
    return kept_while((moment, repr(camera), *seen), make)


def kept_page(view: Callable[..., str]) -> Callable[..., Response]:
    """Let a view of a page answer from what it returned a moment ago."""

    @wraps(view)
    def answer(**values: str) -> Response:
        content = kept_for_a_moment(lambda: view(**values))
        return Response(content, mimetype="text/html")

    return answer


def _mark() -> Mark:
    """Return what changes whenever an answer might: the databases' files, and the time in steps of a few seconds."""
    settings = hub_settings()
    databases = (settings.hub_db, settings.series_db)
    files = [Path(f"{database}{end}") for database in databases for end in ("", "-wal")]
    return (int(hub_now().timestamp()) // KEPT_S, *(n for f in files for n in _stat(f)))


def _stat(file: Path) -> tuple[int, int]:
    try:
        seen = os.stat(file)  # noqa: PTH116 - four times a request
    except FileNotFoundError:
        return 0, 0
    return seen.st_mtime_ns, seen.st_size
