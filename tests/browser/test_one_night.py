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
from products.live import night_axis
from products.night import Night

pytestmark = pytest.mark.browser
PROGRAMS = Path(sys.executable).parent


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
    assert process.wait(timeout=90) == 0


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
    data, _, _ = demonstration
    (night,) = [
        path
        for path in (data / camera / "data" / "products").glob("????-??-??")
        if (path / "night.json").exists()
    ]
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


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_a_visitor_walks_from_home_to_the_night(
    demonstration, browser, language, width
):
    _, address, _ = demonstration
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale=language
    )
    page, faults = context.new_page(), []
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if message.type == "error" else None
        ),
    )
    page.on(
        "requestfailed",
        lambda request: faults.append(f"failed: {request.url} {request.failure}"),
    )
    page.on(
        "response",
        lambda answer: (
            faults.append(f"{answer.status}: {answer.url}")
            if answer.status >= 400
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            faults.append(request.url) if not request.url.startswith(address) else None
        ),
    )

    page.goto(f"{address}/", wait_until="networkidle")
    assert page.url == f"{address}/{language}/"
    for place in ("Hainich", "La Palma", "Tromsø"):
        assert page.get_by_text(place).first.is_visible()
    page.get_by_role("link", name=re.compile("La Palma")).first.click()
    page.wait_for_url(f"**/{language}/c/ASK002")
    assert loaded_pictures(page) > 0
    page.locator(f"a[href^='/{language}/c/ASK002/20']").first.click()
    page.wait_for_url(f"**/{language}/c/ASK002/20*")
    page.wait_for_load_state("networkidle")
    assert loaded_pictures(page) > 0
    assert page.locator("#timelapse video").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "the page scrolls sideways"
    )
    context.close()
    assert [fault for fault in faults if "net::ERR_ABORTED" not in fault] == []


@pytest.mark.parametrize("kind", ["timelapse", "startrails-timelapse"])
def test_the_videos_of_the_night_play(demonstration, browser, kind):
    _, address, _ = demonstration
    page = browser.new_page()
    page.goto(f"{address}/en/c/ASK002")
    page.locator("a[href^='/en/c/ASK002/20']").first.click()
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
