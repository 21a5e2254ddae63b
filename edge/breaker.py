"""The circuit breaker of the line: after five failures in a row only a single probe may go, now and then.

Until then every failure makes all lanes wait a random time. When the breaker is open, the heartbeat is the probe: it
closes the breaker when the hub answers, and keeps it open when it does not.
"""

from edge.backoff import Backoff, retry_delay_s

OPENS_AFTER = 5
OPEN_AT_LEAST_S = 30.0


class Breaker(Backoff):
    """Says whether the hub can be reached."""

    def failed(self, now_s: float, wait_s: float | None = None) -> None:
        """Count a failure of the line; from the fifth on it rests for half a minute at least."""
        if wait_s is None and self.failures + 1 >= OPENS_AFTER:
            drawn_s = retry_delay_s(self.failures + 1, self._chance)
            wait_s = max(OPEN_AT_LEAST_S, drawn_s)
        super().failed(now_s, wait_s)

    @property
    def is_open(self) -> bool:
        """Whether only a probe may go."""
        return self.failures >= OPENS_AFTER

    def state(self, now_s: float) -> str:
        """Return closed, open, or half-open when the probe may go."""
        if not self.is_open:
            return "closed"
        return "open" if self.wait_s(now_s) else "half-open"
