import contextlib
import datetime as dt
import subprocess
import sys

import pytest

from hub import series
from hub.db import connect, faults, migrate, products
from hub.db.cameras import add_camera, next_id
from hub.db.migrations import migrations
from products.manifest import LiveFacts

NOW = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
STEPS = [migration.name for migration in migrations.pending(connect(":memory:"))]


def schema(path):
    with contextlib.closing(connect(path)) as db:
        rows = db.query("SELECT name, sql FROM sqlite_master ORDER BY name")
        return {row["name"]: row["sql"] for row in rows}


@pytest.mark.parametrize("step", STEPS[1:])
def test_migrating_an_old_database_equals_a_fresh_one(tmp_path, step):
    old, fresh = tmp_path / "old.db", tmp_path / "fresh.db"
    with contextlib.closing(connect(old)) as db:
        migrations.apply(db, stop_before=step)
    migrate(old)
    migrate(fresh)
    assert schema(old) == schema(fresh)


def test_migrating_keeps_what_is_there(tmp_path):
    path = tmp_path / "hub.db"
    with contextlib.closing(connect(path)) as db:
        migrations.apply(db, stop_before="m004_references_and_live_variants")
        add_camera(db, "ASK001", "Roof", NOW)
        facts = LiveFacts(taken_utc=NOW, night="2026-11-21").model_dump_json()
        row = {"camera_id": "ASK001", "sha256": "0" * 64, "facts": facts}
        times = {"taken_utc": NOW.isoformat(), "received_utc": NOW.isoformat()}
        db.table("live").insert(row | times)
    migrate(path)
    with contextlib.closing(connect(path)) as db:
        assert products.live_frame(db, "ASK001").variants == {}


def test_processes_that_migrate_at_once_wait_for_each_other(tmp_path):
    code = "import sys; from pathlib import Path; from hub.config import HubSettings; from hub.serving import prepare; "
    code += "prepare(HubSettings(data=Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path / "data")]
    running = [subprocess.Popen(command) for _ in range(6)]
    assert [process.wait(timeout=30) for process in running] == [0] * 6
    with contextlib.closing(connect(tmp_path / "data" / "hub.db")) as db:
        assert not migrations.pending(db)
        assert faults(db) == []


def test_every_table_is_strict(tmp_path):
    migrate(tmp_path / "hub.db")
    series.migrate(tmp_path / "series.db")
    for name in ("hub.db", "series.db"):
        ours = {
            table: sql
            for table, sql in schema(tmp_path / name).items()
            if sql and sql.startswith("CREATE TABLE") and not table.startswith("_")
        }
        assert ours
        assert all("STRICT" in sql for sql in ours.values())


def test_ids_count_on_from_the_highest(tmp_path):
    migrate(tmp_path / "hub.db")
    with contextlib.closing(connect(tmp_path / "hub.db")) as db:
        assert next_id(db, "ASK") == "ASK001"
        for camera_id in ("ASK001", "ASK007", "XYZ900"):
            add_camera(db, camera_id, "Roof", NOW)
        assert next_id(db, "ASK") == "ASK008"


HEARTBEATS = """
import datetime as dt, pathlib, sys
from hub.db import cameras, connect
from products.manifest import CameraDescription, Hello
now = dt.datetime.now(dt.UTC)
place = dict(name="Roof", latitude_deg=1, longitude_deg=2, zone="UTC")
here = CameraDescription(interval_s=30, software="x", **place)
db = connect(pathlib.Path(sys.argv[1]))
for _ in range(150):
    cameras.heard_from(db, "ASK001", Hello(agent="x", time=now), now)
    cameras.describe(db, "ASK001", here)
db.close()
"""


def test_workers_that_write_at_once_wait_for_each_other(tmp_path):
    path = tmp_path / "hub.db"
    migrate(path)
    with contextlib.closing(connect(path)) as db:
        add_camera(db, "ASK001", "Roof", NOW)
    command = [sys.executable, "-c", HEARTBEATS, path]
    workers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    said = [worker.communicate()[1].decode() for worker in workers]
    assert said == [""] * 4
