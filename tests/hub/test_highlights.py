import contextlib
import datetime as dt
import html
import json
import re

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.db import connect, highlights
from hub.db.highlights import Category, Choice, UnknownProductError, Wanted
from hub.db.publication import ProductKey

from . import sample
from .sample import NOW

NIGHT = "2026-11-21"
TRAILS = ProductKey("ASK001", NIGHT, "startrails")
KEOGRAM = ProductKey("ASK002", NIGHT, "keogram")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return sample.fill(tmp_path_factory.mktemp("hub"), size_px=120, nights=2)


@pytest.fixture
def db(filled):
    with contextlib.closing(connect(filled.settings.hub_db)) as db:
        yield db
        db.execute("DELETE FROM highlights")
        db.execute("UPDATE cameras SET visibility = 'public'")
        db.conn.commit()


@pytest.fixture
def two(db):
    """Pick out startrails of Hainich and a keogram of La Palma."""
    trails = Choice(
        Category.STARTRAILS, "Round <and> round", "Rundherum", chosen_by="ada"
    )
    highlights.add_highlight(db, TRAILS, trails, NOW)
    highlights.add_highlight(db, KEOGRAM, Choice(Category.CLEAR_SKY), NOW)
    return db


def page(filled, address="/en/highlights", status=200):
    answer = filled.app.test_client().get(address)
    assert answer.status_code == status
    return html.unescape(answer.text).replace("\u202f", " ")


def targets(text):
    return re.findall(
        r'<li class="\w+"><a href="([^"]+)"', text.partition('class="highlights"')[2]
    )


def test_a_network_without_highlights_says_so(filled, db):
    assert "Nothing has been picked out yet" in page(filled)


def test_highlights_lead_to_their_night(filled, two):
    text = page(filled)
    assert set(targets(text)) == {
        f"/en/c/ASK001/{NIGHT}#startrails",
        f"/en/c/ASK002/{NIGHT}#keogram",
    }
    assert "2 highlights" in text
    assert "21\u201322 November 2026" in text


def test_a_caption_is_shown_in_the_language_of_the_page_and_is_never_markup(
    filled, two
):
    raw = filled.app.test_client().get("/en/highlights").text
    assert "Round &lt;and&gt; round" in raw
    assert "Rundherum" in page(filled, "/de/highlights")
    assert "Klarer Himmel" in page(filled, "/de/highlights")  # no caption: its category


@pytest.mark.parametrize(
    ("query", "cameras"),
    [
        ("category=startrails", {"ASK001"}),
        ("category=moon", {"ASK001", "ASK002"}),  # none of these: not a filter
        ("year=2026", {"ASK001", "ASK002"}),
        ("camera=ASK002&year=2026", {"ASK002"}),
        ("camera=ASK002&category=startrails", set()),
        ("category=x&year=1e9&camera=%3Cscript%3E&page=-1", {"ASK001", "ASK002"}),
        ("page=" + "9" * 400, {"ASK001", "ASK002"}),
    ],
)
def test_the_filters_choose_and_nonsense_is_no_filter(filled, two, query, cameras):
    text = page(filled, f"/en/highlights?{query}")
    assert {address.split("/")[3] for address in targets(text)} == cameras
    if not cameras:
        assert "No highlight fits" in text


def test_a_filter_is_kept_by_the_link_to_the_other_language(filled, two):
    assert "/de/highlights?category=startrails" in page(
        filled, "/en/highlights?category=startrails&theme=x"
    )


def test_many_highlights_come_in_pages(filled, two, monkeypatch):
    monkeypatch.setattr("hub.public.highlights.PER_PAGE", 1)
    first, second = page(filled), page(filled, "/en/highlights?page=2")
    assert targets(first) != targets(second)
    assert 'rel="next" href="/en/highlights?page=2"' in first
    assert "Page 2 of 2" in page(filled, "/en/highlights?page=999")


@pytest.mark.parametrize("state", ["hidden", "private", "retired"])
def test_highlights_of_a_camera_that_is_not_public_are_not_shown(filled, two, state):
    two.execute("UPDATE cameras SET visibility = ? WHERE id = 'ASK001'", [state])
    two.conn.commit()
    text = page(filled)
    assert "ASK001" not in text
    assert len(targets(text)) == 1


def test_a_highlight_goes_with_its_product_and_comes_back_with_it(filled, two):
    sql = "UPDATE products SET night = ? WHERE camera_id = 'ASK001' AND kind = 'startrails' AND night = ?"
    for there, night in ((False, ("1999-01-01", NIGHT)), (True, (NIGHT, "1999-01-01"))):
        two.execute(sql, night)
        two.conn.commit()
        shown = highlights.visible_highlights(two, Wanted(camera_id="ASK001"))
        assert bool(shown) is there


def test_what_is_not_published_cannot_be_picked_out(db):
    with pytest.raises(UnknownProductError):
        highlights.add_highlight(
            db,
            ProductKey("ASK001", "2019-01-01", "keogram"),
            Choice(Category.MOON),
            NOW,
        )
    assert highlights.all_highlights(db) == []


def test_picking_the_same_again_changes_its_words(two):
    again = Choice(Category.AURORA, "Green")
    highlights.add_highlight(two, TRAILS, again, NOW + dt.timedelta(hours=1))
    (one,) = highlights.visible_highlights(two, Wanted(camera_id="ASK001"))
    assert one.choice == again
    assert one.caption("de") == "Green"


def run(filled, *words):
    return CliRunner().invoke(
        main, ["--data", str(filled.settings.data), "highlight", *words]
    )


def test_the_command_picks_out_hides_and_shows_again(filled, db):
    added = run(filled, "add", "ASK001", NIGHT, "keogram", "--category", "clouds")
    number = added.output.split()[1].rstrip(".")
    assert run(filled, "off", number).exit_code == 0
    assert "Nothing has been picked out yet" in page(filled)
    (said,) = json.loads(run(filled, "list", "--json").output)
    assert (said["product"], said["active"]) == ("keogram", False)
    assert run(filled, "on", number).exit_code == 0
    assert len(targets(page(filled))) == 1
    assert "shown" in run(filled, "list").output


@pytest.mark.parametrize(
    "words",
    [
        ("add", "ASK001", NIGHT, "nothing"),
        ("add", "ASK001", NIGHT, "../../etc"),
        ("add", "ASK001", NIGHT, "keogram", "--en", "x" * 201),
        ("add", "ASK001", NIGHT, "keogram", "--category", "ufo"),
        ("add", "ASK009", "never", "keogram"),
        ("off", "999"),
    ],
)
def test_a_wrong_command_is_one_sentence(filled, db, words):
    done = run(filled, *words)
    assert done.exit_code in (1, 2)
    assert "Traceback" not in done.output
