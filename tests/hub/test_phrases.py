import datetime as dt
from zoneinfo import ZoneInfo

import astronomy
import pytest
from flask import Flask

from hub.public import languages, phrases
from hub.public.heaven import NightSky, night_sky
from hub.public.verdict import verdict
from hub.status import State, Status
from products.night import Night
from products.sun import Interval, Place

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 11, 22, 19, 0, tzinfo=dt.UTC)
HAINICH = Place(51.1, 10.45)
THIN = "\u202f"


@pytest.fixture(scope="module")
def app():
    app = Flask("hub")
    languages.init_app(app)
    return app


def said(app, code, phrase, *values):
    with app.test_request_context(f"/{code}/"):
        return phrase(*values)


@pytest.mark.parametrize(
    ("status", "en", "de"),
    [
        (Status(State.LIVE, NOW - dt.timedelta(seconds=40)), "live · 40 s ago", "live · vor 40 s"),
        (Status(State.LATE, NOW - dt.timedelta(minutes=12)), "late · 12 min", "verspätet · 12 min"),
        (Status(State.OFFLINE, NOW - dt.timedelta(hours=16, minutes=50)), "offline since 03:10",
         "offline seit 03:10 Uhr"),
        (Status(State.OFFLINE, NOW - dt.timedelta(days=9)), "offline since 13 Nov", "offline seit dem 13. Nov."),
        (Status(State.ASLEEP, NOW + dt.timedelta(hours=1)), "asleep until 21:00", "schläft bis 21:00 Uhr"),
        (Status(State.ASLEEP), "asleep until dusk", "schläft bis zur Dämmerung"),
        (Status(State.LATE), "late · no image", "verspätet · kein Bild"),
        (Status(State.NEW), "not yet heard from", "hat sich noch nicht gemeldet"),
    ],
)  # fmt: skip
def test_states_are_said_in_both_languages(app, status, en, de):
    for code, words in (("en", en), ("de", de)):
        assert (
            said(app, code, phrases.state_words, status, NOW, BERLIN).replace(THIN, " ")
            == words
        )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (99, "99 s"),
        (100, "1 min"),
        (5999, "99 min"),
        (6000, "1 h"),
        (172_800, "2 d"),
    ],
)
def test_an_age_has_one_unit(seconds, words):
    assert phrases.age(dt.timedelta(seconds=seconds)).replace(THIN, " ") == words


def test_numbers_follow_the_language(app):
    assert said(app, "en", phrases.number, 1234.567, 2) == "1,234.57"
    assert said(app, "de", phrases.number, 1234.567, 2) == "1.234,57"


def test_a_negative_number_has_a_real_minus_and_zero_has_none(app):
    assert said(app, "de", phrases.number, -3.24, 1) == "\u22123,2"
    assert said(app, "en", phrases.number, -0.04, 1) == "0.0"


@pytest.mark.parametrize(
    ("evening", "en", "de"),
    [
        ("2026-11-21", "21\u201322 November 2026", "21./22. November 2026"),
        (
            "2026-11-30",
            "30 November \u2013 1 December 2026",
            "30. November \u2013 1. Dezember 2026",
        ),
        (
            "2026-12-31",
            "31 December 2026 \u2013 1 January 2027",
            "31. Dezember 2026 \u2013 1. Januar 2027",
        ),
    ],
)
def test_a_night_is_named_by_both_of_its_dates(app, evening, en, de):
    night = Night.named(evening, BERLIN)
    assert said(app, "en", phrases.night_title, night) == en
    assert said(app, "de", phrases.night_title, night) == de


def test_times_are_those_of_the_camera(app):
    assert (
        said(app, "en", phrases.clock_time, NOW, ZoneInfo("Atlantic/Canary")) == "19:00"
    )
    assert said(app, "de", phrases.clock_time, NOW, BERLIN) == "20:00"


def test_places_name_their_hemispheres(app):
    assert (
        said(app, "en", phrases.coordinates, Place(-33.9, -18.25))
        == "33.90° S, 18.25° W"
    )
    assert said(app, "de", phrases.coordinates, HAINICH) == "51,10° N, 10,45° O"


def test_an_unknown_country_is_not_invented(app):
    assert said(app, "de", phrases.country_name, "DE") == "Deutschland"
    assert said(app, "de", phrases.country_name, "QQ") == ""


def test_the_darkness_of_a_night_agrees_with_another_ephemeris():
    night = Night.named("2026-12-21", BERLIN)
    (dark,) = night_sky(HAINICH, night).dark
    here, noon = (
        astronomy.Observer(51.1, 10.45, 0),
        astronomy.Time("2026-12-21T11:00:00Z"),
    )
    for direction, ours in (
        (astronomy.Direction.Set, dark.start_utc),
        (astronomy.Direction.Rise, dark.end_utc),
    ):
        theirs = astronomy.SearchAltitude(
            astronomy.Body.Sun, here, direction, noon, 1, -18
        )
        assert abs(theirs.Utc().replace(tzinfo=dt.UTC) - ours) < dt.timedelta(seconds=5)


def test_the_moon_sets_when_another_ephemeris_says():
    night = Night.named("2026-11-17", BERLIN)
    (up,) = night_sky(HAINICH, night).moon_up
    here, dusk = (
        astronomy.Observer(51.1, 10.45, 0),
        astronomy.Time("2026-11-17T15:00:00Z"),
    )
    theirs = astronomy.SearchRiseSet(
        astronomy.Body.Moon, here, astronomy.Direction.Set, dusk, 1
    )
    assert abs(theirs.Utc().replace(tzinfo=dt.UTC) - up.end_utc) < dt.timedelta(
        minutes=2
    )


def made_sky(*moon_up):
    """Return a night with the sun down from 16 to 8 o'clock UTC and the moon up as given in hours from 16."""
    start = dt.datetime(2026, 11, 21, 16, tzinfo=dt.UTC)
    spans = tuple(
        Interval(start + dt.timedelta(hours=a), start + dt.timedelta(hours=b))
        for a, b in moon_up
    )
    real = night_sky(HAINICH, Night.named("2026-11-21", BERLIN))
    return NightSky(
        real.dark, (Interval(start, start + dt.timedelta(hours=16)),), spans, real.moon
    )


@pytest.mark.parametrize(
    ("moon_up", "words"),
    [
        ([], "stayed below the horizon"),
        ([(0, 16)], "was up all night"),
        ([(0, 7)], "set at 00:00"),
        ([(7, 16)], "rose at 00:00"),
        ([(2, 7)], "was up from 19:00 to 00:00"),
        ([(0, 2), (7, 16)], "was up until 19:00 and again from 00:00"),
    ],
)
def test_the_verdict_says_when_the_moon_was_up(app, moon_up, words):
    with app.test_request_context("/en/"):
        assert words in " ".join(verdict(9, made_sky(*moon_up), None, None, BERLIN))


def test_the_verdict_says_only_what_is_known(app):
    with app.test_request_context("/en/"):
        assert verdict(1, None, None, None, BERLIN) == ["1 frame."]


def test_a_bright_summer_night_is_not_called_dark(app):
    sky = night_sky(Place(54, 10), Night.named("2026-06-20", BERLIN))
    with app.test_request_context("/en/"):
        first = verdict(120, sky, None, None, BERLIN)[0]
    assert first == "120 frames of a night that never became fully dark."


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"), ("de-AT,de;q=0.9", "de"), ("de-CH,en;q=0.5", "de"), ("fr,de;q=0.4,en;q=0.3", "de"), ("fr", "en"),
        ("\x00;;q=x", "en"), ("de;q=nan", None), ("*", None), ("xx-" * 400, "en"), (",,;;==", "en"),
    ],
)  # fmt: skip
def test_any_accept_language_leads_to_a_language_that_exists(app, header, code):
    with app.test_request_context("/", headers={"Accept-Language": header}):
        assert languages.language() in ([code] if code else languages.LANGUAGES)
