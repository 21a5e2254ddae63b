"""What keeps the dome dry and the housing cool: the dew heater and the fan."""

from collections.abc import Iterable, Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from edge.settings.section import PRIVATE, Section
from edge.settings.sensors import SensorSettings


class SwitchSettings(Section):
    """Something that is switched: how, how long, and what it goes by."""

    enabled: bool = False
    """true lets the program environment switch it."""
    pin: int = Field(default=18, ge=0, le=27)
    """GPIO of the transistor or relay; not used with a command."""
    active_low: bool = False
    """true for relays that are on when the pin is at 0 V."""
    command: list[str] = Field(default_factory=list, json_schema_extra=PRIVATE)
    """A program that switches instead of the pin; {percent} in its arguments becomes 0 to 100."""
    control: Literal["switch", "curve"] = "switch"
    """switch: on or off; curve: the power follows the need (pulse width; for transistors, never for relays)."""
    frequency_hz: int = Field(default=100, ge=1, le=10000)
    """Pulses per second with curve."""
    minimum_on_s: int = Field(default=120, ge=0, le=3600)
    """Once on, it stays on for so long, unless something is wrong."""
    minimum_off_s: int = Field(default=120, ge=0, le=3600)
    """Once off, and after every start, it stays off for so long."""
    maximum_on_s: int | None = Field(default=None, ge=60, le=86400)
    """After so long without a pause it rests; null is without limit."""
    rest_s: int = Field(default=600, ge=1, le=86400)
    """How long it rests then."""
    stale_s: int = Field(default=300, ge=10, le=3600)
    """A reading older than this counts as none; at least twice the interval of the sensor."""


class HeaterSettings(SwitchSettings):
    """The dew heater: on when the glass comes near the dew point, off when a sensor it needs is silent."""

    air: str = ""
    """Name of the sensor outside that has temperature and humidity."""
    glass: str = ""
    """Name of a thermometer at the glass; empty goes by the temperature of the air."""
    on_below_k: float = Field(default=3.0, gt=0, le=20)
    """On when the glass is less than this above the dew point (K)."""
    off_above_k: float = Field(default=5.0, gt=0, le=30)
    """Off when it is more than this above it (K)."""
    full_below_k: float = Field(default=1.0, ge=-20, le=20)
    """Curve: full power when it is less than this above it (K), none at off_above_k."""
    cut_off_c: float = Field(default=45.0, ge=10, le=80)
    """Off at once when the air or the glass is warmer than this (°C)."""
    sun_below_deg: float = Field(default=10.0, ge=-18, le=90)
    """Off while the sun is higher than this (degrees): it dries the glass by itself; 90 heats by day, too."""
    maximum_on_s: int | None = Field(default=43200, ge=60, le=86400)
    """After so long without a pause it rests; null is without limit."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Refuse limits without room between them: the heater would chatter."""
        if not self.full_below_k < self.on_below_k < self.off_above_k:
            raise ValueError(
                "full_below_k must be below on_below_k, and that below off_above_k"
            )
        return self


class FanSettings(SwitchSettings):
    """The fan of the housing, by a temperature."""

    pin: int = Field(default=23, ge=0, le=27)
    """GPIO of the transistor or relay; not used with a command."""
    sensor: str = ""
    """Name of the sensor that tells the temperature."""
    quantity: Literal["temperature", "cpu_temperature"] = "temperature"
    """Which temperature of that sensor."""
    on_above_c: float = Field(default=45.0, ge=-20, le=100)
    """On when it is warmer (°C)."""
    off_below_c: float = Field(default=40.0, ge=-20, le=100)
    """Off when it is colder (°C)."""
    full_above_c: float = Field(default=60.0, ge=-20, le=110)
    """Curve: full power when it is warmer (°C), none at off_below_c."""
    when_silent: Literal["on", "off"] = "on"
    """What the fan does while the sensor says nothing."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Refuse limits without room between them: the fan would chatter."""
        if not self.off_below_c < self.on_above_c < self.full_above_c:
            raise ValueError(
                "off_below_c must be below on_above_c, and that below full_above_c"
            )
        return self


def switch_mistakes(
    heater: HeaterSettings, fan: FanSettings, sensors: Iterable[SensorSettings]
) -> Iterator[str]:
    """Yield a line for each enabled switch that would wait for readings which never come, or share a pin."""
    enabled = {one.name: one for one in sensors if one.enabled}
    wanted = (("heater", "air", heater.air), ("heater", "glass", heater.glass))
    for section, field, name in (*wanted, ("fan", "sensor", fan.sensor)):
        switch = heater if section == "heater" else fan
        if not switch.enabled or (field == "glass" and not name):
            continue
        if name not in enabled:
            known = ", ".join(enabled) or "none"
            yield f"{section}.{field}: no enabled sensor has the name {name!r}; there are: {known}"
        elif switch.stale_s < 2 * enabled[name].interval_s:
            least_s = 2 * enabled[name].interval_s
            yield f"{section}.stale_s: must be at least {least_s:g}, twice the interval of {name}"
    on_pins = not heater.command and not fan.command
    if heater.enabled and fan.enabled and on_pins and heater.pin == fan.pin:
        yield f"fan.pin: the heater has {fan.pin} already"
