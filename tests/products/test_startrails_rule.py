import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.startrails_rule import (
    SENTENCES,
    STEADY_FRAMES,
    Decision,
    TrailRule,
    TrailSettings,
    encoded,
    linear,
)
from products.sun import Interval
from tests.products.conftest import EVENING, record

NIGHT = Interval(EVENING, EVENING + dt.timedelta(hours=12))


def judged(frames, **settings):
    rule = TrailRule(TrailSettings(**settings), NIGHT)
    for frame in frames:
        rule.judge(frame)
    return rule


def decisions(frames, **settings):
    rule = judged(frames, **settings)
    return [rule.decisions[frame.stem] for frame in frames]


def test_an_even_night_is_used_whole():
    assert set(decisions([record(m) for m in range(600)])) == {Decision.USED}


def test_twilight_stays_out():
    frames = [record(0, sun=-11.9), record(1, sun=-12.0), record(2, sun=-12.1)]
    used = Decision.USED
    assert decisions(frames) == [Decision.SUN_TOO_HIGH, used, used]
    assert decisions(frames, sun_below_deg=-18) == [Decision.SUN_TOO_HIGH] * 3


def test_an_unknown_sun_keeps_nothing_out():
    assert decisions([record(0, sun=None)]) == [Decision.USED]


def test_frames_outside_the_night_stay_out():
    assert decisions([record(-1), record(720)]) == [Decision.OUTSIDE_NIGHT] * 2


def test_headlights_are_left_out():
    frames = [record(m, background=90 if m in (50, 51) else 20) for m in range(100)]
    out = [m for m, one in enumerate(decisions(frames)) if one is Decision.TOO_BRIGHT]
    assert out == [50, 51]


def test_a_sky_that_is_slowly_lit_is_left_out_when_it_is_a_stop_brighter():
    frames = [record(m, background=20 + max(0, m - 100) * 0.2) for m in range(400)]
    rule = judged(frames)
    brightest = max(
        one.statistics.background for one in frames if one.stem in rule.used
    )
    assert linear(brightest) <= 2.6 * linear(20)
    assert rule.counts() == {"too_bright": 400 - len(rule.used)}


def test_nearly_black_skies_may_flicker_by_a_few_levels():
    frames = [record(m, background=m % 5) for m in range(100)]
    assert set(decisions(frames)) == {Decision.USED}


def test_when_the_moon_has_set_the_trail_starts_anew_with_the_first_dark_frame():
    moonlit = [record(m, background=60, stars=500) for m in range(200)]
    dark = [record(m, background=20, stars=1500) for m in range(200, 600)]
    found = decisions(moonlit + dark)
    assert found == [Decision.BEFORE_DARKNESS] * 200 + [Decision.USED] * 400


def test_the_end_of_dusk_drops_out_of_the_trail():
    dusk = [record(m, background=60 - 3 * m) for m in range(12)]
    night = [record(m, background=26) for m in range(12, 600)]
    rule = judged(dusk + night)
    brightest = max(
        one.statistics.background for one in dusk + night if one.stem in rule.used
    )
    assert linear(brightest) <= 2 * linear(26)
    assert len(rule.used) >= 588


def test_a_passing_darkness_does_not_start_it_anew():
    frames = [
        record(m, background=20 if 100 <= m < 100 + STEADY_FRAMES - 1 else 60)
        for m in range(300)
    ]
    assert set(decisions(frames)) == {Decision.USED}


def test_dark_clouds_do_not_start_it_anew():
    clear = [record(m, background=60, stars=1500) for m in range(200)]
    clouded = [record(m, background=10, stars=3) for m in range(200, 600)]
    assert set(decisions(clear + clouded)) == {Decision.USED}


def test_starless_darkness_does_not_start_it_anew():
    bright = [record(m, background=60, stars=0) for m in range(200)]
    dark = [record(m, background=10, stars=0) for m in range(200, 600)]
    assert set(decisions(bright + dark)) == {Decision.USED}


def test_clouds_that_clear_at_last_start_it_anew():
    bright = [record(m, background=60, stars=100) for m in range(100)]
    clouded = [record(m, background=20, stars=0) for m in range(100, 200)]
    clear = [record(m, background=20, stars=2000) for m in range(200, 600)]
    found = decisions(bright + clouded + clear)
    assert found.count(Decision.BEFORE_DARKNESS) == 100
    assert found[-1] is Decision.USED


def test_too_little_of_the_night_left_does_not_start_it_anew():
    moonlit = [record(m, background=60) for m in range(600)]
    dark = [record(m, background=20) for m in range(600, 715)]
    assert set(decisions(moonlit + dark)) == {Decision.USED}


def test_the_coming_dawn_counts_as_lost():
    dusk = [record(m, background=200, sun=-5) for m in range(120)]
    moonlit = [record(m, background=60) for m in range(120, 440)]
    dark = [record(m, background=20) for m in range(440, 600)]
    assert set(decisions(moonlit + dark)) > {Decision.USED}
    assert Decision.BEFORE_DARKNESS not in decisions(dusk + moonlit + dark)


def test_a_lens_cap_at_the_start_does_not_spoil_the_night():
    covered = [record(m, background=0) for m in range(3)]
    night = [record(m, background=20) for m in range(3, 300)]
    assert (
        decisions(covered + night) == [Decision.DARK_START] * 3 + [Decision.USED] * 297
    )


def test_a_fixed_limit_is_inclusive_and_the_only_rule():
    frames = [
        record(0, mean=0.1, sun=10, background=200),
        record(1, mean=0.1000001),
        record(800, mean=0.02),
    ]
    assert decisions(frames, limit=0.1) == [
        Decision.USED,
        Decision.OVER_LIMIT,
        Decision.USED,
    ]


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 3)), max_size=150))
def test_every_frame_gets_a_decision_and_rivals_are_frames(levels):
    frames = [
        record(m, background=level, stars=stars * 100)
        for m, (level, stars) in enumerate(levels)
    ]
    rule = judged(frames)
    assert set(rule.decisions) == {frame.stem for frame in frames}
    assert rule.rivals <= set(rule.decisions)
    used = {one for one, why in rule.decisions.items() if why is Decision.USED}
    assert rule.used == used
    assert len(rule.used) + sum(rule.counts().values()) == len(frames)
    assert bool(frames) == bool(rule.used)


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(Decision)


# Levels and light from the table of IEC 61966-2-1 (sRGB): middle grey 18.4 % is level 119.
@pytest.mark.parametrize(
    ("level", "light"), [(0, 0), (255, 1), (119, 0.184), (10, 0.00304)]
)
def test_levels_and_light_follow_the_standard(level, light):
    assert linear(level) == pytest.approx(light, rel=0.01)
    assert encoded(linear(level)) == pytest.approx(level)


def test_of_an_uneven_brighter_run_the_rivals_are_those_that_will_make_the_trail():
    covered = [record(m, background=0) for m in range(3)]
    uneven = [record(m, background=60 if m % 3 else 20) for m in range(3, 60)]
    rule, before = TrailRule(TrailSettings(), NIGHT), set()
    for frame in covered + uneven:
        rule.judge(frame)
        if rule.start.times:
            break
        before = rule.rivals
    assert rule.used <= before | {frame.stem}
    assert len(rule.used) == 7
