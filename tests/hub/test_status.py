import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hub.db.cameras import Camera, Visibility
from hub.db.products import Live
from hub.status import State, status_of
from products.manifest import CameraDescription, Hello, LiveFacts

NOW = dt.datetime(2026, 11, 22, 19, 0, tzinfo=dt.UTC)


def ago(**span):
    return NOW - dt.timedelta(**span)


def camera(contact=None, interval_s=60.0, **said):
    description = CameraDescription(
        name="Roof", latitude_deg=50, longitude_deg=10, zone="Europe/Berlin", interval_s=interval_s, software="x"
    )  # fmt: skip
    hello = Hello(agent="x", time=NOW, **said) if contact else None
    return Camera(
        id="ASK001", name="Roof", place=None, tz=ZoneInfo("Europe/Berlin"), country="", visibility=Visibility.PUBLIC,
        grafana_url="", created_utc=ago(days=9), last_contact_utc=contact, description=description, hello=hello,
    )  # fmt: skip


def frame(taken, received=None):
    facts = LiveFacts(taken_utc=taken, night="2026-11-22")
    return Live("ASK001", taken, received or taken, "0" * 64, facts)


def test_a_camera_that_never_sent_anything_is_new():
    assert status_of(camera(), None, NOW).state is State.NEW


def test_a_fresh_frame_is_live_even_without_a_heartbeat():
    taken = ago(seconds=40)
    status = status_of(camera(), frame(taken), NOW)
    assert (status.state, status.moment_utc) == (State.LIVE, taken)


@pytest.mark.parametrize(
    ("interval_s", "age_s", "state"),
    [
        (30, 179, State.LIVE),
        (30, 181, State.LATE),
        (300, 899, State.LIVE),
        (300, 901, State.LATE),
    ],
)
def test_a_frame_may_be_three_intervals_old_but_at_least_three_minutes(
    interval_s, age_s, state
):
    one = camera(ago(seconds=20), interval_s, state="expose")
    assert status_of(one, frame(ago(seconds=age_s)), NOW).state is state


def test_silence_of_more_than_twenty_minutes_is_offline_since_the_last_sign_of_life():
    one = camera(ago(minutes=21), state="sleep")
    status = status_of(one, frame(ago(minutes=45), received=ago(minutes=44)), NOW)
    assert (status.state, status.moment_utc) == (State.OFFLINE, ago(minutes=21))


def test_a_sleeping_camera_says_when_it_wakes():
    dusk = NOW + dt.timedelta(hours=2)
    one = camera(ago(minutes=1), state="sleep", next_frame_utc=dusk)
    status = status_of(one, frame(ago(hours=9)), NOW)
    assert (status.state, status.moment_utc) == (State.ASLEEP, dusk)


def test_a_camera_that_oversleeps_is_late():
    one = camera(ago(minutes=1), state="sleep", next_frame_utc=ago(minutes=10))
    assert status_of(one, frame(ago(hours=9)), NOW).state is State.LATE


def test_a_camera_in_trouble_is_late_and_says_why():
    one = camera(
        ago(minutes=1), state="recover", state_reason="The camera does not answer."
    )
    status = status_of(one, frame(ago(minutes=12)), NOW)
    assert (status.state, status.reason) == (State.LATE, "The camera does not answer.")


def test_an_awake_camera_without_any_frame_is_late_without_a_time():
    assert status_of(camera(ago(minutes=1), state="wait"), None, NOW).moment_utc is None
