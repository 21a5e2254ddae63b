"""What every request of a camera and every process of the hub can count on."""

import contextlib
import socket

import pytest

from hub import create_app
from hub.config import HubSettings
from hub.db import connect
from hub.serving import prepare
from hub.sync.bodies import SILENCE_S


@pytest.fixture
def app(tmp_path):
    settings = HubSettings(data=tmp_path)
    prepare(settings)
    return create_app(settings)


def test_a_line_of_a_camera_that_falls_silent_is_given_up(app):
    here, there = socket.socketpair()
    with here, there:
        line = {"gunicorn.socket": here}
        app.test_client().get("/healthz", environ_overrides=line)
        assert here.gettimeout() is None  # a visitor's slow line may take its time
        app.test_client().put("/api/v1/sync/live", environ_overrides=line)
        assert here.gettimeout() == SILENCE_S


def test_the_connection_that_stays_open_holds_up_no_checkpoint(app, tmp_path):
    assert (tmp_path / "hub.db-shm").exists()
    with contextlib.closing(connect(tmp_path / "hub.db")) as db:
        db.execute("CREATE TABLE trial (n INTEGER)")
        busy, _, left = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, left) == (0, 0)
    assert app.test_client().get("/healthz").status_code == 200
