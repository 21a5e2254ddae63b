"""Time: a clock in 1970 until NTP or the hub tells it, and the nights in which the clocks are changed."""

import datetime as dt
import itertools
from contextlib import closing

import pytest

from edge.environment import Environment
from edge.store_clock import held_counts

from ..fakes.clocks import UnsetClock
from ..fakes.faulty_proxy import Fault
from .world import (
    Camera,
    nothing_is_sent_again,
    nothing_lost_and_nothing_twice,
)

EPOCH = dt.datetime(1970, 1, 1, 0, 0, 40, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
SENSOR = {"name": "outside", "driver": "simulated-climate", "interval_s": 60}


@pytest.fixture
def unset(tmp_path, hub, proxy):
    """Return a camera whose clock stands in 1970, and its program that reads a sensor each minute."""
    camera_id, key = hub.new_camera()
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    clock = UnsetClock(EPOCH, now - dt.timedelta(hours=3))
    with closing(Camera(tmp_path / camera_id, proxy.url, key, clock)) as camera:
        camera.id = camera_id
        settings = camera.settings.model_validate(camera.raw | {"sensors": [SENSOR]})
        settings = settings.model_copy(update={"data": camera.settings.data})
        with closing(Environment(settings, clock)) as camera.environment:
            yield camera


def live(camera, minutes):
    """Let both programs work for so many minutes."""
    end = camera.clock.monotonic() + 60 * minutes
    while camera.clock.monotonic() < end:
        camera.clock.sleep(min(5.0, camera.environment.step(), camera.step()) or 0.01)


def times(hub, camera):
    """Return when the hub believes each sensor and quantity was read."""
    found = {}
    for sensor, quantity, ms, _ in hub.readings(camera.id):
        moment = dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
        found.setdefault((sensor, quantity), []).append(moment)
    return {what: sorted(moments) for what, moments in found.items()}


def test_what_was_read_in_1970_is_sent_once_and_under_its_true_time(unset, proxy, hub):
    first = unset.clock.true_now
    proxy.plan = lambda _request: Fault("cut_before")
    live(unset, 35)
    assert held_counts(unset.store)[1] > 100
    assert unset.store.unsent_count() == 0
    unset.clock.set_by_ntp()
    live(unset, 5)
    proxy.plan = type(proxy).plan
    live(unset, 50)
    last = unset.clock.true_now
    moments = times(hub, unset)["outside", "temperature"]
    assert abs(moments[0] - first) < MINUTE
    assert abs(last - moments[-1]) < 3 * MINUTE
    gaps = {later - earlier for earlier, later in itertools.pairwise(moments)}
    assert gaps == {MINUTE}
    assert held_counts(unset.store) == (0, 0)


def test_without_ntp_the_hub_tells_the_time(unset, proxy, hub):
    proxy.plan = lambda _request: Fault("cut_before")
    live(unset, 20)
    assert held_counts(unset.store)[1] > 60
    proxy.plan = type(proxy).plan
    live(unset, 50)
    now, ahead = dt.datetime.now(dt.UTC), dt.timedelta(minutes=50)
    for moments in times(hub, unset).values():
        assert len(moments) >= 20
        assert moments[0] > now - dt.timedelta(minutes=50)
        assert moments[-1] < now + ahead
        assert len(set(moments)) == len(moments)


@pytest.mark.parametrize(("night", "hours"), [("2026-10-24", 25), ("2026-03-28", 23)])
def test_the_night_of_a_change_of_the_clocks_arrives_whole_and_once(
    night, hours, camera, proxy, hub
):
    """In Berlin the hour from 2 to 3 comes twice on the 25th of October, and never on the 29th of March."""
    offset = 2 if hours == 25 else 1
    noon = dt.datetime.fromisoformat(f"{night}T12:00:00Z") - dt.timedelta(hours=offset)
    for minute in range(hours * 60):
        camera.measure(1, noon + minute * MINUTE)
    for half_hour in range(hours * 2):
        at = noon + half_hour * 30 * MINUTE
        camera.make(f"frame/{at:%Y%m%dT%H%M%SZ}", night=night)
    camera.make("keogram", night=night)
    camera.run_until_sent()
    nothing_lost_and_nothing_twice(camera, camera.id, hub)
    assert sum(hub.readings(camera.id).values()) == hours * 60
    nothing_is_sent_again(camera, proxy)
    assert hub.get(f"/de/c/{camera.id}/{night}").status_code == 200
