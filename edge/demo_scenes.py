"""The cameras of the demonstration: where they stand, what their weather is like, and their settings."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.config import parse
from edge.settings.site import Site
from products.files import write_atomically
from products.live import night_axis
from products.night import Night
from products.sun import Interval

MARGIN = dt.timedelta(minutes=30)
# A night in a minute: nobody watches it live, so heartbeats and live images need not come every virtual minute.
HURRIED = {"live_interval_s": 900, "hello_interval_s": 900}


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera: where it stands and what its sky is like."""

    site: Site
    simulator: dict[str, Any]


SCENES = (
    Scene(
        Site(
            name="Hainich",
            latitude_deg=51.08,
            longitude_deg=10.45,
            elevation_m=440,
            zone="Europe/Berlin",
            country="DE",
        ),
        {"seed": 7, "clouds": "changing", "sky_mag_arcsec2": 21.0},
    ),
    Scene(
        Site(
            name="La Palma",
            latitude_deg=28.76,
            longitude_deg=-17.88,
            elevation_m=2200,
            zone="Atlantic/Canary",
            country="ES",
        ),
        {"seed": 11, "clouds": "clear", "sky_mag_arcsec2": 21.8},
    ),
    Scene(
        Site(
            name="Tromsø",
            latitude_deg=69.65,
            longitude_deg=18.96,
            elevation_m=120,
            zone="Europe/Oslo",
            country="NO",
        ),
        {"seed": 5, "clouds": "broken", "sky_mag_arcsec2": 21.4, "aurora": True},
    ),
)


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """A camera that the hub knows, with its settings on disk in ``folder``."""

    id: str
    scene: Scene
    folder: Path

    @property
    def config(self) -> Path:
        """Its settings."""
        return self.folder / "config.json"

    @property
    def log(self) -> Path:
        """Where its programs write what they say."""
        return self.folder / "programs.log"

    def write_key(self, key: str) -> None:
        """Write the secret key that the hub gave out, readable only by this user."""
        self.folder.mkdir()
        secret = self.folder / "hub.key"
        secret.touch(mode=0o600)
        secret.write_text(key + "\n")

    def write_settings(self, hub_url: str, interval_s: float, *, live: bool) -> None:
        """Write settings for a night in a minute, or (``live``) for the sky of this moment, day and night."""
        simulator = {"width": 760, "height": 760, **self.scene.simulator}
        hub = {"url": hub_url, "live_interval_s": interval_s}
        settings = {
            "site": self.scene.site.model_dump(),
            "camera": {"driver": "simulator", "simulator": simulator},
            "capture": {"interval_s": interval_s, "sun_below_deg": 90 if live else 0},
            "exposure": {"highest_gain": 16},
            "products": {"live_interval_s": 600 if live else 3600},
            "sensors": [
                {"name": "outside", "driver": "simulated-climate", "interval_s": 300},
                {"name": "sky", "driver": "simulated-sky", "interval_s": 300},
            ],
            "hub": hub if live else hub | HURRIED,
        }
        parse(settings)
        text = json.dumps(settings, indent=2, ensure_ascii=False) + "\n"
        write_atomically(self.config, text.encode())

    def last_nights(self, count: int, now: dt.datetime) -> list[Interval]:
        """Return when the last ``count`` nights that are over were, with half an hour around each, oldest first."""
        site = self.scene.site
        night = Night.at(now, site.tz)
        while night_axis(site.place, night).end_utc + MARGIN > now:
            night = night.previous
        found = []
        for _ in range(count):
            axis = night_axis(site.place, night)
            found.append(Interval(axis.start_utc - MARGIN, axis.end_utc + MARGIN))
            night = night.previous
        return found[::-1]
