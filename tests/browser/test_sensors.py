"""The sensor page in a real browser: one cursor, zoom that asks for more, files of exactly what is drawn, no faults."""

import datetime as dt
import threading
import urllib.parse

import pytest
from werkzeug.serving import make_server

from tests.hub.sample import NOW, SITES, Sample

from .visits import scrolls_sideways, until, violations, visit

pytestmark = pytest.mark.browser
PAGE = "/en/c/ASK001/sensors"
WIDTHS = (320, 390, 820, 1440, 2200)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Serve a hub with three days of one camera's readings, an hour of silence in them, and an empty camera."""
    filled = Sample(tmp_path_factory.mktemp("hub"))
    site = SITES[0]
    key = filled.add_camera("ASK001", site.name)
    filled.describe(key, site)
    gap = (NOW - dt.timedelta(hours=12), NOW - dt.timedelta(hours=6))
    filled.readings(key, site, NOW - dt.timedelta(days=3), NOW, gap)
    filled.add_camera("ASK002", "Silent")
    server = make_server("127.0.0.1", 0, filled.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    filled.url = f"http://127.0.0.1:{server.server_port}"
    yield filled
    server.shutdown()
    thread.join()
    server.server_close()


def drawn(page):
    until(page, "document.querySelector('figure[data-series].drawn canvas') !== null")
    page.wait_for_load_state("networkidle")


def said(page, index=0):
    """Return the values that a chart says, and its moment."""
    figure = page.locator("figure[data-series]").nth(index)
    values = figure.locator(".series output").all_inner_texts()
    return values, figure.locator(".when").inner_text()


def point_at(page, part, index=0):
    place = page.locator(".plot").nth(index)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    page.mouse.move(box["x"] + box["width"] * part, box["y"] + 40)
    return box


@pytest.mark.parametrize(
    "address",
    [PAGE, f"{PAGE}?range=7d", "/de/c/ASK001/sensors", "/en/c/ASK002/sensors"],
)
def test_the_page_loads_without_a_fault_and_fits_every_screen(browser, hub, address):
    with visit(browser, hub.url, address) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert not scrolls_sideways(page), width


@pytest.mark.parametrize("theme", ["dark", "light", "red"])
@pytest.mark.parametrize("scripts", [True, False])
def test_everybody_can_read_it(browser, hub, theme, scripts):
    with visit(
        browser,
        hub.url,
        f"{PAGE}?theme={theme}",
        java_script_enabled=scripts,
        bypass_csp=True,
    ) as page:
        if scripts:
            drawn(page)
            page.locator("figure summary").first.click()
            assert violations(page) == []
        else:
            assert page.locator(".plot path").first.is_visible()
            page.get_by_role("link", name="7 days").click()
            assert "15 Nov" in page.locator(".stretch").inner_text()
            page.get_by_role("link", name="UTC", exact=True).click()
            assert "UTC" in page.locator(".stretch").inner_text()


def test_one_cursor_moves_through_all_charts_and_says_values_and_time(browser, hub):
    with visit(browser, hub.url, PAGE) as page:
        page.locator(".plot").first.scroll_into_view_if_needed()
        until(page, "document.querySelectorAll('figure.drawn').length > 1")
        point_at(page, 0.25)
        until(page, "document.querySelectorAll('.when')[1].textContent !== ''")
        (value,), moment = said(page)
        assert 10 < float(value.replace("\u2212", "-")) < 22
        assert moment.startswith("22 Nov, 02:")
        values, same = said(page, 1)
        assert (len(values), same) == (2, moment)


def test_a_gap_says_why_there_is_nothing(browser, hub):
    with visit(browser, hub.url, PAGE) as page:
        drawn(page)
        point_at(page, 0.6)
        until(
            page,
            "document.querySelector('.when').textContent.includes('camera offline')",
        )
        assert said(page)[0] == [""]


def test_numbers_are_german_on_the_german_page(browser, hub):
    with visit(browser, hub.url, "/de/c/ASK001/sensors") as page:
        drawn(page)
        point_at(page, 0.25)
        until(
            page, "document.querySelector('.series output').textContent.includes(',')"
        )


def test_dragging_asks_for_a_shorter_stretch_and_the_button_brings_all_back(
    browser, hub
):
    with visit(browser, hub.url, f"{PAGE}?range=7d") as page:
        drawn(page)
        asked = []
        page.on("request", lambda one: asked.append(one.url))
        box = point_at(page, 0.8)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60, steps=4)
        page.mouse.up()
        until(page, "location.search.includes('from=')")
        page.wait_for_load_state("networkidle")
        assert any("readings.json" in one for one in asked)
        begins = "decodeURIComponent({}).match(/from=([^&]*)/)[1]"
        there = begins.format("document.querySelector('figure [data-form=csv]').href")
        until(page, f"{there} === {begins.format('location.search')}")
        link = page.locator("figure [data-form=csv]").first.get_attribute("href")
        until(page, "!document.querySelector('.whole').hidden")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)
        begin, end = (
            dt.datetime.fromisoformat(query[one][0]) for one in ("from", "to")
        )
        assert dt.timedelta(hours=15) < end - begin < dt.timedelta(hours=18)
        shown = page.url
        page.reload(wait_until="networkidle")
        assert page.url == shown
        page.go_back(wait_until="commit")
        page.locator(".stretch", has_text="15 Nov").wait_for()
        assert page.url.endswith("?range=7d")


def test_files_are_exactly_what_is_drawn(browser, hub):
    with visit(browser, hub.url, PAGE) as page:
        drawn(page)
        until(
            page,
            "document.querySelector('figure [data-form=json]').href.includes('points=1440')",
        )
        link = page.locator("figure [data-form=json]").first.get_attribute("href")
        found = hub.client.get(link).json
        point_at(page, 0.25)
        until(page, "document.querySelector('.series output').textContent !== ''")
        (value,), _ = said(page)
        means = [f"{one:.2f}" for one in found["series"][0]["mean"] if one is not None]
        assert value.replace("\u2212", "-") in means


def test_the_keyboard_moves_the_cursor_and_zooms(browser, hub):
    with visit(browser, hub.url, PAGE) as page:
        drawn(page)
        page.locator(".plot").first.focus()
        page.keyboard.press("Home")
        until(page, "document.querySelector('.when').textContent.startsWith('21 Nov')")
        page.keyboard.press("ArrowRight")
        before = page.locator(".stretch").inner_text()
        page.keyboard.press("+")
        until(page, "location.search.includes('from=')")
        assert page.locator(".stretch").inner_text() != before
        page.get_by_role("button", name="Whole stretch").click()
        assert page.locator(".stretch").inner_text() == before


def test_buttons_zoom_for_those_who_cannot_drag(browser, hub):
    with visit(browser, hub.url, PAGE, has_touch=True) as page:
        page.get_by_role("button", name="Zoom in").tap()
        until(page, "document.querySelector('.stretch').textContent.includes('02:48')")
        assert "from=2026-11-21T13%3A48" in page.get_by_role(
            "link", name="Earlier"
        ).get_attribute("href")
        page.get_by_role("button", name="Zoom out").tap()
        until(page, "document.querySelector('.stretch').textContent.includes('20:48')")


def test_when_the_hub_does_not_answer_the_drawing_of_the_server_stays(browser, hub):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/readings.json*", lambda route: route.abort())
    page.goto(hub.url + PAGE, wait_until="networkidle")
    page.locator(".plot").first.scroll_into_view_if_needed()
    until(page, "document.querySelector('.when').textContent !== ''")
    assert page.locator(".plot .lines").first.is_visible()
    context.close()
