"""Frames for the archive: one for every stretch of time, as it was shown, whatever is restarted or cut short."""

import datetime as dt
import io
import os
import signal
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from edge.archive import Archive
from edge.capture import build_capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.live import LiveImages
from edge.outbox import Outbox
from edge.service import run_together
from edge.store import Store
from products.jpeg import encode
from products.manifest import LiveFacts, sha256_hex

EVENING = dt.datetime(2026, 11, 22, 20, 3, tzinfo=dt.UTC)
NIGHT = "2026-11-22"
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}


class Rig:
    """An archive and what it has queued."""

    def __init__(self, data, **products):
        self.settings = parse({"site": SITE, "products": products})
        self.store = Store(data)
        self.outbox = Outbox(self.store)
        self.live = LiveImages(self.store.scratch)
        self.archive = Archive(self.store, self.settings)

    def show(self, taken_utc, shade=40, size=(700, 1200)):
        rgb = np.full((*size, 3), shade, np.uint8)
        facts = LiveFacts(taken_utc=taken_utc, night=NIGHT, gain=2.5, exposure_us=9)
        shown = self.live.publish(encode(rgb, 90), rgb, facts)
        return self.archive.keep(shown, taken_utc)

    def parts(self):
        return sorted(one.part for one in self.outbox.due(EVENING.replace(hour=23)))


@pytest.fixture
def make_rig(tmp_path):
    made = []

    def make(**products):
        made.append(Rig(tmp_path / "data", **products))
        return made[-1]

    yield make
    for rig in made:
        rig.store.close()


def test_the_first_frame_of_every_ten_minutes_is_kept(make_rig):
    rig = make_rig()
    for second in range(0, 3600, 45):
        rig.show(EVENING + dt.timedelta(seconds=second), shade=second // 45)
    assert rig.parts() == [
        "20261122T200300Z",
        "20261122T201030Z",
        "20261122T202015Z",
        "20261122T203000Z",
        "20261122T204030Z",
        "20261122T205015Z",
        "20261122T210000Z",
    ]


def test_it_is_queued_as_it_is_shown_with_a_small_version_and_its_facts(make_rig):
    rig = make_rig()
    rig.show(EVENING)
    product = rig.outbox.next_product(EVENING, "frames")
    assert product.key == f"{NIGHT}/frame/20261122T200300Z"
    manifest, small = product.manifest, product.manifest.variants["480"]
    assert (manifest.width, manifest.height, manifest.type) == (1200, 700, "image/jpeg")
    assert (small.width, small.height) == (480, 280)
    assert manifest.first == manifest.last == EVENING
    assert manifest.facts == {"exposure_us": 9, "gain": 2.5}
    for blob in manifest.blobs():
        content = product.files[blob.sha256].read_bytes()
        assert sha256_hex(content) == blob.sha256
        assert Image.open(io.BytesIO(content)).width == blob.width
    shown = LiveImages(rig.store.scratch).newest()[1]["image"]
    assert product.files[manifest.sha256].read_bytes() == shown


def test_a_frame_larger_than_the_screen_is_kept_at_1440_pixels(make_rig):
    rig = make_rig()
    rig.show(EVENING, size=(1500, 2000))
    manifest = rig.outbox.next_product(EVENING).manifest
    assert (manifest.width, manifest.height) == (1440, 1080)


@pytest.mark.parametrize("sent", [False, True])
def test_a_restart_neither_doubles_nor_loses(make_rig, sent):
    rig = make_rig()
    rig.show(EVENING)
    if sent:
        rig.outbox.sent(rig.outbox.next_product(EVENING), EVENING)
        rig.outbox.purge(EVENING + dt.timedelta(days=30))
    rig = make_rig()
    assert not rig.show(EVENING + dt.timedelta(minutes=1))
    assert rig.show(EVENING + dt.timedelta(minutes=7))
    assert len(rig.parts()) == 2 - sent


def test_zero_keeps_none(make_rig):
    rig = make_rig(archive_interval_min=0)
    assert not rig.show(EVENING)
    assert rig.parts() == []


def test_other_stretches_begin_at_their_full_multiples(make_rig):
    rig = make_rig(archive_interval_min=60)
    kept = [rig.show(EVENING + dt.timedelta(minutes=n)) for n in range(0, 180, 10)]
    assert [n for n, is_kept in enumerate(kept) if is_kept] == [0, 6, 12]


def test_killed_at_any_moment_there_is_one_for_every_stretch(tmp_path):
    """The process kills itself in the middle of its n-th file or row; then it goes on."""
    program = f"""
import datetime as dt, os, pathlib, signal, sys
import products.files, edge.archive, edge.outbox
from tests.edge.test_archive import EVENING, Rig
calls, last = 0, int(sys.argv[1])
def deadly(call):
    def counted(*args, **more):
        global calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*args, **more)
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return counted
edge.archive.write_atomically = deadly(edge.archive.write_atomically)
rig = Rig(pathlib.Path({str(tmp_path / "data")!r}))
rig.archive._outbox.queue_product = deadly(rig.archive._outbox.queue_product)
for minute in range(int(sys.argv[2]), int(sys.argv[2]) + 25, 2):
    rig.show(EVENING + dt.timedelta(minutes=minute))
"""
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120 - for the path of a child
    for last in range(1, 7):
        done = subprocess.run(
            [sys.executable, "-c", program, str(last), str(30 * last)],
            cwd=root,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        subprocess.run(
            [sys.executable, "-c", program, "0", str(30 * last)], cwd=root, check=True
        )
    with closing(Store(tmp_path / "data")) as store:
        late = EVENING + dt.timedelta(days=1)
        found = list(Outbox(store).due(late))
        starts = {int(one.part[9:11]) * 6 + int(one.part[11:12]) for one in found}
        assert len(found) == len(starts) >= 18
        for one in found:
            assert all(path.exists() for path in one.files.values())


def test_capture_keeps_them_while_it_runs_with_the_text_that_is_shown(tmp_path):
    settings = parse(
        {
            "site": SITE,
            "camera": {"driver": "simulator"},
            "capture": {"interval_s": 60},
            "overlay": {"enabled": True},
        }
    ).model_copy(update={"data": tmp_path / "data"})
    clock = VirtualClock(EVENING)
    program = build_capture(settings, tmp_path, clock)
    with closing(program):
        run_together([program], clock, until=EVENING + dt.timedelta(minutes=30))
    with closing(Store(settings.data)) as store:
        kept = list(Outbox(store).due(clock.now(), "frames"))
        stored = {frame.taken_utc: frame.path for frame in store.frames(NIGHT)}
    assert len(kept) == 4
    for one in kept:
        shown = one.files[one.manifest.sha256].read_bytes()
        clean = next(
            (settings.data / path).read_bytes()
            for taken, path in stored.items()
            if taken.replace(microsecond=0) == one.manifest.first.replace(microsecond=0)
        )
        assert shown != clean
