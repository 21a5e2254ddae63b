"""The whole way, as a newcomer walks it: the demonstration's command, then the night in a real browser."""

import datetime as dt
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from edge.demo_scenes import SCENES
from hub import create_app
from hub.config import HubSettings
from products.live import night_axis
from products.night import Night

from .visits import scrolls_sideways, violations, visit

pytestmark = pytest.mark.browser
PROGRAMS = Path(sys.executable).parent
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
# What stands in the addresses of pages; NIGHT is replaced by the night of the demonstration.
ARGUMENTS = {"camera_id": ["ASK002"], "night_name": ["NIGHT"], "date": ["NIGHT"]}


def pages():
    """Return the address of every page that has a language, without the language, from the hub's own map.

    What ends like a file is none.
    """
    found = []
    for rule in create_app(HubSettings(data=Path("nowhere"))).url_map.iter_rules():
        if "lang" not in rule.arguments or "GET" not in rule.methods:
            continue
        values = [{}]
        for name in sorted(rule.arguments - {"lang"} - set(rule.defaults or {})):
            choices = ARGUMENTS.get(name) or getattr(
                rule._converters[name], "items", ()
            )
            assert choices, f"ARGUMENTS needs an example of {name}"
            values = [one | {name: choice} for one in values for choice in choices]
        for one in values:
            _, path = rule.build({"lang": "en"} | (rule.defaults or {}) | one)
            found.append(path.removeprefix("/en"))
    return sorted({path for path in found if "." not in path})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """Run the demonstration with few frames until it serves; then interrupt it as Ctrl-C does."""
    data, port = tmp_path_factory.mktemp("demo") / "data", free_port()
    command = [
        PROGRAMS / "allsky-edge",
        "demo",
        "--data",
        data,
        "--port",
        str(port),
        "--interval",
        "600",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    else:
        pytest.fail(f"the demonstration ended with {process.wait()}:\n{''.join(said)}")
    yield data, f"http://127.0.0.1:{port}", "".join(said)
    process.send_signal(signal.SIGINT)
    process.stdout.close()
    try:
        assert process.wait(timeout=90) == 0
    finally:
        process.kill()


def test_it_prints_addresses_that_exist(demonstration):
    _, _, said = demonstration
    addresses = re.findall(r"http://\S+", said)
    assert len(addresses) >= 5
    for address in addresses:
        assert requests.get(address, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("camera", "scene"),
    [("ASK001", SCENES[0]), ("ASK002", SCENES[1]), ("ASK003", SCENES[2])],
)
def test_every_camera_has_the_night_on_disk(demonstration, camera, scene):
    data, _, said = demonstration
    night = data / camera / "data" / "products" / last_night(said, camera)
    facts = json.loads((night / "night.json").read_text())
    axis = night_axis(scene.site.place, Night.named(night.name, scene.site.tz))
    stored = (data / camera / "data" / "frames" / night.name).glob("*.jpg")
    taken = [dt.datetime.strptime(path.stem, "%Y%m%dT%H%M%S%z") for path in stored]
    assert facts["frames"] == sum(moment in axis for moment in taken) > 50
    for product in ("keogram.jpg", "keogram.json", "timelapse.mp4"):
        assert (night / product).stat().st_size > 500


def test_the_hub_has_what_the_cameras_made(demonstration):
    data, _, _ = demonstration
    hub = sqlite3.connect(data / "hub" / "hub.db")
    kinds = hub.execute(
        "SELECT kind, count(DISTINCT camera_id) FROM products GROUP BY kind"
    ).fetchall()
    hub.close()
    assert dict(kinds).items() >= {"keogram": 3, "timelapse": 3, "night": 3}.items()
    series = sqlite3.connect(data / "hub" / "series.db")
    (points,) = series.execute("SELECT count(*) FROM reading").fetchone()
    series.close()
    readings = 0
    for camera in ("ASK001", "ASK002", "ASK003"):
        edge = sqlite3.connect(data / camera / "data" / "edge.db")
        readings += edge.execute(
            "SELECT count(*) FROM readings WHERE sent = 1"
        ).fetchone()[0]
        edge.close()
    assert points >= readings > 300


def test_the_operator_has_picked_out_highlights(demonstration, browser):
    _, site, _ = demonstration
    with visit(browser, site, "/en/highlights") as page:
        assert page.get_by_text("A whole clear night above the Atlantic").is_visible()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_visitor_walks_from_home_to_the_night(demonstration, browser, language, size):
    _, site, said = demonstration
    options = {"viewport": size, "locale": language}
    with visit(browser, site, "/", **options) as page:
        assert page.url == f"{site}/{language}/"
        for place in ("Hainich", "La Palma", "Tromsø"):
            assert page.get_by_text(place).first.is_visible()
        page.get_by_role("link", name=re.compile("La Palma")).first.click()
        page.wait_for_url(f"**/{language}/c/ASK002")
        assert loaded_pictures(page) > 0
        night = f"/{language}/c/ASK002/{last_night(said)}"
        page.locator(f"a[href='{night}']").first.click()
        page.wait_for_url(f"**{night}")
        page.wait_for_load_state("networkidle")
        assert loaded_pictures(page) > 0
        assert page.locator("#timelapse video").count() == 1
        assert not scrolls_sideways(page)


@pytest.mark.parametrize("path", pages())
def test_every_page_is_sound_and_open_to_everybody(demonstration, browser, path):
    _, site, said = demonstration
    for language, size in (("de", PHONE), ("en", DESK)):
        address = f"/{language}{path.replace('NIGHT', last_night(said))}"
        with visit(browser, site, address, viewport=size) as page:
            assert page.locator("h1").count() == 1
            assert page.locator("html").get_attribute("lang") == language
            assert violations(page) == []
            for width in (PHONE, DESK):
                page.set_viewport_size(width)
                assert not scrolls_sideways(page), width


@pytest.mark.parametrize("path", pages())
def test_every_page_can_be_read_without_scripts(demonstration, browser, path):
    _, site, said = demonstration
    for language, size in (("en", PHONE), ("de", DESK)):
        address = f"/{language}{path.replace('NIGHT', last_night(said))}"
        options = {"viewport": size, "java_script_enabled": False}
        with visit(browser, site, address, **options) as page:
            assert page.locator("h1").inner_text()
            assert len(page.locator("main").inner_text()) > 60


def last_night(said, camera="ASK002"):
    """Return the name of the night that the demonstration has simulated."""
    return re.search(rf"/en/c/{camera}/(\d{{4}}-\d{{2}}-\d{{2}})", said)[1]


@pytest.mark.parametrize("kind", ["timelapse", "startrails-timelapse"])
def test_the_videos_of_the_night_play(demonstration, browser, kind):
    _, address, said = demonstration
    page = browser.new_page()
    page.goto(f"{address}/en/c/ASK002/{last_night(said)}")
    page.wait_for_selector(f"#{kind} video")
    played = page.evaluate(
        """async kind => {
            const video = document.querySelector(`#${kind} video`);
            video.muted = true;
            await video.play();
            await new Promise(done => video.ontimeupdate = () => video.currentTime > 0.1 && done());
            return [video.videoWidth, video.duration];
        }""",
        kind,
    )
    page.close()
    assert played[0] > 500
    assert played[1] > (1 if kind == "timelapse" else 0.2)


def loaded_pictures(page):
    """Return how many pictures on the page have arrived with pixels."""
    return page.evaluate(
        "[...document.images].filter(image => image.complete && image.naturalWidth > 1).length"
    )


def test_a_foreign_folder_is_never_emptied(tmp_path):
    (tmp_path / "photos.txt").write_text("precious")
    done = subprocess.run(
        [PROGRAMS / "allsky-edge", "demo", "--data", tmp_path, "--exit"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "holds something else" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photos.txt"]
