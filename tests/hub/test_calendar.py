import datetime as dt

import pytest

from hub.public.calendar import MONTHS_AT_MOST, WEEKDAYS, Month, Range, weeks

KNOWN = ("2026-03-14", "2026-11-21")


def shown(first, last, known=KNOWN):
    return Range.chosen((first, last), known)


def test_without_a_choice_the_newest_three_months_are_shown():
    span = shown("", "")
    assert list(map(str, span.months)) == ["2026-11", "2026-10", "2026-09"]
    assert not span.note


def test_a_range_is_shown_newest_month_first():
    assert list(map(str, shown("2026-04", "2026-06").months)) == [
        "2026-06",
        "2026-05",
        "2026-04",
    ]


def test_an_upside_down_range_is_turned_and_says_so():
    span = shown("2026-06", "2026-04")
    assert (str(span.first), str(span.last), span.note) == (
        "2026-04",
        "2026-06",
        "turned",
    )


@pytest.mark.parametrize(
    "nonsense",
    [
        "2026-13",
        "november",
        "2026-1",
        "'; DROP TABLE",
        "0000-00",
        "2026-11-21",
        "\uff12026-01",
    ],
)
def test_nonsense_falls_back_to_the_newest_months_and_says_so(nonsense):
    span = shown(nonsense, "")
    assert (str(span.first), str(span.last), span.note) == (
        "2026-09",
        "2026-11",
        "unreadable",
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [("1999-01", "2001-01"), ("2030-01", "2031-01"), ("0001-01", "9999-12")],
)
def test_months_without_any_night_never_make_an_empty_page(first, last):
    span = shown(first, last)
    assert span.months
    assert Month(2026, 3) <= span.first <= span.last <= Month(2026, 11)


def test_a_very_long_range_is_cut_and_says_so():
    span = shown("2016-01", "2026-11", ("2016-01-01", "2026-11-21"))
    assert len(span.months) == MONTHS_AT_MOST
    assert (str(span.last), span.note) == ("2026-11", "cut")


def test_the_form_offers_every_month_from_the_first_night_to_the_last():
    choices = shown("", "").choices
    assert (str(choices[0]), str(choices[-1]), len(choices)) == (
        "2026-11",
        "2026-03",
        9,
    )


def test_months_cross_the_year():
    assert str(Month(2026, 1).plus(-1)) == "2025-12"
    assert str(Month(2025, 12).plus(2)) == "2026-02"


def test_weeks_begin_on_monday_and_leave_out_other_months():
    days = weeks(Month(2026, 11))
    assert [day is None for day in days[0]] == [True] * 6 + [False]
    assert days[0][6] == dt.date(2026, 11, 1)
    assert sum(day is not None for week in days for day in week) == 30
    assert [day.weekday() for day in WEEKDAYS] == list(range(7))
