"""Nights that must not be shown: what leaves the queue, and what months and years make of it."""

import datetime as dt
import json
import shutil
from contextlib import closing

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.clock import VirtualClock
from edge.longterm import LongTerm
from edge.outbox import Outbox
from edge.store import Store
from products.clips import Clip
from tests.edge.test_longterm import SITE, work
from tests.edge.test_longterm_videos import (
    NOON_NOV_22,
    camera,
    finished,
    pictures,
)

__all__ = ["camera"]  # the fixture
LATER = NOON_NOV_22 + dt.timedelta(days=1)
ALL = {
    "2026-11-01/month-keogram", "2026-11-01/month-video", "2026-09-01/season-video",
    "2026-01-01/year-keogram", "2026-01-01/year-video",
}  # fmt: skip


def sent(store) -> dict:
    """Send all that waits, and return it: key -> product."""
    outbox, found = Outbox(store), {}
    while product := outbox.next_product(LATER):
        found[product.key] = product
        if product.withdrawn:
            outbox.taken_back(product)
        else:
            outbox.sent(product, LATER)
    return found


def nights_in(store, period):
    note = json.loads((store.products_folder(period) / "made-of.json").read_text())
    return list(note["strips"])


def test_a_withheld_night_leaves_month_season_and_year(camera):
    _, store = camera
    longterm = finished(camera, "2026-11-20", "2026-11-21")
    work(longterm)
    assert set(sent(store)) == ALL
    Outbox(store).withhold("2026-11-20", "", LATER)
    assert work(longterm)
    again = sent(store)
    assert set(again) == ALL
    assert all(one.manifest.facts["nights"] == 1 for one in again.values())
    assert nights_in(store, "2026") == nights_in(store, "2026-11") == ["2026-11-21"]
    assert pictures(store, "2026-11") == 8


def test_a_released_night_comes_back_as_it_was(camera):
    _, store = camera
    longterm = finished(camera, "2026-11-20", "2026-11-21")
    work(longterm)
    before = sent(store)
    outbox = Outbox(store)
    for step in (outbox.withhold, outbox.release):
        step("2026-11-20", "", LATER)
        work(longterm)
        after = sent(store)
    assert {key: one.manifest.sha256 for key, one in after.items()} == {
        key: one.manifest.sha256 for key, one in before.items()
    }


def test_a_night_withheld_while_the_program_slept_is_noticed(camera):
    settings, store = camera
    work(finished(camera, "2026-11-20", "2026-11-21"))
    sent(store)
    Outbox(store).withhold("2026-11-20", "", LATER)
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert set(sent(store)) == ALL


@pytest.mark.parametrize(
    ("kind", "changed"),
    [("keogram", {key for key in ALL if key.endswith("keogram")}),
     ("timelapse", {key for key in ALL if key.endswith("video")}),
     ("startrails", set())],
)  # fmt: skip
def test_a_withheld_kind_leaves_only_what_shows_it(camera, kind, changed):
    _, store = camera
    longterm = finished(camera, "2026-11-20", "2026-11-21")
    work(longterm)
    sent(store)
    Outbox(store).withhold("2026-11-20", kind, LATER)
    work(longterm)
    assert set(sent(store)) == changed


def test_a_period_without_a_night_left_is_taken_back(camera):
    _, store = camera
    longterm = finished(camera, "2026-10-20", "2026-11-20")
    work(longterm)
    sent(store)
    Outbox(store).withhold("2026-10-20", "", LATER)
    work(longterm)
    after = sent(store)
    gone = {key for key, one in after.items() if one.withdrawn}
    assert gone == {"2026-10-01/month-keogram", "2026-10-01/month-video"}
    assert not store.products_folder("2026-10").exists()
    Outbox(store).release("2026-10-20", "", LATER)
    work(longterm)
    back = sent(store)
    assert {key for key in gone if not back[key].withdrawn} == gone


def test_a_night_whose_files_were_removed_leaves_them_too(camera):
    settings, store = camera
    work(finished(camera, "2026-10-20", "2026-11-20"))
    sent(store)
    shutil.rmtree(store.products_folder("2026-10-20"))
    work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    after = sent(store)
    assert {key for key, one in after.items() if one.withdrawn} == {
        "2026-10-01/month-keogram", "2026-10-01/month-video",
    }  # fmt: skip
    assert nights_in(store, "2026") == ["2026-11-20"]
    assert work(LongTerm(settings, VirtualClock(NOON_NOV_22), store))
    assert sent(store) == {}


def test_a_month_that_begins_with_a_withheld_night_is_no_part_of_it(camera):
    _, store = camera
    longterm = finished(camera, "2026-11-01", "2026-11-20")
    work(longterm)
    Outbox(store).withhold("2026-11-01", "", LATER)
    work(longterm)
    assert "2026-11-01/month-video" in sent(store)


def test_a_withheld_video_of_a_month_is_not_sent_and_not_made_away_with(camera):
    _, store = camera
    outbox = Outbox(store)
    outbox.withhold("2026-11-01", "month-video", LATER)
    work(finished(camera, "2026-11-20"))
    assert set(sent(store)) == ALL - {"2026-11-01/month-video"}
    outbox.release("2026-11-01", "month-video", LATER)
    assert set(sent(store)) == {"2026-11-01/month-video"}


def test_the_clip_of_a_withheld_night_is_kept(camera):
    _, store = camera
    longterm = finished(camera, "2026-11-20")
    work(longterm)
    Outbox(store).withhold("2026-11-20", "", LATER)
    work(longterm)
    folder = store.products_folder("2026-11-20")
    assert Clip.read(folder).is_sound(folder)


class TestCommand:
    @pytest.fixture
    def run(self, tmp_path):
        config = tmp_path / "config.json"
        data = str(tmp_path / "data")
        driver = {"driver": "simulator"}
        content = {"site": SITE, "camera": driver, "data": data}
        config.write_text(json.dumps(content))
        Store(tmp_path / "data").close()
        return lambda *words: CliRunner().invoke(
            main, ["--config", str(config), *words]
        )

    def test_nights_are_withheld_shown_and_released(self, run, tmp_path):
        assert "Nothing is withheld." in run("withhold").output
        said = run("withhold", "2026-11-20", "2026-11-21", "--kind", "timelapse")
        assert said.exit_code == 0
        assert "2026-11-20" in said.output
        run("withhold", "2026-11-22")
        shown = json.loads(run("withhold", "--json").output)
        assert [(one["night"], one["kind"]) for one in shown] == [
            ("2026-11-20", "timelapse"), ("2026-11-21", "timelapse"), ("2026-11-22", ""),
        ]  # fmt: skip
        assert run("withhold", "--release", "2026-11-22").exit_code == 0
        with closing(Store(tmp_path / "data")) as store:
            assert len(Outbox(store).withheld()) == 2

    def test_releasing_what_is_not_withheld_says_so(self, run):
        said = run("withhold", "--release", "2026-11-22")
        assert said.exit_code == 1
        assert "2026-11-22 is not withheld" in said.output

    def test_again_is_harmless(self, run):
        for _ in range(2):
            assert run("withhold", "2026-11-22").exit_code == 0

    @pytest.mark.parametrize(
        "words", [["2026-13-01"], ["yesterday"], ["2026-11-20", "--kind", "Key gram"], ["--release"]]
    )  # fmt: skip
    def test_nonsense_is_wrong_usage(self, run, words):
        assert run("withhold", *words).exit_code == 2
