"""Look at the hardware once: every enabled sensor, one frame of the camera."""

from pathlib import Path
from typing import Any

from rich.table import Table

from edge.cameras import Exposure
from edge.cameras.opening import open_camera
from edge.clock import Clock
from edge.config import Settings
from edge.environment import Polled, surroundings
from edge.exposure import Moment, allowed, next_exposure
from edge.frames import encoded
from edge.metering import meter
from edge.settings.sensors import SensorSettings
from products.files import write_atomically
from products.manifest import utc_text
from products.quantities import QUANTITIES
from products.sun import sun_altitude_deg
from sensors.reading import Reading, SensorError


def read_sensors(settings: Settings, clock: Clock) -> list[dict[str, Any]]:
    """Read each enabled sensor once; ``problem`` is a sentence for one that gave nothing, else empty."""
    return [_read(one, settings, clock) for one in settings.sensors if one.enabled]


def _read(one: SensorSettings, settings: Settings, clock: Clock) -> dict[str, Any]:
    readings: list[Reading] = []
    problem = ""
    try:
        readings = Polled(one, surroundings(settings, clock), clock.monotonic()).read()
    except (SensorError, OSError, ValueError) as error:
        problem = str(error)
    return {
        "name": one.name,
        "driver": one.driver,
        "problem": problem,
        "readings": [
            {"quantity": reading.quantity, "value": reading.value, "unit": reading.unit}
            for reading in readings
        ],
    }


def sensor_table(found: list[dict[str, Any]]) -> Table:
    """Return what `read_sensors` found, as a table for people."""
    table = Table("sensor", "driver", "reads")
    for sensor in found:
        values = [_value(**reading) for reading in sensor["readings"]]
        table.add_row(
            sensor["name"], sensor["driver"], sensor["problem"] or "\n".join(values)
        )
    return table


def _value(quantity: str, value: float, unit: str) -> str:
    known = QUANTITIES.get(quantity)
    name, decimals = (known.en, known.decimals) if known else (quantity, 2)
    return f"{name} {value:.{decimals}f} {unit}".rstrip()


def take_frame(
    settings: Settings, clock: Clock, target: Path, wanted: Exposure | None = None
) -> dict[str, Any]:
    """Write one frame to ``target`` and return what the camera is and what it did; raise `CameraError` or OSError."""
    camera = open_camera(settings, clock)
    try:
        now = clock.now()
        sun_deg = sun_altitude_deg(settings.site.place, now)
        limits = allowed(camera.limits, settings.exposure, settings.capture.interval_s)
        by_the_sun = next_exposure(
            None, Moment(now, sun_deg), settings.exposure, limits
        )
        frame = camera.capture(wanted or by_the_sun)
        content = encoded(frame, camera.model, settings.capture.jpeg_quality)
        write_atomically(target, content)
        metered = meter(frame)
    finally:
        camera.close()
    return {
        "model": camera.model,
        "exposure_us": [camera.limits.shortest_us, camera.limits.longest_us],
        "gain": [camera.limits.lowest_gain, camera.limits.highest_gain],
        "frame": {
            "path": str(target),
            "bytes": len(content),
            "width": frame.width,
            "height": frame.height,
            "taken_utc": utc_text(frame.taken_utc),
            "exposure_us": frame.exposure_us,
            "gain": frame.gain,
            "background": round(metered.level, 1),
            "saturated": round(metered.saturated, 4),
            "sun_altitude_deg": round(sun_deg, 2),
            "sensor_temperature_c": frame.sensor_temperature_c,
        },
    }


def camera_lines(facts: dict[str, Any]) -> str:
    """Return what `take_frame` found, as lines for people."""
    (shortest_us, longest_us), (lowest, highest) = facts["exposure_us"], facts["gain"]
    frame = facts["frame"]
    temperature = frame["sensor_temperature_c"]
    how = "exposure unknown"
    if frame["exposure_us"] is not None:
        how = f"{frame['exposure_us'] / 1e6:.4g} s at gain {frame['gain']:.3g}"
    lines = [
        f"Camera:   {facts['model']}",
        f"Exposure: {shortest_us} µs to {longest_us / 1e6:.4g} s, gain {lowest:g} to {highest:g}",
        f"Frame:    {frame['path']}, {frame['width']} x {frame['height']}, {frame['bytes'] / 1000:.0f} kB",
        f"Taken:    {frame['taken_utc']}, {how}",
        f"Sky:      background {frame['background']:.0f} of 255, {frame['saturated']:.1%} saturated,"
        f" sun at {frame['sun_altitude_deg']:.1f}°",
    ]
    if temperature is not None:
        lines.append(f"Sensor:   {temperature:.1f} °C")
    return "\n".join(lines)
