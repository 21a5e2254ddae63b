"""What may be sent over a line that is slow by day, paid by volume, or has a budget: the sender against a real hub."""

import datetime as dt
from contextlib import closing

import pytest

from edge.allowance import Allowance
from edge.bandwidth import Bandwidth
from edge.clock import VirtualClock
from edge.config import parse
from edge.outbox import Outbox
from edge.outbox_lanes import Traffic
from edge.outbox_rows import LANES
from edge.store import Store

NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.0512,
    "longitude_deg": 8.2034,
    "zone": "Europe/Berlin",
}
LARGE = ("startrails", "timelapse", "frames", "backfill")


class Rules:
    """The rules of one camera, and what was transferred."""

    def __init__(self, store, now, **hub):
        self.clock = VirtualClock(now)
        limit = hub.get("limit_kb_s")
        self.bandwidth = Bandwidth(self.clock, limit and limit * 1000)
        self.traffic = Traffic(store.db)
        settings = parse({"site": SITE, "hub": hub})
        self.allowance = Allowance(settings, self.clock, self.bandwidth, self.traffic)

    def transfer(self, megabytes):
        self.bandwidth.count(round(megabytes * 1e6))
        self.allowance.write_down()

    def allowed(self):
        lanes = ("heartbeat", "live image", "events", "readings", *LANES)
        return [lane for lane in lanes if not self.allowance.refusal(lane)]


@pytest.fixture
def rules(tmp_path):
    with closing(Store(tmp_path / "data")) as store:
        Outbox(store)
        yield lambda now=NOW, **hub: Rules(store, now, **hub)


def test_without_rules_everything_may_go(rules):
    assert len(rules().allowed()) == 4 + len(LANES)


def test_a_metered_line_carries_heartbeat_readings_keogram_and_fewer_live_images(rules):
    one = rules(metered=True)
    assert one.allowed() == ["heartbeat", "live image", "readings", "keogram"]
    assert one.allowance.live_interval_s(300_000) == 600
    assert one.allowance.takes_kind("keogram")
    assert not one.allowance.takes_kind("year-keogram")


@pytest.mark.parametrize(
    ("hours", "utc", "allowed"),
    [
        ("01:00-06:00", "2026-11-21T00:00", True),  # 01:00 in Berlin
        ("01:00-06:00", "2026-11-21T23:59", False),
        ("01:00-06:00", "2026-11-22T04:59", True),
        ("01:00-06:00", "2026-11-22T05:00", False),
        ("22:00-06:00", "2026-11-21T21:00", True),
        ("22:00-06:00", "2026-11-22T03:00", True),
        ("22:00-06:00", "2026-11-22T12:00", False),
        ("01:00-06:00", "2026-07-21T03:59", True),  # 05:59 in summer
        ("01:00-06:00", "2026-07-21T04:01", False),
    ],
)
def test_large_files_keep_to_their_hours_in_local_time(rules, hours, utc, allowed):
    now = dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    one = rules(now, large_files_hours=hours)
    assert all(bool(one.allowance.refusal(lane)) != allowed for lane in LARGE)
    assert not one.allowance.refusal("keogram")
    if not allowed:
        assert hours in one.allowance.refusal("timelapse")


def test_a_budget_holds_products_then_the_live_image_then_all_but_hourly_hellos(rules):
    one = rules(monthly_budget_mb=100)
    one.transfer(79)
    assert len(one.allowed()) == 4 + len(LANES)
    one.transfer(2)
    assert one.allowed() == ["heartbeat", "live image", "events", "readings"]
    assert "80 %" in one.allowance.refusal("timelapse").replace("80%", "80 %")
    one.transfer(15)
    assert one.allowed() == ["heartbeat", "events", "readings"]
    assert one.allowance.hello_interval_s == 60
    one.transfer(5)
    assert one.allowed() == ["heartbeat"]
    assert one.allowance.hello_interval_s == 3600


def test_the_budget_survives_a_restart_and_begins_anew_with_the_month(rules):
    one = rules(monthly_budget_mb=100)
    one.transfer(101)
    assert rules(monthly_budget_mb=100).allowed() == ["heartbeat"]
    december = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    assert len(rules(december, monthly_budget_mb=100).allowed()) > 1
    one.clock.sleep((december - NOW).total_seconds())
    one.transfer(1)
    assert len(one.allowed()) > 1
    assert one.traffic.of_month(december) == 1_000_000
    assert one.traffic.of_month(NOW) == 101_000_000


def test_few_bytes_are_written_down_once_a_minute(rules):
    one = rules()
    for _ in range(59):
        one.transfer(0.001)
        one.clock.sleep(1)
    assert one.traffic.of_month(NOW) == 0
    one.clock.sleep(1)
    one.transfer(0.001)
    assert one.traffic.of_month(NOW) == 60_000


def test_the_live_image_takes_half_of_a_limit_at_most(rules):
    one = rules(limit_kb_s=10)
    assert one.allowance.live_interval_s(100_000) == 30
    assert one.allowance.live_interval_s(300_000) == 60
