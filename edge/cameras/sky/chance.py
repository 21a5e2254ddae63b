"""Events that happen by chance, the same ones for the same seed: so many an hour, each in its ten minutes."""

import math
import random
from collections.abc import Iterator

SLOT_S = 600


def events(
    name: str, per_hour: float, since: float, until: float
) -> Iterator[tuple[float, random.Random]]:
    """Yield the moments (seconds since 1970) at which events of a name begin, each with a source of chance of its own.

    They are those of all slots of ten minutes that touch the stretch from ``since`` to ``until``, in no order.
    """
    for slot in range(math.floor(since / SLOT_S), math.floor(until / SLOT_S) + 1):
        chance = random.Random(f"{name}:{slot}")
        for number in range(_poisson(chance, per_hour * SLOT_S / 3600)):
            moment = (slot + chance.random()) * SLOT_S
            yield moment, random.Random(f"{name}:{slot}:{number}")


def _poisson(chance: random.Random, mean: float) -> int:
    """Return a number of events of which ``mean`` are expected, by their exponentially distributed distances."""
    count, passed = 0, chance.expovariate(1)
    while passed < mean:
        count, passed = count + 1, passed + chance.expovariate(1)
    return count
