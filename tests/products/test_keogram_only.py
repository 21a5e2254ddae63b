import datetime as dt
import sys
from dataclasses import replace

import pytest

from products.keogram_only import render_keogram
from products.live import FrameFacts, LiveNight, RenderSettings
from products.sun import Interval
from tests.products.conftest import EVENING, sky_frame

AXIS = Interval(EVENING, EVENING + dt.timedelta(minutes=40))
SETTINGS = RenderSettings(longest_side_px=64)


@pytest.fixture
def night(tmp_path):
    """A finished night of 30 frames, whose frames are nowhere on disk."""
    live = LiveNight(tmp_path / "out", AXIS, SETTINGS, tmp_path / "memory")
    for number in range(30):
        taken = EVENING + dt.timedelta(minutes=number)
        facts = FrameFacts(f"{taken:%Y%m%dT%H%M%S}Z", taken, -20.0)
        live.add(sky_frame(number), facts)
    live.finish()
    live.close()
    return tmp_path / "out"


def keograms(folder):
    return {path.name: path.read_bytes() for path in folder.glob("keogram*.j*")}


def test_the_keogram_alone_is_the_same_as_with_all_products(night):
    before = keograms(night)
    assert len(before) >= 4
    for name in before:
        (night / name).unlink()
    made = render_keogram(night, AXIS, SETTINGS)
    assert keograms(night) == before
    assert made.frames == 30


_opened: list[str] = []
_watching: list[bool] = []


def _watch(event, arguments):
    if _watching and event == "open" and "r" in str(arguments[1] or ""):
        _opened.append(str(arguments[0]))


def test_no_frame_is_opened(night):
    sys.addaudithook(_watch)
    _watching.append(True)
    try:
        render_keogram(night, AXIS, SETTINGS)
    finally:
        _watching.clear()
    assert any(name.endswith("keogram.columns") for name in _opened)
    assert not [name for name in _opened if name.endswith((".jpg", ".jpeg"))]


def test_another_stretch_of_time_can_be_shown(night):
    half = Interval(AXIS.start_utc, AXIS.start_utc + dt.timedelta(minutes=20))
    made = render_keogram(night, half, replace(SETTINGS, column_s=120))
    assert made.facts["columns"] == 10
    assert made.frames == 20


def test_what_cannot_be_made_is_said(night, tmp_path):
    with pytest.raises(ValueError, match="taken at 0°, not at 30°"):
        render_keogram(night, AXIS, replace(SETTINGS, rotation_deg=30))
    with pytest.raises(ValueError, match="holds no columns"):
        render_keogram(tmp_path / "elsewhere", AXIS, SETTINGS)
