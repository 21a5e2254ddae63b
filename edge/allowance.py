"""What may be sent now: the owner's rules for a line that is slow by day, paid by volume, or has a monthly budget.

Heartbeats always go, hourly once the budget is used up. The rest is held in the order of its worth: products stop at
80 % of the budget, the live image at 95 %, so that readings and events have what is left.
"""

import datetime as dt

from edge.bandwidth import Bandwidth
from edge.clock import Clock
from edge.config import Settings
from edge.outbox_lanes import Traffic
from edge.outbox_rows import LANES
from edge.trouble import DISK_ERRORS

HEARTBEAT, LIVE = "heartbeat", "live image"
WRITE_EVERY_S, _WRITE_AFTER_BYTES = 60.0, 1_000_000
_LARGE = frozenset(LANES) - {"keogram"}
_PRODUCTS_SHARE, _LIVE_SHARE = 0.8, 0.95
_SPENT_HELLO_S = 3600.0
_METERED_LANES = {"description", "readings", "keogram", LIVE, HEARTBEAT}


class Allowance:
    """Says which lanes must rest, and why."""

    def __init__(
        self, settings: Settings, clock: Clock, bandwidth: Bandwidth, traffic: Traffic
    ) -> None:
        self._hub, self._zone = settings.hub, settings.site.tz
        self._clock, self._bandwidth, self._traffic = clock, bandwidth, traffic
        self._month = f"{clock.now():%Y-%m}"
        self._of_month = traffic.of_month(clock.now())
        self._unwritten = 0
        self._written_s = clock.monotonic()

    def refusal(self, lane: str) -> str:
        """Return why a lane may send nothing now, in a sentence; empty when it may."""
        if lane == HEARTBEAT:
            return ""
        if self._hub.metered and lane not in _METERED_LANES:
            return "The line is metered (hub.metered)."
        if lane in _LARGE and not self._in_hours():
            return f"Large files are sent at {self._hub.large_files_hours} (hub.large_files_hours)."
        return self._over_budget(lane)

    def takes_kind(self, kind: str) -> bool:
        """Say whether products of a kind may be sent at all over the line as it is."""
        return not self._hub.metered or kind in ("keogram", "night")

    @property
    def hello_interval_s(self) -> float:
        """Seconds between heartbeats."""
        longest_s = _SPENT_HELLO_S if self._share >= 1 else 0.0
        return max(self._hub.hello_interval_s, longest_s)

    def live_interval_s(self, sent_bytes: int) -> float:
        """Return the seconds from a live image of so many bytes to the next: it takes half of a limit at most."""
        chosen, limit_bytes_s = self._hub, self._bandwidth.limit_bytes_s
        interval_s = (
            chosen.metered_live_interval_s if chosen.metered else chosen.live_interval_s
        )
        share_s = 2 * sent_bytes / limit_bytes_s if limit_bytes_s else 0.0
        return max(interval_s, share_s)

    def write_down(self, *, at_once: bool = False) -> None:
        """Keep in `edge.db` what was transferred: every minute and after every megabyte, or ``at_once``."""
        counted, now_s = self._bandwidth.counted(), self._clock.monotonic()
        self._begin_month()
        self._unwritten += counted
        self._of_month += counted
        due = now_s - self._written_s >= WRITE_EVERY_S
        due = due or self._unwritten >= _WRITE_AFTER_BYTES or at_once
        if not (due and self._unwritten):
            return
        self._written_s = now_s
        try:
            self._traffic.add(self._clock.now(), self._unwritten)
        except DISK_ERRORS:
            return  # a full disk: counted in memory until it takes it
        self._unwritten = 0

    @property
    def _share(self) -> float:
        """The part of the month's budget that is used up; 0 without a budget."""
        budget_mb = self._hub.monthly_budget_mb
        return self._of_month / (budget_mb * 1e6) if budget_mb else 0.0

    def _begin_month(self) -> None:
        month = f"{self._clock.now():%Y-%m}"
        if month != self._month:
            self._month, self._of_month = month, 0

    def _over_budget(self, lane: str) -> str:
        limit = 1.0
        if lane in LANES:
            limit = _PRODUCTS_SHARE
        elif lane == LIVE:
            limit = _LIVE_SHARE
        if self._share < limit:
            return ""
        return f"{limit:.0%} of the month's budget is used up (hub.monthly_budget_mb)."

    def _in_hours(self) -> bool:
        hours = self._hub.large_files_hours
        if not hours:
            return True
        start, end = (dt.time.fromisoformat(one) for one in hours.split("-"))
        now = self._clock.now().astimezone(self._zone).time()
        if start <= end:
            return start <= now < end
        return now >= start or now < end
