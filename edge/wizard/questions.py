"""The questions, and what becomes of the answers: the content of config.json.

What stands in the settings already is what Enter takes, and what nobody is asked about stays as it is.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from edge.settings.camera import CaptureSettings
from edge.settings.hub import HubSettings
from edge.settings.site import Site
from edge.wizard.asking import Asker, Check
from edge.wizard.guesses import ZonePlace, live_folders, place_of, zone_here

KEYS = (
    "site.name",
    "site.zone",
    "site.latitude_deg",
    "site.longitude_deg",
    "site.elevation_m",
    "site.public_grid_deg",
    "camera.driver",
    "camera.folder.path",
    "capture.interval_s",
    "sensors.<name>",
    "hub.url",
    "hub.code",
)


@dataclass(frozen=True, slots=True)
class FoundSensor:
    """A sensor that answers: its settings, and in words what and where it is."""

    name: str
    driver: str
    words: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        """The entry in config.json."""
        entry: dict[str, Any] = {"name": self.name, "driver": self.driver}
        return entry | ({"options": self.options} if self.options else {})

    def is_in(self, sensors: Sequence[dict[str, Any]]) -> bool:
        """Say whether it stands in the settings, under whatever name."""
        return any(
            one.get("driver") == self.driver and one.get("options", {}) == self.options
            for one in sensors
        )


Live = Callable[[dict[str, Any], FoundSensor], str]


@dataclass(frozen=True, slots=True)
class Answers:
    """The new content of config.json, and the one-time code for the hub if there is one."""

    config: dict[str, Any]
    code: str


def ask_all(
    asker: Asker,
    earlier: dict[str, Any],
    cameras: Sequence[str],
    sensors: Sequence[FoundSensor],
    live: Live = lambda _site, _sensor: "it answers",
) -> Answers:
    """Ask everything and return the answers; ``earlier`` is the present content of config.json, or empty.

    ``live`` says in words what a found sensor reads now, at the site that was answered.
    """
    config = copy.deepcopy(earlier)
    _ask_site(asker, config.setdefault("site", {}))
    _ask_camera(asker, config, cameras)
    _ask_sensors(asker, config, sensors, live)
    code = _ask_hub(asker, config.setdefault("hub", {}))
    return Answers(config, code)


def _ask_site(asker: Asker, site: dict[str, Any]) -> None:
    asker.say("\n[bold]Where the camera stands[/bold]")
    here = zone_here()
    site["name"] = asker.text(
        "site.name",
        "What visitors call the place",
        site.get("name", ""),
        _fits(Site, "name"),
    )
    site["zone"] = asker.text(
        "site.zone", "Time zone", site.get("zone", here), _fits(Site, "zone")
    )
    near = place_of(site["zone"]) or ZonePlace("", 0.0, 0.0)
    site.setdefault("country", near.country)
    asker.say(
        "Coordinates to two decimals (1 km) are enough for sun, moon and stars; "
        "the suggestion is only the city of the time zone."
    )
    for name, question, guess in (
        ("latitude_deg", "Degrees north (south is negative)", near.latitude_deg),
        ("longitude_deg", "Degrees east (west is negative)", near.longitude_deg),
        ("elevation_m", "Metres above the sea", 0.0),
    ):
        site[name] = _number(asker, f"site.{name}", question, site.get(name, guess))
    site["public_grid_deg"] = _number(
        asker,
        "site.public_grid_deg",
        "The public sees the coordinates rounded to so many degrees (0.05 is 5 km, 0 is exact)",
        site.get("public_grid_deg", Site.model_fields["public_grid_deg"].default),
    )


def _ask_camera(asker: Asker, config: dict[str, Any], cameras: Sequence[str]) -> None:
    asker.say("\n[bold]The camera[/bold]")
    camera, capture = config.setdefault("camera", {}), config.setdefault("capture", {})
    live_folder = next(iter(live_folders()), "")
    if live_folder:
        asker.say(f"Another all-sky program keeps its frames in {live_folder}.")
    if cameras:
        asker.say(f"Found: {', '.join(cameras)}.")
    elif not live_folder:
        asker.say(
            "No camera answers. It can be connected later, or be a simulated one for now."
        )
    asker.say(
        "picamera2 is one on this computer, folder the frames of another program, simulator an invented sky."
    )
    driver = asker.choice(
        "camera.driver",
        "Which camera",
        ("picamera2", "folder", "simulator"),
        camera.get("driver", _likely_driver(cameras, live_folder)),
    )
    camera["driver"] = driver
    if driver == "folder":
        folder = camera.setdefault("folder", {})
        folder["path"] = asker.text(
            "camera.folder.path",
            "Folder in which the other program writes its frames (docs/moving-in.md)",
            folder.get("path", live_folder),
            _not_empty,
        )
    if driver != "folder":
        capture["interval_s"] = _number(
            asker,
            "capture.interval_s",
            "Seconds from the start of one frame to the start of the next",
            capture.get(
                "interval_s", CaptureSettings.model_fields["interval_s"].default
            ),
        )


def _likely_driver(cameras: Sequence[str], live_folder: str) -> str:
    """Return what the owner probably wants: a camera that another program uses cannot be opened a second time."""
    if live_folder:
        return "folder"
    return "picamera2" if cameras else "simulator"


def _ask_sensors(
    asker: Asker, config: dict[str, Any], sensors: Sequence[FoundSensor], live: Live
) -> None:
    asker.say("\n[bold]Sensors[/bold]")
    chosen: list[dict[str, Any]] = config.setdefault("sensors", [])
    new = [one for one in sensors if not one.is_in(chosen)]
    for known in chosen:
        asker.say(f"In the settings: {known.get('name')} ({known.get('driver')}).")
    if not new:
        asker.say("No other sensor answers.")
    taken = {one.get("name") for one in chosen}
    wanted = []
    for one in new:
        asker.say(f"Found {one.words}: {live(config['site'], one)}.")
        if asker.agreed(f"sensors.{one.name}", "Use it?", guess=True):
            wanted.append(one)
    chosen += [one.settings | {"name": _free(one.name, taken)} for one in wanted]


def _ask_hub(asker: Asker, hub: dict[str, Any]) -> str:
    asker.say("\n[bold]The hub[/bold]")
    hub["url"] = asker.text(
        "hub.url",
        "Address of the web site to send to (empty: send nothing)",
        hub.get("url", ""),
        _fits(HubSettings, "url"),
    )
    if not hub["url"]:
        return ""
    return asker.text(
        "hub.code",
        "One-time code of this camera (empty: it has its key already, or gets it later)",
        "",
        str,
    )


def _number(asker: Asker, key: str, question: str, guess: float) -> float:
    section, _, name = key.rpartition(".")
    models: dict[str, type[BaseModel]] = {"site": Site, "capture": CaptureSettings}
    model = models[section]
    check = _fits(model, name)
    return float(
        asker.text(
            key, question, f"{guess:g}", lambda text: check(text.replace(",", "."))
        )
    )


def _fits(model: type[BaseModel], name: str) -> Check:
    """Return a check that accepts what this setting of a model accepts."""
    setting = model.model_fields[name]
    adapter: TypeAdapter[Any] = TypeAdapter(setting.rebuild_annotation())

    def check(answer: str) -> str:
        try:
            adapter.validate_python(answer)
        except ValidationError as error:
            said = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ValueError(f"{said}.") from None
        return answer

    return check


def _not_empty(answer: str) -> str:
    if not answer:
        raise ValueError("An answer is needed.")
    return answer


def _free(name: str, taken: set[Any]) -> str:
    """Return the name, or with a number behind it when a sensor has it already."""
    names = [name, *(f"{name}-{number}" for number in range(2, 100))]
    free = next(one for one in names if one not in taken)
    taken.add(free)
    return free
