"""Home, map, highlights and the pages of the network, as a visitor uses them: with a mouse, a thumb, or a keyboard."""

import contextlib
import datetime as dt
import re
import threading

import pytest
from werkzeug.serving import make_server

from hub.db import connect, highlights
from hub.db.highlights import Category, Choice
from hub.db.publication import ProductKey
from products import sun
from tests.hub import sample
from tests.hub.sample import NOW, SITES

from .visits import scrolls_sideways, until, violations, visit

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "?view=list",
    "cameras?view=map",
    "map",
    "highlights",
    "network",
    "support",
    "building",
    "docs",
    "docs/api",
    "join",
    "join/thanks",
    "imprint",
    "privacy",
)
TILE = re.compile(r"https://tile\.openstreetmap\.org/")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "0500015af5a3e00000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve the sample hub with two highlights."""
    filled = sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=2)
    with contextlib.closing(connect(filled.settings.hub_db)) as db:
        for kind, category in (
            ("keogram", Category.AURORA),
            ("startrails", Category.STARTRAILS),
        ):
            key = ProductKey("ASK003", "2026-11-21", kind)
            highlights.add_highlight(
                db, key, Choice(category, "Green <all> night"), NOW
            )
    server = make_server("127.0.0.1", 0, filled.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def visible(page):
    """Return the IDs of the cameras that are shown, in their order."""
    return page.evaluate(
        "[...document.querySelectorAll('[data-discs] > li:not([hidden])')].map(one => one.dataset.number)"
    )


def map_is_ready(page):
    page.locator("[data-map]").scroll_into_view_if_needed()
    until(page, "document.querySelector('[data-map]').dataset.ready === 'yes'")


@pytest.mark.parametrize("theme", ["dark", "light", "red"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_open_to_everybody_in_every_theme(browser, site, name, theme):
    with visit(browser, site, f"/de/{name}", start=False) as page:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
        page.goto(f"{site}/de/{name}", wait_until="networkidle")
        if page.locator("[data-map]:visible").count():
            map_is_ready(page)
        for width in (320, 390, 820, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert not scrolls_sideways(page), width
        assert violations(page) == []


def test_choosing_is_instant_and_stays_in_the_address(browser, site):
    with visit(browser, site, "/en/") as page:
        assert visible(page) == ["ASK001", "ASK002", "ASK003"]
        assert page.get_by_role("button", name="Apply").count() == 0
        page.get_by_label("Search").fill("o")
        page.get_by_label("Order").select_option("name")
        assert visible(page) == ["ASK003"]  # Tromsø <Ramfjord>; not Hainich, La Palma
        assert page.url.endswith("/en/?q=o&sort=name")
        page.get_by_label("Search").fill("")
        page.get_by_label("State").select_option("online")
        assert visible(page) == ["ASK001", "ASK002"]
        page.get_by_text("list", exact=True).click()
        assert page.url.endswith("/en/?state=online&sort=name&view=list")
        page.get_by_role("link", name="Deutsch").first.click()
        assert page.url.endswith("/de/?state=online&sort=name&view=list")
        assert visible(page) == ["ASK001", "ASK002"]
        page.get_by_label("Suche").fill("nirgendwo")
        assert page.get_by_text("Keine Kamera passt.").is_visible()


def test_the_map_moves_up_when_it_is_what_is_asked_for(browser, site):
    def top(page, what):
        return page.locator(what).bounding_box()["y"]

    with visit(browser, site, "/en/") as page:
        assert top(page, ".the-map") > top(page, "[data-discs]")
        page.get_by_text("map", exact=True).click()
        assert top(page, ".the-map") < top(page, "[data-discs]")
        map_is_ready(page)
        until(page, "document.querySelectorAll('.map-mark').length === 3")
        page.get_by_text("discs", exact=True).click()
        assert top(page, ".the-map") > top(page, "[data-discs]")
    with visit(browser, site, "/en/?view=map") as page:
        assert top(page, ".the-map") < top(page, "[data-discs]")


def test_choosing_works_without_scripts(browser, site):
    with visit(browser, site, "/en/cameras", java_script_enabled=False) as page:
        page.get_by_label("Country").select_option("ES")
        page.get_by_text("list", exact=True).click()
        page.get_by_role("button", name="Apply").click()
        assert page.locator("[data-discs] > li:visible").count() == 1
        assert page.locator(".as-list").count() == 1


def test_the_menu_of_a_phone_opens_without_scripts(browser, site):
    phone = {"viewport": {"width": 390, "height": 800}, "java_script_enabled": False}
    with visit(browser, site, "/en/", **phone) as page:
        assert not page.locator(".menu a:visible").count()
        page.get_by_text("Menu", exact=True).click()
        page.locator(".menu").get_by_role("link", name="Documentation").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Documentation"


def test_the_map_shows_every_camera_and_asks_nobody_else(browser, site):
    with visit(browser, site, "/en/map") as page:
        map_is_ready(page)
        until(page, "document.querySelectorAll('.map-mark').length === 3")
        assert page.locator(".map-land").count() == 1
        assert (
            "Natural Earth" in page.locator(".leaflet-control-attribution").inner_text()
        )
        mark = page.get_by_role("button", name=re.compile("Tromsø.*offline"))
        mark.focus()
        page.keyboard.press("Enter")
        card = page.locator(".map-card")
        assert "Tromsø <Ramfjord>" in card.inner_text()
        picture = card.locator("img")
        until(page, "one => one.naturalWidth > 0", picture.element_handle())
        card.click()
        page.wait_for_url("**/en/c/ASK003")


SHADES_OVER_CAMERAS = """() => Object.fromEntries([...document.querySelectorAll('.map-mark')].map(mark => {
    const at = new DOMMatrix(getComputedStyle(mark).transform);
    const shades = [...document.querySelectorAll('.map-night')];
    const over = shades.filter(one => one.isPointInFill(new DOMPoint(at.e, at.f)));
    return [mark.title.split(':')[0], over.length];
}))"""


@pytest.mark.parametrize(
    "moment",
    [
        "2026-06-21T00:00Z",
        "2026-11-22T20:40Z",
        "2026-03-20T19:10Z",
        "2026-12-21T12:00Z",
    ],
)
def test_the_night_on_the_map_lies_where_it_is(browser, site, moment):
    now = dt.datetime.fromisoformat(moment)
    with visit(browser, site, "/en/map", start=False) as page:
        page.clock.install(time=now)
        page.goto(f"{site}/en/map", wait_until="networkidle")
        map_is_ready(page)
        until(page, "!document.querySelector('.leaflet-zoom-anim')")
        shades = page.evaluate(SHADES_OVER_CAMERAS)
    altitudes = {one.name: sun.sun_altitude_deg(one.place, now) for one in SITES}
    # One shade where the sun is down, two where it is 18 degrees below the horizon.
    expected = {name: (h < -0.833) + (h < -18) for name, h in altitudes.items()}
    assert shades == expected, altitudes


def test_the_wheel_scrolls_the_page_and_not_the_map(browser, site):
    with visit(browser, site, "/en/map") as page:
        map_is_ready(page)
        before = page.locator(".map-land").get_attribute("d")
        box = page.locator(".map").bounding_box()
        page.mouse.move(box["x"] + 300, box["y"] + 200)
        page.mouse.wheel(0, 300)
        until(page, "scrollY > 100")
        assert page.locator(".map-land").get_attribute("d") == before


def test_streets_come_only_when_asked_for_and_the_answer_is_remembered(browser, site):
    asked = []
    context = browser.new_context(locale="en-GB")

    def serve_tile(route):
        asked.append(route.request)
        route.fulfill(body=PIXEL, content_type="image/png")

    context.route(TILE, serve_tile)
    page = context.new_page()
    faults = []
    page.on("console", lambda said: faults.append(said.text))
    page.goto(f"{site}/en/map", wait_until="networkidle")
    map_is_ready(page)
    assert asked == []
    page.get_by_role("button", name="Show streets and places").click()
    until(page, "document.querySelectorAll('.leaflet-tile-loaded').length > 0")
    assert asked[0].headers["referer"].startswith(site)
    assert (
        "OpenStreetMap contributors"
        in page.locator(".leaflet-control-attribution").inner_text()
    )
    assert page.locator(".map-land").count() == 0
    page.reload(wait_until="networkidle")
    map_is_ready(page)
    until(page, "document.querySelectorAll('.leaflet-tile-loaded').length > 0")
    page.get_by_role("button", name="Show the plain map").click()
    until(page, "document.querySelectorAll('.map-land').length === 1")
    count = len(asked)
    page.reload(wait_until="networkidle")
    map_is_ready(page)
    assert len(asked) == count
    assert faults == []
    context.close()


def test_a_person_joins_by_keyboard(browser, site):
    with visit(browser, site, "/en/join", start=False) as page:
        page.goto(f"{site}/en/join")
        page.get_by_label("Name").focus()
        for words in ("Ada", "ada@example.org", "Jena"):
            page.keyboard.type(words)
            page.keyboard.press("Tab")
        trap = page.locator("#website")
        box = trap.bounding_box()
        assert box["x"] + box["width"] < 0  # out of sight, and not in the way of Tab
        assert page.evaluate("document.activeElement.id") == "link"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Send the request"


def test_highlights_are_filtered_without_scripts(browser, site):
    with visit(browser, site, "/en/highlights", java_script_enabled=False) as page:
        assert page.locator(".highlights li").count() == 2
        page.get_by_label("Category").select_option("aurora")
        page.get_by_role("button", name="Apply").click()
        assert page.locator(".highlights li").count() == 1
        page.get_by_role("link", name="Green <all> night").click()
        assert page.url.endswith("/en/c/ASK003/2026-11-21#keogram")
