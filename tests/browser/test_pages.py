"""The pages in a real browser: nothing fails, nothing leads elsewhere, with a thumb, a keyboard, or without scripts."""

import datetime as dt
import re
import threading

import pytest
from werkzeug.serving import make_server

from tests.hub import sample, sample_long_term
from tests.hub.sample import NOW, SITES

from .visits import scrolls_sideways, until, visit

pytestmark = [
    pytest.mark.browser,
    # The server of these tests leaves the file of a video that the browser stops loading to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WIDTHS = (320, 390, 820, 1440, 2200)
LONG_TERM_FROM = dt.date(2026, 11, 12)
NIGHT = "/en/c/ASK001/2026-11-21"
PAGES = [
    "/en/",
    "/de/c/ASK001",
    NIGHT,
    "/en/c/ASK001/keograms",
    "/de/c/ASK002/videos",
    "/en/c/ASK001/startrails",
    "/de/c/ASK001/long-term",
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Serve the sample hub; its clock can be moved."""
    filled = sample.fill(tmp_path_factory.mktemp("hub"), size_px=240, nights=3)
    site, folder = SITES[0], tmp_path_factory.mktemp("camera")
    nights = sample_long_term.nights_between(site, LONG_TERM_FROM, NOW.date())[:-1]
    sample_long_term.leave_nights(folder, site, nights)
    periods = sample_long_term.periods_of(nights)
    key = filled.keys["ASK001"]
    sample_long_term.publish(filled, key, site, folder, periods)
    server = make_server("127.0.0.1", 0, filled.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    filled.url = f"http://127.0.0.1:{server.server_port}"
    yield filled
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("address", PAGES)
def test_pages_load_without_a_fault_and_fit_every_screen(browser, hub, address):
    with visit(browser, hub.url, address) as page:
        assert page.locator("h1").count() == 1
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert not scrolls_sideways(page), width


@pytest.mark.parametrize("address", PAGES)
def test_every_picture_in_sight_is_there_and_has_words(browser, hub, address):
    with visit(browser, hub.url, address) as page:
        pictures = page.locator("img").all()
        assert pictures
        for picture in pictures:
            picture.scroll_into_view_if_needed()
            until(
                page,
                "one => one.complete && one.naturalWidth > 0",
                picture.element_handle(),
            )
            assert picture.get_attribute("alt")


def test_home_leads_by_keyboard_to_a_camera(browser, hub):
    with visit(browser, hub.url, "/en/") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        for _ in range(10):  # past what chooses among the cameras
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.className") == "card":
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**/en/c/ASK001")


@pytest.mark.parametrize("address", PAGES)
def test_pages_can_be_read_without_scripts(browser, hub, address):
    with visit(browser, hub.url, address, java_script_enabled=False) as page:
        assert page.locator("h1").inner_text()
        assert page.locator("img").first.is_visible()


def test_the_red_light_needs_no_scripts(browser, hub):
    with visit(browser, hub.url, "/en/", java_script_enabled=False) as page:
        page.get_by_role("link", name="Red light").click()
        assert page.locator("html").get_attribute("data-theme") == "red"
        page.get_by_role("link", name="Hainich").first.click()
        assert page.locator("html").get_attribute("data-theme") == "red"


def test_the_calendar_form_works_without_scripts(browser, hub):
    with visit(
        browser, hub.url, "/en/c/ASK001/keograms", java_script_enabled=False
    ) as page:
        page.get_by_role("button", name="Apply").click()
        assert re.search(r"\?from=2026-11&to=2026-11$", page.url)
        page.get_by_role("link", name="Reset").click()
        assert page.url.endswith("/keograms")


def test_pointing_at_the_ribbon_shows_the_time_of_the_site(browser, hub):
    with visit(browser, hub.url, NIGHT) as page:
        strip = page.locator(".strip").bounding_box()
        page.mouse.move(strip["x"] + strip["width"] / 2, strip["y"] + 20)
        # The axis runs from 16:23 to 07:47, so its middle is 00:05.
        assert page.locator(".cursor").inner_text() == "00:05"
        assert page.locator(".hand:visible").count() == 3
        page.mouse.move(5, 5)
        assert page.locator(".hand:visible").count() == 0


def test_a_click_on_the_ribbon_jumps_the_video_to_that_moment(browser, hub):
    with visit(browser, hub.url, NIGHT) as page:
        strip = page.locator(".strip").bounding_box()
        page.mouse.click(strip["x"] + strip["width"] * 0.75, strip["y"] + 20)
        until(page, "document.querySelector('video').currentTime > 0")
        # 50 frames at 25 a second, evenly over the night: three quarters are frame 37, that is 1.5 s.
        assert page.evaluate(
            "document.querySelector('video').currentTime"
        ) == pytest.approx(1.5, abs=0.05)


def test_a_new_frame_appears_by_itself(browser, hub):
    key = hub.add_camera("ASK009", "Growing")
    hub.describe(key, SITES[0])
    hub.live(key, SITES[0], NOW, SITES[0].weather[0])
    context = browser.new_context()
    context.clock.install()
    page = context.new_page()
    page.goto(f"{hub.url}/en/c/ASK009", wait_until="networkidle")
    before = page.locator("img[data-sky]").get_attribute("src")
    context.clock.run_for(16_000)
    page.wait_for_load_state("networkidle")
    later = NOW + sample.MINUTE
    hub.now = later
    try:
        hub.live(key, SITES[0], later, SITES[0].weather[1])
        context.clock.run_for(16_000)
        newest = (
            "document.querySelector('img[data-sky]:last-child').getAttribute('src')"
        )
        until(page, f"before => {newest} !== before", before)
        context.clock.run_for(1_000)
        until(page, "document.querySelectorAll('img[data-sky]').length === 1")
        assert page.locator(".state").inner_text().startswith("live")
    finally:
        hub.now = NOW
        context.close()
