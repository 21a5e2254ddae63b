"""What `edge.db` knows of the disk's content: how much the frames of each night are, and what must not go."""

from collections.abc import Iterable
from dataclasses import dataclass

from edge.store import Store, writing
from products.sun import SUNRISE_DEG


@dataclass(frozen=True, slots=True)
class StoredFrames:
    """The frames of one night on the disk: of the night itself, or of the day around it."""

    night: str
    of_day: bool
    count: int
    size_bytes: int


def stored_frames(store: Store) -> list[StoredFrames]:
    """Return how much the frames of each night are, oldest night first."""
    sql = """
        SELECT night, coalesce(sun_altitude_deg, -90) > ? AS of_day, count(*) AS count, sum(bytes) AS size_bytes
        FROM frames GROUP BY 1, 2 ORDER BY 1, 2 DESC
    """
    rows = store.db.query(sql, [SUNRISE_DEG])
    return [StoredFrames(**row | {"of_day": bool(row["of_day"])}) for row in rows]


def frame_paths(store: Store, night: str, *, of_day: bool) -> list[str]:
    """Return the paths of these frames, relative to the data folder."""
    sql = "SELECT path FROM frames WHERE night = ? AND (coalesce(sun_altitude_deg, -90) > ?) = ?"
    rows = store.db.query(sql, [night, SUNRISE_DEG, int(of_day)])
    return [row["path"] for row in rows]


def forget_frames(store: Store, paths: Iterable[str]) -> None:
    """Remove the records of frames whose files are gone."""
    with writing(store.db):
        store.db.conn.executemany(
            "DELETE FROM frames WHERE path = ?", [(path,) for path in paths]
        )


def favourites(store: Store) -> set[str]:
    """Return the nights that always stay."""
    rows = store.db.query("SELECT night FROM nights WHERE favourite = 1")
    return {row["night"] for row in rows}


def set_favourite(store: Store, night: str, *, favourite: bool) -> None:
    """Say whether a night always stays."""
    sql = """
        INSERT INTO nights (night, favourite) VALUES (?, ?)
        ON CONFLICT (night) DO UPDATE SET favourite = excluded.favourite
    """
    with writing(store.db):
        store.db.execute(sql, [night, int(favourite)])


def nights_to_send(store: Store) -> set[str]:
    """Return the nights of which something still waits for the hub."""
    rows = store.db.query("SELECT DISTINCT night FROM outbox WHERE state = 'queued'")
    return {row["night"] for row in rows}


def reopen_night(store: Store, night: str) -> None:
    """Let the products of a night be made anew."""
    with writing(store.db):
        store.db.execute(
            "UPDATE nights SET finished_utc = NULL WHERE night = ?", [night]
        )
