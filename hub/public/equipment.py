"""The sensors and the computer of a camera: what they measured last, sensor by sensor."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from hub.db.cameras import Camera
from hub.public import cards
from hub.public.phrases import age, duration, number, quantity_name
from hub.public.wording import _
from hub.series import LatestReading
from products.manifest import SensorDescription

# What is about the computer and not about the sky or the air.
OF_THE_COMPUTER = (
    "cpu_temperature", "cpu_load", "cpu_slowed", "supply_low", "memory_used", "disk_free", "network_received",
    "network_sent", "uptime",
)  # fmt: skip
_SHOWN_OF_IT = ("cpu_temperature", "cpu_load", "memory_used")
_FRESH = dt.timedelta(hours=1)
_BYTES_PER_GB = 1e9


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor: its name, what it is as far as the camera says so, and its newest readings."""

    name: str
    described: SensorDescription | None
    readings: tuple[LatestReading, ...]


def sensors_of(camera: Camera, readings: Sequence[LatestReading]) -> list[Sensor]:
    """Return the sensors that measure sky and air, in the order of their names; the camera itself is the last."""
    about = camera.description.sensors if camera.description else []
    known = {one.name: one for one in about}
    shown = [one for one in readings if one.quantity not in OF_THE_COMPUTER]
    by_sensor = sorted(shown, key=lambda one: (one.sensor == "camera", one.sensor))
    return [
        Sensor(name, known.get(name), tuple(cards.in_order(list(same))))
        for name, same in groupby(by_sensor, lambda one: one.sensor)
    ]


def system_facts(
    camera: Camera, readings: Sequence[LatestReading], now: dt.datetime
) -> list[tuple[str, str]]:
    """Return what is known of the computer, in words: (what, how much); what is older than an hour is left out."""
    fresh = {one.quantity: one for one in readings if now - one.taken_utc <= _FRESH}
    facts = []
    if camera.last_contact_utc:
        ago = age(now - camera.last_contact_utc)
        facts.append((_("Last heard from"), _("%(age)s ago", age=ago)))
    if uptime := fresh.get("uptime"):
        running = dt.timedelta(hours=uptime.value)
        long = running >= dt.timedelta(days=2)
        facts.append((_("Running for"), age(running) if long else duration(running)))
    if (free_gb := _disk_free_gb(camera, fresh.get("disk_free"), now)) is not None:
        facts.append((_("Free on the disk"), f"{number(free_gb, 1)}\u202fGB"))
    for one in (fresh[name] for name in _SHOWN_OF_IT if name in fresh):
        value = f"{number(one.value, 0 if one.unit == '%' else 1)}\u202f{one.unit}"
        facts.append((quantity_name(one.quantity), value))
    if "supply_low" in fresh and fresh["supply_low"].value:
        facts.append((_("Power supply"), _("too weak")))
    if camera.description:
        facts.append((_("Software"), camera.description.software))
    return facts


def _disk_free_gb(
    camera: Camera, reading: LatestReading | None, now: dt.datetime
) -> float | None:
    """Return the free space that the camera measured, else that of its newest heartbeat."""
    if reading:
        return reading.value
    hello, heard = camera.hello, camera.last_contact_utc
    if not (hello and heard and now - heard <= _FRESH):
        return None
    free = hello.disk_free_bytes
    return None if free is None else free / _BYTES_PER_GB
