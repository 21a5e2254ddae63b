import datetime as dt
import json
import sys
from dataclasses import replace

import pytest

from products import jpeg
from products.keogram_only import NoColumnsError, axis_and_settings, stored_keogram
from products.live import FrameFacts, LiveNight, RenderSettings
from products.sun import Interval
from tests.products.conftest import EVENING, sky_frame

AXIS = Interval(EVENING, EVENING + dt.timedelta(minutes=40))
SETTINGS = RenderSettings(timelapse=False)


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


def picture_of(keogram):
    return jpeg.encode(keogram.picture()[0], SETTINGS.jpeg_quality, full_colour=True)


def test_the_keogram_alone_is_the_same_as_with_all_products(night):
    axis, settings = axis_and_settings(night)
    assert axis == AXIS
    drawn = stored_keogram(night, axis, settings)
    assert picture_of(drawn) == (night / "keogram.jpg").read_bytes()
    _, _, box = drawn.picture()
    sidecar = json.loads((night / "keogram.json").read_text())
    assert drawn.sidecar(box, ()) | {"video": None} == sidecar | {"video": None}


_opened: list[str] = []
_watching: list[bool] = []


def _watch(event, arguments):
    if _watching and event == "open" and "r" in str(arguments[1] or ""):
        _opened.append(str(arguments[0]))


def test_no_frame_is_opened(night):
    sys.addaudithook(_watch)
    _watching.append(True)
    try:
        stored_keogram(night, AXIS, SETTINGS).picture()
    finally:
        _watching.clear()
    assert any(name.endswith("keogram.columns") for name in _opened)
    assert not [name for name in _opened if name.endswith((".jpg", ".jpeg"))]


def test_another_stretch_of_time_can_be_shown(night):
    half = Interval(AXIS.start_utc, AXIS.start_utc + dt.timedelta(minutes=20))
    drawn = stored_keogram(night, half, replace(SETTINGS, column_s=120))
    assert drawn.sidecar(drawn.picture()[2], ())["columns"] == 10


def test_the_angle_is_that_at_which_the_columns_were_taken(night):
    drawn = stored_keogram(night, AXIS, replace(SETTINGS, rotation_deg=30))
    assert drawn.sidecar(drawn.picture()[2], ())["rotation_deg"] == 0


def test_what_is_still_to_come_is_no_gap(night):
    now = AXIS.start_utc + dt.timedelta(minutes=31)
    drawn = stored_keogram(night, AXIS, SETTINGS, now)
    sidecar = drawn.sidecar(drawn.picture()[2], ())
    assert sidecar["until_column"] == 32
    assert [gap["start_utc"] for gap in sidecar["gaps"]] == ["2026-01-01T18:30:00.000Z"]


def test_nothing_of_the_night_is_changed(night):
    before = {path: path.stat().st_mtime_ns for path in night.rglob("*")}
    stored_keogram(night, AXIS, SETTINGS).picture()
    assert {path: path.stat().st_mtime_ns for path in night.rglob("*")} == before


def test_what_cannot_be_drawn_is_said(night, tmp_path):
    with pytest.raises(NoColumnsError, match=r"has no keogram\.columns"):
        stored_keogram(tmp_path / "elsewhere", AXIS, SETTINGS)
    with pytest.raises(NoColumnsError, match=r"There is no .*keogram\.json"):
        axis_and_settings(tmp_path / "elsewhere")
    (night / "night.json").write_text("{}")
    with pytest.raises(NoColumnsError, match="do not say how"):
        axis_and_settings(night)
