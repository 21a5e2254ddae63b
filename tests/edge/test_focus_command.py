import contextlib
import http.client
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.focus import measure_focus
from edge.focus_loop import FocusFrame, FocusHistory
from edge.focus_page import FocusPage, served
from edge.service import only_one
from products import jpeg

SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.json"
    simulator = {"width": 320, "height": 240, "clouds": "clear"}
    camera = {"driver": "simulator", "simulator": simulator}
    path.write_text(json.dumps({"site": SITE, "camera": camera}))
    return path


def run(config, *arguments):
    return CliRunner().invoke(main, ["--config", str(config), "focus", *arguments])


def test_every_frame_is_a_line_where_there_is_no_terminal(config):
    done = run(config, "--frames", "2", "--exposure-s", "0.01")
    assert done.exit_code == 0
    assert "frame 1: sharpness" in done.output
    assert "frame 2: sharpness" in done.output


def test_every_frame_is_a_line_of_json(config):
    done = run(config, "--frames", "2", "--exposure-s", "0.01", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["frame"] for line in lines] == [1, 2]
    assert set(lines[0]) == {
        "frame",
        "stars",
        "width_px",
        "sharpness",
        "brightest",
        "remark",
    }


def test_the_camera_of_a_running_capture_is_left_alone(config, tmp_path):
    with only_one(tmp_path / "data", "capture"):
        done = run(config, "--frames", "1")
    assert done.exit_code == 1
    assert "systemctl stop allsky-edge-capture" in done.output


def test_the_camera_of_another_program_is_focused_there(config, tmp_path):
    config.write_text(json.dumps({"site": SITE, "camera": {"driver": "folder"}}))
    done = run(config)
    assert done.exit_code == 1
    assert "focus with that one" in done.output


def test_the_page_is_offered_with_its_code(config):
    done = run(config, "--frames", "1", "--exposure-s", "0.01", "--page", "--port", "0")
    assert done.exit_code == 0
    assert re.search(r"Open http://\S+:\d+/ and give the code \d{8};", done.output)


@pytest.fixture
def page():
    """Return a page that shows a frame: left black, right white."""
    page = FocusPage(2.0)
    rgb = np.zeros((240, 320, 3), np.uint8)
    rgb[:, 160:] = 255
    history = FocusHistory()
    history.add(FocusFrame(1, measure_focus(rgb), "too <bright>"))
    page.show(history, rgb)
    page.rgb, page.history = rgb, history
    return page


@contextlib.contextmanager
def browser(page):
    """Give a function that asks for a path, with a cookie or without, and returns the answer and its body."""
    with served(page, 0, "127.0.0.1") as port:

        def ask(path, cookie=""):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", path, headers={"Cookie": cookie})
                answer = connection.getresponse()
                return answer, answer.read()

        yield ask


def test_nothing_is_shown_without_the_code(page):
    with browser(page) as ask:
        for path in ("/", "/crop.jpg", "/frame.jpg", "/?at.x=1&at.y=1"):
            answer, body = ask(path, "focus=guessed")
            assert answer.status == 200
            assert b"The code that the terminal shows" in body
            assert answer.getheader("Cache-Control") == "no-store"


def test_the_code_opens_the_page_for_one_browser(page):
    with browser(page) as ask:
        answer, _ = ask(f"/?code={page.code}")
        assert answer.status == 303
        cookie = answer.getheader("Set-Cookie")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        cookie = cookie.split(";")[0]
        answer, body = ask("/", cookie)
        assert b"Sharpness" in body
        assert b"too &lt;bright&gt;" in body
        assert jpeg.decode(ask("/crop.jpg?1", cookie)[1]).shape == (160, 160, 3)
        assert jpeg.decode(ask("/frame.jpg?1", cookie)[1]).shape == (240, 320, 3)
        assert ask("/nothing", cookie)[0].status == 404
        assert ask(f"/?code={page.code}")[0].status == 403
        assert ask("/")[1] != body


def test_before_the_first_frame_the_page_waits_for_it():
    page = FocusPage(2.0)
    with browser(page) as ask:
        cookie = ask(f"/?code={page.code}")[0].getheader("Set-Cookie").split(";")[0]
        assert b"Waiting for the first frame" in ask("/", cookie)[1]


def test_the_place_that_is_pressed_is_enlarged(page):
    with browser(page) as ask:
        cookie = ask(f"/?code={page.code}")[0].getheader("Set-Cookie").split(";")[0]
        for x, level in ((310, 255), (5, 0)):
            assert ask(f"/?at.x={x}&at.y=100", cookie)[0].status == 303
            page.show(page.history, page.rgb)
            crop = jpeg.decode(ask("/crop.jpg", cookie)[1])
            assert crop[80, 80, 1] == pytest.approx(level, abs=3)
        assert ask("/?at.x=left&at.y=1", cookie)[0].status == 400


def test_ten_wrong_codes_close_the_page(page):
    with browser(page) as ask:
        for _ in range(10):
            assert ask("/?code=00000")[0].status == 403
        answer, body = ask(f"/?code={page.code}")
        assert answer.status == 403
        assert b"Too many wrong codes" in body
