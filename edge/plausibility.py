"""Whether a sensor can have measured what it says: marks for values that are stored as they are, and never changed.

The limits of every quantity are in ``products/quantities.py``. A marked value is in no mean, nothing is derived from
it, and no heater goes by it.
"""

from enum import StrEnum

from products.quantities import QUANTITIES, Quantity

MANY_READINGS = 30  # so many equal ones make a value frozen, however long they took


class Mark(StrEnum):
    """Why a value cannot be true; what is stored."""

    RANGE = "range"
    RATE = "rate"
    FROZEN = "frozen"


class Plausibility:
    """The memory of one quantity of one sensor."""

    def __init__(self, quantity: Quantity) -> None:
        self._quantity = quantity
        self._good: tuple[float, float] | None = None  # value and when, in seconds
        self._same: tuple[float, float, int] | None = None  # value, since, how many

    def judge(self, value: float, now_s: float) -> Mark | None:
        """Return why ``value`` cannot be true, or None; it is compared with the last one that could."""
        limits = self._quantity
        frozen = self._is_frozen(value, now_s)
        if not limits.lowest <= value <= limits.highest:
            return Mark.RANGE
        if self._is_too_fast(value, now_s):
            return Mark.RATE
        self._good = value, now_s
        return Mark.FROZEN if frozen else None

    def _is_too_fast(self, value: float, now_s: float) -> bool:
        if self._good is None:
            return False
        before, then_s = self._good
        most = self._quantity.fastest_per_s * max(now_s - then_s, 1.0)
        return abs(value - before) > most

    def _is_frozen(self, value: float, now_s: float) -> bool:
        """Say whether it is the same as for many hours; at the ends of its range a value may stay for ever."""
        if self._same is None or self._same[0] != value:
            self._same = value, now_s, 1
            return False
        _, since_s, count = self._same
        self._same = value, since_s, count + 1
        if value in (self._quantity.lowest, self._quantity.highest):
            return False
        too_long = now_s - since_s > 3600 * self._quantity.frozen_after_h
        return too_long and count >= MANY_READINGS


def why(name: str, mark: Mark) -> str:
    """Return what a mark means, in words."""
    known = QUANTITIES[name]
    what = f"the {known.en.lower()}"
    match mark:
        case Mark.RANGE:
            return f"{what} is outside of {known.lowest:g} to {known.highest:g} {known.unit}".rstrip()
        case Mark.RATE:
            return f"{what} changes faster than {known.fastest_per_s:g} {known.unit} a second"
        case Mark.FROZEN:
            return (
                f"{what} has been exactly the same for {known.frozen_after_h:g} hours"
            )
