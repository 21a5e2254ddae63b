"""Bodies that are files: how large they say they are, and what of them has come."""

import contextlib
import shutil
from collections.abc import Iterator
from typing import IO

from flask import request
from werkzeug.exceptions import ClientDisconnected

from hub.db import usage
from hub.db.requests import hub_db
from hub.sync.problems import ApiError
from products.manifest import API

_CHUNK_BYTES = 1 << 18
SILENCE_S = 60.0


def give_up_silent_lines() -> None:
    """Let a request of a camera fail when nothing comes for a minute: one of gunicorn's threads would wait for ever."""
    line = request.environ.get("gunicorn.socket")
    if line is not None and request.path.startswith(f"{API}/sync/"):
        line.settimeout(SILENCE_S)


def announced_bytes(largest_bytes: int) -> int:
    """Return the ``Content-Length``; end the request with 411 or 413 when there is none or it is too large."""
    size = request.content_length
    if size is None:
        raise ApiError(411, "length_required", "Send a Content-Length.")
    if size > largest_bytes:
        raise ApiError(413, "too_large", f"At most {largest_bytes:,} bytes.")
    request.max_content_length = largest_bytes
    return size


def header_number(name: str) -> int:
    """Return a header that is a number of bytes; end the request with 422 when it is not."""
    said = request.headers.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) < 16):
        raise ApiError(422, "invalid", f"{name}: a number of bytes.")
    return int(said)


@contextlib.contextmanager
def counted_body(counter: usage.Counter, size: int) -> Iterator[IO[bytes]]:
    """Give the body of this request; what of its announced size never comes is taken from the counter again."""
    try:
        yield request.stream
    finally:
        if missing := size - request.stream.tell():
            usage.give_back(hub_db(), counter, missing)


def copy_what_comes(body: IO[bytes], file: IO[bytes]) -> None:
    """Copy the body to a file until its end, or until the line breaks."""
    with contextlib.suppress(ClientDisconnected):
        shutil.copyfileobj(body, file, _CHUNK_BYTES)
