"""Look at the camera once: one frame, and what the camera can do."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.cameras import Exposure
from edge.cameras.opening import open_bare_camera, open_camera
from edge.clock import Clock
from edge.config import Settings
from edge.exposure import Moment, allowed, next_exposure
from edge.frames import encoded
from edge.metering import meter
from edge.outlook import Outlook
from products.files import write_atomically
from products.sun import sun_altitude_deg
from products.utc import utc_text


def take_frame(
    settings: Settings,
    clock: Clock,
    target: Path,
    wanted: Exposure | None = None,
    *,
    bare: bool = False,
) -> dict[str, Any]:
    """Write one frame to ``target``, ``bare`` as the sensor gives it, and return what the camera is and what it did.

    Raises
    ------
    CameraError, OSError
        There is no frame, or no place for it.
    """
    camera = (open_bare_camera if bare else open_camera)(settings, clock)
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
        open_sky = Outlook(settings).open_sky(frame.height, frame.width)
        metered = meter(frame, open_sky)
        raw = (
            frame.raw and f"{frame.raw.pattern}, {frame.raw.black} to {frame.raw.white}"
        )
        modes = [asdict(mode) for mode in camera.modes()]  # the frame is lost with it
    finally:
        camera.close()
    return {
        "model": camera.model,
        "exposure_us": [camera.limits.shortest_us, camera.limits.longest_us],
        "gain": [camera.limits.lowest_gain, camera.limits.highest_gain],
        "modes": modes,
        "raw": raw,
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
        *(f"Mode:     {_mode_words(**mode)}" for mode in facts["modes"]),
        *([f"Raw:      {facts['raw']}"] if facts["raw"] else []),
        f"Frame:    {frame['path']}, {frame['width']} x {frame['height']}, {frame['bytes'] / 1000:.0f} kB",
        f"Taken:    {frame['taken_utc']}, {how}",
        f"Sky:      background {frame['background']:.0f} of 255, {frame['saturated']:.1%} saturated,"
        f" sun at {frame['sun_altitude_deg']:.1f}°",
    ]
    if temperature is not None:
        lines.append(f"Sensor:   {temperature:.1f} °C")
    return "\n".join(lines)


def _mode_words(
    width: int, height: int, bits: int, frames_per_s: float, longest_us: int | None
) -> str:
    size = f"{width} x {height}, {bits} bits, {frames_per_s:g} frames/s"
    return f"{size}, up to {longest_us / 1e6:.4g} s" if longest_us else size
