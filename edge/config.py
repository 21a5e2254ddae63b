"""The camera's settings: typed, limited, explained, with every default in this one place.

`load` reads ``config.json`` and reports all mistakes at once, each with the place and, where a name is nearly right,
with "did you mean". ``config.example.json`` and ``docs/config.md`` are written from these models (``make docs``), and a
test fails when they differ. Secrets are not settings: the key of the hub is in ``hub.key`` beside the file.
"""

import json
import types
import typing
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from products.sun import Place


class SettingsError(Exception):
    """The settings cannot be used; the message lists every mistake and what to do."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        close = get_close_matches(name, available_timezones(), n=1)
        raise ValueError(
            f"unknown time zone {name!r}"
            + (f", did you mean {close[0]!r}?" if close else "")
        )
    return name


class Section(BaseModel):
    """A group of settings. Unknown names are mistakes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Site(Section):
    """Where the camera stands."""

    name: str = Field(min_length=1, max_length=80)
    """What visitors call the place."""
    latitude_deg: float = Field(ge=-90, le=90)
    """Degrees north; south is negative. Used for sun, moon and stars; the public sees it rounded."""
    longitude_deg: float = Field(ge=-180, le=180)
    """Degrees east; west is negative."""
    elevation_m: float = Field(default=0.0, ge=-430, le=9000)
    """Metres above the sea."""
    zone: Annotated[str, AfterValidator(_known_zone)]
    """Time zone, for example Europe/Berlin: a night runs from noon to noon here."""
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    """Two letters, for example DE; may stay empty."""
    public_grid_deg: float = Field(default=0.05, ge=0, le=5)
    """The public coordinates are rounded to this grid (0.05 degrees is about 5 km); 0 publishes them as they are."""

    @property
    def place(self) -> Place:
        """The point on Earth, exact."""
        return Place(self.latitude_deg, self.longitude_deg, self.elevation_m)

    @property
    def public_place(self) -> Place:
        """The point on Earth as the public may know it."""
        grid = self.public_grid_deg
        if not grid:
            return self.place
        latitude, longitude = (
            round(round(v / grid) * grid, 4)
            for v in (self.latitude_deg, self.longitude_deg)
        )
        return Place(latitude, longitude, self.elevation_m)

    @property
    def tz(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.zone)


class SimulatorSettings(Section):
    """The simulated camera: a true sky above the site, seen through a fisheye, with made-up weather."""

    width: int = Field(default=1014, ge=64, le=4056, multiple_of=2)
    """Width of a frame in pixels."""
    height: int = Field(default=760, ge=64, le=3040, multiple_of=2)
    """Height of a frame in pixels."""
    seed: int = Field(default=1, ge=0)
    """The same seed gives the same weather and noise."""
    clouds: Literal["clear", "broken", "overcast", "changing"] = "changing"
    """What the weather is like."""
    sky_mag_arcsec2: float = Field(default=21.3, ge=16, le=22)
    """Brightness of the moonless sky at the zenith, mag/arcsec² (22 is darkest; a city has 18)."""
    aurora: bool = False
    """Northern lights, on some nights."""
    meteors_per_hour: float = Field(default=0.0, ge=0, le=1000)
    """Meteors of magnitude -3 and brighter by night; fainter ones would not show."""
    airplanes_per_hour: float = Field(default=0.0, ge=0, le=1000)
    """Airplanes with their lights by night."""


class FolderSettings(Section):
    """A folder of JPEG frames of another program, shown in the order of their time."""

    path: Path = Path("frames-of-another-program")
    """The folder."""


class CameraSettings(Section):
    """Which camera, and how it hangs."""

    driver: Literal["picamera2", "simulator", "folder"] = "picamera2"
    """picamera2 on a Raspberry Pi; simulator needs no hardware; folder replays frames of another program."""
    rotation_deg: float = Field(default=0.0, ge=-180, le=180)
    """Where north is in the frame: degrees clockwise from up. The keogram samples along north-south."""
    simulator: SimulatorSettings = SimulatorSettings()
    folder: FolderSettings = FolderSettings()


class CaptureSettings(Section):
    """When a frame is taken."""

    interval_s: float = Field(default=30.0, ge=1, le=3600)
    """Seconds from the start of one frame to the start of the next."""
    sun_below_deg: float = Field(default=0.0, ge=-18, le=90)
    """Capture while the sun is below this altitude; 90 captures day and night."""
    jpeg_quality: int = Field(default=90, ge=50, le=100)
    """JPEG quality of the stored frames."""
    keep_free_mb: int = Field(default=200, ge=0)
    """Frames are only shown, not stored, while the disk has less than this free (MB): the rest needs room to work."""


class ExposureSettings(Section):
    """What the exposure control aims at, and how far it may go. The sensor's own limits hold too."""

    target: float = Field(default=0.10, gt=0, le=0.5)
    """Linear brightness of the sky's background that the control aims at by day, as a part of saturation."""
    target_night: float = Field(default=0.04, gt=0, le=0.5)
    """The same by night, when a darker sky shows its stars better; in twilight the aim moves smoothly between them."""
    longest_s: float = Field(default=30.0, gt=0, le=600)
    """Longest exposure in seconds; also never so long that the frame could not be stored before the next is due."""
    highest_gain: float = Field(default=8.0, ge=1, le=64)
    """Highest analogue gain."""


class ProductSettings(Section):
    """Keogram, startrails and timelapse."""

    live_interval_s: float = Field(default=600.0, ge=10, le=86400)
    """Seconds between two versions of keogram and startrails while the night goes on."""
    startrails_sun_below_deg: float = Field(default=-12.0, ge=-18, le=0)
    """Frames with the sun above this altitude never go into the startrails."""
    timelapse_fps: int = Field(default=25, ge=1, le=60)
    """Frames per second of the video."""
    timelapse_longest_side_px: int = Field(default=1440, ge=240, le=2560)
    """Longest side of the video; larger frames are scaled down."""
    timelapse_crf: int = Field(default=23, ge=0, le=40)
    """Quality of the video: smaller is better and larger."""


class SensorSettings(Section):
    """One sensor. ``options`` are those of its driver (see docs/sensors.md)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    """What to call it: lower-case letters, digits, - and _."""
    driver: str
    """The kind: see allsky-edge sensors."""
    enabled: bool = True
    """false switches it off."""
    interval_s: float = Field(default=60.0, ge=1, le=86400)
    """Seconds between readings."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of the driver, such as the address."""


class HubSettings(Section):
    """The web site that this camera sends to."""

    url: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$")
    """Address, for example https://hub.example.org; empty sends nothing."""
    live_interval_s: float = Field(default=30.0, ge=1, le=3600)
    """Send the newest frame at most this often."""
    hello_interval_s: float = Field(default=60.0, ge=5, le=3600)
    """Seconds between heartbeats."""


class Settings(Section):
    """The whole of config.json."""

    site: Site
    camera: CameraSettings = CameraSettings()
    capture: CaptureSettings = CaptureSettings()
    exposure: ExposureSettings = ExposureSettings()
    products: ProductSettings = ProductSettings()
    sensors: list[SensorSettings] = Field(default_factory=list)
    """The sensors; each has a name of its own."""
    hub: HubSettings = HubSettings()
    data: Path = Path("data")
    """Folder of frames, products and edge.db; a relative path starts at the folder of this file."""


def load(path: Path) -> Settings:
    """Read ``path`` and return the settings, paths made absolute; raise `SettingsError` naming every mistake."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"There is no {path}: copy config.example.json to it and fill in your site."
        ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as JSON: {error}") from None
    settings = parse(raw, source=str(path))
    home = path.resolve().parent
    folder = settings.camera.folder.model_copy(
        update={"path": home / settings.camera.folder.path}
    )
    camera = settings.camera.model_copy(update={"folder": folder})
    return settings.model_copy(update={"data": home / settings.data, "camera": camera})


def parse(raw: Any, source: str = "The settings") -> Settings:
    """Return the settings in ``raw``, the content of config.json; raise `SettingsError` naming every mistake."""
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        lines = [_mistake(one) for one in error.errors()]
        raise SettingsError(
            f"{source} has {_count(len(lines))}:\n"
            + "\n".join(f"  {line}" for line in lines)
        ) from None
    names = [sensor.name for sensor in settings.sensors]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(
            f"{source} has 1 mistake:\n  sensors: the name {', '.join(twice)} is used more than once"
        )
    return settings


def _count(mistakes: int) -> str:
    return "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"


def _mistake(error: Any) -> str:
    """Return one line for a mistake that pydantic found: where, what is wrong, and what it should be."""
    where = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            known = _names_at(error["loc"][:-1])
            close = get_close_matches(str(error["loc"][-1]), known, n=1)
            return f"{where}: unknown" + (
                f", did you mean {close[0]}?"
                if close
                else f"; known: {', '.join(known)}"
            )
        case "missing":
            return f"{where}: missing"
        case _:
            said = error["msg"].removeprefix("Value error, ")
            return f"{where}: {said[0].lower()}{said[1:]}, got {json.dumps(error['input'], default=str)}"


def _names_at(where: tuple[Any, ...]) -> list[str]:
    """Return the names of the settings in the section that ``where`` points to."""
    section: Any = Settings
    for part in where:
        if isinstance(part, str):
            section = section.model_fields[part].annotation
        if isinstance(section, types.GenericAlias):
            section = typing.get_args(section)[0]
    return sorted(section.model_fields)
