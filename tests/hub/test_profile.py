import contextlib
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from pydantic import ValidationError

from hub.cli import main
from hub.db import connect, profiles
from hub.photos import keep_photo, photo_store
from hub.profile import Link, Profile, Text

from . import sample

PROFILE = {
    "about": {"en": "On the <b>roof</b>.\n\nSince 2019.", "de": "Auf dem Dach."},
    "contact": "roof@example.org",
    "setup": {"hardware": ["IMX477"], "dome": ["acrylic <i>80 mm</i>"]},
    "community": {"discord": True, "nicknames": ["<script>star</script>"]},
    "links": [
        {"kind": "github", "url": "https://github.com/example", "title": "Dome"},
        {"url": "https://www.example.org/"},
    ],
}


@pytest.fixture
def hub(tmp_path):
    hub = sample.Sample(tmp_path)
    hub.describe(hub.add_camera("ASK001", "Roof"), sample.SITES[0])
    return hub


def run(hub, *words, content=None):
    command = ["--data", str(hub.settings.data), "profile", "ASK001", *words]
    return CliRunner().invoke(main, command, input=content)


def published(hub, said=PROFILE):
    assert run(hub, "set", "-", content=json.dumps(said)).exit_code == 0
    assert run(hub, "enable").exit_code == 0


def page(hub, language="en"):
    return hub.client.get(f"/{language}/c/ASK001/profile")


def photo(width=60, height=40, **options):
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, "JPEG", **options)
    file.seek(0)
    return file


def test_a_profile_is_nowhere_until_its_owner_enables_it(hub):
    assert page(hub).status_code == 404
    run(hub, "set", "-", content=json.dumps(PROFILE))
    assert page(hub).status_code == 404
    assert "/profile" not in hub.client.get("/en/c/ASK001").text
    run(hub, "enable")
    assert page(hub).status_code == 200
    assert "/en/c/ASK001/profile" in hub.client.get("/en/c/ASK001").text
    run(hub, "disable")
    assert page(hub).status_code == 404
    assert "/profile" not in hub.client.get("/en/c/ASK001").text


def test_contact_and_website_stand_beside_the_place_of_the_camera(hub):
    website = {"kind": "website", "url": "https://www.example.net/sky"}
    published(hub, PROFILE | {"links": [*PROFILE["links"], website]})
    text = hub.client.get("/en/c/ASK001").text
    assert "roof@example.org · " in text
    assert '<a href="https://www.example.net/sky" rel="nofollow ugc noopener">example.net</a>' in text  # fmt: skip
    run(hub, "disable")
    assert "roof@example.org" not in hub.client.get("/en/c/ASK001").text


def test_everything_that_is_written_is_shown_and_none_of_it_is_markup(hub):
    published(hub)
    text = page(hub).text
    for words in ("On the &lt;b&gt;roof", "Since 2019.", "roof@example.org", "IMX477", "Dome", "example.org", "80 mm",
                  "Discord", "&lt;script&gt;star"):  # fmt: skip
        assert words in text
    assert "Signal" not in text
    assert 'href="https://github.com/example" rel="nofollow ugc noopener"' in text


def test_a_text_in_one_language_alone_is_shown_in_both_and_marked(hub):
    assert "Auf dem Dach." in (published(hub), page(hub, "de").text)[1]
    published(hub, {"about": {"de": "Nur deutsch."}})
    assert '<section class="told" lang="de">' in page(hub).text


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org", "javascript:alert(1)", "https://", "https:example.org", "//example.org", "https://roof",
        "https://user:secret@example.org", "https://example.org/ x", "https://exa\nmple.org", "https://example.org:x",
        "ftp://example.org", "https://[::1", "",
    ],
)  # fmt: skip
def test_links_lead_by_https_to_a_site_and_nowhere_else(url):
    with pytest.raises(ValidationError):
        Link(url=url)


def test_a_wrong_profile_is_refused_with_every_fault_in_words(hub):
    wrong = {"abuot": {}, "links": [{"url": "http://x.org"}], "contact": "x" * 121}
    said = run(hub, "set", "-", content=json.dumps(wrong))
    assert said.exit_code == 1
    for place in ("abuot", "links.0.url", "contact"):
        assert place in said.output
    assert run(hub, "set", "-", content="{").exit_code == 1


def test_what_is_shown_can_be_set_again(hub):
    published(hub)
    shown = run(hub, "show").stdout
    assert Profile.model_validate_json(shown) == Profile.model_validate(PROFILE)


def test_an_unknown_camera_has_no_profile(hub):
    command = ["--data", str(hub.settings.data), "profile", "ASK009", "show"]
    said = CliRunner().invoke(main, command)
    assert said.exit_code == 1
    assert "There is no camera ASK009." in said.output


def test_a_photo_loses_its_place_and_stands_upright(hub):
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    exif[0x8825] = {1: "N", 2: (51.0, 4.0, 43.21)}
    kept = keep_photo(hub.settings, photo(60, 40, exif=exif), Text())
    assert (kept.width, kept.height) == (40, 60)
    for sha256 in (kept.sha256, kept.small_sha256):
        with Image.open(photo_store(hub.settings).path(sha256)) as image:
            assert not image.getexif()
            assert "exif" not in image.info


def test_a_photo_is_as_public_as_its_profile(hub, tmp_path):
    file = tmp_path / "dome.jpg"
    file.write_bytes(photo().getvalue())
    run(hub, "add-photo", str(file), "--en", 'The "dome"')
    with contextlib.closing(connect(hub.settings.hub_db)) as db:
        (kept,) = profiles.photos(db, "ASK001")
    address = f"/c/ASK001/photos/{kept.sha256}.jpg"
    assert hub.client.get(address).status_code == 404
    published(hub)
    assert "The &#34;dome&#34;" in page(hub).text
    with hub.client.get(address) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        again = {"If-None-Match": answer.headers["ETag"]}
    with hub.client.get(address, headers=again) as answer:
        assert answer.status_code == 304
    run(hub, "disable")
    assert hub.client.get(address).status_code == 404
    for nonsense in ("0" * 64, "..%2f..%2fhub", "x"):
        assert hub.client.get(f"/c/ASK001/photos/{nonsense}.jpg").status_code == 404


def test_a_removed_photo_leaves_no_file(hub, tmp_path):
    file = tmp_path / "dome.jpg"
    file.write_bytes(photo(900, 600).getvalue())
    run(hub, "add-photo", str(file))
    assert run(hub, "remove-photo", "2").exit_code == 1
    assert run(hub, "remove-photo", "1").exit_code == 0
    assert not [path for path in photo_store(hub.settings).folder.rglob("*") if path.is_file()]  # fmt: skip


def test_there_are_at_most_twelve_photos(hub, tmp_path):
    for number in range(13):
        file = tmp_path / f"{number}.jpg"
        file.write_bytes(photo(60 + number, 40).getvalue())
        said = run(hub, "add-photo", str(file))
        assert said.exit_code == (number == 12)
    assert "remove one first" in said.output


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\xff\xd8\xff\xe0 not a photo"])
def test_what_is_no_photo_is_refused_in_a_sentence(hub, tmp_path, content):
    file = tmp_path / "photo.jpg"
    file.write_bytes(content)
    said = run(hub, "add-photo", str(file))
    assert said.exit_code == 1
    assert "Error: " in said.output
    assert "Traceback" not in said.output


def test_the_example_in_the_documentation_is_a_profile():
    text = (Path(__file__).parents[2] / "docs" / "profile.md").read_text()
    example = re.search(r"```json\n(.*?)```", text, re.DOTALL)[1]
    told = Profile.model_validate_json(example)
    assert told.links[1].title == "Drawings of the housing"
    for field in Profile.model_fields:
        assert f"`{field}`" in text
