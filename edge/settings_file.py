"""config.json as the services use it: in the present version, and while it is wrong, the last good one in its place.

A mistake made on the roof at night costs no frames: the services go on with what they had, and log and ``status`` say
so. Commands for people refuse a wrong file and list its mistakes.
"""

import contextlib
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.config import Settings, SettingsError, load
from edge.settings.versions import MIGRATIONS, Migration, migrated, version_of
from products.files import write_atomically

_DATA = re.compile(r'"data"\s*:\s*"([^"]+)"')

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChosenSettings:
    """The settings to go on with; ``trouble`` says what is wrong with those of the file, empty when nothing is."""

    settings: Settings
    trouble: str = ""


def choose_settings(config: Path) -> ChosenSettings:
    """Return the settings of ``config``, else the last good ones; raise `SettingsError` when there are neither."""
    try:
        return ChosenSettings(load(config))
    except SettingsError as error:
        mistakes = error
    for kept in _newest_first(config):
        with contextlib.suppress(SettingsError):
            settings = load(kept, home=config.resolve().parent)
            return ChosenSettings(
                settings,
                f"{mistakes}\nUntil this is mended, the last good settings are used: {kept}",
            )
    raise mistakes


def settings_of_service(config: Path) -> Settings:
    """Return what `choose_settings` does, saying in the log what is wrong; keep good settings for later."""
    upgrade(config)
    chosen = choose_settings(config)
    if chosen.trouble:
        log.error("%s", chosen.trouble)
    else:
        keep_last_good(config, chosen.settings)
    return chosen.settings


def keep_last_good(config: Path, settings: Settings) -> None:
    """Keep a copy of ``config`` with mode 0600, beside it or, where that is not allowed, in the folder of the data."""
    content = config.read_bytes()
    for folder in (config.resolve().parent, settings.data):
        kept = folder / _kept_name(config)
        try:
            if not kept.exists() or kept.read_bytes() != content:
                folder.mkdir(parents=True, exist_ok=True)
                write_atomically(kept, content)
                kept.chmod(0o600)
        except OSError:  # services may not write beside their settings
            continue
        return


def upgrade(config: Path, migrations: Sequence[Migration] = MIGRATIONS) -> Path | None:
    """Write a file of an older version anew in the present one; return the copy of the old one, None without need.

    Where the file may not be written it stays, and is understood all the same.
    """
    try:
        content = config.read_bytes()
        raw = json.loads(content)
    except (OSError, ValueError):  # `load` says what is wrong
        return None
    version = version_of(raw)
    if version is None or version > len(migrations):
        return None
    kept = config.with_name(f"{config.name}.v{version}")
    text = json.dumps(migrated(raw, migrations), indent=2, ensure_ascii=False)
    try:
        mode = config.stat().st_mode
        write_atomically(kept, content)
        write_atomically(config, f"{text}\n".encode())
        for path in (kept, config):
            path.chmod(mode & 0o777)
    except OSError as error:
        log.info(
            "%s is of version %d and stays so: %s", config, version, error.strerror
        )
        return None
    log.info("%s was of version %d; the old one is kept in %s", config, version, kept)
    return kept


def _kept_name(config: Path) -> str:
    return f"{config.stem}.last-good.json"


def _newest_first(config: Path) -> list[Path]:
    """Return the copies that there are, wherever a service may have kept them, the newest first."""
    kept = {folder / _kept_name(config) for folder in _folders(config)}
    return sorted(
        (path for path in kept if path.exists()),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )


def _folders(config: Path) -> Iterator[Path]:
    """Yield the folder of the settings, and what may be that of the data, as far as a wrong file tells."""
    home = config.resolve().parent
    yield home
    if state := os.environ.get("STATE_DIRECTORY"):  # systemd says it
        yield Path(state.split(":")[0])
    try:
        text = config.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    found = _DATA.search(text)
    yield home / (found[1] if found else "data")
