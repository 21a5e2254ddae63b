"""Let the dew heater and the fan do what is decided: round after round, with state and reason in `edge.db`.

Every round sets the output again, so a relay that lost its supply, or a plug that somebody pressed, comes right again.
When the program ends, everything is switched off.
"""

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from edge.clock import Clock
from edge.config import Settings
from edge.heater import Pace, Wish, fan_wish, heater_wish
from edge.latest import Latest
from edge.outputs import Output, OutputError, output_of
from edge.settings.heater import SwitchSettings
from edge.store import ProgramState, Store
from edge.trouble import DISK_ERRORS
from products.quantities import QUANTITIES
from products.sun import sun_altitude_deg
from sensors.reading import Reading

ROUND_S = 15.0
TELL_EVERY_S, STORE_EVERY_S = 300.0, 60.0
SWITCHES = ("heater", "fan")

logger = logging.getLogger(__name__)


def switch_state_name(switch: str) -> str:
    """Return the name under which the state of a switch stands in the `states` table."""
    return f"switch/{switch}"


class Switch:
    """One output, what it should do, and what it does."""

    def __init__(
        self,
        name: str,
        settings: SwitchSettings,
        wish: Callable[[float, bool], Wish],
        clock: Clock,
        factory: Any,
    ) -> None:
        self.name = name
        self._settings, self._wish = settings, wish
        self._clock, self._factory = clock, factory
        self._pace = Pace(settings, clock.monotonic())
        self._output: Output | None = None
        self._state, self._since_utc = "", clock.now()
        self._store_again_s = clock.monotonic()
        self._told: tuple[float, float] | None = None
        self.due_s = clock.monotonic()

    def round(self, store: Store) -> list[Reading]:
        """Decide and switch; return the power as a reading when it changed, or was not told for five minutes."""
        now_s = self._clock.monotonic()
        self.due_s = now_s + ROUND_S
        done = self._pace.keep(self._wish(now_s, self._pace.is_on), now_s)
        try:
            self._set(done.percent)
        except OutputError as error:
            self._note(store, "failed", str(error), done.percent)
            return []
        self._note(store, "on" if done.percent else "off", done.reason, done.percent)
        if self._is_told(done.percent, now_s):
            return []
        self._told = done.percent, now_s
        quantity = QUANTITIES[f"{self.name}_power"]
        return [Reading(self.name, quantity.name, done.percent, quantity.unit)]

    def _is_told(self, percent: float, now_s: float) -> bool:
        """Say whether this power was told as a reading a short while ago."""
        if self._told is None:
            return False
        told_percent, told_s = self._told
        return told_percent == percent and now_s - told_s < TELL_EVERY_S

    def close(self, store: Store) -> None:
        """Switch it off, and say so."""
        try:
            self._set(0.0)
        except OutputError as error:
            self._note(store, "failed", str(error), 0.0)
        else:
            self._note(store, "off", "the program has ended", 0.0)
        self._let_go()

    def _set(self, percent: float) -> None:
        """Give the output its power; one that refuses is opened anew the next time."""
        if self._output is None:
            self._output = output_of(self._settings, self._factory)
        try:
            self._output.set(percent)
        except OutputError:
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output = None

    def _note(self, store: Store, state: str, reason: str, percent: float) -> None:
        """Store what it does and why; log it when that changed, not with every tenth of a degree."""
        power = f" at {percent:.0f} %" if self._settings.control == "curve" else ""
        said = f"{state}{power if state == 'on' else ''}: {reason}"
        now_s = self._clock.monotonic()
        if state != self._state:
            level = logging.ERROR if state == "failed" else logging.INFO
            logger.log(level, "The %s is %s", self.name, said)
            self._state, self._since_utc = state, self._clock.now()
        elif now_s < self._store_again_s:
            return
        self._store_again_s = now_s + STORE_EVERY_S
        name, since = switch_state_name(self.name), self._since_utc
        with contextlib.suppress(*DISK_ERRORS):  # a full disk stops no switching
            store.set_state(ProgramState(name, state, said, since, None))


def enabled_switches(
    settings: Settings, clock: Clock, latest: Latest, factory: Any = None
) -> list[Switch]:
    """Return the dew heater and the fan, those that are enabled; ``factory`` makes gpiozero's pins."""
    heater, fan, place = settings.heater, settings.fan, settings.site.place

    def heat(now_s: float, is_on: bool) -> Wish:
        sun_deg = sun_altitude_deg(place, clock.now())
        return heater_wish(heater, latest, now_s, sun_deg, is_on=is_on)

    def cool(now_s: float, is_on: bool) -> Wish:
        return fan_wish(fan, latest, now_s, is_on=is_on)

    return [
        Switch(name, one, wish, clock, factory)
        for name, one, wish in (("heater", heater, heat), ("fan", fan, cool))
        if one.enabled
    ]
