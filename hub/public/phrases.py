"""Values in words: states, ages, times and numbers as people of the page's language write them.

Every time is shown in the zone of the camera. Missing is said as such, never replaced by a number.
"""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from babel import dates
from flask import Flask
from flask_babel import get_locale
from jinja2 import pass_context
from jinja2.runtime import Context

from hub.public import languages, written
from hub.public.wording import _
from hub.status import State, Status
from products.night import Night
from products.period import Length, Period
from products.quantities import QUANTITIES
from products.sun import Place

_SECONDS_UP_TO, _MINUTES_UP_TO, _HOURS_UP_TO = 100, 100 * 60, 48 * 3600
_TIME_IS_CLEAR_FOR = dt.timedelta(hours=20)
_TROPIC_DEG = 23.44
_THIN_SPACE = "\u202f"


def init_app(app: Flask) -> None:
    """Offer the phrases to templates as filters."""
    for phrase in (
        age, number, clock_time, moment_title, date, short_date, weekday, month, short_month, night_title,
        duration, file_size, quantity_name, iso, epoch_ms, local_date,
    ):  # fmt: skip
        app.jinja_env.filters[phrase.__name__] = _asked_anew(phrase)


def _asked_anew(phrase: Callable[..., object]) -> Callable[..., object]:
    """Return a filter that Jinja never works out in advance: it would freeze the language of the first visitor."""

    @pass_context
    def anew(_context: Context, *values: object) -> object:
        return phrase(*values)

    return anew


def state_words(status: Status, now: dt.datetime, zone: ZoneInfo) -> str:
    """Return a state as visitors read it: 'live · 40 s ago', 'offline since 03:10'."""
    match status.state, status.moment_utc:
        case State.LIVE, dt.datetime() as taken:
            words = _("live · %(age)s ago", age=age(now - taken))
        case State.LATE, dt.datetime() as taken:
            words = _("late · %(age)s", age=age(now - taken))
        case State.LATE, None:
            words = _("late · no image")
        case State.OFFLINE, dt.datetime() as heard:
            words = _offline_since(heard, now, zone)
        case State.ASLEEP, dt.datetime() as due:
            words = _("asleep until %(time)s", time=clock_time(due, zone))
        case State.ASLEEP, None:
            words = _("asleep until dusk")
        case _unheard:
            words = _("not yet heard from")
    return words


def _offline_since(moment: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> str:
    """Name the time of day for what is less than a day ago, else the date."""
    if now - moment < _TIME_IS_CLEAR_FOR:
        return _("offline since %(time)s", time=clock_time(moment, zone))
    day = moment.astimezone(zone).date()
    return _("offline since %(date)s", date=short_date(day))


def age(span: dt.timedelta) -> str:
    """Return a span by its largest sensible unit: '40 s', '12 min', '5 h', '3 d'."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < _SECONDS_UP_TO:
        return f"{seconds}{_THIN_SPACE}s"
    if seconds < _MINUTES_UP_TO:
        return f"{seconds // 60}{_THIN_SPACE}min"
    if seconds < _HOURS_UP_TO:
        return f"{seconds // 3600}{_THIN_SPACE}h"
    return f"{seconds // 86400}{_THIN_SPACE}d"


def duration(span: dt.timedelta) -> str:
    """Return a span in hours and minutes: '9 h 12 min'."""
    minutes = round(span.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours}{_THIN_SPACE}h"] if hours else []
    if rest or not hours:
        parts.append(f"{rest}{_THIN_SPACE}min")
    return " ".join(parts)


def number(value: float, decimals: int = 0) -> str:
    """Return a number with so many decimals, its sign a real minus."""
    return written.number(value, decimals, languages.locale_name())


def clock_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return the time of day at the site: '03:10'."""
    return f"{moment.astimezone(zone):%H:%M}"


def moment_title(moment: dt.datetime) -> str:
    """Return a moment in UTC, for titles: '2026-11-22 02:10:00 UTC'."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def date(day: dt.date) -> str:
    """Return a date in full: '22 November 2026'."""
    return written.date(day, "long", languages.locale_name())


def short_date(day: dt.date) -> str:
    """Return day and month: '22 Nov'."""
    return written.skeleton(day, "MMMd", languages.locale_name())


def weekday(day: dt.date) -> str:
    """Return the short name of the day of the week."""
    return written.date(day, "ccc", languages.locale_name()).rstrip(".")


def month(day: dt.date) -> str:
    """Return month and year: 'November 2026'."""
    return written.skeleton(day, "yMMMM", languages.locale_name())


def short_month(day: dt.date) -> str:
    """Return the short name of the month: 'Nov'."""
    return written.date(day, "LLL", languages.locale_name()).rstrip(".")


def period_title(period: Period, place: Place | None) -> str:
    """Return 'November 2026', '2026' or 'Winter 2026/27'; between the tropics the months of a season."""
    match period.length:
        case Length.MONTH:
            return month(period.first)
        case Length.YEAR:
            return str(period.first.year)
        case Length.SEASON:
            return _season_title(period, place)


def _season_title(period: Period, place: Place | None) -> str:
    first, last = period.first, period.nights[-1].evening
    if place is None or abs(place.latitude_deg) < _TROPIC_DEG:
        locale = get_locale()
        return str(dates.format_interval(first, last, "yMMM", locale=locale))
    words = _("Spring"), _("Summer"), _("Autumn"), _("Winter")
    quarter = first.month // 3 - 1 + (0 if place.latitude_deg > 0 else 2)
    turn = "" if first.year == last.year else f"/{last.year % 100:02d}"
    return f"{words[quarter % 4]} {first.year}{turn}"


def film_length(length: dt.timedelta) -> str:
    """Return how long a video is: '14 s', '3:54 min'."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    if not minutes:
        return f"{max(1, seconds)}{_THIN_SPACE}s"
    return f"{minutes}:{seconds:02d}{_THIN_SPACE}min"


def night_title(night: Night) -> str:
    """Return both dates of a night: '21-22 November 2026', with an en dash."""
    evening, morning = night.evening, night.next.evening
    if evening.month == morning.month:
        return _("%(day)d\u2013%(date)s", day=evening.day, date=date(morning))
    first = (
        written.skeleton(evening, "MMMMd", languages.locale_name())
        if evening.year == morning.year
        else date(evening)
    )
    return f"{first} \u2013 {date(morning)}"


def coordinates(place: Place) -> str:
    """Return a place as people write it: '48.25° N, 11.70° E'."""
    north = _("N") if place.latitude_deg >= 0 else _("S")
    east = _("E") if place.longitude_deg >= 0 else _("W")
    latitude = number(abs(place.latitude_deg), 2)
    longitude = number(abs(place.longitude_deg), 2)
    return f"{latitude}° {north}, {longitude}° {east}"


def country_name(code: str) -> str:
    """Return the name of a country in the page's language, or nothing for a code that Babel does not know."""
    return str(get_locale().territories.get(code, ""))


def file_size(size_bytes: int) -> str:
    """Return a size of a file in kB or MB."""
    if size_bytes < 1_000_000:
        return f"{number(max(1, size_bytes / 1000))}{_THIN_SPACE}kB"
    return f"{number(size_bytes / 1_000_000, 1)}{_THIN_SPACE}MB"


def quantity_name(name: str) -> str:
    """Return what people call a quantity; an unknown one keeps its own name."""
    known = QUANTITIES.get(name)
    if known is None:
        return name.replace("_", " ").capitalize()
    return known.de if languages.language() == "de" else known.en


def local_date(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """Return the date of a moment at the site."""
    return moment.astimezone(zone).date()


def iso(moment: dt.datetime) -> str:
    """Return a moment for machines, in UTC."""
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")


def epoch_ms(moment: dt.datetime) -> int:
    """Return a moment for scripts: milliseconds since 1970."""
    return round(moment.timestamp() * 1000)
