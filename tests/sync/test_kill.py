"""``kill -9`` of the sender and of the hub at each step of the way of a file: 200 points, drawn with a seed."""

import datetime as dt
import logging
import os
import random
import signal
import sys
from collections import Counter
from contextlib import closing

import pytest

from .hubs import LocalHub
from .killing import KillPlan
from .senders import HERE, Nursery
from .world import START, Camera, nothing_lost_and_nothing_twice

log = logging.getLogger(__name__)

KILLS = 100
KINDS = ("keogram", "startrails", "timelapse")
STAGES = {
    "sender": {"statement", "packet"},
    "hub": {"write", "flush", "rename", "delete", "statement", "packet"},
}
VIDEO_BYTES, LIMIT_KB_S = 240_000, 1000  # goes in four pieces
WHOLE = 0.04  # so many kills take all processes of the hub, the others one worker


@pytest.fixture
def plans(tmp_path):
    """Return the plans of the sender and of the hub."""
    return {who: KillPlan(tmp_path / f"{who}.json") for who in ("sender", "hub")}


@pytest.fixture
def nursery(plans):
    nursery = Nursery(plans["sender"].path)
    yield nursery
    nursery.close()


@pytest.fixture
def hub(tmp_path, plans):
    """Return a hub whose workers heed their plan."""
    mortal = {
        "PYTHONPATH": os.pathsep.join([str(HERE / "mortal"), str(HERE), *sys.path]),
        "KILL_PLAN": str(plans["hub"].path),
    }
    hub = LocalHub(tmp_path / "hub", **mortal)
    yield hub
    hub.stop()


@pytest.fixture
def camera(tmp_path, hub):
    camera_id, key = hub.new_camera()
    folder, line = tmp_path / "camera", {"limit_kb_s": LIMIT_KB_S}
    with closing(Camera(folder, hub.url, key, **line)) as camera:
        camera.id = camera_id
        yield camera


def make_something(camera, number, videos):
    """Take a few readings, and make a product or the next revision of one: each third a video in pieces."""
    camera.measure(7, START + dt.timedelta(minutes=number))
    night = (START - dt.timedelta(days=number // 9)).date().isoformat()
    kind, rev = KINDS[number % 3], 1 + number % 9 // 3
    if number % 5 == 0:
        camera.see_meteor(f"meteor-{number}", night)
    if kind == "timelapse":
        camera.make(kind, rev, night, videos(number, VIDEO_BYTES), "video/mp4")
    else:
        camera.make(kind, rev, night)


def kill_once(camera, nursery, plan, hub, draw):
    """Kill at one drawn point, let everything come up again and finish; return whether it came to the kill."""
    plan.write(*draw)
    ended = nursery.send_all(camera, hub)
    killed = plan.take_away()["done"]
    hub.revive()
    if ended:
        assert ended == -signal.SIGKILL
        assert nursery.send_all(camera, hub) == 0
    return killed


def no_orphan_after_the_sweep(camera, hub):
    """Assert that what the hub keeps is what its rows name, and that every product and event still has its files."""
    hub.stop()
    hub.run("prune", "--at-once")
    assert not hub.unfinished()
    with hub.database() as db:
        named = {row["sha256"] for row in db.query("SELECT sha256 FROM blobs")}
        needed = {row["sha256"] for row in db.query("SELECT sha256 FROM product_blobs")}
        partly = db.table("uploads").count
    assert hub.files() == named == needed
    assert partly == 0
    assert len(needed) == 3 * len(camera.made) + len(camera.seen)
    assert "0 faults" in hub.run("check", "--hash")
    hub.start()


@pytest.mark.parametrize("who", ["sender", "hub"])
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    who, hub, nursery, plans, camera, videos
):
    seed = 20261122
    chance, plan = random.Random(f"{seed} {who}"), plans[who]
    for number in range(3):
        make_something(camera, number, videos)
    plan.write()
    assert nursery.send_all(camera, hub) == 0
    steps = plan.take_away()["seen"]
    assert steps.keys() >= STAGES[who], steps
    kills = Counter()
    for number in range(3, 3 + KILLS + KILLS // 5):
        make_something(camera, number, videos)
        stage = chance.choice(sorted(STAGES[who]))
        most = -(-steps[stage] // 3)
        whole = who == "hub" and chance.random() < WHOLE
        draw = stage, chance.randrange(most), chance.choice(["before", "after"]), whole
        log.warning("seed %d, product %d: kill the %s at %s", seed, number, who, draw)
        kills[stage] += kill_once(camera, nursery, plan, hub, draw)
        if kills.total() == KILLS:
            break
    assert kills.total() == KILLS, kills
    nothing_lost_and_nothing_twice(camera, camera.id, hub)
    no_orphan_after_the_sweep(camera, hub)
