"""What many visitors ask for, kept for a moment: made once, until the databases or the time have moved on.

An answer of this kind depends only on its address, the theme, the databases and the time. A commit of any process
writes to the log beside a database, so the size and time of these files tell whether anything is new.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

from flask import Response, current_app, request

from hub.db.requests import hub_now, hub_settings
from hub.public.languages import theme

KEPT_S = 5
ANSWERS_AT_MOST = 200

Key = tuple[str, ...]
Mark = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    mark: Mark
    content: bytes


class AnswerCache:
    """The newest answers of one process; several threads may use it."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, _Answer] = OrderedDict()
        self._being_made: set[Key] = set()
        self._lock = threading.Lock()

    def get(self, key: Key, mark: Mark, make: Callable[[], str]) -> bytes:
        """Return what was made under this mark, else make it; while one thread does, others get the one before."""
        with self._lock:
            found = self._answers.get(key)
            if found and (found.mark == mark or key in self._being_made):
                return found.content
            self._being_made.add(key)
        try:
            content = make().encode()
            self._put(key, _Answer(mark, content))
        finally:
            with self._lock:
                self._being_made.discard(key)
        return content

    def _put(self, key: Key, answer: _Answer) -> None:
        """Keep an answer; the one made longest ago makes room."""
        with self._lock:
            self._answers.pop(key, None)
            self._answers[key] = answer
            while len(self._answers) > ANSWERS_AT_MOST:
                self._answers.popitem(last=False)


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
