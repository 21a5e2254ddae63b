"""The recurring work, and what the sweeper takes and leaves."""

import contextlib
import datetime as dt
import fcntl
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests
from click.testing import CliRunner

from hub import jobs, series, sweeping
from hub.cli import main
from hub.config import HubSettings
from hub.db import blobs, connect, uploads, usage
from hub.db.cameras import add_camera
from hub.db.publication import ProductKey, publish
from hub.db.uploads import Upload
from hub.db.usage import Counter
from hub.media import blob_store
from hub.serving import prepare
from hub.uploads import add_piece, partial_path
from products.manifest import ProductManifest, sha256_hex
from products.utc import utc_text

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def settings(tmp_path):
    prepared = HubSettings(data=tmp_path)
    prepare(prepared)
    return prepared


@pytest.fixture
def db(settings):
    with contextlib.closing(connect(settings.hub_db)) as opened:
        add_camera(opened, "ASK001", "Roof", NOW)
        yield opened


@pytest.fixture
def put(settings, db, make_jpeg):
    """Return what stores a picture as a camera's blob of a certain age."""

    def stored(shade, age=dt.timedelta(0)):
        content = io.BytesIO(make_jpeg(shade))
        blob = blob_store(settings).receive(content, None, "image/jpeg", 10**6)
        blobs.add_blob(db, "ASK001", blob, NOW - age)
        return blob

    return stored


def age(path, by):
    then = (NOW - by).timestamp()
    os.utime(path, (then, then))


def sweep(settings):
    return {
        name: done.units for name, done in jobs.run_once(settings, lambda: NOW).items()
    }


def test_a_fresh_hub_has_nothing_to_do(settings):
    done = jobs.run_once(settings, lambda: NOW)
    assert set(done.values()) == {jobs.Done(0)}


def test_files_that_were_cut_off_go_after_a_day(settings):
    folder = settings.data / "incoming"
    folder.mkdir()
    for name, since in (("old", 1.1 * DAY), ("young", 0.9 * DAY)):
        (folder / name).write_bytes(b"half")
        age(folder / name, since)
    sweep(settings)
    assert [path.name for path in folder.iterdir()] == ["young"]


def test_partial_files_go_a_week_after_their_last_piece(settings, db):
    begun = [Upload("ASK001", f"{n:064x}", 9999, "image/jpeg") for n in range(3)]
    for upload, since in zip(begun, (8 * DAY, 6 * DAY, 8 * DAY), strict=True):
        add_piece(settings, db, upload, io.BytesIO(b"piece"), NOW - since)
        age(partial_path(settings, upload), since)
    old, young, lost = begun
    partial_path(settings, lost).unlink()
    (settings.data / "uploads" / "no row").write_bytes(b"?")
    age(settings.data / "uploads" / "no row", 8 * DAY)
    sweep(settings)
    assert uploads.find_upload(db, "ASK001", old.sha256) is None
    assert uploads.find_upload(db, "ASK001", lost.sha256) is None
    assert uploads.find_upload(db, "ASK001", young.sha256).offset == 5
    left = list((settings.data / "uploads").iterdir())
    assert left == [partial_path(settings, young)]


def test_files_that_were_never_published_go_and_published_ones_stay(settings, db, put):
    loose, fresh, needed = put(1, 8 * DAY), put(2, 6 * DAY), put(3, 400 * DAY)
    manifest = ProductManifest(rev=1, **needed.model_dump())
    publish(db, ProductKey("ASK001", "2026-11-20", "keogram"), manifest, NOW)
    sweep(settings)
    store = blob_store(settings)
    assert [store.has(blob) for blob in (loose, fresh, needed)] == [False, True, True]
    assert [blob.sha256 for blob in blobs.all_blobs(db)] == sorted(
        [fresh.sha256, needed.sha256]
    )


def test_files_without_a_row_go_after_a_day(settings, make_jpeg, put):
    known = put(1)
    store = blob_store(settings)
    orphans = [
        store.receive(io.BytesIO(make_jpeg(shade)), None, "image/jpeg", 10**6)
        for shade in (2, 3)
    ]
    age(store.path(orphans[0].sha256), 1.1 * DAY)
    age(store.path(known.sha256), 100 * DAY)
    sweep(settings)
    assert [store.has(blob) for blob in (*orphans, known)] == [False, True, True]


def test_old_counters_are_forgotten(settings, db):
    for days in (1, 3):
        counter = Counter("ASK001", "bytes", NOW - days * DAY)
        assert usage.spend(db, counter, 5, 10)
    sweep(settings)
    (left,) = db.query("SELECT start_utc, amount FROM usage")
    assert left == {"start_utc": utc_text(NOW - DAY), "amount": 5}


def test_readings_are_summed_up(settings):
    point = {
        "sensor": "outside",
        "quantity": "temperature",
        "time": (NOW - DAY).isoformat(),
        "value": 3.5,
        "unit": "°C",
    }
    window = series.Window.of(NOW, NOW)
    with contextlib.closing(connect(settings.series_db)) as readings:
        series.add_points(readings, "ASK001", [point], window)
    assert sweep(settings)["sum up readings"] == 1
    assert sweep(settings)["sum up readings"] == 0


def test_lost_files_are_reported(settings, put, caplog):
    blob = put(1)
    blob_store(settings).remove(blob.sha256)
    sweep(settings)
    assert blob.sha256 in caplog.text


def test_a_job_that_fails_never_stops_the_others(settings, caplog):
    def poisoned(desk):
        raise ZeroDivisionError("of all things")

    left = [3]

    def three(desk):
        left[0] -= 1
        return left[0] >= 0

    rota = (jobs.Job("bad", poisoned, 1.0), jobs.Job("good", three, 1.0))
    done = jobs.run_once(settings, lambda: NOW, rota)
    assert done["good"] == jobs.Done(3)
    assert "of all things" in done["bad"].failure
    assert "'bad'" in caplog.text


def test_two_processes_never_do_the_jobs_of_one_folder(settings):
    with (settings.data / "jobs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(jobs.AlreadyRunningError):
            jobs.run_once(settings, lambda: NOW)
        said = CliRunner().invoke(main, ["--data", str(settings.data), "jobs"])
    assert said.exit_code == 1
    assert "another process" in said.output


def test_the_command_tells_people_and_machines(settings):
    words = ["--data", str(settings.data), "jobs"]
    assert "nothing to do" in CliRunner().invoke(main, words).output
    done = json.loads(CliRunner().invoke(main, [*words, "--json"]).output)
    assert done["empty the trash"] == {"units": 0, "failure": ""}


def test_prune_takes_what_is_fresh_only_when_told(settings, db, put, make_jpeg):
    blob = put(1)
    content = make_jpeg(2)
    upload = Upload("ASK001", sha256_hex(content), len(content), "image/jpeg")
    add_piece(settings, db, upload, io.BytesIO(content[:100]), NOW)
    words = ["--data", str(settings.data), "prune"]
    assert CliRunner().invoke(main, words).output == "Nothing to remove.\n"
    said = CliRunner().invoke(main, [*words, "--at-once", "--json"]).output
    assert json.loads(said) == {
        "incoming": False,
        "uploads": True,
        "unneeded": True,
        "unknown": False,
    }
    assert not blob_store(settings).has(blob)
    assert not list((settings.data / "uploads").iterdir())
    found = sweeping.sweep_all(settings, db, NOW, at_once=True)
    assert not any(found.values())


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_does_the_jobs_and_takes_them_along_when_it_ends(tmp_path, end):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("allsky-hub"))
    command = [program, "--data", str(tmp_path), "serve", "--port", str(port)]
    server = subprocess.Popen([*command, "--workers", "1"], start_new_session=True)
    try:
        worker = _await(lambda: _jobs_of(server.pid))
        _await((tmp_path / "jobs.lock").exists)
        _await(lambda: _is_up(port))
        server.send_signal(end)
        server.wait(timeout=20)
        _await(lambda: _is_gone(worker))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)  # the workers of a killed master


def _jobs_of(pid):
    children = psutil.Process(pid).children()
    return next((one for one in children if "jobs" in one.cmdline()), None)


def _is_gone(process):
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _is_up(port):
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def _await(true):
    for _ in range(400):
        if found := true():
            return found
        time.sleep(0.05)
    return pytest.fail("it did not come to pass in 20 s")
