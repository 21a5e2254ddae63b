import functools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.startrails import GrowingTrails, TrailMaximum
from tests.products.conftest import record, sky_frame

FRAMES = {str(number): sky_frame(number, 24, 32) for number in range(6)}
# What numpy gives for all of them at once.
MAXIMUM = functools.reduce(np.maximum, FRAMES.values())


def named(stem):
    return replace(record(0), stem=stem)


def growing(folder):
    return GrowingTrails(folder, TrailMaximum)


def test_it_is_the_maximum_of_every_pixel(tmp_path):
    trails = TrailMaximum(tmp_path)
    assert trails.pixels is None
    for stem, frame in FRAMES.items():
        trails.add(frame, named(stem))
    assert np.array_equal(trails.pixels, MAXIMUM)


@settings(max_examples=25, deadline=None)
@given(st.permutations(sorted(FRAMES)), st.integers(0, 6), st.booleans())
def test_order_and_restart_do_not_change_it(tmp_path_factory, order, cut, again):
    folder = tmp_path_factory.mktemp("trails")
    for portion in (order[:cut], order[cut - 1 if again and cut else cut :]):
        trails = TrailMaximum(folder)
        for stem in portion:
            trails.add(FRAMES[stem], named(stem))
        trails.close()
    trails = TrailMaximum(folder)
    assert np.array_equal(trails.pixels, MAXIMUM)
    assert trails.stems == set(FRAMES)


def test_a_kill_between_pixels_and_list_costs_nothing(tmp_path):
    trails = TrailMaximum(tmp_path)
    trails.add(FRAMES["0"], named("0"))
    trails.add(FRAMES["1"], named("long-name"))
    listing = tmp_path / "startrails.stems"
    listing.write_text(listing.read_text()[:-4])
    again = TrailMaximum(tmp_path)
    assert again.stems == {"0"}
    again.add(FRAMES["1"], named("1"))
    assert np.array_equal(again.pixels, np.maximum(FRAMES["0"], FRAMES["1"]))


@pytest.mark.parametrize("lost", ["startrails.stems", "startrails.pixels"])
def test_half_of_its_files_is_nothing(tmp_path, lost):
    TrailMaximum(tmp_path).add(FRAMES["0"], named("0"))
    (tmp_path / lost).unlink()
    trails = TrailMaximum(tmp_path)
    assert trails.stems == set()
    trails.add(FRAMES["1"], named("1"))
    assert np.array_equal(trails.pixels, FRAMES["1"])


def test_pixels_of_another_size_are_nothing(tmp_path):
    TrailMaximum(tmp_path).add(FRAMES["0"], named("0"))
    (tmp_path / "startrails.pixels").write_bytes(b"half")
    assert TrailMaximum(tmp_path).stems == set()


def test_a_frame_of_another_size_is_refused(tmp_path):
    trails = TrailMaximum(tmp_path)
    trails.add(FRAMES["0"], named("0"))
    with pytest.raises(ValueError, match="size"):
        trails.add(sky_frame(1, 24, 34), named("1"))


def test_a_frame_that_is_no_longer_wanted_begins_it_anew(tmp_path):
    trails = TrailMaximum(tmp_path)
    trails.add(FRAMES["0"], named("0"))
    trails.keep_within({"0", "1"})
    assert trails.stems == {"0"}
    trails.keep_within({"1"})
    trails.add(FRAMES["1"], named("1"))
    assert np.array_equal(trails.pixels, FRAMES["1"])
    assert TrailMaximum(tmp_path).stems == {"1"}


@pytest.mark.parametrize("restarted", [False, True])
def test_when_the_rule_starts_anew_no_frame_is_needed_twice(tmp_path, restarted):
    trails = growing(tmp_path)
    trails.add(FRAMES["0"], named("0"), {"0"}, set())
    trails.add(FRAMES["1"], named("1"), {"0", "1"}, {"1"})
    if restarted:
        trails.close()
        trails = growing(tmp_path)
    trails.add(FRAMES["2"], named("2"), {"1", "2"}, set())
    assert trails.maximum.stems == {"1", "2"}
    assert np.array_equal(trails.maximum.pixels, np.maximum(FRAMES["1"], FRAMES["2"]))


def test_a_change_that_does_not_last_leaves_no_trace(tmp_path):
    trails = growing(tmp_path)
    trails.add(FRAMES["0"], named("0"), {"0"}, set())
    assert trails.held_bytes == FRAMES["0"].nbytes
    trails.add(FRAMES["1"], named("1"), {"0", "1"}, {"1"})
    assert trails.held_bytes == 2 * FRAMES["0"].nbytes
    trails.add(FRAMES["2"], named("2"), {"0", "1", "2"}, set())
    assert trails.held_bytes == FRAMES["0"].nbytes
    assert trails.maximum.stems == {"0", "1", "2"}
    trails.discard()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
