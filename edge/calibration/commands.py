"""``allsky-edge calibrate sky-brightness`` and ``calibrate clouds``."""

import datetime as dt
import json
import statistics
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from edge.calibration import cloud_limits, sky_meter
from edge.calibration.cloud_limits import Labelled, learn
from edge.calibration.sky_meter import ENOUGH_NIGHTS, Comparison, SkyMeterLog
from edge.clock import SystemClock
from edge.cloud_readings import limits_of, model_of
from edge.config import SettingsError
from edge.environment import surroundings
from edge.polling import Polled
from edge.programs import settings_in
from edge.store import Store
from edge.store_history import Span, samples
from edge.wizard import config_file
from products.night import Night
from products.sun import sun_altitude_deg
from products.utc import utc_text
from sensors.reading import SensorError

DARK_BELOW_DEG = -15.0
READINGS = 5
AROUND = dt.timedelta(minutes=10)
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"])
write_option = click.option(
    "--write",
    is_flag=True,
    help="Set it in config.json; a copy of the old file stays beside it.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


@click.command("sky-brightness")
@click.option("--sensor", required=True, help="Name of the light sensor.")
@click.option(
    "--meter",
    type=click.FloatRange(14, 23),
    metavar="MAG",
    help="What a meter beside it reads now, in mag/arcsec²; without it the comparisons are shown.",
)
@click.option("--forget", is_flag=True, help="Forget the newest comparison.")
@write_option
@as_json
@click.pass_obj
def sky_brightness(
    config: Path, /, sensor: str, meter: float | None, **chosen: bool
) -> None:
    """Compare a light sensor with a meter on several clear moonless nights, and set what has to be added.

    Hold the meter beside the sensor, pointing up, and type in what it reads; do so on three nights or more. Then set
    the constant with --write.

    Example: allsky-edge calibrate sky-brightness --sensor sky --meter 21.35
    """
    log = SkyMeterLog(config.resolve().parent / sky_meter.FILE_NAME)
    if chosen["forget"] and not log.forget_last(sensor):
        raise click.ClickException(f"There is no comparison of {sensor}.")
    if meter is not None:
        log.add(_compared(config, sensor, meter))
    facts = _constant(config, log, sensor, write=chosen["write"])
    _say(facts, _constant_lines(facts), as_json=chosen["as_json"])


def _compared(config: Path, sensor: str, meter: float) -> Comparison:
    """Return a comparison of this moment; the sensor is read without its offset."""
    settings, clock = settings_in(config), SystemClock()
    now = clock.now()
    sun_deg = sun_altitude_deg(settings.site.place, now)
    if sun_deg > DARK_BELOW_DEG:
        raise click.ClickException(
            f"The sun is at {sun_deg:.0f}°: wait until it is below {DARK_BELOW_DEG:.0f}°."
        )
    found = [one for one in settings.sensors if one.name == sensor]
    if not found:
        raise click.ClickException(f"There is no sensor {sensor} in {config}.")
    bare = found[0].model_copy(update={"offsets": {}})
    polled = Polled(bare, surroundings(settings, clock), clock.monotonic())
    try:
        rounds = [polled.read() for _ in range(READINGS)]
    except (SensorError, OSError) as error:
        raise click.ClickException(f"{sensor} cannot be read: {error}") from None
    read = [
        one.value for row in rounds for one in row if one.quantity == "sky_brightness"
    ]
    if not read:
        raise click.ClickException(f"{sensor} reads no sky brightness.")
    night = Night.at(now, settings.site.tz).name
    return Comparison(now, night, sensor, meter, statistics.median(read))


def _constant(
    config: Path, log: SkyMeterLog, sensor: str, *, write: bool
) -> dict[str, Any]:
    """Return the constant with all comparisons, and set it where that is asked for."""
    comparisons = log.of(sensor)
    if not comparisons:
        raise click.ClickException(
            f"There is no comparison of {sensor} yet: --meter adds one."
        )
    constant = sky_meter.constant_of(comparisons)
    if write:
        _write_offset(config, sensor, constant.offset_mag)
        log.set(constant, SystemClock().now())
    told = [
        {
            "taken_utc": utc_text(one.taken_utc),
            "meter_mag": one.meter_mag,
            "sensor_mag": one.sensor_mag,
            "residual_mag": left,
        }
        for one, left in zip(comparisons, constant.residuals_mag, strict=True)
    ]
    return {
        "sensor": sensor,
        "offset_mag": constant.offset_mag,
        "nights": constant.nights,
        "spread_mag": round(constant.spread_mag, 3),
        "comparisons": told,
        "in_settings": write,
    }


def _constant_lines(facts: dict[str, Any]) -> list[str]:
    nights = "1 night" if facts["nights"] == 1 else f"{facts['nights']} nights"
    lines = [
        f"{one['taken_utc'][:16].replace('T', ' ')} UTC: meter {one['meter_mag']:.2f}, sensor {one['sensor_mag']:.2f},"
        f" left over {one['residual_mag']:+.2f}"
        for one in facts["comparisons"]
    ]
    lines.append(
        f"{facts['sensor']} needs {facts['offset_mag']:+.3f} mag/arcsec² by {nights};"
        f" half of the comparisons are then within {facts['spread_mag']:.2f}."
    )
    if facts["nights"] < ENOUGH_NIGHTS:
        lines.append(f"That is few: compare on {ENOUGH_NIGHTS} nights or more.")
    if facts["in_settings"]:
        lines.append(
            "It is in config.json. Restart environment: it adds it from now on."
        )
    return lines


def _say(facts: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    click.echo(
        json.dumps(facts, indent=2, ensure_ascii=False) if as_json else "\n".join(lines)
    )


def _write_offset(config: Path, sensor: str, offset_mag: float) -> None:
    """Set the offset of a sensor in config.json."""

    def change(content: dict[str, Any]) -> None:
        for one in content.get("sensors", []):
            if one["name"] == sensor:
                offsets = one.get("offsets", {}) | {"sky_brightness": offset_mag}
                one["offsets"] = offsets

    _rewrite(config, change)


def _rewrite(config: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the content of config.json, and keep a copy of the old one."""
    try:
        content = config_file.read(config)
        change(content)
        config_file.write(config, content, SystemClock().now())
    except (SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from None


@click.command("clouds")
@click.option(
    "--label",
    type=click.Choice(["clear", "light", "heavy", "overcast"]),
    help="How clouded it is, or was; without it the limits are shown.",
)
@click.option(
    "--at",
    "moment",
    type=MOMENT,
    metavar="TIME",
    help="When, as 2026-11-21T23:30+01:00; else now.",
)
@write_option
@as_json
@click.pass_obj
def clouds(
    config: Path, /, label: str | None, moment: dt.datetime | None, **chosen: bool
) -> None:
    """Learn from labelled moments below which sky temperature the sky is clear, lightly or heavily clouded.

    Look up, or at an old frame, and say what you see. Ten moments of every kind make good limits.

    Example: allsky-edge calibrate clouds --label clear --at 2026-11-21T23:30+01:00
    """
    if moment is not None and label is None:
        raise click.UsageError("--at goes with --label.")
    path = config.resolve().parent / cloud_limits.FILE_NAME
    moments = cloud_limits.read_moments(path)
    if label is not None:
        moments.append(_labelled(config, label, moment or SystemClock().now()))
        cloud_limits.write_moments(path, moments)
    facts = _limits(config, moments, write=chosen["write"])
    _say(facts, _limit_lines(facts), as_json=chosen["as_json"])


def _labelled(config: Path, label: str, moment: dt.datetime) -> Labelled:
    """Return the moment with the medians of what was read around it."""
    settings = settings_in(config)

    def median(quantity: str, sensor: str) -> tuple[float, str] | None:
        around = samples(
            store, Span.READING, moment - AROUND, moment + AROUND, quantity
        )
        good = [one for one in around if not one.quality]
        of = [one for one in good if one.sensor == (sensor or one.sensor)]
        if not of:
            return None
        return statistics.median(one.mean for one in of), of[0].sensor

    with closing(Store(settings.data)) as store:
        sky = median("sky_temperature", "")
        air = sky and median("temperature", settings.clouds.air or sky[1])
    if sky is None or air is None:
        raise click.ClickException(
            "No temperature of sky and air was stored within ten minutes of that time: is the infrared thermometer"
            " enabled, and does the program environment run?"
        )
    return Labelled(moment, label, round(sky[0], 2), round(air[0], 2))


def _limits(
    config: Path, moments: Sequence[Labelled], *, write: bool
) -> dict[str, Any]:
    """Return the limits that the moments teach, and set them where that is asked for."""
    settings = settings_in(config).clouds
    try:
        learned = learn(moments, model_of(settings), limits_of(settings))
    except ValueError as error:
        raise click.ClickException(f"No limits could be learned: {error}.") from None
    values = asdict(learned.limits)
    if write:

        def change(content: dict[str, Any]) -> None:
            content["clouds"] = content.get("clouds", {}) | values

        _rewrite(config, change)
    return {
        "moments": learned.moments,
        "told_wrong": learned.wrong,
        "limits": values,
        "learned": learned.new,
        "in_settings": write,
    }


def _limit_lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['moments']} moments, {facts['told_wrong']} of them told wrong."]
    for name, value in facts["limits"].items():
        how = "learned" if name in facts["learned"] else "as before"
        lines.append(f"{name}: {value:g} °C, {how}")
    if facts["in_settings"]:
        lines.append("They are in config.json. Restart environment to use them.")
    elif facts["learned"]:
        lines.append("To use them, add --write.")
    return lines
