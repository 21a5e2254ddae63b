import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from hub.public.clear_sky import LEAST_SPELL, clearness
from products.sun import Interval

DUSK = dt.datetime(2026, 11, 21, 17, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DARK = (Interval(DUSK, DUSK + 600 * MINUTE),)


def covered(*stretches):
    """Return the cover in percent every two minutes: (minutes from dusk to, percent) in turn."""
    samples, begin = [], 0
    for end, percent in stretches:
        samples += [(DUSK + m * MINUTE, percent) for m in range(begin, end, 2)]
        begin = end
    return samples


def minutes(interval):
    return tuple(
        round((one - DUSK) / MINUTE) for one in (interval.start_utc, interval.end_utc)
    )


def test_a_clear_spell_begins_and_ends_with_the_clouds():
    found = clearness(covered((120, 90), (360, 5), (600, 80)), DARK)
    (spell,) = found.spells
    assert abs(minutes(spell)[0] - 120) <= 2
    assert abs(minutes(spell)[1] - 360) <= 4
    assert 0.39 < found.part < 0.41
    assert not found.all_night


def test_a_lone_cloud_does_not_end_a_clear_night():
    found = clearness(covered((200, 0), (204, 100), (600, 0)), DARK)
    assert len(found.spells) == 1
    assert found.all_night


def test_a_short_gap_in_the_clouds_is_no_clear_spell():
    found = clearness(covered((200, 90), (220, 0), (600, 90)), DARK)
    assert found.spells == ()
    assert found.part == 0


def test_what_is_before_darkness_does_not_count():
    early = [(DUSK - m * MINUTE, 0.0) for m in range(200, 0, -2)]
    assert clearness([*early, *covered((600, 90))], DARK).spells == ()


def test_nothing_is_said_of_a_night_that_was_hardly_measured():
    assert clearness(covered((20, 0)), DARK) is None
    assert clearness([], DARK) is None
    assert clearness(covered((600, 0)), ()) is None


def test_a_pause_of_the_camera_is_neither_clear_nor_cloudy():
    samples = [one for one in covered((600, 0)) if not 200 <= (one[0] - DUSK) / MINUTE < 300]  # fmt: skip
    found = clearness(samples, DARK)
    assert len(found.spells) == 2
    assert found.all_night


@given(st.lists(st.floats(0, 100), max_size=200))
def test_spells_are_in_order_apart_and_within_darkness(values):
    samples = [(DUSK + 3 * n * MINUTE, value) for n, value in enumerate(values)]
    found = clearness(samples, DARK)
    if found:
        ends = [DUSK]
        for spell in found.spells:
            assert ends[-1] <= spell.start_utc < spell.end_utc <= DARK[0].end_utc
            assert spell.length >= LEAST_SPELL
            ends.append(spell.end_utc)
        assert 0 <= found.part <= 1 + 1e-9
