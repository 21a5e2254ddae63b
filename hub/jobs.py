"""The recurring work of the hub: small verbs, each of which does one unit and says whether it found any.

To add a job: write such a verb beside what it is about, and give it a line in `JOBS`. The workers of the web site keep
no state and do none of this; one process does, a child of ``allsky-hub serve`` or a service of its own.
"""

import contextlib
import datetime as dt
import fcntl
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from hub import awards, integrity, series, sweeping
from hub.config import HubSettings
from hub.db import connect, trash, usage
from hub.public.cards_og import forget_old_cards

MOST_UNITS = 1000  # of one job before the others have their turn
_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0
_log = logging.getLogger(__name__)


class AlreadyRunningError(Exception):
    """Another process does the jobs of this data folder."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a job works with."""

    settings: HubSettings
    hub: Database
    series: Database
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Job:
    """A verb with its name, and how long it rests once it has found nothing to do."""

    name: str
    verb: Callable[[Desk], bool]
    rest_s: float


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a job: how many units of work it found, and what went wrong, in a sentence."""

    units: int
    failure: str = ""


def _sum_up_readings(desk: Desk) -> bool:
    return series.recompute_dirty(desk.series, series.HOURS_AT_ONCE, desk.now)


def _sweep_incoming(desk: Desk) -> bool:
    return sweeping.sweep_incoming(desk.settings, desk.now - sweeping.LEFT_BEHIND)


def _sweep_uploads(desk: Desk) -> bool:
    before = desk.now - sweeping.INCOMPLETE
    return sweeping.sweep_uploads(desk.settings, desk.hub, before)


def _sweep_unneeded(desk: Desk) -> bool:
    before = desk.now - sweeping.INCOMPLETE
    return sweeping.sweep_unneeded(desk.settings, desk.hub, before)


def _sweep_unknown(desk: Desk) -> bool:
    before = desk.now - sweeping.LEFT_BEHIND
    return sweeping.sweep_unknown(desk.settings, desk.hub, before)


def _empty_trash(desk: Desk) -> bool:
    return sweeping.sweep_trash(desk.settings, desk.hub, desk.now - trash.KEPT)


def _forget_usage(desk: Desk) -> bool:
    return usage.forget_usage(desk.hub, desk.now - dt.timedelta(days=2)) > 0


def _report_lost_files(desk: Desk) -> bool:
    found = integrity.check_files(desk.settings, desk.hub, read_all=False)
    for fault in found.faults:
        _log.warning("%s", fault)
    return False


def _count_points(desk: Desk) -> bool:
    return awards.count_one(desk.hub, desk.series, desk.now)


def _forget_cards(desk: Desk) -> bool:
    return forget_old_cards(desk.settings, desk.now)


JOBS = (
    Job("sum up readings", _sum_up_readings, _MINUTE_S),
    Job("sweep incoming", _sweep_incoming, _HOUR_S),
    Job("sweep uploads", _sweep_uploads, _HOUR_S),
    Job("sweep unneeded files", _sweep_unneeded, _DAY_S),
    Job("sweep unknown files", _sweep_unknown, _DAY_S),
    Job("empty the trash", _empty_trash, _HOUR_S),
    Job("forget old counters", _forget_usage, _DAY_S),
    Job("count points", _count_points, 10 * _MINUTE_S),
    Job("forget old cards", _forget_cards, _HOUR_S),
    Job("report lost files", _report_lost_files, _DAY_S),
)


def run_once(
    settings: HubSettings,
    now: Callable[[], dt.datetime],
    jobs: Sequence[Job] = JOBS,
) -> dict[str, Done]:
    """Do every job until it finds nothing, and return what came of each; one that fails never stops the others."""
    with _alone(settings):
        return {job.name: _do(job, settings, now) for job in jobs}


def run_forever(
    settings: HubSettings,
    now: Callable[[], dt.datetime],
    jobs: Sequence[Job] = JOBS,
) -> None:
    """Do the jobs, each as often as it wants, until a signal ends the process.

    It may end at any moment: what a job has half done is rolled back or done again.
    """
    with _alone(settings):
        due = {job.name: time.monotonic() for job in jobs}
        while True:
            time.sleep(max(0.0, min(due.values()) - time.monotonic()))
            for job in jobs:
                if due[job.name] <= time.monotonic():
                    done = _do(job, settings, now)
                    rest_s = 0.0 if done.units >= MOST_UNITS else job.rest_s
                    due[job.name] = time.monotonic() + rest_s


def _do(job: Job, settings: HubSettings, now: Callable[[], dt.datetime]) -> Done:
    units = 0
    try:
        with (
            contextlib.closing(connect(settings.hub_db)) as hub,
            contextlib.closing(connect(settings.series_db)) as readings,
        ):
            while units < MOST_UNITS and job.verb(Desk(settings, hub, readings, now())):
                units += 1
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one job, the others must be done
        _log.exception("The job '%s' has failed", job.name)
        return Done(units, f"{type(error).__name__}: {error}")
    if units:
        _log.info("%s: %d", job.name, units)
    return Done(units)


@contextlib.contextmanager
def _alone(settings: HubSettings) -> Iterator[None]:
    with (settings.data / "jobs.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(
                f"The jobs of {settings.data} are being done by another process, such as 'allsky-hub serve'."
            ) from error
        yield
