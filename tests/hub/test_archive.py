import datetime as dt
import re

import pytest

from . import sample
from .sample import SITES

# The clock in Tromsø goes back on 25 October 2026 at 01:00 UTC: 02:30 comes twice.
TURN = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
EVENING = dt.datetime(2026, 11, 21, 22, 10, tzinfo=dt.UTC)  # 23:10 in Hainich
HOUR = dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub with a night that crosses midnight, and one in which the clock is set back."""
    hub = sample.Sample(tmp_path_factory.mktemp("hub"), size_px=60)
    weather = SITES[0].weather[0]
    for camera_id, site, start in (
        ("ASK001", SITES[0], EVENING),
        ("ASK003", SITES[2], TURN),
    ):
        key = hub.add_camera(camera_id, site.name)
        hub.describe(key, site)
        for number in range(4):
            hub.frame(key, site, start + number * HOUR / 2, weather)
    hub.add_camera("ASK002", "New")
    return hub


def html(hub, address, status=200):
    answer = hub.client.get(address)
    assert answer.status_code == status, answer.text[:300]
    return answer.text


def test_a_day_is_that_of_the_camera_and_not_a_night(hub):
    first = html(hub, "/en/c/ASK001/archive/2026-11-21")
    second = html(hub, "/en/c/ASK001/archive/2026-11-22")
    times = r"<time datetime=[^>]+>([\d:]+)</time>"
    assert re.findall(times, first) == ["23:10", "23:40"]
    assert re.findall(times, second) == ["00:10", "00:40"]
    assert 'rel="next" href="/en/c/ASK001/archive/2026-11-22"' in first
    assert 'rel="prev" href="/en/c/ASK001/archive/2026-11-21"' in second
    assert "First day" in first
    assert "Newest day" in second


def test_an_hour_that_comes_twice_is_shown_twice(hub):
    text = html(hub, "/en/c/ASK003/archive/2026-10-25")
    assert re.findall(r'<h2 id="h\d+">([\d:]+)</h2>', text) == [
        "02:00",
        "02:00",
        "03:00",
    ]
    assert len(set(re.findall(r'<h2 id="(h\d+)">', text))) == 3


def test_the_calendar_counts_the_frames_of_each_day_and_shows_one(hub):
    text = html(hub, "/de/c/ASK001/archive")
    days = re.findall(
        r'class="tile" href="/de/c/ASK001/archive/([\d-]+)".*?class="count">([^<]+)<',
        text,
        re.DOTALL,
    )
    assert days == [("2026-11-21", "2 Bilder"), ("2026-11-22", "2 Bilder")]
    assert len(re.findall(r"<img", text)) == 2


def test_every_frame_is_a_plain_link_to_its_file(hub):
    text = html(hub, "/en/c/ASK001/archive/2026-11-21")
    links = re.findall(r'class="frame" href="(/b/\w+\.jpg)"', text)
    assert len(links) == 2
    for link in links:
        with hub.client.get(link) as answer:
            assert answer.status_code == 200


def test_a_camera_without_frames_says_so(hub):
    assert "has not sent frames" in html(hub, "/en/c/ASK002/archive")


@pytest.mark.parametrize(
    "date",
    [
        "2026-11-20", "2026-02-30", "20261121", "0001-01-01", "0202-01-01", "9999-12-31", "%00", "x" * 4000,
        "2026-W47-6",
    ],
)  # fmt: skip
def test_a_day_without_frames_is_a_friendly_404(hub, date):
    assert "not even stars" in html(hub, f"/en/c/ASK001/archive/{date}", 404)


@pytest.mark.parametrize(
    "query", ["from=2026-11&to=2026-01", "from=x", "to=" + "9" * 999]
)
def test_nonsense_in_the_range_still_shows_days(hub, query):
    assert 'class="tile"' in html(hub, f"/en/c/ASK001/archive?{query}")
