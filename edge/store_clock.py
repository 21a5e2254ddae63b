"""What `edge.db` knows of the time: what each boot began at, and what was read before that was known.

A boot is a row once something was taken in it before its time was known, or a program has seen that it is known. A
held reading becomes a reading in the transaction that removes it, so that it is there once whatever is cut short.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from edge.clock_quality import ClockQuality
from edge.store import FrameRecord, Store, writing
from products.utc import parse_utc, utc_text


@dataclass(frozen=True, slots=True)
class BootTime:
    """The time at which a boot's monotonic seconds were 0, and who said so."""

    zero_utc: dt.datetime
    source: ClockQuality

    def at(self, monotonic_s: float) -> dt.datetime:
        """Return the time of a moment of this boot, to the millisecond as it is stored."""
        moment = self.zero_utc + dt.timedelta(seconds=monotonic_s)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class TimeUnknown:
    """How much of a boot that never had a known time is kept, and between which moments it was taken."""

    boot_id: str
    frames: int
    readings: int
    after_utc: dt.datetime | None
    before_utc: dt.datetime


def time_of_boot(store: Store, boot_id: str) -> BootTime | None:
    """Return what a boot began at; None while that is not known."""
    sql = (
        "SELECT zero_utc, source FROM boots WHERE boot_id = ? AND zero_utc IS NOT NULL"
    )
    row = next(store.db.query(sql, [boot_id]), None)
    if row is None:
        return None
    return BootTime(parse_utc(row["zero_utc"]), ClockQuality(row["source"]))


def note_time_of_boot(store: Store, boot_id: str, time: BootTime) -> None:
    """Note what a boot began at; what was noted first stays. Earlier boots without a time ended before it."""
    zero = utc_text(time.zero_utc)
    with writing(store.db):
        _note_boot(store, boot_id)
        sql = "UPDATE boots SET zero_utc = ?, source = ? WHERE boot_id = ? AND zero_utc IS NULL"
        if store.db.execute(sql, [zero, time.source.value, boot_id]).rowcount == 1:
            sql = """
                UPDATE boots SET before_utc = ? WHERE zero_utc IS NULL AND before_utc IS NULL
                AND number < (SELECT number FROM boots WHERE boot_id = ?)
            """
            store.db.execute(sql, [zero, boot_id])


def hold_readings(
    store: Store, boot_id: str, monotonic_s: float, readings: Iterable[dict[str, Any]]
) -> None:
    """Keep one round of readings (keys sensor, quantity, value, unit, quality) until the time of the boot is known."""
    rows = [
        {"quality": "", **one, "boot_id": boot_id, "monotonic_s": monotonic_s}
        for one in readings
    ]
    with writing(store.db):
        _note_boot(store, boot_id)
        store.db.table("held_readings").insert_all(rows, ignore=True)


def date_readings(store: Store, limit: int) -> int:
    """Give so many held readings, the oldest first, the time that is known by now; return how many there were."""
    sql = """
        SELECT id, boots.zero_utc, boots.source, monotonic_s, sensor, quantity, value, unit, quality
        FROM held_readings JOIN boots USING (boot_id) WHERE zero_utc IS NOT NULL ORDER BY id LIMIT ?
    """
    with writing(store.db):
        held = list(store.db.query(sql, [limit]))
        for row in held:
            boot = BootTime(
                parse_utc(row.pop("zero_utc")), ClockQuality(row.pop("source"))
            )
            row["taken_utc"] = utc_text(boot.at(row.pop("monotonic_s")))
        store.db.conn.executemany(
            "DELETE FROM held_readings WHERE id = ?", [(row.pop("id"),) for row in held]
        )
        store.db.table("readings").insert_all(held, ignore=True)
    return len(held)


def hold_frame(
    store: Store, boot_id: str, monotonic_s: float, path: str, facts: str
) -> None:
    """Record a frame whose file is in place until the time of its boot is known; ``facts`` is JSON."""
    row = {
        "path": path,
        "boot_id": boot_id,
        "monotonic_s": monotonic_s,
        "facts": facts,
    }
    with writing(store.db):
        _note_boot(store, boot_id)
        store.db.table("held_frames").insert(row, replace=True)


def facts_of_held_frame(store: Store, path: str) -> str | None:
    """Return the JSON that was kept of a held frame, or None where there is no record."""
    sql = "SELECT facts FROM held_frames WHERE path = ?"
    row = next(store.db.query(sql, [path]), None)
    return row["facts"] if row else None


def date_frame(store: Store, held_path: str, frame: FrameRecord) -> None:
    """Record a held frame under its time; its night is unfinished again. ``frame.path`` is in place already."""
    row = asdict(frame) | {"taken_utc": utc_text(frame.taken_utc)}
    with writing(store.db):
        store.db.table("frames").upsert(row, pk="path")
        store.db.execute("DELETE FROM held_frames WHERE path = ?", [held_path])
        store.db.execute(
            "UPDATE nights SET finished_utc = NULL WHERE night = ?", [frame.night]
        )


def forget_held_frame(store: Store, path: str) -> None:
    """Remove the record of a held frame that is not kept."""
    with writing(store.db):
        store.db.execute("DELETE FROM held_frames WHERE path = ?", [path])


def held_counts(store: Store) -> tuple[int, int]:
    """Return how many frames and readings wait for their time to be known."""
    sql = "SELECT count(*) FROM {} JOIN boots USING (boot_id) WHERE before_utc IS NULL"
    frames, readings = (
        int(store.db.execute(sql.format(table)).fetchone()[0])
        for table in ("held_frames", "held_readings")
    )
    return frames, readings


def time_unknown(store: Store) -> list[TimeUnknown]:
    """Return the boots whose time will never be known and of which something is kept, the oldest first."""
    sql = """
        SELECT boot_id, (SELECT count(*) FROM held_frames AS held WHERE held.boot_id = boots.boot_id) AS frames,
        (SELECT count(*) FROM held_readings AS held WHERE held.boot_id = boots.boot_id) AS readings,
        after_utc, before_utc FROM boots WHERE zero_utc IS NULL AND before_utc IS NOT NULL ORDER BY number
    """
    found = [
        TimeUnknown(
            row["boot_id"],
            row["frames"],
            row["readings"],
            parse_utc(row["after_utc"]) if row["after_utc"] else None,
            parse_utc(row["before_utc"]),
        )
        for row in store.db.query(sql)
    ]
    return [one for one in found if one.frames or one.readings]


def forget_boot(store: Store, boot_id: str) -> None:
    """Remove what is held of a boot whose time will never be known."""
    with writing(store.db):
        for table in ("held_readings", "held_frames", "boots"):
            store.db.execute(f"DELETE FROM {table} WHERE boot_id = ?", [boot_id])


def _note_boot(store: Store, boot_id: str) -> None:
    """Note a boot, and the newest time known before it."""
    sql = """
        INSERT OR IGNORE INTO boots (boot_id, after_utc) SELECT ?, max(newest) FROM
        (SELECT max(taken_utc) AS newest FROM readings UNION ALL SELECT max(taken_utc) FROM frames
        UNION ALL SELECT max(zero_utc) FROM boots)
    """
    store.db.execute(sql, [boot_id])
