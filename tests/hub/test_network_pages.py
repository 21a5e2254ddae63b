import contextlib
import html
import re

import pytest
from pydantic import ValidationError

from hub import texts
from hub.config import HubSettings
from hub.db import connect
from hub.series import recompute_dirty, records
from hub.site_settings import SiteSettings
from hub.texts import FOLDER, contents, html_of

from . import sample
from .sample import NOW

NAMES = sorted(file.stem for file in (FOLDER / "en").glob("*.md"))
PAGES = (
    "network",
    "support",
    "building",
    "docs",
    "docs/api",
    "imprint",
    "privacy",
    "join",
    "join/thanks",
    "map",
    "highlights",
    "cameras",
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=3)


def page(hub, address):
    answer = hub.app.test_client().get(address)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def with_site(hub, **site):
    settings = hub.settings.model_copy(update={"site": SiteSettings(**site)})
    hub.app.config["HUB"] = settings
    return hub


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_network_is_there_in_both_languages(filled, code, name):
    text = page(filled, f"/{code}/{name}")
    assert text.count("<h1") == 1
    other = "de" if code == "en" else "en"
    assert f'href="/{other}/{name}"' in text
    assert not re.findall(r'\sstyle="|\son[a-z]+="|<style|<script(?![^>]*\ssrc=)', text)
    assert "$" not in re.sub(r"<[^>]*>", "", text).replace("$ ", "").split("curl")[0]


@pytest.mark.parametrize("name", NAMES)
def test_long_texts_have_the_same_sections_in_both_languages(name):
    anchors = [
        re.findall(r"\{#([a-z-]+)\}", (FOLDER / code / f"{name}.md").read_text())
        for code in ("en", "de")
    ]
    assert anchors[0] == anchors[1]
    assert anchors[0]


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("name", NAMES)
def test_links_of_long_texts_lead_somewhere(filled, code, name):
    settings = filled.settings
    rendered = texts.own_text(name, code, settings)
    links = re.findall(r'href="(/[^"#]*)', rendered)
    for address in links:
        assert filled.app.test_client().get(address).status_code == 200, address


def test_the_documentation_can_be_entered_at_each_section(filled):
    text = page(filled, "/de/docs")
    targets = re.findall(r'<li><a href="#([a-z-]+)">', text)
    assert len(targets) >= 10
    assert all(f'id="{target}"' in text for target in targets)


def test_the_api_is_described_with_its_addresses(filled):
    text = html.unescape(page(filled, "/en/docs/api"))
    assert "/api/v1/sync/hello" in text
    assert 'href="architecture.md' not in text  # files that the site does not have


def test_markdown_is_text_and_never_a_tag_or_a_script():
    said = html_of(
        "# <b>x</b>\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) "
        '[b](data:text/html,x) [c](https://example.org) [d](../x.md) ![e](x" onerror="y)'
    )
    assert "<script" not in said
    assert "<b>" not in said
    assert not re.findall(r'(?:href|src)="(?:javascript|data|\.\.)', said)
    assert not re.findall(r"<[^>]* onerror=", said)
    assert '<a href="https://example.org">c</a>' in said


def test_headings_that_say_the_same_have_different_anchors():
    said = html_of("## Twice\n\n## Twice\n\n## Own {#named}\n\n## ???")
    anchors = [anchor for anchor, _ in contents(said)]
    assert anchors == ["twice", "twice-", "named", "section"]
    assert "{#named}" not in said


def test_the_network_is_shown_in_true_figures(filled):
    with contextlib.closing(connect(filled.settings.series_db)) as db:
        counted = next(db.query("SELECT count(*) AS n FROM reading"))["n"]
        assert records.count_readings(db) == counted
        while recompute_dirty(db, 500, NOW):
            pass
        assert records.count_readings(db) == counted
    text = html.unescape(page(filled, "/en/network")).replace("\u202f", " ")
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([\d,.]+)", text))
    assert figures["Cameras"] == "3"
    assert figures["Countries"] == "3"
    assert figures["Nights"] == "11"  # 3 nights and, of two cameras, this one
    assert figures["Readings"] == f"{counted:,}"
    assert "1 live now" in text
    assert "since 19 November 2026" in text


def test_figures_are_counted_again_after_ten_minutes(tmp_path):
    hub = sample.Sample(tmp_path)
    assert "<dt>Cameras</dt><dd>0<" in page(hub, "/en/network")
    hub.add_camera("ASK001", "New")
    assert "<dt>Cameras</dt><dd>0<" in page(hub, "/en/network")
    hub.now += 11 * sample.MINUTE
    assert "<dt>Cameras</dt><dd>1<" in page(hub, "/en/network")


def test_an_empty_network_has_no_darkest_sky_and_no_first_night(tmp_path):
    text = page(sample.Sample(tmp_path), "/en/network")
    assert "Darkest sky ever" not in text
    assert "since" not in text


def test_privacy_and_imprint_have_kind_words_until_the_operator_writes_some(tmp_path):
    hub = sample.Sample(tmp_path)
    assert "stores nothing about you" in page(hub, "/en/privacy")
    assert "Who runs it has not said more yet." in page(hub, "/en/imprint")
    with_site(hub, operator="Astro <Verein>", email="sky@example.org")
    text = page(hub, "/en/imprint")
    assert "Astro &lt;Verein&gt;" in text
    assert 'href="mailto:sky@example.org"' in text


def test_the_operators_texts_come_from_the_settings_or_from_a_file(tmp_path):
    hub = sample.Sample(tmp_path)
    (tmp_path / "imprint.md").write_text("## Wir\n\nStraße 1 in $network <b>x</b>")
    with_site(
        hub,
        imprint={"de": "imprint.md"},
        privacy={"en": "We **keep** nothing."},
        support={"en": "../secret.md", "de": "gone.md"},
        links={"Forum": "https://forum.example.org/"},
    )
    text = page(hub, "/de/imprint")
    assert "Straße 1 in Open All-Sky Network &lt;b&gt;" in text
    assert "Straße 1" in page(hub, "/en/imprint")  # no English one: better than nothing
    assert "We <strong>keep</strong> nothing." in page(hub, "/de/privacy")
    (tmp_path.parent / "secret.md").write_text("hidden treasure")
    assert "treasure" not in page(hub, "/en/support")
    assert 'href="https://forum.example.org/"' in page(hub, "/de/support")


@pytest.mark.parametrize(
    "site",
    [
        {"links": {"x": "javascript:alert(1)"}},
        {"links": {"x": "http://plain.example.org"}},
        {"email": "no address"},
        {"email": 'a@b.c"><script>'},
        {"imprint": {"fr": "Bonjour"}},
        {"tiles_url": "//tiles"},
        {"unknown": 1},
    ],
)
def test_wrong_settings_of_the_site_are_refused(site):
    with pytest.raises(ValidationError):
        HubSettings(site=site)


def test_a_tile_server_with_many_names_is_allowed_by_its_domain():
    site = SiteSettings(tiles_url="https://{s}.tiles.example.org/{z}/{x}/{y}.png")
    assert site.tiles_origin == "https://*.tiles.example.org"
