import datetime as dt
import io
import json
import re

import pytest

from hub.public.heaven import hours_of_darkness, night_sky
from products.night import Night
from products.sun import Place
from products.utc import utc_text

from . import sample
from .sample import MINUTE, NOW, SITES

SITE = SITES[0]


@pytest.fixture
def hub(tmp_path):
    hub = sample.Sample(tmp_path, size_px=60)
    hub.describe(hub.add_camera("ASK001", "Roof"), SITE)
    return hub


def page(hub, language="en"):
    answer = hub.client.get(f"/{language}/c/ASK001")
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def put_card(hub, note):
    """Show the card that a camera shows when no frame comes."""
    facts = {"taken_utc": utc_text(NOW), "night": "2026-11-22", "note": note}
    picture = io.BytesIO(sample.sky.jpeg(sample.sky.disc(60, -30, SITE.weather[0])))
    files = {"facts": json.dumps(facts), "image": (picture, "image.jpg")}
    hub.send("PUT", "live", hub.keys["ASK001"], data=files)


def test_a_card_that_says_why_there_is_no_frame_is_told_in_words(hub):
    hub.hello(hub.keys["ASK001"], state="recover")
    put_card(hub, "No frame from the camera: the cable <is> loose.")
    text = page(hub)
    assert "late · no image" in text
    assert "No frame comes from the camera module." in text
    assert '<q lang="en">the cable &lt;is&gt; loose.</q>' in text
    assert "data-sky" not in text
    assert "Vom Kameramodul kommt kein Bild." in page(hub, "de")


def test_a_sleeping_camera_says_why_in_the_language_of_the_page(hub):
    said = "It is day: frames are taken when the sun is below -3°."
    due = utc_text(NOW + 90 * MINUTE)
    hub.hello(hub.keys["ASK001"], state="sleep", state_reason=said, next_frame_utc=due)
    assert "Dort ist Tag: Bilder gibt es, wenn die Sonne unter \u22123° steht." in page(
        hub, "de"
    )


def test_an_old_picture_says_how_old_it_is(hub):
    key = hub.keys["ASK001"]
    hub.live(key, SITE, NOW - 300 * MINUTE, SITE.weather[0])
    hub.now = NOW + 30 * MINUTE
    text = page(hub).replace("\u202f", " ")
    assert "The picture is 5 h old." in text
    assert 'class="sky sky-ASK001 past"' in text


def test_the_computer_is_told_apart_from_the_sensors(hub):
    key = hub.keys["ASK001"]
    measured = (
        ("system", "uptime", "h", 100.0), ("system", "disk_free", "GB", 12.34), ("system", "supply_low", "", 1.0),
        ("system", "cpu_temperature", "°C", 51.2), ("roof", "temperature", "°C", 3.5),
    )  # fmt: skip
    moment = utc_text(NOW - MINUTE)
    points = [
        {"sensor": sensor, "quantity": name, "unit": unit, "value": value, "time": moment}
        for sensor, name, unit, value in measured
    ]  # fmt: skip
    hub.send("POST", "readings", key, json={"points": points})
    hub.hello(key, disk_free_bytes=99_000_000_000)
    text = page(hub).replace("\u202f", " ")
    system = text[text.index('id="system"') :]
    for words in ("4 d", "12.3 GB", "51.2 °C", "too weak", "allsky-edge 0.1.0"):
        assert words in system[: system.index("</section>")]
    assert re.findall(r"<caption>([^<]+)", text) == ["roof"]


def test_an_old_heartbeat_says_nothing_of_the_disk(hub):
    hub.hello(hub.keys["ASK001"], disk_free_bytes=99_000_000_000)
    assert "99.0" in page(hub)
    hub.now = NOW + 90 * MINUTE
    assert "99.0" not in page(hub)


def test_sharing_needs_no_other_site_and_the_code_leads_to_the_page(hub):
    text = page(hub, "de")
    assert f'value="{hub.settings.url}/de/c/ASK001"' in text
    assert "&lt;iframe src=" in text
    answer = hub.client.get("/de/c/ASK001/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.data.startswith(b"<?xml")
    again = {"If-None-Match": answer.headers["ETag"]}
    assert hub.client.get("/de/c/ASK001/qr.svg", headers=again).status_code == 304
    assert hub.client.get("/de/c/ASK009/qr.svg").status_code == 404


def test_grafana_is_named_only_where_there_is_one(hub):
    assert "Grafana" not in page(hub)


@pytest.mark.parametrize("latitude", [-67, -33, 0, 28.75, 51.1, 69.65, 89])
@pytest.mark.parametrize("month", [1, 3, 6, 9, 12])
def test_the_quick_hours_of_darkness_are_those_of_the_whole_scan(latitude, month):
    place = Place(latitude, 10.45)
    night = Night(dt.date(2026, month, 21), SITE.tz)
    difference = hours_of_darkness(place, night) - night_sky(place, night).darkness
    assert abs(difference) < dt.timedelta(minutes=2)
