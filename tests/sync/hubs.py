"""The real hub as a process, and requests made by hand."""

import contextlib
import datetime as dt
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import requests

from hub.config import HubSettings
from hub.db import cameras, connect, keys
from products.manifest import sha256_hex

TODAY = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
START = TODAY - dt.timedelta(days=2) + dt.timedelta(hours=18)


class LocalHub:
    """``allsky-hub serve`` with its two workers, on the same port after a restart.

    The workers are forked from one process that has everything loaded, so that one that is killed is soon replaced.
    """

    def __init__(self, data: Path, **environment: str) -> None:
        self.settings = HubSettings(data=data)
        self._environment = {"GUNICORN_CMD_ARGS": "--preload"} | environment
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Migrate, serve, and return when the hub answers."""
        self._process = subprocess.Popen(
            [*self._command, "serve", "--no-jobs", "--port", str(self.port)],
            env=os.environ | self._environment,
            start_new_session=True,
        )
        until(self._answers, "the hub answers", process=self._process)

    def get(self, path: str) -> requests.Response:
        """Visit a page."""
        return requests.get(self.url + path, timeout=20)

    def stop(self) -> None:
        """End it in good order."""
        assert self._process
        self._process.terminate()
        self._process.wait(timeout=30)

    def revive(self) -> None:
        """Start it again if it has been killed."""
        assert self._process
        if self._process.poll() is not None:
            self.start()

    def run(self, *words: str) -> str:
        """Run a command of ``allsky-hub`` and return what it prints."""
        done = subprocess.run(
            [*self._command, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def new_camera(self) -> tuple[str, str]:
        """Register a camera; return its ID and key."""
        with self.database() as db:
            camera_id = cameras.next_id(db, "ASK")
            cameras.add_camera(db, camera_id, "Roof", START)
            return camera_id, keys.add_key(db, camera_id, START)

    def database(self):
        return closing(connect(self.settings.hub_db))

    def products(self, camera_id: str) -> dict[str, tuple[int, str]]:
        """Return what is published: key -> (revision, SHA-256)."""
        sql = "SELECT night, kind, part, rev, sha256 FROM products WHERE camera_id = ?"
        with self.database() as db:
            return {
                "/".join(filter(None, row[:3])): (row[3], row[4])
                for row in db.execute(sql, [camera_id])
            }

    def events(self, camera_id: str) -> dict[str, int]:
        """Return what has happened in the sky: id -> revision."""
        sql = "SELECT id, rev FROM events WHERE camera_id = ?"
        with self.database() as db:
            return {row["id"]: row["rev"] for row in db.query(sql, [camera_id])}

    def readings(self, camera_id: str) -> Counter[tuple[str, str, int, float]]:
        """Return every stored reading: (sensor, quantity, milliseconds, value)."""
        sql = """
            SELECT sensor, quantity, ts_ms, value FROM series JOIN reading ON series_id = series.id WHERE camera_id = ?
        """
        with closing(connect(self.settings.series_db)) as db:
            return Counter(tuple(row) for row in db.execute(sql, [camera_id]))

    def files(self) -> set[str]:
        """Return the SHA-256 of every file in the blob store, and assert that each has the content it is named by."""
        found = {path.name: path for path in self._all_files("blobs")}
        for name, path in found.items():
            with path.open("rb") as file:
                assert hashlib.file_digest(file, "sha256").hexdigest() == name
        return set(found)

    def unfinished(self, camera_id: str = "") -> list[Path]:
        """Return the files that are arriving, or have been left behind, and the parts of a camera's, or all."""
        parts = self._all_files("uploads")
        parts = [one for one in parts if one.name.startswith(camera_id)]
        return self._all_files("incoming") + parts

    def _all_files(self, folder: str) -> list[Path]:
        return [p for p in (self.settings.data / folder).rglob("*") if p.is_file()]

    @property
    def _command(self) -> list[str]:
        program = Path(sys.executable).with_name("allsky-hub")
        return [str(program), "--data", str(self.settings.data)]

    def _answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        return False


class Caller:
    """Requests of a camera, made by hand."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def __call__(self, method: str, path: str, **options) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        address = f"{self.url}/api/v1/sync/{path}"
        return requests.request(method, address, headers=headers, timeout=30, **options)

    def put_blob(self, content: bytes, type_: str = "image/jpeg", sha256: str = ""):
        name, headers = sha256 or sha256_hex(content), {"Content-Type": type_}
        return self("PUT", f"blobs/{name}", data=content, headers=headers)

    def piece(self, content: bytes, start: int, end: int, type_: str = "image/jpeg"):
        """Send the bytes from ``start`` until before ``end`` of a file."""
        headers = {
            "Content-Type": type_,
            "Upload-Offset": str(start),
            "Upload-Length": str(len(content)),
        }
        address = f"blobs/{sha256_hex(content)}"
        return self("PATCH", address, data=content[start:end], headers=headers)

    def publish(
        self, key: str, content: bytes, rev: int = 1, type_: str = "image/jpeg"
    ):
        """Send the manifest of a product that has one file."""
        manifest = {
            "rev": rev,
            "sha256": sha256_hex(content),
            "size": len(content),
            "type": type_,
        }
        return self("PUT", f"products/{key}", json=manifest)


def until(true, what: str, timeout_s: float = 30, process=None) -> None:
    """Wait until something is true; fail with ``what`` it was when it does not become so."""
    end = time.monotonic() + timeout_s
    while not true():
        assert process is None or process.poll() is None, "the process has ended"
        if time.monotonic() > end:
            pytest.fail(f"not within {timeout_s} s: {what}")
        time.sleep(0.01)
