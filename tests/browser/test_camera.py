"""The pages of one camera in a real browser: viewer, archive, the cursor of a night, columns of a year, sharing."""

import contextlib
import datetime as dt
import json
import re
import threading

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from hub.cli import main
from products.night import Night
from products.utc import utc_text
from tests.hub import sample, sample_long_term
from tests.hub.sample import MINUTE, NOW, SITES

from .visits import scrolls_sideways, until, violations, visit

pytestmark = [
    pytest.mark.browser,
    # The server of these tests leaves the file of a video that the browser stops loading to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SITE = SITES[0]
CAMERA = "/c/ASK001"
NIGHT = f"{CAMERA}/2026-11-21"
PAGES = [
    CAMERA,
    NIGHT,
    f"{CAMERA}/keograms",
    f"{CAMERA}/videos",
    f"{CAMERA}/startrails",
    f"{CAMERA}/archive",
    f"{CAMERA}/archive/2026-11-21",
    f"{CAMERA}/long-term",
    f"{CAMERA}/profile",
]
MIDNIGHT = dt.datetime(2026, 11, 21, 23, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Serve a hub in which the first camera has everything: nights in two months, frames, events, a profile."""
    hub = sample.fill(tmp_path_factory.mktemp("hub"), size_px=240, nights=2)
    key = hub.keys["ASK001"]
    hub.night(key, SITE, Night(dt.date(2026, 10, 30), SITE.tz), SITE.weather[0])
    for number in range(-6, 6):
        hub.frame(key, SITE, MIDNIGHT + 20 * number * MINUTE, SITE.weather[0])
    picture = hub.picture(key, sample.sky.disc(60, -30, SITE.weather[0]))
    event = {
        "rev": 1,
        "kind": "meteor",
        "state": "candidate",
        "night": "2026-11-21",
        "taken_utc": utc_text(MIDNIGHT),
    }
    hub.send("PUT", "events/met-1", key, json={**event, "picture": picture})
    counts = [
        {"sensor": "camera", "quantity": "star_count", "unit": "", "value": 300 - abs(n),
         "time": utc_text(MIDNIGHT + 10 * n * MINUTE)} for n in range(-20, 20)
    ]  # fmt: skip
    hub.send("POST", "readings", key, json={"points": counts})
    folder, nights = tmp_path_factory.mktemp("camera"), sample_long_term.nights_between
    nights = nights(SITE, dt.date(2026, 11, 12), NOW.date())[:-1]
    sample_long_term.leave_nights(folder, SITE, nights)
    periods = sample_long_term.periods_of(nights)
    sample_long_term.publish(hub, key, SITE, folder, periods)
    _write_profile(hub, tmp_path_factory.mktemp("photos"))
    with _served(hub):
        yield hub


def _write_profile(hub, folder):
    (folder / "profile.json").write_text(
        json.dumps(
            {
                "about": {"en": "On the roof."},
                "links": [{"url": "https://example.org"}],
                "setup": {"dome": ["acrylic"]},
            }
        )
    )
    for number in (1, 2):
        picture = sample.sky.disc(200 + number, -30, SITE.weather[0])
        (folder / f"{number}.jpg").write_bytes(sample.sky.jpeg(picture))
    for words in (
        ("set", str(folder / "profile.json")),
        ("enable",),
        ("add-photo", str(folder / "1.jpg"), "--en", "The dome"),
        ("add-photo", str(folder / "2.jpg")),
    ):
        command = ["--data", str(hub.settings.data), "profile", "ASK001", *words]
        assert CliRunner().invoke(main, command).exit_code == 0


@contextlib.contextmanager
def _served(hub):
    server = make_server("127.0.0.1", 0, hub.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def wait_until_open(page):
    """Wait until the viewer has opened; it hears no key while it fades in (150 ms)."""
    until(page, "document.querySelector('.pswp--ui-visible') !== null")
    page.wait_for_timeout(400)


def caption(page):
    return page.locator(".pswp__caption").inner_text()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("address", PAGES)
def test_pages_fit_every_screen_without_a_fault(browser, hub, address, language):
    with visit(browser, hub.url, f"/{language}{address}") as page:
        assert page.locator("h1").count() == 1
        for width in (320, 390, 820, 1440, 2200):
            page.set_viewport_size({"width": width, "height": 800})
            assert not scrolls_sideways(page), width


@pytest.mark.parametrize("theme", ["dark", "light", "red"])
@pytest.mark.parametrize("address", PAGES)
def test_pages_keep_to_the_rules_of_accessibility(browser, hub, address, theme):
    with visit(browser, hub.url, f"/en{address}?theme={theme}", bypass_csp=True) as page:  # fmt: skip
        assert violations(page) == []


@pytest.mark.parametrize("address", PAGES)
def test_pages_can_be_read_without_scripts_on_a_phone(browser, hub, address):
    phone = {"viewport": {"width": 390, "height": 800}, "java_script_enabled": False}
    with visit(browser, hub.url, f"/en{address}", **phone) as page:
        assert page.locator("h1").inner_text()
        # A button that needs a script is not there; that of a form is.
        buttons = page.locator("button:visible").all_inner_texts()
        assert buttons in ([], ["Apply"])


def test_the_viewer_turns_by_keyboard_and_gives_the_focus_back(browser, hub):
    with visit(browser, hub.url, f"/en{CAMERA}/archive/2026-11-21") as page:
        first = page.locator("a.frame").first
        first.focus()
        page.keyboard.press("Enter")
        wait_until_open(page)
        assert caption(page).splitlines() == [
            "21 November 2026, 22:00",
            "Open the file",
        ]
        page.keyboard.press("ArrowRight")
        until(page, "document.querySelector('.pswp__caption').innerText.includes('22:20')")  # fmt: skip
        assert controls_have_names(page)
        page.keyboard.press("Escape")
        until(page, "document.querySelector('.pswp') === null")
        assert page.url.endswith("/archive/2026-11-21")
        assert page.evaluate("document.activeElement.className") == "frame"


def controls_have_names(page):
    """Return whether every control of the viewer has a name."""
    return page.evaluate(
        "[...document.querySelectorAll('.pswp button')].every(one => one.title || one.ariaLabel || one.innerText)"
    )


def test_the_viewer_of_a_calendar_goes_from_month_to_month_in_order(browser, hub):
    with visit(browser, hub.url, f"/en{CAMERA}/keograms") as page:
        page.locator("a.tile[href$='2026-11-20']").click()
        wait_until_open(page)
        page.keyboard.press("ArrowLeft")
        until(page, "document.querySelector('.pswp__caption').innerText.includes('October')")  # fmt: skip
        page.get_by_role("link", name="The whole night").click()
        page.wait_for_url("**/2026-10-30")


def test_a_video_of_the_calendar_plays_in_the_viewer(browser, hub):
    with visit(browser, hub.url, f"/en{CAMERA}/videos") as page:
        page.locator("a.tile").first.click()
        until(page, "document.querySelector('.pswp video')?.readyState > 0")
        page.keyboard.press("Escape")
        until(page, "document.querySelector('.pswp') === null")


def test_a_tile_opened_in_a_new_tab_is_the_page_of_its_night(browser, hub):
    with visit(browser, hub.url, f"/en{CAMERA}/keograms") as page:
        with page.context.expect_page() as opened:
            page.locator("a.tile").first.click(modifiers=["Control"])
        assert re.search(r"/en/c/ASK001/2026-\d\d-\d\d$", opened.value.url)


def test_the_newest_picture_opens_in_full_even_after_it_was_renewed(browser, hub):
    with visit(browser, hub.url, f"/en{CAMERA}") as page:
        page.locator("[data-part=hero]").evaluate("hero => { hero.outerHTML = hero.outerHTML; }")  # fmt: skip
        page.locator("a.disc").click()
        until(page, "document.querySelector('.pswp__img')?.naturalWidth > 0")


def test_the_cursor_shows_the_sky_of_its_moment(browser, hub):
    with visit(browser, hub.url, f"/en{NIGHT}") as page:
        box = page.locator(".strip").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 60)
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
        until(page, "document.querySelector('.peek img')?.naturalWidth > 0")
        assert page.locator(".peek").is_visible()
        page.mouse.move(5, 5)
        assert not page.locator(".peek").is_visible()


def test_without_frames_the_cursor_shows_the_video(browser, hub):
    with visit(browser, hub.url, f"/en{CAMERA}/2026-11-20") as page:
        box = page.locator(".strip").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + 60)
        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60)
        until(page, "document.querySelector('.peek video')?.currentTime > 1")


def test_the_night_is_a_slider_for_the_keyboard(browser, hub):
    with visit(browser, hub.url, f"/en{NIGHT}") as page:
        slider = page.get_by_role("slider", name="Time of the night")
        slider.focus()
        before = slider.get_attribute("aria-valuetext")
        page.keyboard.press("PageUp")
        after = slider.get_attribute("aria-valuetext")
        assert int(after[:2]) == (int(before[:2]) + 1) % 24
        assert after[3:] == before[3:]
        assert page.locator(".cursor").inner_text() == after
        page.keyboard.press("Enter")
        until(page, "document.querySelector('video[data-video]').currentTime > 0")
        assert page.url.endswith(NIGHT)


def test_the_arrow_keys_turn_to_the_other_nights(browser, hub):
    with visit(browser, hub.url, f"/en{NIGHT}") as page:
        page.keyboard.press("ArrowLeft")
        page.wait_for_url("**/2026-11-20")


def test_an_event_is_marked_where_it_happened(browser, hub):
    with visit(browser, hub.url, f"/en{NIGHT}") as page:
        mark = page.locator(".marks a").bounding_box()
        strip = page.locator(".strip").bounding_box()
        middle = mark["x"] + mark["width"] / 2 - strip["x"]
        # The axis runs from 16:23 to 07:47 (924 min); the event was at 00:00.
        assert middle / strip["width"] == pytest.approx(457 / 924, abs=0.005)
        page.locator(".marks a").click()
        assert page.url.endswith("#met-1")
        until(page, "document.querySelector('#met-1:target') !== null")


def test_a_column_of_the_year_leads_to_its_night(browser, hub):
    with visit(browser, hub.url, f"/en{CAMERA}/long-term") as page:
        box = page.locator(".strip.year").bounding_box()
        day = (dt.date(2026, 11, 21) - dt.date(2026, 1, 1)).days
        x, y = box["x"] + box["width"] * (day + 0.5) / 365, box["y"] + 40
        page.mouse.move(x, y)
        assert page.locator(".strip.year .cursor").inner_text() == "21 November"
        page.mouse.click(x, y)
        page.wait_for_url("**/2026-11-21")


def test_the_address_can_be_copied(browser, hub):
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    with visit(browser, hub.url, f"/en{CAMERA}", **allowed) as page:
        page.locator("[data-copy=address]").click()
        until(page, "document.querySelector('[data-copy=address]').innerText === 'Copied'")  # fmt: skip
        assert page.evaluate("navigator.clipboard.readText()").endswith("/en/c/ASK001")
