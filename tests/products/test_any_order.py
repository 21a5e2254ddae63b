"""With every option on: order, portions, restarts, lost memory and workers never change what is made of a night."""

import datetime as dt
import json
import shutil
from contextlib import closing
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.batch import plan_folder, render
from products.ffmpeg import pictures_in
from products.live import FrameFacts, LiveNight
from products.render_settings import RenderSettings
from products.sun import Interval
from tests.products.conftest import EVENING, pillow_jpeg, sky_frame

MINUTE, COUNT = dt.timedelta(minutes=1), 34  # more than a segment of the video
AXIS = Interval(EVENING, EVENING + (COUNT + 6) * MINUTE)
# The first frames are brighter, so that the rule changes its mind in the middle; then the sky pales.
PICTURES = [sky_frame(n, background=60 if n < 5 else 20 + n) for n in range(COUNT)]
EVERYTHING = RenderSettings(
    rotation_deg=20,
    keogram_strip=True,
    time_stamp=True,
    comet_half_life_min=10,
    deflicker=True,
    startrails_video_every=5,
    lossless=True,
)


def facts(number):
    taken = EVENING + number * MINUTE
    stem = f"{taken:%Y%m%dT%H%M%SZ}"
    return FrameFacts(stem, taken, -30.0, 20_000_000, 4.0, stars=100 + number)


STEMS = [facts(number).stem for number in range(COUNT)]


def live_through(place, portions, losses=()):
    """Feed the portions, each after a restart, some after the memory is lost; return the folder of the products."""
    out, scratch = place / "out", place / "mem"
    for index, portion in enumerate(portions):
        if index in losses:
            shutil.rmtree(scratch, ignore_errors=True)
        with closing(LiveNight(out, AXIS, EVERYTHING, scratch)) as night:
            for number in portion:
                night.add(PICTURES[number], facts(number))
    with closing(LiveNight(out, AXIS, EVERYTHING, scratch)) as night:
        for stem in night.missing(STEMS):
            number = STEMS.index(stem)
            night.add(PICTURES[number], facts(number))
        assert night.missing(STEMS) == []
        night.finish()
    return out


def products(out):
    """Return all files but the videos, which are compared by their frames, and the working files behind them."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
        and "segments" not in path.parts
        and path.suffix not in (".mp4", ".columns")
        and not path.name.startswith("timelapse")
    }


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory):
    return live_through(tmp_path_factory.mktemp("whole"), [range(COUNT)])


@settings(max_examples=10, deadline=None)
@given(
    st.permutations(range(COUNT)),
    st.booleans(),
    st.lists(st.integers(0, COUNT), max_size=3).map(sorted),
    st.sets(st.integers(0, 4)),
)
def test_no_order_portion_or_restart_changes_a_product(
    tmp_path_factory, in_one_go, order, shuffled, cuts, losses
):
    if not shuffled:
        order = range(COUNT)
    borders = [0, *cuts, COUNT]
    portions = [order[begin:end] for begin, end in pairwise(borders)]
    place = tmp_path_factory.mktemp("any")
    out = live_through(place, portions, losses)
    assert products(out) == products(in_one_go)
    video = json.loads((out / "keogram.json").read_text())["video"]["frames"]
    assert video[:COUNT] == list(range(COUNT))
    log = place / "ffmpeg.log"
    assert pictures_in(out / "timelapse.mp4", log, decoded=True) == COUNT


@settings(max_examples=5, deadline=None)
@given(st.integers(2, 8))
def test_the_number_of_workers_never_changes_a_byte(
    tmp_path_factory, rendered, workers
):
    frames, expected = rendered
    place = tmp_path_factory.mktemp("workers")
    render(plan_folder(frames, ZoneInfo("UTC")), place, EVERYTHING, workers=workers)
    assert everything(place) == expected


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A folder of 30 frames and its products, made by one worker."""
    place = tmp_path_factory.mktemp("rendered")
    (place / "frames").mkdir()
    for number in range(30):
        path = place / "frames" / f"{STEMS[number]}.jpg"
        path.write_bytes(pillow_jpeg(PICTURES[number]))
    plan = plan_folder(place / "frames", ZoneInfo("UTC"))
    render(plan, place / "out", EVERYTHING, workers=1)
    return place / "frames", everything(place / "out")


def everything(out):
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }
