"""What other sites show of a camera: frame, oEmbed, badges, and the cards of shared addresses."""

import contextlib
import datetime as dt
import html
import io
import json
import os
import re
from xml.etree import ElementTree

import pytest
from flask import Response
from flask.testing import FlaskClient
from PIL import Image

from hub.db import connect, xp
from hub.media import live_store
from hub.public.cards_og import KEPT, forget_old_cards

from . import sample
from .sample import NOW

SITE = "http://127.0.0.1:8080"
NIGHT = "2026-11-21"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=2)


@pytest.fixture
def visitor(filled):
    return Visitor(filled.app, Response)


class Visitor(FlaskClient):
    """A client that reads each answer to its end, as browsers do: files are closed then."""

    def get(self, *where, **options):
        return super().get(*where, buffered=True, **options)


@pytest.fixture
def decorated(filled):
    """Return the sample after a night in which points were counted."""
    with contextlib.closing(connect(filled.settings.hub_db)) as db:
        xp.store(db, "ASK001", {"night": 12}, {"first-light": NOW.date()}, NOW)
    return Visitor(filled.app, Response)


def svg(answer):
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    root = ElementTree.fromstring(answer.text)
    return root, [text.text for text in root.iter(f"{SVG}text")]


def card(answer):
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    with Image.open(io.BytesIO(answer.data)) as picture:
        picture.load()
        return picture


def test_only_the_embedded_page_may_be_framed(visitor):
    policy = "Content-Security-Policy"
    assert "frame-ancestors *" in visitor.get("/embed/ASK001").headers[policy]
    for page in ("/en/c/ASK001", "/embed/ASK999", "/badge/ASK001.svg"):
        assert "frame-ancestors 'none'" in visitor.get(page).headers[policy]


def test_the_frame_shows_the_sky_and_leads_to_the_site(visitor):
    text = visitor.get("/embed/ASK001").text
    assert "/c/ASK001/latest-480.jpg" in text
    assert f'href="{SITE}/en/c/ASK001"' in text
    assert 'data-latest="/c/ASK001/latest.json"' in text


def test_language_and_theme_of_a_frame_are_in_its_address(visitor):
    german = {"Accept-Language": "de", "Cookie": "theme=red"}
    plain = visitor.get("/embed/ASK001", headers=german)
    assert '<html lang="en" data-theme="dark"' in plain.text
    assert "Vary" not in plain.headers
    chosen = visitor.get("/embed/ASK001?lang=de&theme=light")
    assert chosen.status_code == 200
    assert '<html lang="de" data-theme="light"' in chosen.text
    assert "Set-Cookie" not in chosen.headers
    odd = visitor.get("/embed/ASK001?lang=xx&theme=<b>")
    assert '<html lang="en" data-theme="dark"' in odd.text


@pytest.mark.parametrize(
    "page", ["/en/c/ASK003", f"/de/c/ASK003/{NIGHT}", "/embed/ASK003", "/de/c/ASK003?x=1"]
)  # fmt: skip
def test_an_address_becomes_a_frame_by_oembed(visitor, page):
    said = visitor.get("/oembed", query_string={"url": SITE + page}).json
    assert (said["version"], said["type"]) == ("1.0", "rich")
    assert said["title"] == "Tromsø <Ramfjord> (ASK003)"
    frame = ElementTree.fromstring(said["html"].replace(' loading="lazy"', ""))
    assert frame.get("title") == "Tromsø <Ramfjord>"
    lang = page[1:3] if page[1:3] == "de" else "en"
    assert frame.get("src") == f"{SITE}/embed/ASK003?lang={lang}"
    path = said["thumbnail_url"].removeprefix(SITE)
    thumbnail = card(visitor.get(path))
    assert thumbnail.size == (said["thumbnail_width"], said["thumbnail_height"])


def test_oembed_keeps_to_the_room_that_there_is(visitor):
    for limits in ({"maxwidth": 200}, {"maxheight": 200}, {"maxwidth": "wide"}):
        query = {"url": f"{SITE}/en/c/ASK001"} | limits
        said = visitor.get("/oembed", query_string=query).json
        largest = int(limits.get("maxwidth", 0) if limits != {"maxwidth": "wide"} else 0)  # fmt: skip
        assert said["width"] <= (largest or 360)
        assert said["height"] <= limits.get("maxheight", 420)


def test_oembed_speaks_xml(visitor):
    query = {"url": f"{SITE}/en/c/ASK001", "format": "xml"}
    answer = visitor.get("/oembed", query_string=query)
    assert answer.mimetype == "text/xml"
    root = ElementTree.fromstring(answer.data)
    assert root.findtext("title") == "Hainich (ASK001)"
    assert root.findtext("html").startswith("<iframe ")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 404),
        ({"url": "http://elsewhere.example/en/c/ASK001"}, 404),
        ({"url": f"{SITE}/en/"}, 404),
        ({"url": f"{SITE}/en/c/ASK999"}, 404),
        ({"url": f"{SITE}/c/ASK001/latest.jpg"}, 404),
        ({"url": "http://[::1"}, 404),
        ({"url": f"{SITE}/en/c/ASK001", "format": "yaml"}, 501),
    ],
)
def test_oembed_answers_for_pages_of_cameras_only(visitor, query, status):
    assert visitor.get("/oembed", query_string=query).status_code == status


def test_a_badge_says_the_state_in_words(visitor):
    root, texts = svg(visitor.get("/badge/ASK001.svg"))
    assert texts == ["Hainich", "live · 41\u202fs ago"]
    assert root.find(f"{SVG}title").text == "Hainich (ASK001): live · 41\u202fs ago"
    _root, texts = svg(visitor.get("/badge/ASK003.svg?lang=de&theme=light"))
    assert texts[0] == "Tromsø <Ramfjord>"
    assert texts[1].startswith("offline seit")


def test_badges_show_level_and_what_was_earned(decorated):
    assert svg(decorated.get("/badge/ASK001/level.svg"))[1][1] == "Level 2 · 120 XP"
    assert svg(decorated.get("/badge/ASK001/first-light.svg"))[1][1] == "First light"
    for name in ("nights-1000", "nonsense"):
        assert decorated.get(f"/badge/ASK001/{name}.svg").status_code == 404
    assert decorated.get("/badge/ASK002/level.svg").status_code == 404


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_words_of_a_badge_can_be_read(visitor, theme):
    """WCAG 2.2: at least 4.5 to 1 between text and ground."""
    root, _texts = svg(visitor.get(f"/badge/ASK001.svg?theme={theme}"))
    ground = luminance(root.find(f"{SVG}rect").get("fill"))
    for text in root.iter(f"{SVG}text"):
        light = luminance(text.get("fill"))
        low, high = sorted((light, ground))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def luminance(colour):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]  # fmt: skip
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_camera_and_night_has_a_card(visitor):
    for page in ("/c/ASK001", f"/c/ASK001/{NIGHT}"):
        address = f"{page}/card.jpg"
        assert card(visitor.get(address)).size == (1200, 630)
        german = visitor.get(f"{address}?lang=de")
        assert card(german).size == (1200, 630)
        assert german.headers["ETag"] != visitor.get(address).headers["ETag"]
    assert visitor.get("/c/ASK001/2020-01-01/card.jpg").status_code == 404


def test_a_card_is_drawn_once_for_what_it_shows_and_forgotten_after_a_day(filled):
    address = "/c/ASK002/card.jpg"
    visitor = Visitor(filled.app, Response)
    first = visitor.get(address)
    folder = filled.settings.data / "cards" / "ASK002" / "now"
    (file,) = folder.iterdir()
    drawn = file.stat().st_mtime_ns
    again = visitor.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert file.stat().st_mtime_ns == drawn
    now = dt.datetime.now(dt.UTC)
    forget_old_cards(filled.settings, now)
    assert file.exists()
    old = (now - KEPT - dt.timedelta(minutes=1)).timestamp()
    os.utime(file, (old, old))
    assert forget_old_cards(filled.settings, now)
    assert not file.exists()
    assert visitor.get(address).data == first.data


def test_a_damaged_picture_costs_a_card_only_the_picture(tmp_path):
    hub = sample.Sample(tmp_path, size_px=120)
    site = sample.SITES[0]
    key = hub.add_camera("ASK001", site.name)
    visitor = Visitor(hub.app, Response)
    assert card(visitor.get("/c/ASK001/card.jpg")).size == (1200, 630)
    hub.describe(key, site)
    hub.live(key, site, NOW, site.weather[-1])
    (frame,) = live_store(hub.settings, "ASK001").folder.iterdir()
    frame.write_bytes(frame.read_bytes()[:2000])
    assert card(visitor.get("/c/ASK001/card.jpg")).size == (1200, 630)


def meta(page):
    """Return what the head of a page says, by property or name."""
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page)
    return {name: html.unescape(said) for name, said in found}


def data(page):
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert not set("<>&'") & set(found), "nothing in it can end the block"
    return json.loads(found)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_shared_page_shows_its_own_picture(visitor, lang):
    for path in ("/c/ASK003", f"/c/ASK003/{NIGHT}"):
        said = meta(visitor.get(f"/{lang}{path}").text)
        assert said["og:url"] == f"{SITE}/{lang}{path}"
        assert said["og:image"] == f"{SITE}{path}/card.jpg?lang={lang}"
        assert said["twitter:card"] == "summary_large_image"
        assert "Tromsø <Ramfjord>" in said["og:title"]
    home = meta(visitor.get(f"/{lang}/").text)
    icon = visitor.get(home["og:image"].removeprefix(SITE))
    assert icon.mimetype == "image/png"


def test_pages_lead_to_their_oembed_and_their_feed(visitor):
    page = visitor.get("/de/c/ASK003").text
    links = dict(re.findall(r'type="application/(json\+oembed|atom\+xml)" href="([^"]+)"', page))  # fmt: skip
    for address in links.values():
        path = html.unescape(address).removeprefix(SITE)
        assert visitor.get(path).status_code == 200, path
    assert set(links) == {"json+oembed", "atom+xml"}


def test_search_engines_learn_what_a_page_is_about(visitor):
    camera = data(visitor.get("/en/c/ASK003").text)
    assert camera["@type"] == "ImageObject"
    assert camera["contentUrl"] == f"{SITE}/c/ASK003/latest.jpg"
    place = camera["contentLocation"]
    assert place["name"] == "Tromsø <Ramfjord>, Norway"
    assert (place["geo"]["latitude"], place["geo"]["longitude"]) == (69.65, 18.95)
    night = data(visitor.get(f"/en/c/ASK003/{NIGHT}").text)
    parts = {part["@type"] for part in night["hasPart"]}
    assert parts == {"ImageObject", "VideoObject"}
    for part in night["hasPart"]:
        path = part["contentUrl"].removeprefix(SITE)
        assert visitor.get(path).mimetype == part["encodingFormat"]
        assert visitor.get(part["thumbnailUrl"].removeprefix(SITE)).status_code == 200
    first, last = map(dt.datetime.fromisoformat, night["temporalCoverage"].split("/"))
    assert last - first == dt.timedelta(days=1)
