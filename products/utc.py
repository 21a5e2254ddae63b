"""Moments as text: in UTC, sortable, the same on both sides of the wire, in files and in tables."""

import datetime as dt


def utc_text(moment: dt.datetime) -> str:
    """Return an aware moment as ISO 8601 in UTC with milliseconds and ``Z``: sortable as text, for files and tables."""
    return (
        moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{moment.microsecond // 1000:03d}Z"
    )


def parse_utc(text: str) -> dt.datetime:
    """Return the moment that `utc_text` wrote."""
    return dt.datetime.fromisoformat(text)
