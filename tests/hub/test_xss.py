"""What a camera or an operator writes is text on every page, never a part of the page."""

import dataclasses
import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from hub.cli import main
from tests.hub import sample
from tests.hub.sample import NOW, SITES

EVIL = """"><script>evil()</script><img src=x onerror=evil()>'"""
ADDRESSES = [
    *("/en/", "/de/cameras?view=list", "/en/map", "/en/highlights", "/en/network"),
    *("/en/xp", "/en/c/ASK001", "/de/c/ASK001/sensors", "/en/c/ASK001/profile"),
    *("/en/c/ASK001/keograms", "/en/c/ASK001/archive", "/en/c/ASK001/long-term"),
    *("/en/c/ASK001/2026-11-21", "/embed/ASK001", "/de/join?name=" + EVIL),
    *("/en/highlights?camera=" + EVIL, "/en/?q=" + EVIL, "/en/c/" + EVIL),
]
XML = ["/badge/ASK001.svg", "/feed/highlights.atom", "/feed/ASK001.atom"]


class Page(HTMLParser):
    """Notes the scripts, handlers and addresses of a page."""

    def __init__(self, text):
        super().__init__()
        self.faults, self._script = [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._script = dict(attrs) if tag == "script" else None
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().startswith("javascript:"):
                self.faults.append((tag, name, value))
        if tag == "img" and ("src", "x") in attrs:
            self.faults.append((tag, attrs))

    def handle_data(self, data):
        if self._script is not None and data.strip():
            assert self._script.get("type") == "application/ld+json", data
            json.loads(data)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evil")
    filled = sample.Sample(folder, size_px=120)
    site = dataclasses.replace(SITES[0], name=EVIL)
    key = filled.add_camera("ASK001", EVIL)
    described = {
        "name": EVIL, "latitude_deg": 51.1, "longitude_deg": 10.4, "country": "DE",
        "zone": "Europe/Berlin", "interval_s": 60, "software": EVIL,
        "hardware": {EVIL: EVIL, "lens": EVIL},
        "sensors": [
            {"name": "outside", "driver": EVIL[:40], "enabled": True, "available": False, "problem": EVIL},
        ],
    }  # fmt: skip
    filled.send("PUT", "camera", key, json=described)
    filled.live(key, site, NOW, site.weather[0])
    filled.readings(key, site, NOW - 60 * sample.MINUTE, NOW)
    filled.night(key, site, sample.Night.at(NOW, site.tz).previous, site.weather[0])
    event = {
        "rev": 1, "kind": "meteor", "state": "candidate", "night": "2026-11-21",
        "taken_utc": "2026-11-22T00:00:00Z", "facts": {EVIL: EVIL, "note": EVIL},
    }  # fmt: skip
    filled.send("PUT", "events/one", key, json=event)
    filled.hello(key, state="error", state_reason=EVIL, problem=EVIL)
    words = ["highlight", "add", "ASK001", "2026-11-21", "keogram"]
    words += ["--category", "aurora", "--en", EVIL, "--de", EVIL]
    run(folder, *words)
    profile = folder / "profile.json"
    profile.write_text(json.dumps({"about": {"en": EVIL, "de": EVIL}}))
    run(folder, "profile", "ASK001", "set", str(profile))
    run(folder, "profile", "ASK001", "enable")
    return filled


def run(folder, *words):
    main(["--data", str(folder), *words], standalone_mode=False)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_text_becomes_a_part_of_a_page(hub, address):
    answer = hub.client.get(address)
    assert answer.status_code in (200, 400, 404)
    assert "<script>evil" not in answer.text
    assert Page(answer.text).faults == []


@pytest.mark.parametrize("address", XML)
def test_no_text_becomes_a_part_of_a_picture_or_feed(hub, address):
    answer = hub.client.get(address)
    assert answer.status_code == 200
    names = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(answer.data).iter()}  # fmt: skip
    assert not names & {"script", "img"}


def test_the_evil_texts_are_shown_as_text(hub):
    assert "&lt;script&gt;evil" in hub.client.get("/en/c/ASK001").text
    assert "&lt;script&gt;evil" in hub.client.get("/en/highlights").text
