"""Reading the camera's settings: typed, limited, explained, with every default in one place, ``edge/settings/``.

`load` reads ``config.json`` and reports all mistakes at once, each with the place and, where a name is nearly right,
with "did you mean". ``config.example.json`` and ``docs/config.md`` are written from the models (``make docs``), and a
test fails when they differ. Secrets are not settings: the key of the hub is in ``hub.key`` beside the file.
"""

import json
import types
import typing
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from edge.settings.camera import CameraSettings, CaptureSettings, ExposureSettings
from edge.settings.clock import ClockSettings
from edge.settings.clouds import CloudSettings
from edge.settings.disk import DiskSettings
from edge.settings.heater import FanSettings, HeaterSettings, switch_mistakes
from edge.settings.hub import HubSettings
from edge.settings.picture import OverlaySettings
from edge.settings.products import ProductSettings
from edge.settings.section import Section
from edge.settings.sensors import OPTIONS, Options, SensorSettings
from edge.settings.site import Site
from edge.settings.versions import VERSION, NewerVersionError, migrated


class SettingsError(Exception):
    """The settings cannot be used; the message lists every mistake and what to do."""


class Settings(Section):
    """The whole of config.json."""

    version: int = Field(default=VERSION, ge=VERSION, le=VERSION)
    """Of the form of this file; an older one is brought forward by itself."""
    site: Site
    camera: CameraSettings = CameraSettings()
    clock: ClockSettings = ClockSettings()
    capture: CaptureSettings = CaptureSettings()
    exposure: ExposureSettings = ExposureSettings()
    overlay: OverlaySettings = OverlaySettings()
    products: ProductSettings = ProductSettings()
    sensors: list[SensorSettings] = Field(default_factory=list)
    """The sensors; each has a name of its own."""
    clouds: CloudSettings = CloudSettings()
    heater: HeaterSettings = HeaterSettings()
    fan: FanSettings = FanSettings()
    hub: HubSettings = HubSettings()
    disk: DiskSettings = DiskSettings()
    data: Path = Path("data")
    """Folder of frames, products and edge.db; a relative path starts at the folder of this file."""


def load(path: Path, home: Path | None = None) -> Settings:
    """Read ``path`` and return the settings, paths made absolute; raise `SettingsError` naming every mistake.

    Relative paths start at ``home``, by default the folder of the file.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"There is no {path}: copy config.example.json to it and fill in your site."
        ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as JSON: {error}") from None
    settings = parse(raw, source=str(path))
    home = home or path.resolve().parent
    camera = settings.camera
    folder = camera.folder.model_copy(update={"path": home / camera.folder.path})
    beside = {
        name: home / path
        for name in ("sky_mask", "privacy_mask", "hot_pixels")
        if (path := getattr(camera, name))
    }
    camera = camera.model_copy(update={"folder": folder} | beside)
    hub = settings.hub
    if hub.ca_file:
        hub = hub.model_copy(update={"ca_file": home / hub.ca_file})
    return settings.model_copy(
        update={"data": home / settings.data, "camera": camera, "hub": hub}
    )


def parse(raw: Any, source: str = "The settings") -> Settings:
    """Return the settings in ``raw``, the content of config.json; raise `SettingsError` naming every mistake."""
    try:
        raw = migrated(raw)
        settings = Settings.model_validate(raw)
    except NewerVersionError as error:
        raise SettingsError(f"{source} {error}") from None
    except ValidationError as error:
        lines = [_mistake(one, raw) for one in error.errors()]
        raise SettingsError(
            f"{source} has {_count(len(lines))}:\n"
            + "\n".join(f"  {line}" for line in lines)
        ) from None
    names = [sensor.name for sensor in settings.sensors]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(
            f"{source} has 1 mistake:\n  sensors: the name {', '.join(twice)} is used more than once"
        )
    wrong = list(switch_mistakes(settings.heater, settings.fan, settings.sensors))
    air = settings.clouds.air
    if air and air not in {one.name for one in settings.sensors if one.enabled}:
        wrong.append(f"clouds.air: no enabled sensor has the name {air!r}")
    if wrong:
        raise SettingsError(
            f"{source} has {_count(len(wrong))}:\n"
            + "\n".join(f"  {line}" for line in wrong)
        )
    return settings


def _count(mistakes: int) -> str:
    return "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"


def _mistake(error: Any, raw: Any) -> str:
    """Return one line for a mistake that pydantic found: where, what is wrong, and what it should be."""
    where = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            known = _names_at(error["loc"][:-1], raw)
            close = get_close_matches(str(error["loc"][-1]), known, n=1)
            return f"{where}: unknown" + (
                f", did you mean {close[0]}?"
                if close
                else f"; known: {', '.join(known) or 'none'}"
            )
        case "missing":
            return f"{where}: missing"
        case _:
            said = error["msg"].removeprefix("Value error, ")
            return f"{where}: {said[0].lower()}{said[1:]}, got {json.dumps(error['input'], default=str)}"


def _names_at(where: tuple[Any, ...], raw: Any) -> list[str]:
    """Return the names of the settings in the section that ``where`` points to; ``raw`` is the whole content."""
    section: Any = Settings
    for part in where:
        if isinstance(part, str):
            section = section.model_fields[part].annotation
        if isinstance(section, types.GenericAlias):
            section = typing.get_args(section)[0]
        if section is Options:  # those of a sensor depend on its driver
            section = OPTIONS[raw["driver"]]
        raw = raw[part]
    return sorted(section.model_fields)
