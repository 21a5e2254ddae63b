"""Files that are whole or not there: temporary name, fsync, rename."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def written_atomically(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Give a file to write to; it becomes ``path``, whole and on disk, only when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if durable:
        sync(path.parent)


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a whole file at once, so that a power cut leaves the old file or the new one.

    One that is not ``durable`` is not waited for: a kill cannot halve it, a power cut may. For what can be made again.
    """
    with written_atomically(path, durable=durable) as file:
        file.write(content)


def sync(path: Path) -> None:
    """Wait until a file that another program wrote, or the names in a folder, are on disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
