"""When the dew heater and the fan run: pure decisions, each with its reason in words.

First a wish, from what the sensors say; then the pace, which keeps the times of being on and off. What is unsafe does
not wait for the pace: without a fresh reading of every sensor that it needs, or when it is too warm, the heater is off.
"""

from dataclasses import dataclass

from edge.latest import Latest
from edge.settings.heater import FanSettings, HeaterSettings, SwitchSettings


@dataclass(frozen=True, slots=True)
class Wish:
    """The power, 0-100, that the readings ask for, and why; ``at_once`` is for what must not wait."""

    percent: float
    reason: str
    at_once: bool = False


def heater_wish(
    heater: HeaterSettings,
    latest: Latest,
    now_s: float,
    sun_altitude_deg: float,
    *,
    is_on: bool,
) -> Wish:
    """Return what the dew heater should do."""
    readings = {
        "dew point": (heater.air, "dew_point"),
        "temperature": (heater.air, "temperature"),
        "temperature of the glass": (heater.glass or heater.air, "temperature"),
    }
    found: dict[str, float] = {}
    for words, (sensor, quantity) in readings.items():
        value = latest.value(sensor, quantity, now_s, heater.stale_s)
        if value is None:
            return Wish(0, f"{sensor} gives no {words}", at_once=True)
        found[words] = value
    warmest_c = max(found["temperature"], found["temperature of the glass"])
    if warmest_c > heater.cut_off_c:
        hot = f"{warmest_c:.1f} °C is more than the {heater.cut_off_c:g} °C allowed"
        return Wish(0, hot, at_once=True)
    if sun_altitude_deg > heater.sun_below_deg:
        return Wish(0, f"the sun is higher than {heater.sun_below_deg:g}°")
    spread_k = found["temperature of the glass"] - found["dew point"]
    if spread_k < heater.on_below_k or (is_on and spread_k <= heater.off_above_k):
        room_k = heater.off_above_k - heater.full_below_k
        part = (heater.off_above_k - spread_k) / room_k
        return Wish(_power(heater, part), f"{spread_k:.1f} K above the dew point")
    return Wish(0, f"{spread_k:.1f} K above the dew point")


def fan_wish(fan: FanSettings, latest: Latest, now_s: float, *, is_on: bool) -> Wish:
    """Return what the fan should do."""
    warm_c = latest.value(fan.sensor, fan.quantity, now_s, fan.stale_s)
    if warm_c is None:
        silent = 100 if fan.when_silent == "on" else 0
        return Wish(silent, f"{fan.sensor} gives no temperature", at_once=True)
    reason = f"{fan.sensor} is at {warm_c:.1f} °C"
    if warm_c > fan.on_above_c or (is_on and warm_c >= fan.off_below_c):
        room_c = fan.full_above_c - fan.off_below_c
        return Wish(_power(fan, (warm_c - fan.off_below_c) / room_c), reason)
    return Wish(0, reason)


def _power(settings: SwitchSettings, part: float) -> float:
    """Return the power in whole percent: all of it, or the part of a curve, which is at least 1 % while it is on."""
    if settings.control == "switch":
        return 100.0
    return float(round(100 * min(1.0, max(0.01, part))))


class Pace:
    """Keeps the shortest and longest times of being on and off; it begins with having just been switched off."""

    def __init__(self, settings: SwitchSettings, now_s: float) -> None:
        self._settings = settings
        self._since_s = now_s
        self._rests_until_s = now_s
        self._percent = 0.0

    @property
    def is_on(self) -> bool:
        """Whether it has power."""
        return self._percent > 0

    def keep(self, wish: Wish, now_s: float) -> Wish:
        """Return what is done now: the wish, or what it has to wait for."""
        kept = wish if wish.at_once else self._in_time(wish, now_s)
        if (kept.percent > 0) != self.is_on:
            self._since_s = now_s
        self._percent = kept.percent
        return kept

    def _in_time(self, wish: Wish, now_s: float) -> Wish:
        limits, lasted_s = self._settings, now_s - self._since_s
        if self.is_on and wish.percent > 0:
            if limits.maximum_on_s is not None and lasted_s >= limits.maximum_on_s:
                self._rests_until_s = now_s + limits.rest_s
                return Wish(0, f"it rests for {limits.rest_s} s: {wish.reason}")
        elif self.is_on and lasted_s < limits.minimum_on_s:
            stays = f"it stays on for {limits.minimum_on_s} s: {wish.reason}"
            return Wish(self._percent, stays)
        elif wish.percent > 0:
            if now_s < self._rests_until_s:
                return Wish(0, f"it rests for {limits.rest_s} s: {wish.reason}")
            if lasted_s < limits.minimum_off_s:
                stays = f"it stays off for {limits.minimum_off_s} s: {wish.reason}"
                return Wish(0, stays)
        return wish
