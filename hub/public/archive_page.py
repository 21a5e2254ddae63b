"""The archive of a camera: the days that have frames, and the frames of one day."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from flask import abort, render_template, request

from hub.db import archive
from hub.db.archive import ArchiveFrame
from hub.db.cameras import Camera
from hub.db.requests import hub_db, hub_now
from hub.public import calendar
from hub.public.blueprint import LANG, camera_or_404, kept, pages
from products.night import Night

_DAY = dt.timedelta(days=1)
# Frames are found by the text of their time, which has four digits of the year.
_FIRST_DAY, _LAST_DAY = dt.date(2000, 1, 1), dt.date(9998, 12, 31)


@dataclass(frozen=True, slots=True)
class Hour:
    """The frames of one hour; ``start_utc`` is the first moment of it that has a frame, cut to the full hour."""

    start_utc: dt.datetime
    frames: tuple[ArchiveFrame, ...]


@pages.get(LANG + "/c/<camera_id>/archive")
def archive_calendar(lang: str, camera_id: str) -> str:
    """Show the days that have frames, month by month."""
    db, found = hub_db(), camera_or_404(camera_id)
    ends = archive.archive_span(db, found.id)
    wanted = request.args.get("from", ""), request.args.get("to", "")
    span, first, counts = None, None, {}
    if ends:
        first, last = (moment.astimezone(found.tz).date() for moment in ends)
        span = calendar.Range.chosen(wanted, (first.isoformat(), last.isoformat()))
        begin, end = span.first.first, span.last.last
        counts = archive.archive_days(
            db, found.id, max(begin, first), min(end, last), found.tz
        )
    return render_template(
        "archive.html",
        camera=found,
        span=span,
        months=[
            (month, calendar.weeks(month)) for month in (span.months if span else ())
        ],
        counts=counts,
        covers=archive.first_frames(db, found.id, counts, found.tz),
        first_day=first,
        weekdays=calendar.WEEKDAYS,
        today=hub_now().astimezone(found.tz).date(),
        kept=kept(),
    )


@pages.get(LANG + "/c/<camera_id>/archive/<date>")
def archive_day(lang: str, camera_id: str, date: str) -> str:
    """Show the frames of one day, from midnight to midnight at the camera."""
    db, found = hub_db(), camera_or_404(camera_id)
    day = _day_or_404(date)
    start, end = _midnight(day, found), _midnight(day + _DAY, found)
    frames = archive.archive_frames(db, found.id, start, end)
    if not frames:
        abort(404)
    before, after = archive.neighbour_frames(db, found.id, start, end)
    nights = sorted({one.night for one in frames})
    return render_template(
        "archive_day.html",
        camera=found,
        day=day,
        count=len(frames),
        hours=hours_of(frames, found),
        before=before.astimezone(found.tz).date() if before else None,
        after=after.astimezone(found.tz).date() if after else None,
        nights=[Night.named(name, found.tz) for name in nights],
    )


def hours_of(frames: list[ArchiveFrame], camera: Camera) -> list[Hour]:
    """Return the frames hour by hour of the camera's clock; one that comes twice when the clock changes stays two."""

    def full_hour(frame: ArchiveFrame) -> dt.datetime:
        local = frame.taken_utc.astimezone(camera.tz)
        past = dt.timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        return frame.taken_utc - past

    return [
        Hour(start_utc, tuple(same)) for start_utc, same in groupby(frames, full_hour)
    ]


def _day_or_404(text: str) -> dt.date:
    """Return the date in this address; only its one canonical spelling counts."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        abort(404)
    fits = day.isoformat() == text and _FIRST_DAY <= day <= _LAST_DAY
    return day if fits else abort(404)


def _midnight(day: dt.date, camera: Camera) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), camera.tz)
