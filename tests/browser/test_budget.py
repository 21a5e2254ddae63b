"""What a page may weigh: a phone under a dark sky has a slow line."""

import dataclasses
import gzip
import threading

import pytest
import requests
from werkzeug.serving import make_server

from tests.hub import sample
from tests.hub.sample import NOW, SITES

from .visits import visit

pytestmark = pytest.mark.browser
CAMERAS = 100
HTML_BYTES, FIRST_VIEW_BYTES = 60_000, 1_000_000
NIGHT = "/en/c/ASK001/2026-11-21"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """Serve a hub with a hundred cameras, all with a newest frame in three sizes, the first with a night."""
    filled = sample.Sample(tmp_path_factory.mktemp("crowd"), size_px=960)
    for index in range(CAMERAS):
        site = dataclasses.replace(SITES[index % 3], name=f"Observatory {index}")
        key = filled.add_camera(f"ASK{index + 1:03d}", site.name)
        filled.describe(key, site)
        filled.live(key, site, NOW, site.weather[index % len(site.weather)])
        filled.hello(key, state="expose")
    site, key = SITES[0], filled.keys["ASK001"]
    night = sample.Night.at(NOW, site.tz).previous
    filled.night(key, site, night, site.weather[0])
    server = make_server("127.0.0.1", 0, filled.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/de/", "/en/map", "/en/c/ASK001", NIGHT])
def test_the_page_itself_is_small(crowd, path):
    page = requests.get(crowd + path, timeout=20)
    assert page.status_code == 200
    assert len(gzip.compress(page.content, 6)) < HTML_BYTES


@pytest.mark.parametrize("width", [390, 1440])
def test_the_first_view_of_a_hundred_cameras_is_light(browser, crowd, width):
    arrived = []
    with visit(browser, crowd, "/en/", start=False) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.on("requestfinished", lambda one: arrived.append(one.sizes()))
        page.goto(f"{crowd}/en/", wait_until="networkidle")
        seen = page.locator("img").evaluate_all(
            "all => all.filter(one => one.complete && one.naturalWidth).length"
        )
    weight = sum(one["responseBodySize"] for one in arrived)
    assert seen >= 2
    assert weight < FIRST_VIEW_BYTES, (weight, len(arrived))


@pytest.mark.parametrize("path", ["/en/", "/de/c/ASK001", NIGHT])
def test_the_largest_picture_is_asked_for_first(browser, crowd, path):
    with visit(browser, crowd, path) as page:
        largest = page.evaluate("""() => new Promise(done => {
            new PerformanceObserver(list => done(list.getEntries().at(-1).url))
                .observe({type: 'largest-contentful-paint', buffered: true});
        })""")
        preloaded = page.evaluate("""() => performance.getEntriesByType('resource')
            .filter(one => one.initiatorType === 'link').map(one => one.name)""")
    assert not largest or largest in preloaded, (largest, preloaded)
