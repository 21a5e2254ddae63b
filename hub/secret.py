"""The hub's own secret: 256 random bits in a file that only its user can read, the same for all workers."""

import contextlib
import os
import secrets
from pathlib import Path

_NAME = "hub.secret"
_LENGTH_BYTES = 32


def hub_secret(data: Path) -> bytes:
    """Return the secret of a data folder, making it if there is none; processes that do so at once agree on one."""
    file = data / _NAME
    with contextlib.suppress(FileNotFoundError):
        return file.read_bytes()
    fresh = data / f"{_NAME}.{secrets.token_hex(8)}"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:  # noqa: PTH123 - with a mode
        new.write(secrets.token_bytes(_LENGTH_BYTES))
        new.flush()
        os.fsync(new.fileno())
    with contextlib.suppress(FileExistsError):
        file.hardlink_to(fresh)
    fresh.unlink()
    return file.read_bytes()
