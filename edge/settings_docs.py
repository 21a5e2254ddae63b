"""Write ``config.example.json`` and ``docs/config.md`` from the settings' models: ``python -m edge.settings_docs``.

So the example, the documentation and the program cannot disagree: a test compares both files with what this makes.
"""

import json
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic.fields import FieldInfo

from edge.config import Settings
from edge.settings.section import Section
from edge.settings.sensors import OPTIONS, Options, SensorSettings
from edge.settings.site import Site

ROOT = Path(__file__).parent.parent
HEAD = """# Settings

Everything is in `config.json`; only the section `site` has to be there, the rest has the defaults below. Mistakes are
reported all at once, by name, before a program starts. `config.example.json` holds every setting. The secret key of the
hub is not a setting: it is in `hub.key` beside the file.

A file with a mistake costs no frames: services that start meanwhile go on with the last settings that were good
(`config.last-good.json`, beside the file or in the data folder), and their log and `allsky-edge status` say so and list
the mistakes; every other command refuses. A file of an older `version` is brought forward by itself, and the old one
is kept as `config.json.v1` where the services may write beside it; one of a newer version is refused in one sentence.

This page is written from the program itself (`make docs`).
"""
EXAMPLE_OPTIONS = {"command": {"command": ["/usr/local/bin/my-weather-station"]}}
LIMITS = (
    (Ge, "≥", "ge"),
    (Gt, ">", "gt"),
    (Le, "≤", "le"),
    (Lt, "<", "lt"),
    (MultipleOf, "multiple of", "multiple_of"),
)


def example() -> Settings:
    """Return complete settings that run on any computer: a simulated camera and simulated sensors.

    The sensors that need hardware are all there, switched off.
    """
    everywhere = {"simulated-climate": "outside", "simulated-sky": "sky"}
    sensors = [
        *(SensorSettings(name=n, driver=driver) for driver, n in everywhere.items()),
        SensorSettings(name="system", driver="system", interval_s=300),
        *(
            SensorSettings.model_validate(
                {"name": driver, "driver": driver, "enabled": False}
                | {"options": EXAMPLE_OPTIONS.get(driver, {})}
            )
            for driver in OPTIONS
            if driver not in {"system", *everywhere}
        ),
    ]
    site = Site(
        name="Hill above the village",
        latitude_deg=48.05,
        longitude_deg=8.2,
        elevation_m=900,
        zone="Europe/Berlin",
        country="DE",
    )
    return Settings.model_validate(
        {"site": site, "camera": {"driver": "simulator"}, "sensors": sensors}
    )


def example_json() -> str:
    """Return the content of ``config.example.json``."""
    return (
        json.dumps(example().model_dump(mode="json"), indent=2, ensure_ascii=False)
        + "\n"
    )


def config_md() -> str:
    """Return the content of ``docs/config.md``."""
    return HEAD + "".join(_pages(Settings, ""))


def _pages(section: type[Section], where: str) -> Iterator[str]:
    if where:
        yield f"\n## `{where}`\n\n{section.__doc__ or ''}\n"
    plain = {
        name: field
        for name, field in section.model_fields.items()
        if _section_of(field) is None
    }
    if plain:
        yield "\n| setting | value | default | meaning |\n|---|---|---|---|\n"
        yield from (_row(name, field) for name, field in plain.items())
    for name, field in section.model_fields.items():
        inner = _section_of(field)
        if inner is Options:
            yield from _options_page(f"{where}.{name}")
        elif inner is not None:
            many = "[]" if typing.get_origin(field.annotation) is list else ""
            yield from _pages(inner, f"{where}.{name}{many}".lstrip("."))


def _options_page(where: str) -> Iterator[str]:
    """Yield one table of the options of all drivers; what is the same for several stands there once."""
    drivers: dict[str, list[str]] = {}
    for driver, options in OPTIONS.items():
        for name, field in options.model_fields.items():
            drivers.setdefault(_row(name, field), []).append(f"`{driver}`")
    yield f"\n## `{where}`\n\nThe options depend on the driver.\n"
    yield "\n| option | value | default | meaning | drivers |\n|---|---|---|---|---|\n"
    for row, of in drivers.items():
        yield f"{row.rstrip()} {', '.join(of)} |\n"


def _section_of(field: FieldInfo) -> type[Section] | None:
    """Return the section that a field is, or is a list of; None for a plain setting."""
    kind: Any = field.annotation
    if typing.get_origin(kind) is list:
        (kind,) = typing.get_args(kind)
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def _row(name: str, field: FieldInfo) -> str:
    default = (
        "required"
        if field.is_required()
        else f"`{_json(field.get_default(call_default_factory=True))}`"
    )
    return f"| `{name}` | {_kind(field)} | {default} | {field.description} |\n"


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def _kind(field: FieldInfo) -> str:
    kind: Any = field.annotation
    optional = isinstance(kind, types.UnionType)
    if optional:
        kind = next(one for one in typing.get_args(kind) if one is not types.NoneType)
    if typing.get_origin(kind) is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in typing.get_args(kind))
    words = {
        float: "number",
        int: "whole number",
        str: "text",
        bool: "true or false",
        Path: "path",
        list[str]: "list of texts",
        dict[str, float]: "numbers by name",
    }
    name = words[kind]
    limits = [
        f"{sign} {getattr(limit, attribute):g}"
        for limit in field.metadata
        for of, sign, attribute in LIMITS
        if isinstance(limit, of)
    ]
    return ", ".join([name, *limits]) + (" or null" if optional else "")


def main() -> None:
    """Write both files."""
    (ROOT / "config.example.json").write_text(example_json(), encoding="utf-8")
    (ROOT / "docs" / "config.md").write_text(config_md(), encoding="utf-8")


if __name__ == "__main__":
    main()
