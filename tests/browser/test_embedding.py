"""A camera on another site, in a real browser: the frame shows the sky, and no other page lets itself be framed."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from werkzeug.serving import make_server

from hub.db import connect, xp
from tests.hub import sample
from tests.hub.sample import NOW

from .visits import scrolls_sideways, until, violations, visit

pytestmark = pytest.mark.browser
ELSEWHERE = """<!doctype html><html lang="en"><title>Elsewhere</title>
<iframe id="sky" src="{hub}/embed/ASK001?lang=de&amp;theme=light" width="360" height="420" title="sky"></iframe>
<iframe id="page" src="{hub}/en/c/ASK001" width="360" height="420" title="page"></iframe>
<img id="badge" src="{hub}/badge/ASK001.svg" alt="badge"><img id="frame" src="{hub}/c/ASK001/latest.jpg" alt="frame">
"""


@contextlib.contextmanager
def served(server):
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    filled = sample.fill(tmp_path_factory.mktemp("hub"), size_px=240, nights=1)
    with contextlib.closing(connect(filled.settings.hub_db)) as db:
        earned = {"first-light": NOW.date(), "sky-meter": NOW.date()}
        xp.store(db, "ASK001", {"night": 12, "circle": 1}, earned, NOW)
    with served(make_server("127.0.0.1", 0, filled.app, threaded=True)) as address:
        yield address


@pytest.fixture
def elsewhere(site):
    """Serve a page of another site that shows things of the hub."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/":
                self.wfile.write(ELSEWHERE.format(hub=site).encode())

        def log_message(self, *_words):
            """Say nothing."""

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Page)) as address:
        yield address


def test_only_the_page_for_frames_appears_on_another_site(browser, site, elsewhere):
    page = browser.new_page()
    refused = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(elsewhere, wait_until="networkidle")
    frame = page.frame(url=f"{site}/embed/*")
    assert frame.locator(".disc .sky img").evaluate("one => one.naturalWidth") > 0
    assert "live" in frame.locator(".state").inner_text()
    assert frame.evaluate("document.documentElement.dataset.theme") == "light"
    assert not scrolls_sideways(frame)
    tall = "document.documentElement.scrollHeight <= innerHeight"
    assert frame.evaluate(tall), "a frame of the size that is offered shows all of it"
    for picture in ("badge", "frame"):
        assert page.locator(f"#{picture}").evaluate("one => one.naturalWidth") > 0
    assert any("frame-ancestors 'none'" in words for words in refused)
    assert page.context.cookies() == []
    page.close()


@pytest.mark.parametrize("theme", ["dark", "light", "red"])
def test_the_page_for_frames_is_open_to_everybody(browser, site, theme):
    with visit(browser, site, f"/embed/ASK002?theme={theme}") as page:
        assert violations(page) == []


def test_the_page_for_frames_renews_itself(browser, site):
    with visit(browser, site, "/embed/ASK001", start=False) as page:
        page.clock.install()
        page.goto(f"{site}/embed/ASK001", wait_until="networkidle")
        page.evaluate("document.querySelector('[data-part]').dataset.old = 'yes'")
        page.clock.fast_forward(70_000)
        until(page, "!document.querySelector('[data-part]').dataset.old")


@pytest.mark.parametrize("theme", ["dark", "light", "red"])
def test_the_rules_of_points_are_open_to_everybody(browser, site, theme):
    for width in (320, 1440):
        with visit(browser, site, "/de/xp", start=False, viewport={"width": width, "height": 800}) as page:  # fmt: skip
            page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
            page.goto(f"{site}/de/xp", wait_until="networkidle")
            assert violations(page) == []
            assert not scrolls_sideways(page)


def test_data_for_search_engines_is_no_fault_to_the_browser(browser, site):
    with visit(browser, site, "/en/c/ASK001") as page:
        data = (
            "JSON.parse(document.querySelector('[type=\"application/ld+json\"]').text)"
        )
        said = page.evaluate(data)
        assert said["@type"] == "ImageObject"
        assert said["contentLocation"]["geo"]["latitude"] == 51.1
