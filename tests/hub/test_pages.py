import contextlib
import datetime as dt
import re

import pytest

from hub.db import connect
from products.manifest import PERIOD_KINDS, Circle
from products.night import Night

from . import sample
from .sample import NOW


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=8)


@pytest.fixture
def visitor(filled):
    return filled.app.test_client()


def html(visitor, address, status=200):
    answer = visitor.get(address)
    assert answer.status_code == status, answer.text[:300]
    return answer.text


NIGHT = "2026-11-21"
PAGES = [
    "/",
    "/c/ASK001",
    f"/c/ASK001/{NIGHT}",
    "/c/ASK001/keograms",
    "/c/ASK001/videos",
    "/c/ASK003/startrails",
    "/c/ASK001/long-term",
]


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_in_both_languages(visitor, code, page):
    text = html(visitor, f"/{code}{page}")
    assert f'<html lang="{code}"' in text
    other = "de" if code == "en" else "en"
    assert f'hreflang="{other}" lang="{other}">' in text
    assert f'href="/{other}{page}"' in text


@pytest.mark.parametrize("page", PAGES)
def test_no_page_needs_inline_code_or_another_site(visitor, page):
    text = html(visitor, f"/en{page}")
    assert not re.findall(
        r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\ssrc=|\stype="application/ld\+json")',
        text,
    )
    loaded = re.findall(
        r'<(?:img|script|video|image)[^>]*?(?:src|href)="([^"]+)"', text
    )
    loaded += re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', text)
    assert loaded
    assert all(
        address.startswith("/") and not address.startswith("//") for address in loaded
    )


@pytest.mark.parametrize("page", PAGES)
def test_everything_a_page_shows_exists(visitor, page):
    text = html(visitor, f"/en{page}")
    shown = set(re.findall(r'(?:src|href|poster)="(/[^"#]*)"', text))
    shown |= {
        part.split()[0]
        for one in re.findall(r'srcset="([^"]+)"', text)
        for part in one.split(", ")
    }
    for address in shown:
        with visitor.get(address) as answer:
            assert answer.status_code in (200, 301, 302, 303, 308), address


def test_the_root_leads_to_the_language_of_the_browser(visitor):
    answer = visitor.get("/", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.1"})
    assert answer.headers["Location"] == "/de/"
    assert "Accept-Language" in answer.headers["Vary"]
    assert (
        visitor.get("/", headers={"Accept-Language": "\x01;;q=q,xx"}).headers[
            "Location"
        ]
        == "/en/"
    )


@pytest.mark.parametrize(
    "address",
    [
        "/fr/", "/en/c/ASK999", "/en/c/ask001", "/en/c/ASK001/2026-02-30", "/en/c/ASK001/20261121",
        "/en/c/ASK001/clouds",
        "/en/c/ASK001/2026-W47-6", "/en/c/ASK001/9999-12-31", "/en/c/ASK001/0001-01-01", "/en/c/ASK001/2019-01-01",
        "/de/c/ASK999/keograms", "/nothing", "/en/c/%00", "/en/c/ASK001/" + "9" * 5000,
    ],
)  # fmt: skip
def test_what_does_not_exist_is_a_friendly_404(visitor, address):
    text = html(visitor, address, 404)
    language = "de" if address.startswith("/de") else "en"
    assert f'<html lang="{language}"' in text
    assert ("nicht einmal Sterne" if language == "de" else "not even stars") in text


def test_a_hidden_camera_has_no_pages(tmp_path):
    hub = sample.Sample(tmp_path)
    hub.describe(hub.add_camera("ASK001", "Secret roof"), sample.SITES[0])
    with contextlib.closing(connect(hub.settings.hub_db)) as db, db.atomic():
        db.table("cameras").update("ASK001", {"visibility": "hidden"})
    assert "Hainich" not in html(hub.client, "/en/")
    html(hub.client, "/en/c/ASK001", 404)
    html(hub.client, "/en/c/ASK001/keograms", 404)


def test_a_hub_without_cameras_says_so(tmp_path):
    assert "No camera has joined yet." in html(sample.Sample(tmp_path).client, "/en/")


def test_a_camera_that_has_sent_nothing_has_a_page(tmp_path):
    hub = sample.Sample(tmp_path)
    hub.add_camera("ASK001", "New roof")
    assert "not yet heard from" in html(hub.client, "/en/")
    assert "New roof" in html(hub.client, "/en/c/ASK001")
    assert "Nothing of this kind yet" in html(hub.client, "/en/c/ASK001/keograms")


def test_names_from_cameras_are_never_markup(visitor):
    for page in ("/en/", "/en/c/ASK003", "/en/c/ASK003/2026-11-21"):
        text = html(visitor, page)
        assert "<Ramfjord>" not in text
        assert "Tromsø &lt;Ramfjord&gt;" in text


def test_home_says_what_state_each_camera_is_in(visitor):
    text = html(visitor, "/en/").replace("\u202f", " ")
    states = dict(re.findall(r'class="state (\w+)".*?</svg>(.*?)</span>', text))
    assert states == {
        "live": "live · 41 s ago",
        "late": "late · 12 min",
        "offline": "offline since 12:37",
    }


def test_home_counts_the_cameras_under_a_dark_sky(visitor):
    # 22 November, 19:47 UTC: astronomical night at all three sites (the sun is 31 to 45 degrees below the horizon
    # in Hainich and Tromsø, 22 on La Palma).
    text = html(visitor, "/en/")
    assert re.search(r"Under a dark sky</dt><dd>3 ", text)
    assert re.search(r"Live now</dt><dd>1 ", text)


def test_the_camera_page_shows_what_matters_now(visitor):
    text = html(visitor, "/de/c/ASK001")
    for words in (
        "Himmelshelligkeit",
        "21,4",
        "über dem Taupunkt",
        "Dunkel bis",
        "05:49",
        "51,10° N, 10,45° O",
    ):
        assert words in text


@pytest.mark.parametrize("codes", [("en", "de"), ("de", "en")])
def test_the_first_visitor_does_not_choose_the_language_of_the_next(tmp_path, codes):
    hub = sample.Sample(tmp_path)
    key, site = hub.add_camera("ASK001", "Roof"), sample.SITES[0]
    hub.describe(key, site)
    hub.readings(key, site, NOW - 10 * sample.MINUTE, NOW)
    words = {"en": "<dt>Sky brightness</dt>", "de": "<dt>Himmelshelligkeit</dt>"}
    for code in codes:
        assert words[code] in html(hub.client, f"/{code}/c/ASK001")


def test_old_readings_are_not_shown_as_now(visitor):
    text = html(visitor, "/en/c/ASK003")
    assert "above the dew point" not in text
    assert "Measured here" in text


def test_the_night_page_says_how_the_night_was(visitor):
    text = html(visitor, f"/en/c/ASK001/{NIGHT}").replace("\u202f", " ")
    assert "21\u201322 November 2026" in text
    assert "924 frames, 11 h 28 min of full darkness." in text
    assert re.search(r"The sky was darkest at \d\d:\d\d: 21\.\d\d mag/arcsec²\.", text)
    assert "The moon, 90% lit, set at 04:5" in text
    assert "Left out: 120 in twilight, 31 brighter than this night&#39;s sky." in text


def test_the_night_page_leads_to_its_neighbours(visitor):
    text = html(visitor, f"/en/c/ASK001/{NIGHT}")
    assert 'rel="prev" href="/en/c/ASK001/2026-11-20"' in text
    assert 'rel="next" href="/en/c/ASK001/2026-11-22"' in text


def test_a_gap_in_the_readings_is_a_gap_in_the_chart(visitor):
    text = html(visitor, f"/en/c/ASK001/{NIGHT}")
    paths = re.findall(r'<path class="s\d" d="([^"]+)"', text)
    assert len(paths) == 3
    assert all(path.count("M") == 2 for path in paths)


def test_readings_are_charted_even_for_a_night_without_a_keogram(tmp_path):
    hub = sample.Sample(tmp_path, size_px=60)
    key, site = hub.add_camera("ASK001", "Roof"), sample.SITES[0]
    hub.describe(key, site)
    night = Night.named(NIGHT, site.tz)
    hub.night(key, site, night, site.weather[0], kinds=("startrails",))
    hub.readings(key, site, night.start_utc, night.end_utc)
    text = html(hub.client, f"/en/c/ASK001/{NIGHT}")
    assert "Keogram of" not in text
    assert len(re.findall(r'<path class="s\d" d="M', text)) == 3


def test_pages_are_asked_for_again_because_they_differ_by_theme(visitor):
    answer = visitor.get("/en/")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Cookie" in answer.headers["Vary"]


def test_a_night_that_goes_on_says_so(visitor):
    assert "The night still goes on." in html(visitor, "/en/c/ASK001/2026-11-22")
    assert "The night still goes on." not in html(visitor, f"/en/c/ASK001/{NIGHT}")


def test_the_calendar_shows_each_night_once_with_links_to_its_other_kinds(visitor):
    text = html(visitor, "/en/c/ASK001/keograms")
    tiles = re.findall(r'class="tile(?: none)?" href="/en/c/ASK001/([\d-]+)"', text)
    assert NIGHT in tiles
    assert len(tiles) == len(set(tiles)) == 8
    assert f'href="/en/c/ASK001/{NIGHT}#timelapse">Video</a>' in text
    assert "not rendered" in text  # the one night that has only a video


def test_every_night_link_of_the_calendar_finds_its_place(visitor):
    text = html(visitor, "/en/c/ASK001/keograms")
    for address, fragment in set(
        re.findall(r'href="(/en/c/ASK001/[\d-]+)#(\w+)"', text)
    ):
        assert f'id="{fragment}"' in html(visitor, address)


def test_an_upside_down_range_is_turned_and_explained(visitor):
    text = html(visitor, "/en/c/ASK001/keograms?from=2026-11&to=2026-10")
    assert "they are swapped" in text
    assert 'class="tile"' in text


@pytest.mark.parametrize(
    "query",
    ["from=x&to=%00", "from=2026-13", "to=9999-99", "from=" + "9" * 3000, "from[]=1"],
)
def test_nonsense_in_the_range_still_shows_nights(visitor, query):
    assert 'class="tile"' in html(visitor, f"/en/c/ASK001/keograms?{query}")


def test_the_kind_switch_and_the_language_keep_the_range(visitor):
    text = html(visitor, "/en/c/ASK001/keograms?from=2026-11&to=2026-11")
    assert 'href="/en/c/ASK001/videos?from=2026-11&amp;to=2026-11"' in text
    assert 'href="/de/c/ASK001/keograms?from=2026-11&amp;to=2026-11"' in text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "query",
    [
        "endpoint=x",
        "_external=1&_scheme=javascript",
        "lang=fr&camera_id=x&kind=y",
        "_anchor=x",
        "values=1",
    ],
)
def test_a_query_never_bends_the_links_of_a_page(visitor, page, query):
    text = html(visitor, f"/en{page}?{query}")
    assert f'href="/de{page}"' in text
    assert "javascript:" not in text


@pytest.mark.parametrize(
    "facts",
    [
        {}, {"start_utc": None, "column_s": 60, "columns": 900},
        {"start_utc": "2026-11-21T15:00", "column_s": 60, "columns": 9},
        {"start_utc": "2026-11-21T15:00:00Z", "column_s": 6000000, "columns": 900},
        {"start_utc": "2026-11-21T15:00:00Z", "column_s": -60, "columns": 900},
        {"start_utc": "2026-11-21T15:00:00Z", "column_s": "a", "columns": {}},
        {"start_utc": "0001-01-01T00:00:00Z", "column_s": 60, "columns": 900}, {"start_utc": "x", "left_out": [1]},
    ],
)  # fmt: skip
def test_a_keogram_that_does_not_tell_its_axis_does_no_harm(tmp_path, facts):
    hub = sample.Sample(tmp_path, size_px=60)
    key, site = hub.add_camera("ASK001", "Roof"), sample.SITES[0]
    hub.describe(key, site)
    picture = hub.picture(key, sample.sky.disc(60, -30, site.weather[0]))
    for kind in ("keogram", "startrails"):
        hub.publish(key, NIGHT, kind, {**picture, "frames": 3, "facts": facts})
    for page in ("/", "/c/ASK001", f"/c/ASK001/{NIGHT}", "/c/ASK001/keograms"):
        html(hub.client, f"/en{page}")


def test_months_and_years_change_no_page_of_their_first_night(tmp_path):
    hub = sample.Sample(tmp_path, size_px=60)
    key, site = hub.add_camera("ASK001", "Roof"), sample.SITES[0]
    hub.describe(key, site)
    first = "2026-09-01"  # of a month and of a season
    hub.night(key, site, Night.named(NIGHT, site.tz), site.weather[0])
    addresses = ["/", f"/c/ASK001/{NIGHT}", "/c/ASK001/keograms", "/c/ASK001/videos"]
    before = [html(hub.client, f"/en{one}") for one in addresses]
    picture = hub.picture(key, sample.sky.disc(60, -30, site.weather[0]))
    film = hub.blob(key, sample._video(60), "video/mp4", 60, 60)
    for kind in PERIOD_KINDS:
        hub.publish(key, first, kind, film if kind.endswith("video") else picture)
        html(hub.client, f"/en/c/ASK001/{first}", status=404)
    assert [html(hub.client, f"/en{one}") for one in addresses] == before
    hub.night(key, site, Night.named(first, site.tz), site.weather[0])
    text = html(hub.client, f"/en/c/ASK001/{first}")
    assert not [kind for kind in PERIOD_KINDS if kind in text]


def test_a_theme_is_chosen_by_a_link_and_stays(visitor):
    answer = visitor.get("/en/c/ASK001/keograms?from=2026-11&theme=red")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/en/c/ASK001/keograms?from=2026-11",
    )
    assert 'data-theme="red"' in html(visitor, "/en/")
    visitor.get("/en/?theme=dark")
    assert 'data-theme="dark"' in html(visitor, "/en/")


def test_an_unknown_theme_changes_nothing(visitor):
    assert 'data-theme="dark"' in html(visitor, "/en/?theme=%22%3E%3Cscript%3E")
    visitor.set_cookie("theme", "pink")
    assert 'data-theme="dark"' in html(visitor, "/en/")


def test_choosing_a_theme_never_leads_to_another_site(visitor):
    two_slashes = {"PATH_INFO": "//evil.example/"}
    answer = visitor.get("/?theme=red", environ_overrides=two_slashes)
    assert answer.headers["Location"] == "/evil.example/"


def test_the_circle_of_each_camera_is_cut_out_by_a_style_sheet(filled, visitor):
    answer = visitor.get("/discs.css")
    assert answer.mimetype == "text/css"
    rules = dict(re.findall(r"\.sky-(ASK\d+) img\{(.*?)\}", answer.text))
    assert set(rules) == {"ASK001", "ASK002", "ASK003"}
    circle = Circle(**sample.SITES[0].circle)
    assert f"width:{100 / (2 * circle.radius):.2f}%" in rules["ASK001"]
    again = visitor.get("/discs.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_static_files_are_kept_for_a_year_only_under_their_marked_address(visitor):
    marked = re.search(
        r'href="(/static/site\.css\?v=\w+)"', html(visitor, "/en/")
    ).group(1)
    with visitor.get(marked) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    with visitor.get("/static/site.css") as answer:
        assert "immutable" not in answer.headers["Cache-Control"]


def test_pages_are_small(visitor):
    assert len(html(visitor, "/en/").encode()) < 20_000
    assert len(html(visitor, "/en/c/ASK001").encode()) < 24_000


def test_times_are_those_of_the_site_with_utc_beside_them(visitor):
    text = html(visitor, f"/en/c/ASK002/{NIGHT}")
    sunset = re.search(
        r'Sunset</dt><dd><time datetime="([^"]+)" title="([^"]+)">([^<]+)<', text
    )
    moment = dt.datetime.fromisoformat(sunset[1])
    assert sunset[2] == moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    assert sunset[3] == moment.astimezone(sample.SITES[1].tz).strftime("%H:%M")
    assert moment < NOW


def test_a_fault_of_the_site_is_owned_kindly(tmp_path):
    hub = sample.Sample(tmp_path)
    hub.settings.hub_db.write_bytes(b"no longer a database" * 500)
    assert "Clouds have moved in here." in html(hub.client, "/en/", 500)
    assert "Wolken" in html(hub.client, "/de/c/ASK001", 500)


@pytest.mark.parametrize(
    ("facts", "code", "words"),
    [
        ({"half_life_min": 30.0}, "en", "fade behind the stars, to half in 30 minutes"),
        ({"half_life_min": 30}, "de", "verblassen, auf die Hälfte in 30 Minuten"),
        ({"half_life_min": "soon"}, "en", ">Startrails that fade behind the stars<"),
        ({}, "de", ">Strichspuren, die hinter den Sternen verblassen<"),
    ],
)
def test_fading_startrails_stand_beside_the_others(tmp_path, facts, code, words):
    hub = sample.Sample(tmp_path, size_px=60)
    key, site = hub.add_camera("ASK001", "Roof"), sample.SITES[0]
    hub.describe(key, site)
    picture = hub.picture(key, sample.sky.disc(60, -30, site.weather[0]))
    for kind in ("startrails", "startrails-comet"):
        hub.publish(key, NIGHT, kind, {**picture, "frames": 3, "facts": facts})
    text = html(hub.client, f"/{code}/c/ASK001/{NIGHT}")
    assert words in text
    assert f"ASK001-{NIGHT}-startrails-comet.jpg" in text
    with hub.client.get("/c/ASK001/startrails-comet/latest.jpg") as newest:
        assert newest.status_code == 200


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("startrails-timelapse", "en", ">The startrails of 3 frames as they grow<"),
        ("startrails-timelapse", "de", ">So wachsen die Strichspuren aus 3 Bildern<"),
        ("timelapse-day", "en", ">The day before: timelapse of 3 frames<"),
        ("timelapse-day", "de", ">Der Tag davor: Zeitraffer aus 3 Bildern<"),
    ],
)
def test_further_videos_stand_below_that_of_the_night(tmp_path, kind, code, words):
    hub = sample.Sample(tmp_path, size_px=60)
    key, site = hub.add_camera("ASK001", "Roof"), sample.SITES[0]
    hub.describe(key, site)
    hub.night(key, site, Night.named(NIGHT, site.tz), site.weather[0])
    film = hub.blob(key, sample._video(60), "video/mp4", 60, 60)
    poster = hub.picture(key, sample.sky.disc(60, -30, site.weather[0]))
    hub.publish(key, NIGHT, kind, {**film, "frames": 3, "variants": {"poster": poster}})
    text = html(hub.client, f"/{code}/c/ASK001/{NIGHT}")
    assert words in text
    assert text.index(f'id="{kind}"') > text.index('id="timelapse"')
    assert text.count("data-video") == 1  # the cursor on the keogram leads into one
    with hub.client.get(f"/c/ASK001/{kind}/latest.mp4") as newest:
        assert (newest.status_code, newest.content_type) == (200, "video/mp4")
