import contextlib
import datetime as dt
import html
import json
import re
import time

import pytest

from hub.db import connect, highlights
from hub.db.highlights import Category, Choice
from hub.db.publication import ProductKey

from . import sample
from .sample import NOW


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    hub = sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=2)
    with contextlib.closing(connect(hub.settings.hub_db)) as db, db.atomic():
        # ASK003 is the newest of the network, ASK001 has reached a level and has a profile.
        later = (NOW + dt.timedelta(hours=1)).isoformat()
        db.table("cameras").update("ASK003", {"created_utc": later})
        row = {"points": 900, "level": 4, "counts": "{}", "computed_utc": later}
        db.table("xp").insert({"camera_id": "ASK001", **row})
        db.execute(
            "INSERT INTO profiles (camera_id, enabled, content, updated_utc) VALUES ('ASK001', 1, '{}', ?)",
            [later],
        )
    return hub


def page(hub, address="/en/"):
    answer = hub.app.test_client().get(address)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def cards(text):
    """Return camera ID -> the markup of its card, in the order of the page."""
    found = re.findall(r"<li( hidden)? data-words=.*?</li>", text, re.DOTALL)
    whole = re.findall(r"<li(?: hidden)? data-words=.*?</li>", text, re.DOTALL)
    return {
        re.search(r'data-number="(\w+)"', one)[1]: (bool(hidden), one)
        for hidden, one in zip(found, whole, strict=True)
    }


def shown(text):
    return [name for name, (hidden, _) in cards(text).items() if not hidden]


@pytest.mark.parametrize("address", ["/en/", "/en/cameras"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["ASK001", "ASK002", "ASK003"]),
        ("q=palma", ["ASK002"]),
        ("q=ask003", ["ASK003"]),
        ("q=NORWAY", ["ASK003"]),
        ("state=online", ["ASK001", "ASK002"]),
        ("state=dark", ["ASK001", "ASK002", "ASK003"]),
        ("country=DE", ["ASK001"]),
        ("country=DE&state=online&q=h", ["ASK001"]),
        ("sensor=tsl2591", ["ASK001", "ASK002", "ASK003"]),
        ("sensor=none", []),
        ("sort=name", ["ASK001", "ASK002", "ASK003"]),
        ("sort=newest", ["ASK003", "ASK001", "ASK002"]),
        ("sort=upside&view=cube&state=drunk", ["ASK001", "ASK002", "ASK003"]),
    ],
)  # fmt: skip
def test_the_address_chooses_among_the_cameras(filled, address, query, expected):
    text = page(filled, f"{address}?{query}")
    assert shown(text) == expected
    assert len(cards(text)) == 3  # the others are there for scripts, but hidden
    nobody = re.search(r"<p [^>]*data-none[^>]*>", text)[0]
    assert ("hidden" in nobody) is bool(expected)


def test_the_darkest_sky_comes_first_where_that_is_asked_for(filled):
    found = cards(page(filled, "/en/?sort=darkest"))
    values = [
        re.search(r'data-darkest="([\d.]*)"', one)[1] for _, one in found.values()
    ]
    measured = [float(value) for value in values if value]
    assert measured == sorted(measured, reverse=True)
    assert values[-1] == ""  # silent for hours: nothing is invented, and it comes last


@pytest.mark.parametrize("view", ["discs", "list", "map"])
def test_the_view_is_chosen_by_the_address(filled, view):
    text = page(filled, f"/en/?view={view}")
    assert f'class="discs as-{view}"' in text
    assert re.search(rf'value="{view}" checked', text)


@pytest.mark.parametrize(
    "query",
    ["q=<script>alert(1)</script>", "q=" + "x" * 5000, "q=%00%ff", "country=%22%3E", "sort=", "view=%F0%9F%8C%99"],
)  # fmt: skip
def test_no_query_breaks_the_page_or_gets_into_it_as_markup(filled, query):
    assert "<script>alert" not in page(filled, f"/en/?{query}")


def test_a_card_leads_to_camera_sensors_and_an_enabled_profile_only(filled):
    found = cards(page(filled))
    for name, (_, one) in found.items():
        assert f'href="/en/c/{name}"' in one
        assert f'href="/en/c/{name}/sensors"' in one
        assert (f'href="/en/c/{name}/profile"' in one) is (name == "ASK001")


def test_a_level_is_a_number_on_the_ring_and_absent_where_none_was_counted(filled):
    found = cards(page(filled, "/de/"))
    assert re.search(r'class="level" title="Stufe 4">4<', found["ASK001"][1])
    assert 'class="level"' not in found["ASK002"][1]


def test_a_search_keeps_its_words_and_its_language_switch(filled):
    text = page(filled, "/en/?q=palma&sort=name")
    assert 'name="q" value="palma"' in text
    assert 'href="/de/?q=palma&amp;sort=name"' in text


@pytest.mark.parametrize(
    ("clouds", "moment", "shown"),
    [
        ({"ASK001": 12, "ASK002": 30}, NOW, "Hainich"),
        ({"ASK001": 40, "ASK002": 30}, NOW, "La Palma"),
        ({"ASK001": 80, "ASK002": 95}, NOW, None),  # nobody would call that clear
        ({"ASK001": 5}, NOW.replace(hour=11), None),  # by day: no clear night sky
        ({}, NOW, None),
    ],
)
def test_the_clearest_sky_is_that_with_the_fewest_clouds_in_the_dark(
    tmp_path, clouds, moment, shown
):
    hub = sample.Sample(tmp_path, now=moment)
    for camera_id, site in zip(("ASK001", "ASK002"), sample.SITES, strict=False):
        key = hub.add_camera(camera_id, site.name)
        hub.describe(key, site)
        if camera_id in clouds:
            point = {"sensor": "camera", "quantity": "cloud_cover", "unit": "%"}
            taken = (moment - 5 * sample.MINUTE).isoformat()
            points = [{**point, "value": clouds[camera_id], "time": taken}]
            hub.send("POST", "readings", key, json={"points": points})
    found = re.search(r"Clearest sky</dt>.*?<a [^>]*>([^<]+)<", page(hub), re.DOTALL)
    assert (found and found[1]) == shown


def test_the_newest_highlight_stands_above_the_discs(tmp_path):
    hub = sample.fill(tmp_path, size_px=120, nights=1)
    assert "Newest highlight" not in page(hub)
    with contextlib.closing(connect(hub.settings.hub_db)) as db:
        key = ProductKey("ASK003", "2026-11-21", "keogram")
        highlights.add_highlight(db, key, Choice(Category.AURORA), NOW)
    text = page(hub)
    assert re.search(r"Newest highlight</dt><dd[^>]*>Aurora<", text)
    assert "/en/c/ASK003/2026-11-21#keogram" in text


def test_what_was_kept_for_a_moment_goes_when_something_new_arrives(tmp_path):
    hub = sample.Sample(tmp_path)
    key = hub.add_camera("ASK001", "First")
    assert "Hainich" not in page(hub)
    hub.describe(key, sample.SITES[0])
    assert "Hainich" in page(hub)
    assert "Darkest sky<" not in page(hub)
    hub.readings(key, sample.SITES[0], NOW - 10 * sample.MINUTE, NOW)
    assert "Darkest sky<" in page(hub)


def test_the_home_page_of_a_moment_ago_costs_next_to_nothing(filled):
    client = filled.app.test_client()
    client.get("/en/")
    began = time.process_time()
    for _ in range(50):
        client.get("/en/")
    assert (time.process_time() - began) / 50 < 0.005


def test_the_operators_welcome_takes_the_place_of_ours(tmp_path):
    hub = sample.Sample(tmp_path)
    site = hub.settings.site.model_copy(update={"welcome": {"de": "Servus & hallo"}})
    hub.app.config["HUB"] = hub.settings.model_copy(update={"site": site})
    assert "Servus &amp; hallo" in page(hub, "/de/")
    assert "The sky above us" in page(hub, "/en/")


def test_every_page_leads_to_every_part_of_the_site(filled):
    text = html.unescape(page(filled, "/de/imprint"))
    parts = "cameras map highlights network support building docs join imprint privacy"
    for part in parts.split():
        assert f'href="/de/{part}"' in text


def features(hub, query=""):
    answer = hub.app.test_client().get(f"/api/v1/cameras.geojson{query}")
    assert answer.mimetype == "application/geo+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return {one["id"]: one for one in json.loads(answer.data)["features"]}


def test_geojson_tells_where_each_public_camera_stands_and_how_it_is(filled):
    found = features(filled, "?lang=de")
    assert set(found) == {"ASK001", "ASK002", "ASK003"}
    hainich = found["ASK001"]
    assert hainich["geometry"] == {"type": "Point", "coordinates": [10.45, 51.1]}
    facts = hainich["properties"]
    assert (facts["state"], facts["name"]) == ("live", "Hainich")
    assert facts["state_words"].replace("\u202f", " ") == "live · vor 41 s"
    assert facts["image_url"].startswith(
        "http://127.0.0.1:8080/c/ASK001/latest-480.jpg"
    )


def test_geojson_leaves_out_hidden_cameras_and_those_without_a_place(tmp_path):
    hub = sample.Sample(tmp_path)
    hub.add_camera("ASK001", "Nowhere yet")
    hub.describe(hub.add_camera("ASK002", "Hidden"), sample.SITES[0])
    with contextlib.closing(connect(hub.settings.hub_db)) as db, db.atomic():
        db.table("cameras").update("ASK002", {"visibility": "private"})
    assert features(hub) == {}


def test_geojson_answers_304_when_nothing_has_changed(filled):
    client = filled.app.test_client()
    tag = client.get("/api/v1/cameras.geojson").headers["ETag"]
    again = client.get("/api/v1/cameras.geojson", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_the_map_page_says_the_same_in_words_and_may_load_tiles(filled):
    answer = filled.app.test_client().get("/en/map")
    assert "51.10° N, 10.45° E" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' https://tile.openstreetmap.org" in policy
    other = filled.app.test_client().get("/en/highlights")
    assert "openstreetmap" not in other.headers["Content-Security-Policy"]


def test_without_tiles_the_map_never_speaks_of_another_site(tmp_path):
    hub = sample.Sample(tmp_path)
    site = hub.settings.site.model_copy(update={"tiles_url": ""})
    hub.app.config["HUB"] = hub.settings.model_copy(update={"site": site})
    answer = hub.app.test_client().get("/en/map")
    assert "OpenStreetMap" not in answer.text
    assert "openstreetmap" not in answer.headers["Content-Security-Policy"]
