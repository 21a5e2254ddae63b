import contextlib
import datetime as dt
import json

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hub import awards, badges, xp
from hub.cli import main
from hub.db import cameras, connect, migrate
from hub.db import xp as db_xp
from hub.public.achievements import badge_words, rule_words
from hub.xp import CameraFacts, DeliveredNight

from . import sample

NOW = dt.datetime(2026, 11, 22, 12, 30, tzinfo=dt.UTC)
FIRST = dt.date(2024, 1, 1)
DAY = dt.timedelta(days=1)


def nights(count, first=FIRST, *, complete=True, gapless=True):
    return tuple(
        DeliveredNight(first + index * DAY, complete, gapless) for index in range(count)
    )


@pytest.fixture
def db(tmp_path):
    migrate(tmp_path / "hub.db")
    with contextlib.closing(connect(tmp_path / "hub.db")) as opened:
        cameras.add_camera(opened, "ASK001", "Roof", NOW)
        yield opened


def publish(db, night, kind, **manifest):
    sha256 = f"{abs(hash((night, kind))):064x}"[-64:]
    db.table("blobs").insert(
        {"sha256": sha256, "size": 1, "type": "image/jpeg", "stored_utc": "x"},
        ignore=True,
    )
    db.table("products").insert(
        {
            "camera_id": "ASK001", "night": night, "kind": kind, "part": "", "rev": 1, "sha256": sha256,
            "manifest": json.dumps({"final": True} | manifest), "published_utc": "x",
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("points", "level"),
    [(0, 1), (99, 1), (100, 2), (299, 2), (300, 3), (999, 4), (1000, 5)],
)
def test_a_level_begins_at_its_points(points, level):
    assert xp.level_of(points) == level


@given(st.integers(0, 10**9))
def test_points_lie_between_their_level_and_the_next(points):
    level = xp.level_of(points)
    assert xp.points_for(level) <= points < xp.points_for(level + 1)


def test_a_night_counts_whatever_its_weather():
    """The facts of a night do not even say what the weather was like."""
    counted = xp.counts(CameraFacts(nights=nights(3)))
    assert counted["night"] == counted["complete"] == counted["gapless"] == 3
    assert xp.total(counted) == 3 * (10 + 3 + 5)


@given(st.integers(0, 400), st.integers(0, 50), st.booleans())
def test_more_facts_never_give_fewer_points(count, highlights, calibrated):
    less = CameraFacts(nights=nights(count), highlights=highlights)
    more = CameraFacts(
        nights=nights(count + 1),
        highlights=highlights + 1,
        is_calibrated=calibrated,
        has_circle=True,
        quantities=frozenset({"humidity"}),
    )
    assert xp.total(xp.counts(less)) < xp.total(xp.counts(more))


def test_a_month_may_lack_three_nights_of_thirty():
    june = dt.date(2026, 6, 1)
    assert xp.steady_months([june + i * DAY for i in range(27)]) == [june]
    assert xp.steady_months([june + i * DAY for i in range(26)]) == []
    assert xp.steady_months([june] * 27) == [], "the same night counts once"


def test_what_the_computer_measures_of_itself_gives_no_points():
    facts = CameraFacts(quantities=frozenset({"cpu_temperature", "disk_free"}))
    assert xp.counts(facts)["quantity"] == 0


def test_a_streak_begins_anew_after_a_missing_night():
    evenings = [FIRST + i * DAY for i in range(29)]
    evenings += [evenings[-1] + 2 * DAY + i * DAY for i in range(30)]
    assert xp.streak_reached(evenings, 30) == evenings[-1]
    assert xp.streak_reached(evenings[:-1], 30) is None


def test_badges_carry_the_date_of_the_night_that_earned_them():
    got = badges.earned(CameraFacts(nights=nights(366)), NOW.date())
    assert got["first-light"] == FIRST
    assert got["nights-100"] == FIRST + 99 * DAY
    assert got["streak-365"] == FIRST + 364 * DAY
    assert got["round-the-year"] == dt.date(2024, 12, 1)
    assert "nights-1000" not in got
    assert "calibrated" not in got


def test_a_badge_without_a_date_is_earned_today():
    facts = CameraFacts(highlights=10, quantities=frozenset({"sky_brightness"}))
    today = NOW.date()
    assert badges.earned(facts, today) == dict.fromkeys(
        ["sky-meter", "highlight", "highlight-10"], today
    )


def test_points_are_stored_with_what_they_were_given_for(db):
    counted = xp.counts(CameraFacts(nights=nights(20), highlights=1))
    earned = {"highlight": NOW.date(), "first-light": FIRST}
    for _again in range(2):
        db_xp.store(db, "ASK001", counted, earned, NOW)
    found = db_xp.standing(db, "ASK001")
    assert found.counts == counted
    assert (found.points, found.level) == (20 * 18 + 50, 3)
    assert list(found.badges.items()) == [
        ("first-light", FIRST),
        ("highlight", NOW.date()),
    ]
    assert db_xp.levels(db) == {"ASK001": 3}


def test_a_badge_keeps_its_first_date_and_goes_with_its_facts(db):
    for day, earned in ((0, {"highlight"}), (1, {"highlight", "sky-meter"})):
        when = NOW + day * DAY
        db_xp.store(db, "ASK001", {}, dict.fromkeys(earned, when.date()), when)
    assert db_xp.standing(db, "ASK001").badges == {
        "highlight": NOW.date(),
        "sky-meter": NOW.date() + DAY,
    }
    db_xp.store(db, "ASK001", {}, {}, NOW)
    assert db_xp.standing(db, "ASK001").badges == {}


def test_each_camera_is_counted_once_a_night(db):
    assert db_xp.standing(db, "ASK001") is None
    assert db_xp.not_counted_since(db, NOW).id == "ASK001"
    db_xp.store(db, "ASK001", {}, {}, NOW)
    assert db_xp.not_counted_since(db, NOW) is None
    assert db_xp.not_counted_since(db, NOW + DAY).id == "ASK001"


def test_nights_are_those_that_are_over_and_have_a_keogram_or_a_video(db):
    whole = {"start_utc": "2026-11-01T16:00:00Z", "end_utc": "2026-11-02T06:00:00Z"}
    publish(db, "2026-11-01", "keogram")
    publish(db, "2026-11-01", "timelapse")
    publish(db, "2026-11-01", "night", facts=whole | {"observed_s": 14 * 3600 * 0.96})
    publish(db, "2026-11-02", "keogram")
    publish(db, "2026-11-02", "night", facts=whole | {"observed_s": 14 * 3600 * 0.9})
    publish(db, "2026-11-03", "timelapse")
    publish(db, "2026-11-03", "night", facts=whole | {"observed_s": "all of it"})
    publish(db, "2026-11-04", "keogram", final=False)
    publish(db, "2026-11-05", "sqm")
    publish(db, "2026-11-01", "month-keogram")
    assert db_xp.delivered_nights(db, "ASK001") == [
        DeliveredNight(dt.date(2026, 11, 1), is_complete=True, is_gapless=True),
        DeliveredNight(dt.date(2026, 11, 2), is_complete=False, is_gapless=False),
        DeliveredNight(dt.date(2026, 11, 3), is_complete=False, is_gapless=False),
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=3)


def databases(hub):
    paths = hub.settings.hub_db, hub.settings.series_db
    return tuple(contextlib.closing(connect(path)) for path in paths)


def test_all_cameras_are_counted_one_by_one_and_then_rest_until_noon(filled):
    hub_db, series_db = databases(filled)
    with hub_db as db, series_db as readings:
        for _camera in sample.SITES:
            assert awards.count_one(db, readings, NOW)
        assert not awards.count_one(db, readings, NOW)
        assert not awards.count_one(db, readings, NOW.replace(hour=23))
        found = db_xp.standing(db, "ASK001")
        assert found.counts == {
            "night": 3, "complete": 3, "gapless": 0, "month": 0, "quantity": 4, "circle": 1, "calibration": 0,
            "highlight": 0,
        }  # fmt: skip
        assert found.points == 3 * 13 + 4 * 25 + 50
        assert found.badges["first-light"] == dt.date(2026, 11, 19)
        assert "weather-station" in found.badges
        assert awards.count_one(db, readings, NOW + DAY)


def test_the_rules_on_the_page_are_those_that_count(filled):
    hub_db, series_db = databases(filled)
    with hub_db as db, series_db as readings:
        while awards.count_one(db, readings, NOW):
            pass
    visitor = filled.app.test_client()
    for lang, words in (("en", "A night delivered"), ("de", "Eine gelieferte Nacht")):
        page = visitor.get(f"/{lang}/xp").text
        assert words in page
        for rule in xp.RULES:
            assert f"<td>{rule.points}</td>" in page
        assert page.count('class="star"') == len(badges.BADGES)
        assert "Tromsø &lt;Ramfjord&gt;" in page


def test_every_rule_and_badge_has_words(filled):
    with filled.app.test_request_context("/de/xp"):
        for rule in xp.RULES:
            assert all(rule_words(rule.name))
        for badge in badges.BADGES:
            assert all(badge_words(badge.name))


def test_points_are_counted_by_a_command(filled):
    where = ["--data", str(filled.settings.data), "xp"]
    said = json.loads(CliRunner().invoke(main, [*where, "--json"]).output)
    assert set(said) == {"ASK001", "ASK002", "ASK003"}
    assert said["ASK001"]["counts"]["night"] == 3
    words = CliRunner().invoke(main, [*where, "ASK001"]).output
    assert "ASK001  level 2, 189 points" in words
    assert "first-light" in words
    unknown = CliRunner().invoke(main, [*where, "ASK009"])
    assert (unknown.exit_code, unknown.output) == (1, "Error: There is no camera ASK009.\n")  # fmt: skip
