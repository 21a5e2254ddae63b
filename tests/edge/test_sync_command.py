"""``allsky-edge sync --status`` and ``--retry``, over what a real sender left behind."""

import datetime as dt
import json
import random
from contextlib import closing

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.clock import VirtualClock
from edge.config import load
from edge.hub_key import write_key
from edge.outbox import Outbox
from edge.store import Store
from edge.sync import Sync
from products.manifest import ProductManifest, sha256_hex

NIGHT = "2026-11-21"
NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)


class Camera:
    """A camera with its settings on disk."""

    def __init__(self, folder, hub, **more):
        self.folder, self.config = folder, folder / "config.json"
        site = {
            "name": "Hill",
            "latitude_deg": 48.05,
            "longitude_deg": 8.2,
            "zone": "Europe/Berlin",
        }
        self.config.write_text(
            json.dumps({"site": site, "hub": {"url": hub.url, **more}})
        )
        write_key(folder, hub.key)
        self.settings = load(self.config)
        self.clock = VirtualClock(NOW)

    def queue(self, kind, content=b"picture"):
        with closing(Store(self.settings.data)) as store:
            path = store.products_folder(NIGHT) / f"{kind}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sha256 = sha256_hex(content)
            manifest = ProductManifest(
                sha256=sha256, size=len(content), type="image/jpeg", rev=1
            )
            Outbox(store).queue_product(NIGHT, kind, manifest, {sha256: path}, NOW)
            return path

    def add_readings(self, count):
        with closing(Store(self.settings.data)) as store:
            for n in range(count):
                reading = {
                    "sensor": "outside",
                    "quantity": "temperature",
                    "value": n,
                    "unit": "°C",
                }
                store.add_readings(NOW + dt.timedelta(seconds=n), [reading])

    def run(self, seconds):
        chance = random.Random(5)
        with closing(Sync(self.settings, self.folder, self.clock, chance)) as sync:
            end = self.clock.monotonic() + seconds
            while self.clock.monotonic() < end:
                self.clock.sleep(sync.step())

    def sync(self, *words):
        done = CliRunner().invoke(
            main, ["--config", str(self.config), "sync", *words], env={"COLUMNS": "200"}
        )
        assert done.exit_code == 0, done.output
        return done.output

    def status(self, *words):
        return json.loads(self.sync("--status", "--json", *words))


@pytest.fixture
def camera(tmp_path, fake_hub):
    return Camera(tmp_path, fake_hub)


def test_of_a_camera_that_never_ran_it_says_so(camera):
    facts = camera.status()
    assert facts["state"] == "never ran"
    assert facts["lanes"]["readings"]["waiting"] == 0
    assert "Never ran" in camera.sync("--status")


def test_each_lane_says_how_much_waits_and_since_when(camera):
    camera.queue("keogram")
    camera.queue("timelapse", bytes(2_000_000))
    camera.add_readings(3)
    lanes = camera.status()["lanes"]
    assert (lanes["keogram"]["waiting"], lanes["keogram"]["bytes"]) == (1, 7)
    assert lanes["timelapse"]["bytes"] == 2_000_000
    assert lanes["readings"]["waiting"] == 3
    assert lanes["timelapse"]["oldest_utc"] == "2026-11-21T20:00:00.000Z"
    assert lanes["readings"]["oldest_utc"] == "2026-11-21T20:00:00.000Z"
    words = camera.sync("--status")
    assert "1 (2.0 MB)" in words
    assert "2026-11-21 20:00:00" in words


def test_after_all_is_sent_it_says_when_each_lane_last_worked(camera):
    camera.queue("keogram")
    camera.add_readings(3)
    camera.run(120)
    facts = camera.status()
    assert (facts["state"], facts["dead"], facts["line"]["failures"]) == (
        "online",
        [],
        0,
    )
    for lane in ("heartbeat", "readings", "keogram"):
        assert facts["lanes"][lane]["succeeded_utc"].startswith("2026-11-21T20:0")
        assert facts["lanes"][lane]["waiting"] == 0
    assert facts["lanes"]["timelapse"]["succeeded_utc"] is None


def test_what_was_transferred_is_counted(camera, fake_hub):
    camera.queue("keogram", random.Random(1).randbytes(300_000))
    camera.run(120)
    with closing(Store(camera.settings.data)) as store:
        counted = next(store.db.query("SELECT * FROM traffic"))
    bodies = sum(len(one.body) for one in fake_hub.received)
    assert counted["month"] == "2026-11"
    assert 300_000 < bodies < counted["bytes"] < bodies + 20_000


def test_what_is_dead_is_named_with_its_reason_and_retried_on_demand(camera, fake_hub):
    path = camera.queue("keogram")
    path.unlink()
    camera.run(120)
    [dead] = camera.status()["dead"]
    assert dead["key"] == f"{NIGHT}/keogram"
    assert "is gone" in dead["reason"]
    assert "Given up: 2026-11-21/keogram" in camera.sync("--status")
    path.write_bytes(b"picture")
    assert "Queued again: 1." in camera.sync("--retry")
    camera.clock.sleep((dt.datetime.now(dt.UTC) - camera.clock.now()).total_seconds())
    camera.run(120)
    assert camera.status()["dead"] == []
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]


def test_a_line_that_is_down_and_its_breaker_are_told(camera, fake_hub):
    fake_hub.stop()
    camera.run(3600)
    facts = camera.status()
    assert facts["state"] == "hub unreachable"
    assert facts["line"]["failures"] >= 5
    assert "breaker open" in camera.sync("--status")


def test_a_refused_key_is_told(camera):
    write_key(camera.folder, "skc_of-somebody-else")
    camera.run(600)
    assert "Last state: key refused" in camera.sync("--status")
    assert camera.status()["line"]["next_utc"] == "2026-11-21T21:00:00.000Z"


def test_a_lane_that_waits_for_a_quota_is_told_and_holds_up_no_other(camera, fake_hub):
    camera.queue("keogram")
    camera.add_readings(20)
    fake_hub.answer_next(
        "PUT",
        "/sync/blobs",
        507,
        headers={"Retry-After": "3600"},
        code="quota_bytes",
        detail="The bytes of today are used up until 00:00 UTC.",
        retryable=True,
    )
    camera.run(600)
    facts = camera.status()
    assert facts["state"] == "online"
    assert "used up until 00:00" in facts["lanes"]["keogram"]["problem"]
    assert facts["lanes"]["keogram"]["next_utc"] == "2026-11-21T21:00:00.000Z"
    assert facts["lanes"]["readings"]["problem"] == ""
    assert len(fake_hub.readings) == 20
    assert fake_hub.products == {}
    camera.clock.sleep(3600)
    camera.run(60)
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]
    assert camera.status()["lanes"]["keogram"]["problem"] == ""


def test_a_lane_that_must_rest_says_by_which_setting(tmp_path, fake_hub):
    camera = Camera(tmp_path, fake_hub, metered=True, monthly_budget_mb=500)
    camera.queue("timelapse")
    camera.queue("keogram", b"keogram")
    camera.run(120)
    facts = camera.status()
    assert "hub.metered" in facts["lanes"]["timelapse"]["problem"]
    assert list(fake_hub.products) == [f"{NIGHT}/keogram"]
    assert facts["traffic"]["budget_mb"] == 500
    assert "of 500 MB" in camera.sync("--status")


def test_a_lane_whose_hours_begin_no_longer_rests(tmp_path, fake_hub):
    camera = Camera(tmp_path, fake_hub, large_files_hours="01:00-06:00")
    camera.run(60)  # 21:00 in Berlin
    assert "01:00-06:00" in camera.status()["lanes"]["timelapse"]["problem"]
    camera.clock.sleep(5 * 3600)
    camera.run(60)
    assert camera.status()["lanes"]["timelapse"]["problem"] == ""


def test_json_alone_is_a_wrong_usage(camera):
    done = CliRunner().invoke(main, ["--config", str(camera.config), "sync", "--json"])
    assert done.exit_code == 2
