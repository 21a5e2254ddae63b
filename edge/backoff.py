"""How long to wait after a failure: full jitter, so that many cameras never knock at the same time.

The wait is drawn evenly from 0 to min(30 min, 15 s x 2^n) after n + 1 failures in a row ("full jitter": M. Brooker,
"Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
"""

import random

FIRST_S = 15.0
LONGEST_S = 1800.0
_MOST_DOUBLINGS = 10


def retry_delay_s(
    failures: int, chance: random.Random, longest_s: float = LONGEST_S
) -> float:
    """Return the seconds to wait after this many failures in a row (at least 1), ``longest_s`` at most."""
    doublings = min(failures - 1, _MOST_DOUBLINGS)
    return chance.uniform(0, min(longest_s, FIRST_S * 2**doublings))


class Backoff:
    """Counts failures in a row and says when to try again, in monotonic seconds."""

    def __init__(self, chance: random.Random, longest_s: float = LONGEST_S) -> None:
        self.failures = 0
        self._chance, self._longest_s = chance, longest_s
        self._ready_s = 0.0

    def failed(self, now_s: float, wait_s: float | None = None) -> None:
        """Count a failure; wait ``wait_s`` when the other side said how long, else a random time."""
        self.failures += 1
        if wait_s is None:
            wait_s = retry_delay_s(self.failures, self._chance, self._longest_s)
        self._ready_s = now_s + wait_s

    def succeeded(self) -> None:
        """Forget the failures."""
        self.failures, self._ready_s = 0, 0.0

    def wait_s(self, now_s: float) -> float:
        """Return the seconds until the next attempt; 0 when it may be made now."""
        return max(0.0, self._ready_s - now_s) if self.failures else 0.0
