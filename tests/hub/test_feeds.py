"""Feeds, site maps, and the small files that programs expect."""

import contextlib
import datetime as dt
import io
import re
from xml.etree import ElementTree

import pytest
from PIL import Image

from hub import create_app
from hub.db import connect, highlights, profiles
from hub.db.highlights import Category, Choice
from hub.db.publication import ProductKey
from hub.profile import Profile

from . import sample
from .sample import NOW
from .test_embedding import Visitor

SITE = "http://127.0.0.1:8080"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
EVIL = 'Aurora <script>alert("1")</script> & more'


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    found = sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=3)
    with contextlib.closing(connect(found.settings.hub_db)) as db:
        key = ProductKey("ASK003", "2026-11-20", "startrails")
        choice = Choice(Category.AURORA, caption_en=EVIL, caption_de="Nordlicht")
        highlights.add_highlight(db, key, choice, NOW)
    return found


@pytest.fixture
def visitor(filled):
    return Visitor(filled.app, filled.app.response_class)


def atom(visitor, address):
    """Return a feed after looking whether it is one: RFC 4287, section 4.1."""
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    assert links(root)["self"] == SITE + address
    entries = root.findall(f"{ATOM}entry")
    for one in (root, *entries):
        assert one.findtext(f"{ATOM}title")
        assert one.findtext(f"{ATOM}id").startswith("tag:127.0.0.1,2026:")
        assert dt.datetime.fromisoformat(one.findtext(f"{ATOM}updated")).tzinfo
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == len(entries)
    for one in entries:
        path = links(one)["alternate"].removeprefix(SITE)
        assert visitor.get(path).status_code == 200
        for image in re.findall(r'<img src="([^"]+)"', one.findtext(f"{ATOM}content")):
            assert visitor.get(image.removeprefix(SITE)).status_code == 200
    return entries


def links(element):
    return {link.get("rel"): link.get("href") for link in element.findall(f"{ATOM}link")}  # fmt: skip


def test_the_feed_of_a_camera_has_its_finished_nights(visitor):
    entries = atom(visitor, "/feed/ASK001.atom")
    assert [one.findtext(f"{ATOM}title") for one in entries] == [
        "Hainich: 21\u201322 November 2026",
        "Hainich: 20\u201321 November 2026",
        "Hainich: 19\u201320 November 2026",
    ], "tonight goes on still"
    assert "frames" in entries[0].findtext(f"{ATOM}content")
    assert visitor.get("/feed/ASK999.atom").status_code == 404


def test_the_feed_of_the_network_has_the_nights_of_all_cameras(visitor):
    entries = atom(visitor, "/feed/nights.atom?lang=de")
    assert len(entries) == 9
    newest = {one.findtext(f"{ATOM}title") for one in entries[:3]}
    assert newest == {
        f"{name}: 21./22. November 2026"
        for name in ("Hainich", "La Palma", "Tromsø <Ramfjord>")
    }


def test_the_feed_of_highlights_says_what_was_picked_out(visitor):
    (entry,) = atom(visitor, "/feed/highlights.atom")
    assert entry.findtext(f"{ATOM}title") == EVIL
    content = entry.findtext(f"{ATOM}content")
    assert "<script" not in content, "readers show the content as HTML"
    (entry,) = atom(visitor, "/feed/highlights.atom?lang=de")
    assert entry.findtext(f"{ATOM}title") == "Nordlicht"


def test_a_feed_that_has_not_changed_is_not_sent_again(visitor):
    answer = visitor.get("/feed/ASK001.atom")
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert visitor.get("/feed/ASK001.atom", headers=tag).status_code == 304
    since = {"If-Modified-Since": answer.headers["Last-Modified"]}
    assert visitor.get("/feed/ASK001.atom", headers=since).status_code == 304


def test_an_empty_network_has_empty_feeds(tmp_path):
    hub = sample.Sample(tmp_path)
    hub.add_camera("ASK001", "Roof")
    visitor = Visitor(hub.app, hub.app.response_class)
    for name in ("highlights", "nights", "ASK001"):
        assert atom(visitor, f"/feed/{name}.atom") == []


def test_every_page_of_the_site_map_is_there(visitor):
    index = ElementTree.fromstring(visitor.get("/sitemap.xml").data)
    maps = [one.text.removeprefix(SITE) for one in index.iter(f"{MAP}loc")]
    assert maps[0] == "/sitemap/network.xml"
    assert maps[1:] == [f"/sitemap/ASK00{number}.xml" for number in (1, 2, 3)]
    pages = []
    for one in maps:
        listed = ElementTree.fromstring(visitor.get(one).data)
        pages += [url.findtext(f"{MAP}loc") for url in listed.iter(f"{MAP}url")]
    assert len(set(pages)) == len(pages)
    for wanted in ("/en/", "/de/", "/de/highlights", "/en/c/ASK003/2026-11-20"):
        assert SITE + wanted in pages
    for page in pages:
        assert visitor.get(page.removeprefix(SITE)).status_code == 200, page


def test_the_site_map_lists_every_kind_of_page_and_a_profile_only_while_visitors_may_see_it(
    filled, visitor
):
    def listed():
        return visitor.get("/sitemap/ASK001.xml").text

    for page in ("archive", "sensors", "long-term", "keograms", "startrails", "videos"):
        assert f"{SITE}/en/c/ASK001/{page}<" in listed()
    with contextlib.closing(connect(filled.settings.hub_db)) as db:
        profiles.set_profile(db, "ASK001", Profile(), NOW)
        assert "/profile<" not in listed()
        profiles.enable_profile(db, "ASK001", NOW, enabled=True)
        assert f"{SITE}/en/c/ASK001/profile<" in listed()
        profiles.enable_profile(db, "ASK001", NOW, enabled=False)
        assert "/profile<" not in listed()


def test_each_page_of_the_site_map_names_its_twins(visitor):
    root = ElementTree.fromstring(visitor.get("/sitemap/ASK001.xml").data)
    for url in root.iter(f"{MAP}url"):
        twins = {link.get("hreflang"): link.get("href") for link in url if link.get("href")}  # fmt: skip
        assert set(twins) == {"en", "de"}
        assert url.findtext(f"{MAP}loc") in twins.values()


def test_robots_are_told_where_the_map_is(visitor):
    text = visitor.get("/robots.txt").text
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    assert "Disallow: /api/" in text


def test_whom_to_tell_of_a_security_problem_is_said_where_it_is_known(filled, visitor):
    path = "/.well-known/security.txt"
    assert visitor.get(path).status_code == 404
    contact = {"security_contact": "mailto:safe@sky.example"}
    settings = filled.settings.model_copy(update=contact)
    app = create_app(settings, now=lambda: NOW)
    text = app.test_client().get(path).text
    assert "Contact: mailto:safe@sky.example\n" in text
    assert "Expires: 2027-05-21T00:00:00+00:00\n" in text


def test_icons_are_where_programs_look(visitor):
    manifest = visitor.get("/site.webmanifest").json
    sizes = {icon["src"]: icon["sizes"] for icon in manifest["icons"]}
    sizes |= {"/favicon.ico": "180x180", "/apple-touch-icon.png": "180x180"}
    for address, size in sizes.items():
        answer = visitor.get(address)
        assert answer.mimetype == "image/png"
        with Image.open(io.BytesIO(answer.data)) as picture:
            assert f"{picture.width}x{picture.height}" == size
