import datetime as dt
import re
from html.parser import HTMLParser

import pytest

from hub.db import cameras, connect

from .sample import MINUTE, NOW, SITES, Sample

SITE = SITES[0]
PAGE = "/en/c/ASK001/sensors"
EVIL = "x' onload=alert(1)"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub with a camera of many sensors, one without any reading, and one with a single reading."""
    sample = Sample(tmp_path_factory.mktemp("hub"))
    key = sample.add_camera("ASK001", "Roof <b>")
    sample.describe(key, SITE)
    gap = (NOW - dt.timedelta(hours=18), NOW - dt.timedelta(hours=17))
    sample.readings(key, SITE, NOW - dt.timedelta(days=3), NOW, gap)
    odd = [
        ("housing", "temperature", "°C", -127.0, MINUTE),
        ("housing", "temperature", "°C", 11.5, 2 * MINUTE),
        ("mast", "wind", EVIL[:16], 4.9, MINUTE),
        ("hub", "kp_index", "", 3.3, MINUTE),
        ("ir", "cloud_state", "", 3.0, MINUTE),
        ("system", "supply_low", "", 0.0, MINUTE),
        ("sky", "illuminance", "lx", 0.0, MINUTE),
        ("sky", "illuminance", "lx", 0.002, 2 * MINUTE),
        ("old", "humidity", "%", 50.0, dt.timedelta(days=9)),
    ]
    points = [
        {"sensor": sensor, "quantity": quantity, "unit": unit, "value": value, "time": (NOW - age).isoformat()}
        for sensor, quantity, unit, value, age in odd
    ]  # fmt: skip
    answer = sample.send("POST", "readings", key, json={"points": points})
    assert answer.json["accepted"] == len(points)
    sample.add_camera("ASK002", "Silent")
    one = sample.add_camera("ASK003", "Single")
    sample.send("POST", "readings", one, json={"points": points[:1]})
    return sample


def read(hub, address, **asked):
    answer = hub.client.get(address, query_string=asked)
    assert answer.status_code == 200
    return answer.text


def words(html):
    """Return what is to be read, dashes and minus signs as hyphens."""
    plain = html.translate({0x2212: "-", 0x2013: "-"})
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", plain))


class Tags(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def named(self, tag, **wanted):
        return [
            attributes
            for name, attributes in self.found
            if name == tag and wanted.items() <= attributes.items()
        ]


def test_the_newest_readings_stand_in_blocks_with_unit_sensor_and_age(hub):
    live = words(read(hub, PAGE).split('class="history')[0])
    order = ["Sky", "Environment", "System", "Other readings"]
    at = [live.index(f" {name} Quantity Value") for name in order]
    assert at == sorted(at)
    assert re.search(r"Temperature bme280 · 5.min [-\d.]+ °C", live)
    assert re.search(r"Clouds ir · 60.s overcast", live)
    assert re.search(r"Supply voltage too low system · 60.s no", live)
    assert re.search(r"Kp index hub · 60.s 3.30", live)


def test_numbers_and_names_are_german_on_the_german_page(hub):
    live = words(read(hub, "/de/c/ASK001/sensors").split('class="history')[0])
    assert re.search(r"Temperatur bme280 · 5.min [-\d]+,\d °C", live)
    assert "bedeckt" in live


def test_an_implausible_value_is_shown_as_such_and_not_drawn(hub):
    page = read(hub, PAGE)
    assert re.search(r"Temperature housing · 60.s · not plausible -127.0", words(page))
    assert "1 implausible reading is not drawn." in page
    label = next(
        one["aria-label"] for one in Tags(page).named("svg", **{"class": "lines"})
        if "Temperature" in one["aria-label"]
    )  # fmt: skip
    assert "127" not in label


def test_a_sensor_that_is_no_more_is_not_among_the_newest(hub):
    assert " old " not in words(read(hub, PAGE).split('class="history')[0])


def test_what_has_no_data_is_absent(hub):
    page = read(hub, "/en/c/ASK003/sensors")
    assert "Environment" in page
    assert "System" not in page
    assert "Other readings" not in page
    assert "Grafana" not in page


def test_each_family_has_one_chart_with_a_table_and_files_of_what_it_shows(hub):
    page = read(hub, PAGE)
    figures = Tags(page).named("figure")
    names = [one["data-series"] for one in figures if "data-series" in one]
    assert "bme280.temperature,housing.temperature,bme280.dew_point" in names
    assert len(names) == len(set(names)) == page.count('<table class="numbers">')
    links = [one["href"] for one in Tags(page).named("a") if "series=" in one["href"]]
    assert len(links) == 3 * len(names)
    for link in links:
        answer = hub.client.get(link)
        assert answer.status_code == 200, link
    shown = hub.client.get(next(link for link in links if "json" in link)).json
    assert shown["bucket_s"] == 600


def test_a_gap_is_left_open_and_explained(hub):
    page = read(hub, PAGE)
    assert '<rect class="gone"' in page
    assert "22 Nov, 02:50 - 22 Nov, 03:40: camera offline" in words(page)
    line = re.search(r'<path class="s1" d="(M[^"]*)"', page)[1]
    assert line.count("M") == 2


def test_light_is_drawn_by_powers_of_ten_and_darkness_without_any_is_left_out(hub):
    page = read(hub, PAGE)
    (figure,) = (
        one
        for one in Tags(page).named("figure")
        if one.get("data-series") == "sky.illuminance"
    )
    assert "data-logarithmic" in figure


def test_the_clock_can_be_utc(hub):
    local, utc = read(hub, PAGE), read(hub, PAGE, clock="utc")
    assert "21 Nov, 20:48 - 22 Nov, 20:48 Europe/Berlin" in words(local)
    assert "21 Nov, 19:48 - 22 Nov, 19:48 UTC" in words(utc)
    assert 'clock=utc"' in read(hub, PAGE, clock="utc", range="7d").split("Earlier")[0]


@pytest.mark.parametrize("name", ["24h", "7d", "30d", "1y"])
def test_every_range_is_drawn_in_few_points(hub, name):
    page = read(hub, PAGE, range=name)
    choices = page.split('aria-label="Range"')[1].split("</nav>")[0]
    (chosen,) = Tags(choices).named("a", **{"aria-current": "true"})
    assert f"range={name}" in chosen["href"]
    for path in re.findall(r'<path class="s\d" d="([^"]*)"', page):
        assert path.count(" ") < 320


def test_earlier_and_later_lead_to_the_neighbours(hub):
    page = read(hub, PAGE)
    assert not Tags(page).named("a", rel="next")
    (earlier,) = Tags(page).named("a", rel="prev")
    before = hub.client.get(earlier["href"]).text
    assert "20 Nov, 20:48 - 21 Nov, 20:48" in words(before)
    (later,) = Tags(before).named("a", rel="next")
    assert "21 Nov, 20:48 - 22 Nov, 20:48" in words(hub.client.get(later["href"]).text)


@pytest.mark.parametrize(
    "asked",
    [
        {"range": "<script>alert(1)</script>"},
        {"from": "2026-11-22", "to": "2026-11-21"},
        {"from": "x" * 3000},
        {"to": "0001-01-01"},
        {"from": "9999-12-31T23:59:59Z"},
    ],
)
def test_a_stretch_that_is_none_shows_the_last_day_and_says_so(hub, asked):
    page = read(hub, PAGE, **asked)
    assert "these are the last 24 hours." in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "0001-01-01"},
        {"from": "1999-01-01", "to": "9999-12-31"},
        {"from": "2026-11-22T19:47:11Z", "to": "2026-11-22T19:47:12Z"},
        {"from": "2026-11-22T19:47:12.0001Z", "to": "2026-11-22T19:47:12.0002Z"},
        {"from": "2026-11-22T19:00:00+25:00"},
        {"clock": "mars"},
        {"points": "1000000000"},
        {"from": "2000-01-01", "to": "2000-01-02"},
    ],
)
def test_odd_addresses_are_answered(hub, asked):
    assert "<h1>" in read(hub, PAGE, **asked)
    assert "<h1>" in read(hub, "/de/c/ASK002/sensors", **asked)
    assert "<h1>" in read(hub, "/en/c/ASK003/sensors", **asked)


def test_an_empty_stretch_names_the_newest_reading(hub):
    page = words(read(hub, PAGE, **{"from": "2020-01-01", "to": "2020-02-01"}))
    assert (
        "There are no readings in this stretch of time. The newest is of 22 Nov, 20:4"
        in page
    )


def test_a_camera_without_readings_says_so(hub):
    page = read(hub, "/en/c/ASK002/sensors")
    assert "This camera has not sent any readings yet." in page
    assert "History" not in page


def test_what_a_camera_calls_things_stays_text(hub):
    page = read(hub, PAGE)
    for tag, attributes in Tags(page).found:
        assert not [
            name for name in attributes if name.startswith("on") or name == "style"
        ], tag
    assert "Roof <b>" not in page


def test_charts_elsewhere_are_linked_where_there_are_any(hub):
    assert "Grafana" not in read(hub, PAGE)
    db = connect(hub.settings.hub_db)
    cameras.set_camera(db, "ASK001", grafana_url="https://charts.example/d/1")
    db.close()
    assert 'href="https://charts.example/d/1"' in read(hub, PAGE)


def test_an_unknown_camera_has_no_page(hub):
    assert hub.client.get("/en/c/ASK009/sensors").status_code == 404


def test_every_reading_is_offered_only_where_one_answer_can_hold_them(hub, monkeypatch):
    assert "every reading as CSV" in read(hub, PAGE)
    monkeypatch.setattr("hub.series.MOST_READINGS", 0)
    assert "every reading as CSV" not in read(hub, PAGE)
