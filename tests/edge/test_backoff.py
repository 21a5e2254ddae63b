import random

import pytest

from edge.backoff import Backoff, retry_delay_s


@pytest.mark.parametrize(
    ("failures", "longest_s"),
    [(1, 15), (2, 30), (5, 240), (7, 960), (8, 1800), (9, 1800), (10_000, 1800)],
)
def test_the_wait_is_drawn_evenly_up_to_its_limit(failures, longest_s):
    chance = random.Random(1)
    waits = [retry_delay_s(failures, chance) for _ in range(2000)]
    assert min(waits) < 0.01 * longest_s
    assert 0.99 * longest_s < max(waits) <= longest_s
    assert abs(sum(waits) / len(waits) - longest_s / 2) < 0.05 * longest_s


def test_it_waits_only_after_a_failure_and_forgets_after_success():
    backoff = Backoff(random.Random(1))
    assert backoff.wait_s(0) == 0
    backoff.failed(100.0, 40.0)
    assert backoff.wait_s(110.0) == 30
    assert backoff.wait_s(140.0) == 0
    backoff.succeeded()
    assert backoff.wait_s(0) == 0
