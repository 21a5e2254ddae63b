"""Points as cameras send them: which are readings, and why the others are not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hub.series.moments import milliseconds
from products.manifest import Point, Rejected
from products.quantities import QUANTITIES

CLOCK_NEVER_SET = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FUTURE = dt.timedelta(minutes=5)
BACKFILL = dt.timedelta(days=400)
"""A new camera may send what it has measured before it joined; its hourly values are kept for as long as this."""

_POINTS = TypeAdapter(list[Point])


@dataclass(frozen=True, slots=True)
class Sent:
    """One good point of a batch and its place in it, counted from 0."""

    index: int
    sensor: str
    quantity: str
    unit: str
    ts_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Window:
    """The times that a batch may have: from the beginning of its camera, less what it may backfill, to now."""

    earliest: dt.datetime
    now: dt.datetime

    @classmethod
    def of(cls, created_utc: dt.datetime, now: dt.datetime) -> "Window":
        """Return the window of a camera that was registered at ``created_utc``."""
        return cls(created_utc - BACKFILL, now)


class _RejectedError(Exception):
    """A point that reads well but cannot be true."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def sort_out(
    points: Sequence[dict[str, Any]], window: Window
) -> tuple[list[Sent], list[Rejected]]:
    """Return the points that are readings, and those that are not with the reason; each is judged by itself."""
    good: list[Sent] = []
    rejected: list[Rejected] = []
    for index, found in enumerate(_read(points)):
        if isinstance(found, ValidationError):
            rejected.append(_explain(index, found))
            continue
        try:
            good.append(_judge(index, found, window))
        except _RejectedError as error:
            rejected.append(Rejected(index=index, code=error.code, detail=error.detail))
    return good, rejected


def _read(points: Sequence[dict[str, Any]]) -> Sequence[Point | ValidationError]:
    """Return each point, or what is wrong with it: all at once, which is three times as fast, unless one is bad."""
    try:
        return _POINTS.validate_python(points)
    except ValidationError:
        return [_read_one(raw) for raw in points]


def _read_one(raw: dict[str, Any]) -> Point | ValidationError:
    try:
        return Point.model_validate(raw)
    except ValidationError as error:
        return error


def _judge(index: int, point: Point, window: Window) -> Sent:
    quantity = QUANTITIES.get(point.quantity)
    if quantity and point.unit != quantity.unit:
        raise _RejectedError(
            "wrong_unit", f"{quantity.name} is measured in {quantity.unit!r}."
        )
    if point.time > window.now + FUTURE:
        raise _RejectedError("future", "The time is more than 5 minutes ahead.")
    if point.time < CLOCK_NEVER_SET:
        raise _RejectedError("too_old", "The time is that of a clock never set.")
    if point.time < window.earliest:
        raise _RejectedError(
            "too_old",
            f"The time is more than {BACKFILL.days} days before the camera joined.",
        )
    ts_ms = milliseconds(point.time)
    return Sent(index, point.sensor, point.quantity, point.unit, ts_ms, point.value)


def _explain(index: int, error: ValidationError) -> Rejected:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    return Rejected(index=index, code="invalid", detail=f"{field}: {first['msg']}")
