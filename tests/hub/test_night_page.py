import contextlib
import datetime as dt
import re
from itertools import pairwise

import pytest

from hub import create_app
from hub.db import connect, trash
from hub.public.best_frames import APART, best_frames
from products.night import Night
from products.sun import Interval
from products.utc import utc_text

from . import sample
from .sample import MINUTE, NOW, SITES

SITE = SITES[0]
NIGHT = "2026-11-21"
MIDNIGHT = dt.datetime(2026, 11, 21, 23, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub with one night: keogram, video, frames in the archive, star counts, clouds, events."""
    hub = sample.Sample(tmp_path_factory.mktemp("hub"), size_px=60)
    key = hub.keys["ASK001"] = hub.add_camera("ASK001", "Roof")
    hub.describe(key, SITE)
    hub.night(key, SITE, Night.named(NIGHT, SITE.tz), SITE.weather[0])
    for number in range(-8, 8):
        hub.frame(key, SITE, MIDNIGHT + 30 * number * MINUTE, SITE.weather[0])
    seen = [(MIDNIGHT + 5 * n * MINUTE, n) for n in range(-60, 60)]
    points = [
        {"sensor": "camera", "quantity": quantity, "unit": unit, "value": value, "time": utc_text(moment)}
        for moment, n in seen
        for quantity, unit, value in (
            ("star_count", "", 300 - abs(n)), ("cloud_cover", "%", 0 if -12 <= n <= 24 else 95)
        )
    ]  # fmt: skip
    hub.send("POST", "readings", key, json={"points": points})
    _event(hub, key, "met-1", "candidate", MIDNIGHT)
    _event(hub, key, "met-2", "in_clouds", MIDNIGHT + MINUTE)
    _event(hub, key, "met-3", "strange_one", MIDNIGHT + 2 * MINUTE)
    hub.frame(key, SITE, NOW - 40 * 24 * 60 * MINUTE, SITE.weather[0])
    return hub


def _event(hub, key, name, state, moment):
    picture = hub.picture(key, sample.sky.disc(60, -30, SITE.weather[0]))
    event = {"rev": 1, "kind": "meteor", "state": state, "night": NIGHT, "taken_utc": utc_text(moment),
             "picture": picture}  # fmt: skip
    hub.send("PUT", f"events/{name}", key, json=event)


def html(hub, address, status=200):
    answer = hub.client.get(address)
    assert answer.status_code == status, answer.text[:300]
    return answer.text


def test_the_verdict_says_when_it_was_clear(hub):
    text = html(hub, f"/en/c/ASK001/{NIGHT}")
    begin, end = re.search(r"Clear from (\d\d:\d\d) to (\d\d:\d\d)\.", text).groups()
    assert (begin, end) == ("23:00", "02:00")  # an hour before midnight to two after
    assert "Klar von 23:00 bis 02:00 Uhr." in html(hub, f"/de/c/ASK001/{NIGHT}")


def test_events_have_a_time_a_picture_and_a_mark_on_the_axis(hub):
    text = html(hub, f"/en/c/ASK001/{NIGHT}")
    assert 'id="met-1"' in text
    assert 'href="#met-1"' in text
    assert "Meteor, candidate" in text
    assert "Meteor, strange one" in text
    assert "1 more candidate was seen only between clouds" in text
    assert 'id="met-2"' not in text
    picture = re.search(r'id="met-1">\s*<a href="([^"]+)"', text)[1]
    with hub.client.get(picture) as answer:
        assert answer.status_code == 200


def test_the_best_frames_are_those_with_the_most_stars(hub):
    text = html(hub, f"/en/c/ASK001/{NIGHT}")
    best = text[text.index('id="best"') : text.index('id="times"')]
    times = re.findall(r"<time [^>]+>([\d:]+)</time>", best)
    # A frame every half hour, most stars at midnight, an hour apart at least.
    assert "00:00" in times
    assert len(times) == 4
    assert all(other in {"22:00", "23:00", "00:00", "01:00", "02:00"} for other in times)  # fmt: skip
    assert f'href="/en/c/ASK001/archive/{NIGHT}"' in best


def test_the_cursor_finds_the_frames_of_the_night_in_order(hub):
    answer = hub.client.get(f"/c/ASK001/{NIGHT}/frames.json")
    moments = [one["ms"] for one in answer.json]
    assert len(moments) == 16
    assert moments == sorted(moments)
    assert MIDNIGHT.timestamp() * 1000 in moments
    with hub.client.get(answer.json[0]["url"]) as picture:
        assert picture.status_code == 200
    again = {"If-None-Match": answer.headers["ETag"]}
    assert hub.client.get(f"/c/ASK001/{NIGHT}/frames.json", headers=again).status_code == 304  # fmt: skip


def test_a_night_of_which_only_frames_are_there_has_a_page(hub):
    night = Night.at(NOW - 40 * 24 * 60 * MINUTE, SITE.tz)
    text = html(hub, f"/en/c/ASK001/{night.name}")
    assert "1 frame" in text
    assert "Keogram of" not in text


@pytest.mark.parametrize("night", ["2026-02-30", "20261121", "x", "9999-12-31"])
def test_the_frames_of_no_night_are_a_404(hub, night):
    assert hub.client.get(f"/c/ASK001/{night}/frames.json").status_code == 404


def test_best_frames_are_apart_and_known_by_their_stars():
    class Frame:
        def __init__(self, moment):
            self.taken_utc = moment

    frames = [Frame(MIDNIGHT + 10 * n * MINUTE) for n in range(40)]
    stars = [(one.taken_utc, float(n)) for n, one in enumerate(frames)]
    best = best_frames(frames, stars)
    assert [frames.index(one) for one in best] == [24, 29, 34, 39]
    assert all(b.taken_utc - a.taken_utc >= APART for a, b in pairwise(best))  # fmt: skip
    dark = [Interval(frames[5].taken_utc, frames[12].taken_utc)]
    assert [frames.index(one) for one in best_frames(frames, stars, dark)] == [6, 11]
    assert best_frames(frames, []) == []
    assert best_frames(frames, [(MIDNIGHT - 60 * MINUTE, 99.0)]) == []
    assert best_frames(frames, [(one.taken_utc, 0.0) for one in frames]) == []


def test_a_deleted_event_leaves_a_page_that_is_kept_at_once(hub):
    settings = hub.settings.model_copy(update={"keep_pages": True})
    later = hub.now + dt.timedelta(days=2)
    visitor = create_app(settings, now=lambda: later).test_client()
    address, names = f"/en/c/ASK001/{NIGHT}", [f"{NIGHT}/event/met-1"]
    before = visitor.get(address).text
    assert visitor.get(address).text == before
    with contextlib.closing(connect(settings.hub_db)) as db:
        assert trash.delete_products(db, "ASK001", names, "test", later) == names
        after = visitor.get(address).text
        assert trash.restore_products(db, "ASK001", names, "test", later) == names
    assert after != before
    assert visitor.get(address).text == before
