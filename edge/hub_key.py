"""The secret key of the hub: a file of its own beside the settings, for the owner's eyes only."""

import logging
import os
import stat
from pathlib import Path

from products.files import written_atomically

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class NoKeyError(Exception):
    """There is no usable key; the message says how to get one."""


def key_path(config_dir: Path) -> Path:
    """Return where the key is."""
    return config_dir / "hub.key"


def read_key(config_dir: Path) -> str:
    """Return the key, warning when others can read it; raise `NoKeyError` when there is none."""
    path = key_path(config_dir)
    try:
        key = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise NoKeyError(
            f"There is no key in {path}: ask the hub's administrator for a code and run allsky-edge join."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoKeyError(f"The key in {path} cannot be read: {error}") from None
    if not key:
        raise NoKeyError(f"{path} is empty: run allsky-edge join again.")
    if mode & _OTHERS:
        logger.warning("%s can be read by others: run chmod 600 %s", path, path)
    return key


def write_key(config_dir: Path, key: str) -> Path:
    """Write the key so that only its owner can read it, whole or not at all; return where it is."""
    path = key_path(config_dir)
    with written_atomically(path) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{key}\n".encode("ascii"))
    return path
