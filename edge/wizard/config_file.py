"""The settings file: read what is there, write the new one whole, keep the old one."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from edge.config import SettingsError, parse
from edge.settings.versions import NewerVersionError, migrated
from products.files import write_atomically


def read(path: Path) -> dict[str, Any]:
    """Return the content of config.json in the present version, empty when there is none.

    Raises
    ------
    SettingsError
        It is no JSON, no settings, or of a newer version.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}. Mend it, or move it away to begin anew."
        ) from None
    if not isinstance(content, dict):
        raise SettingsError(
            f"{path} does not hold settings. Move it away to begin anew."
        )
    try:
        return dict(migrated(content))
    except NewerVersionError as error:
        raise SettingsError(f"{path} {error}") from None


def write(path: Path, config: dict[str, Any], now: dt.datetime) -> Path | None:
    """Check and write the settings and return the copy of the old ones, None when there is nothing to keep.

    Raises
    ------
    SettingsError
        They cannot be used; the file is as it was.
    OSError
        They cannot be written; the file is as it was.
    """
    parse(config, source="What was answered")
    content = (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode()
    kept = None
    if path.exists():
        old = path.read_bytes()
        if old == content:
            return None
        kept = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%SZ}")
        write_atomically(kept, old)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    return kept
