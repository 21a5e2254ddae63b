"""A file for somebody who helps: what is needed to understand a fault, and nothing that is nobody's business.

Secrets are removed by kind, not by name: settings that are marked as private (`edge.settings.section.PRIVATE`:
commands of the owner, the exact place, which is given as the public sees it), the key of the hub wherever it stands,
user names and passwords in addresses, the names of this computer and its user.
"""

import datetime as dt
import getpass
import json
import platform
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from edge.config import Settings, SettingsError, load
from edge.doctor.finding import Finding
from edge.hub_key import key_path
from edge.status import gather
from edge.store import Store

_LOG_LINES = 3000
_KEY = re.compile(r"skc_[A-Za-z0-9_-]+")
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@]+@")
_PLACE = ("latitude_deg", "longitude_deg")


def write_bundle(
    target: Path, config: Path, findings: Sequence[Finding], now: dt.datetime
) -> list[str]:
    """Write the zip file and return the names in it; raise OSError when it cannot be written."""
    hide = _Hider(config)
    names = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in _texts(config, findings, now):
            bundle.writestr(name, hide(text))
            names.append(name)
    return names


def _texts(
    config: Path, findings: Sequence[Finding], now: dt.datetime
) -> Iterator[tuple[str, str]]:
    yield "doctor.json", _json([asdict(one) for one in findings])
    yield "system.json", _json(_system(now))
    yield "log.txt", _log()
    try:
        settings = load(config)
    except SettingsError as error:
        yield "settings-problem.txt", str(error)
        return
    yield "settings.json", _json(public_settings(settings))
    yield "status.json", _json(gather(settings, now))
    with closing(Store(settings.data)) as store:
        yield (
            "states.json",
            _json({name: asdict(one) for name, one in store.states().items()}),
        )


def public_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings without those that are marked as private, and with the place as the public sees it."""
    shown, place = _without_private(settings), settings.site.public_place
    shown["site"] |= dict(
        zip(_PLACE, (place.latitude_deg, place.longitude_deg), strict=True)
    )
    return shown


def _without_private(section: BaseModel) -> dict[str, Any]:
    shown: dict[str, Any] = section.model_dump(mode="json")
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get(
            "private"
        ):
            shown[name] = "(not shown)"
        elif isinstance(value, BaseModel):
            shown[name] = _without_private(value)
        elif isinstance(value, list):
            shown[name] = [
                _without_private(one) if isinstance(one, BaseModel) else one
                for one in value
            ]
    return shown


class _Hider:
    """Replaces what is secret in a text."""

    def __init__(self, config: Path) -> None:
        self._words = {
            getpass.getuser(): "USER",
            platform.node(): "COMPUTER",
            str(Path.home()): "HOME",
        }
        try:
            key = key_path(config.resolve().parent).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            key = ""
        if key:
            self._words[key] = "KEY"
        try:
            site = load(config).site
        except SettingsError:
            return
        exact = {f"{site.latitude_deg}", f"{site.longitude_deg}"}
        public = {
            f"{site.public_place.latitude_deg}",
            f"{site.public_place.longitude_deg}",
        }
        self._words |= dict.fromkeys(exact - public, "PLACE")

    def __call__(self, text: str) -> str:
        for word in sorted(self._words, key=len, reverse=True):
            if len(word) > 1:
                text = re.sub(
                    rf"(?<![\w.]){re.escape(word)}(?![\w.])", self._words[word], text
                )
        return _IN_ADDRESS.sub("", _KEY.sub("KEY", text))


def _system(now: dt.datetime) -> dict[str, Any]:
    return {
        "now_utc": now.isoformat(),
        "software": version("allsky-network"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": platform.machine(),
    }


def _log() -> str:
    """Return the last lines that the programs logged, as far as the journal may be read."""
    if shutil.which("journalctl") is None:
        return "There is no journal on this computer.\n"
    command = [
        "journalctl",
        "--unit=allsky-*",
        f"--lines={_LOG_LINES}",
        "--no-pager",
        "--output=short-iso",
        "--no-hostname",
    ]
    asked = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60
    )
    return asked.stdout or asked.stderr


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
