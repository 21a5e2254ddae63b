"""What is written on the copy of a frame that is shown: when, where, how it was exposed, what the sensors say."""

import datetime as dt
from collections.abc import Callable, Iterator

from edge.cameras import Frame
from edge.config import Settings
from edge.describe import circle
from edge.picture.template import ALIASES, filled, variables
from edge.settings.camera import CameraSettings
from edge.sky_watch import SENSOR
from edge.store import Store
from products.night import Night
from products.overlay import Compass, drawn
from products.quantities import QUANTITIES, Quantity
from products.scaling import Rgb
from products.sun import moon, sun_altitude_deg

FRESH = dt.timedelta(minutes=10)
"""What was read longer ago is no news."""


class Overlay:
    """Draws on the shown copies of a camera's frames what its settings ask for."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        chosen = settings.overlay
        names = [name for line in chosen.template for name in variables(line)]
        asked = {ALIASES.get(name, name) for name in names}
        self._quantities = [QUANTITIES[name] for name in QUANTITIES if name in asked]
        public = [sensor.name for sensor in settings.sensors if sensor.public]
        self._sensors = [*public, SENSOR]
        self._compass = _compass(settings.camera, chosen.compass)

    def on(self, frame: Frame) -> Callable[[Rgb], Rgb] | None:
        """Return what draws on a copy of ``frame`` of any size; None where nothing is to be drawn."""
        chosen = self._settings.overlay
        if not chosen.enabled:
            return None

        def draw(rgb: Rgb) -> Rgb:
            lines = filled(chosen.template, dict(self._values(frame)))
            part = chosen.text_percent / 100
            return drawn(rgb, lines, chosen.position, part, self._compass)

        return draw

    def _values(self, frame: Frame) -> Iterator[tuple[str, str]]:
        """Yield the variables that have a value now, as they are written."""
        site, taken_utc = self._settings.site, frame.taken_utc
        local = taken_utc.astimezone(site.tz)
        yield "site", site.name
        yield "local_time", f"{local:%Y-%m-%d %H:%M:%S %Z}"
        yield "utc", f"{taken_utc:%Y-%m-%d %H:%M:%S} UTC"
        yield "date", f"{local:%Y-%m-%d}"
        yield "time", f"{local:%H:%M}"
        yield "night", Night.at(taken_utc, site.tz).name
        if frame.exposure_us is not None:
            yield "exposure", _duration(frame.exposure_us)
        if frame.gain is not None:
            yield "gain", f"{frame.gain:.1f}"
        if frame.sensor_temperature_c is not None:
            yield "sensor_temperature", _signed(frame.sensor_temperature_c, 1, " °C")
        yield "sun", _signed(sun_altitude_deg(site.place, taken_utc), 0, "°")
        shining = moon(site.place, taken_utc)
        up = _signed(shining.altitude_deg, 0, "°")
        yield "moon", f"{up}, {shining.illuminated:.0%}".replace("%", " %")
        yield from self._readings(taken_utc)

    def _readings(self, taken_utc: dt.datetime) -> Iterator[tuple[str, str]]:
        """Yield what was read in the ten minutes before the frame, or while it was exposed."""
        for quantity in self._quantities:
            found = self._store.readings_between(
                quantity.name, taken_utc - FRESH, taken_utc + FRESH
            )
            sensor = next((name for name in self._sensors if name in found), None)
            if sensor is not None:
                words = _measured(found[sensor][-1][1], quantity)
                yield quantity.name, words
                for alias, name in ALIASES.items():
                    if name == quantity.name:
                        yield alias, words


def _compass(camera: CameraSettings, letters: str) -> Compass | None:
    mirrored = camera.flip_left_right != camera.flip_top_bottom
    return (
        Compass(
            letters,
            camera.rotation_deg,
            mirrored=mirrored and camera.driver == "picamera2",
            circle=circle(camera),
        )
        if letters
        else None
    )


def _duration(exposure_us: int) -> str:
    """Return an exposure for people: ``20 s``, ``12.5 ms``, ``114 µs``."""
    for least_us, unit_us, unit in ((100_000, 1e6, "s"), (1000, 1e3, "ms")):
        if exposure_us >= least_us:
            return f"{exposure_us / unit_us:.3g} {unit}"
    return f"{exposure_us} µs"


def _measured(value: float, quantity: Quantity) -> str:
    return _signed(value, quantity.decimals, f" {quantity.unit}".rstrip())


def _signed(value: float, decimals: int, unit: str) -> str:
    """Return a number with a true minus sign, and none for what is rounded to zero."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:.{decimals}f}{unit}".replace("-", "\N{MINUS SIGN}")
