"""A camera that visitors may not see is nowhere: every address is tried, new ones are found by themselves."""

import contextlib
import io
import itertools
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

import hub as hub_package
from hub.cli import main
from hub.db import connect, highlights, xp
from hub.db.highlights import Category, Choice
from hub.db.publication import ProductKey
from products.manifest import PERIOD_KINDS

from . import sample
from . import sample_sky as sky
from .sample import NOW
from .test_embedding import Visitor

SHOWN, PRIVATE, RETIRED = "ASK001", "ASK002", "ASK003"
NAMES = {PRIVATE: "La Palma", RETIRED: "Ramfjord"}
NIGHT = "2026-11-20"
IMAGES = ("startrails-comet", "month-keogram", "year-keogram")
VIDEOS = ("timelapse-day", "startrails-timelapse", *PERIOD_KINDS[2:])
# What stands for the arguments of addresses; a new argument has to be added here, or its pages are not looked at.
VALUES = {
    "lang": ["en", "de"],
    "night_name": [NIGHT],
    "date": [NIGHT],
    "name": ["first-light"],
    "width": ["", "480", "960"],
}
# Addresses that are about no camera, with arguments of their own, and those that only cameras with a key may use.
ELSEWHERE = ("/static/", "/api/v1/sync/", "/b/")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Return a hub of three cameras that have everything a camera can have."""
    found = sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=2)
    for index, (camera_id, key) in enumerate(found.keys.items()):
        _publish_more(found, camera_id, key, index)
    return found


def _publish_more(hub, camera_id, key, index):
    plain = Image.new("RGB", (64, 64), (60 * index, 40, 80))
    image, png = io.BytesIO(), io.BytesIO()
    plain.save(image, "JPEG")
    plain.save(png, "PNG")
    picture = hub.blob(key, image.getvalue(), "image/jpeg", 64, 64)
    chart = hub.blob(key, png.getvalue(), "image/png", 64, 64)
    film = hub.blob(key, sky.video(64, 3, sample.Weather(seed=60 * index)), "video/mp4")
    for kind, file in (
        *((kind, picture) for kind in IMAGES),
        *((kind, film) for kind in VIDEOS),
        ("sqm", chart),
        ("frame/20261120T200000Z", picture | {"first": "2026-11-20T20:00:00Z"}),
    ):
        night = f"{NIGHT[:7]}-01" if kind in PERIOD_KINDS else NIGHT
        hub.publish(key, night, kind, file)
    meteor = {
        "rev": 1, "kind": "meteor", "state": "candidate", "night": NIGHT, "taken_utc": "2026-11-20T21:00:00Z",
        "picture": hub.blob(key, sky.jpeg(sky.disc(48 + index, -30, sample.Weather())), "image/jpeg"),
    }  # fmt: skip
    hub.send("PUT", f"events/{camera_id}-meteor", key, json=meteor)
    _pick_out_and_award(hub, camera_id)
    _introduce(hub, camera_id, image)


def _pick_out_and_award(hub, camera_id):
    with contextlib.closing(connect(hub.settings.hub_db)) as db:
        product = ProductKey(camera_id, NIGHT, "startrails")
        highlights.add_highlight(db, product, Choice(Category.AURORA), NOW)
        xp.store(db, camera_id, {"night": 2}, {"first-light": NOW.date()}, NOW)


def _introduce(hub, camera_id, image):
    about = json.dumps({"about": {"en": "On the roof.", "de": "Auf dem Dach."}})
    photo = hub.settings.data / f"{camera_id}.jpg"
    photo.write_bytes(image.getvalue())
    _run(hub, "profile", camera_id, "set", "-", content=about)
    _run(hub, "profile", camera_id, "add-photo", str(photo))
    _run(hub, "profile", camera_id, "enable")


def _run(hub, *words, content=None):
    command = ["--data", str(hub.settings.data), *words]
    done = CliRunner().invoke(main, command, input=content)
    assert done.exit_code == 0, done.output


@pytest.fixture
def hidden(hub):
    """Hide two of the cameras, each for its own reason, and show them again."""
    _run(hub, "set-camera", PRIVATE, "--visibility", "private")
    _run(hub, "set-camera", RETIRED, "--visibility", "retired")
    yield
    for camera_id in NAMES:
        _run(hub, "set-camera", camera_id, "--visibility", "public")


@pytest.fixture
def visitor(hub):
    return Visitor(hub.app, hub.app.response_class)


def rules(hub):
    """Return the addresses that visitors can ask for, those about a camera and the others."""
    asked = [
        rule
        for rule in hub.app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.rule.startswith(ELSEWHERE)
    ]
    about = [rule for rule in asked if "camera_id" in rule.arguments]
    return about, [rule for rule in asked if "camera_id" not in rule.arguments]


def addresses(visitor, rule, camera_id=None):
    """Return every address of a rule, of one camera."""
    known = {**VALUES, "camera_id": [camera_id], "sha256": _photos(visitor, camera_id)}
    for choices, name in re.findall(r"<any\(([^)]*)\):(\w+)>", rule.rule):
        known[name] = re.findall(r"[\w-]+", choices)
    parts = re.split(r"<(?:[^<>]*:)?(\w+)>", rule.rule)  # text, argument, text, ...
    choices = [known[name] for name in parts[1::2]]
    for values in itertools.product(*choices):
        yield "".join(itertools.chain(*itertools.zip_longest(parts[::2], values, fillvalue="")))  # fmt: skip


def read(answer):
    return answer.data.decode(errors="replace")


def _photos(visitor, camera_id):
    page = visitor.get(f"/en/c/{camera_id}/profile").text
    return re.findall(rf"/c/{camera_id}/photos/([0-9a-f]{{64}})", page)


def test_every_address_of_a_hidden_camera_answers_404(hub, visitor, request):
    about, _others = rules(hub)
    assert len(about) > 25
    asked = {
        camera_id: [
            address for rule in about for address in addresses(visitor, rule, camera_id)
        ]
        for camera_id in (SHOWN, PRIVATE, RETIRED)
    }
    for address in itertools.chain(*asked.values()):
        assert visitor.get(address).status_code == 200, f"{address} is not tried"
    request.getfixturevalue("hidden")
    for camera_id in NAMES:
        for address in asked[camera_id]:
            for method in ("GET", "HEAD"):
                answer = visitor.open(address, method=method, buffered=True)
                assert answer.status_code == 404, (method, address)
                assert NAMES[camera_id] not in answer.text
    for address in asked[SHOWN]:
        assert visitor.get(address).status_code == 200, address


def test_no_list_names_a_hidden_camera(hub, visitor, request):
    _about, others = rules(hub)
    lists = [address for rule in others for address in addresses(visitor, rule)]
    lists += [f"{one}?camera={PRIVATE}&q=alm" for one in lists]
    naming = [one for one in lists if PRIVATE in read(visitor.get(one))]
    assert len(naming) > 10
    request.getfixturevalue("hidden")
    for address in lists:
        answer = visitor.get(address)
        assert answer.status_code in (200, 302, 404), address
        text = read(answer).replace(f"camera={PRIVATE}", "")
        for camera_id, name in NAMES.items():
            assert camera_id not in text, address
            assert name not in text, address


def test_no_file_of_a_hidden_camera_is_served(hub, visitor, request):
    sql = """
        SELECT DISTINCT sha256, type FROM product_blobs JOIN blobs USING (sha256) WHERE camera_id = ?
        EXCEPT SELECT sha256, type FROM product_blobs JOIN blobs USING (sha256) WHERE camera_id = 'ASK001'
    """
    endings = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4", "application/json": "json"}  # fmt: skip
    with contextlib.closing(connect(hub.settings.hub_db)) as db:
        files = [
            f"/b/{row['sha256']}.{endings[row['type']]}"
            for camera_id in NAMES
            for row in db.query(sql, [camera_id])
        ]
    assert len(files) > 20
    assert {visitor.get(file).status_code for file in files} == {200}
    request.getfixturevalue("hidden")
    assert {visitor.get(file).status_code for file in files} == {404}


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize("camera_id", NAMES)
def test_no_page_of_a_hidden_camera_can_be_embedded(visitor, camera_id):
    for page in (f"/en/c/{camera_id}", f"/de/c/{camera_id}/{NIGHT}"):
        query = {"url": f"http://127.0.0.1:8080{page}"}
        assert visitor.get("/oembed", query_string=query).status_code == 404


def test_one_view_says_which_cameras_visitors_may_see():
    """Whoever compares the column would decide by himself; only the view and the command that sets it know it."""
    sources = Path(hub_package.__file__).parent.rglob("*.py")
    deciding = {
        path.name
        for path in sources
        if re.search(r"visibility\s*(=|<>|!=|IN)\s*\(?'", path.read_text())
    }
    assert deciding == {"migrations.py"}
