import datetime as dt
import io
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from products import jpeg, pipeline
from products.batch import RenderError, plan_folder, render
from products.live import RenderSettings
from products.startrails_rule import Decision
from products.sun import Place, sun_altitude_deg
from tests.products.conftest import EVENING, pillow_jpeg, sky_frame

UTC = ZoneInfo("UTC")
NO_VIDEO = RenderSettings(timelapse=False, lossless=True)


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def decoded(folder):
    return [
        jpeg.decode(path.read_bytes()).copy() for path in sorted(folder.glob("*.jpg"))
    ]


def test_products_are_the_same_for_any_number_of_workers(frames_folder, tmp_path):
    plan = plan_folder(frames_folder, UTC)
    made = []
    for workers in (1, 2, 5):
        out = tmp_path / str(workers)
        render(plan, out, RenderSettings(lossless=True), workers=workers)
        made.append(files_of(out))
    assert made[0] == made[1] == made[2]
    assert "timelapse.mp4" in made[0]
    assert sum(name.startswith("thumbnails/") for name in made[0]) == 30


def test_with_little_memory_fewer_frames_are_decoded_at_once_and_the_products_are_the_same(
    frames_folder, tmp_path, monkeypatch
):
    plan, at_once = plan_folder(frames_folder, UTC), []
    for name, frames_in_memory in (("ample", 100), ("little", 3.2)):
        monkeypatch.setattr(pipeline, "_FRAMES_BYTES", frames_in_memory * 64 * 48 * 3)
        now = set()

        def begin(*arguments, now=now, load=pipeline._load):
            now.add(id(arguments[1]))
            return load(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "_load", begin)
            render(plan, tmp_path / name, NO_VIDEO, workers=4)
        at_once.append(len(now))
    assert at_once == [8, 1]
    assert files_of(tmp_path / "ample") == files_of(tmp_path / "little")


def test_rendering_again_replaces_everything(frames_folder, tmp_path):
    plan, out = plan_folder(frames_folder, UTC), tmp_path / "out"
    render(plan, out, RenderSettings(rotation_deg=30))
    render(plan, out, NO_VIDEO)
    fresh = tmp_path / "fresh"
    render(plan, fresh, NO_VIDEO)
    again = files_of(out)
    assert {name: again[name] for name in files_of(fresh)} == files_of(fresh)


@pytest.mark.parametrize("limit", [0.0, 0.078, 0.0782, 0.0785, 1.0])
def test_a_fixed_limit_gives_exactly_the_maximum_of_those_frames(
    frames_folder, tmp_path, limit
):
    pictures = decoded(frames_folder)
    chosen = [
        one
        for one in pictures
        if one.reshape(-1, 3).astype(float).mean(0).max() / 255 <= limit
    ]
    settings = RenderSettings(timelapse=False, lossless=True, startrails_limit=limit)
    rendered = render(plan_folder(frames_folder, UTC), tmp_path / "out", settings)
    assert rendered.report.startrails.used == len(chosen)
    path = tmp_path / "out" / "startrails.png"
    assert path.exists() == bool(chosen)
    if chosen:
        with Image.open(path) as picture:
            assert np.array_equal(np.asarray(picture), np.max(np.stack(chosen), axis=0))


def test_frames_that_cannot_be_used_are_skipped_and_named(frames_folder, tmp_path):
    whole = pillow_jpeg(sky_frame(1))
    cmyk = io.BytesIO()
    Image.new("CMYK", (64, 48)).save(cmyk, "JPEG")
    bad = {
        "20260101T180010Z.jpg": (b"", "is empty"),
        "20260101T180110Z.jpg": (whole[:-100], "is cut off"),
        "20260101T180210Z.jpg": (b"GIF89a" * 20, "is not a JPEG"),
        "20260101T180310Z.jpg": (pillow_jpeg(sky_frame(1, 40, 40)), "has 40 x 40 pixels, the others have 64 x 48"),
        "20260101T180410Z.jpg": (cmyk.getvalue(), "is in CMYK colours, made for printing; save it as RGB"),
        "20260101T180500Z.jpeg": (whole, "has the same name as another frame"),
    }  # fmt: skip
    for name, (content, _) in bad.items():
        (frames_folder / name).write_bytes(content)
    rendered = render(plan_folder(frames_folder, UTC), tmp_path / "out", NO_VIDEO)
    said = {one.name: one.reason for one in rendered.skipped}
    assert said.pop("20260101T180500Z.jpg", None) or said.pop("20260101T180500Z.jpeg")
    bad.pop("20260101T180500Z.jpeg")
    assert said == {name: reason for name, (_, reason) in bad.items()}
    assert rendered.report.frames == 30


def test_grey_frames_are_frames(tmp_path):
    folder = tmp_path / "grey"
    folder.mkdir()
    for minute in range(3):
        path = folder / f"20260101T18{minute:02d}00Z.jpg"
        path.write_bytes(pillow_jpeg(sky_frame(minute)[..., 0]))
    rendered = render(plan_folder(folder, UTC), tmp_path / "out", RenderSettings())
    assert rendered.skipped == []
    assert rendered.report.product("timelapse").frames == 3


@pytest.mark.parametrize("side", [8, 17])
def test_tiny_frames_are_frames(tmp_path, side):
    folder = tmp_path / "tiny"
    folder.mkdir()
    for minute in range(2):
        path = folder / f"20260101T18{minute:02d}00Z.jpg"
        path.write_bytes(pillow_jpeg(np.full((side, side, 3), 30, np.uint8)))
    rendered = render(plan_folder(folder, UTC), tmp_path / "out", RenderSettings())
    assert rendered.report.frames == 2


def test_a_single_frame_is_a_night(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "20260101T180030Z.jpg").write_bytes(pillow_jpeg(sky_frame(1)))
    rendered = render(plan_folder(folder, UTC), tmp_path / "out", RenderSettings())
    assert [one.frames for one in rendered.report.files] == [1, 1, 1, 1]


def test_the_night_with_the_most_frames_is_taken(frames_folder):
    for day in (3, 4):
        (frames_folder / f"202601{day:02d}T200000Z.jpg").write_bytes(pillow_jpeg(sky_frame(1)))  # fmt: skip
    plan = plan_folder(frames_folder, UTC)
    assert plan.night.name == "2026-01-01"
    assert plan.nights == {"2026-01-01": 30, "2026-01-03": 1, "2026-01-04": 1}
    assert len(plan_folder(frames_folder, UTC, "2026-01-03").frames) == 1
    with pytest.raises(
        RenderError, match=r"night 2026-01-02; there are: 2026-01-01, 2"
    ):
        plan_folder(frames_folder, UTC, "2026-01-02")


def test_coordinates_bring_in_the_sun(frames_folder, tmp_path):
    plan = plan_folder(frames_folder, UTC)
    rendered = render(plan, tmp_path / "out", NO_VIDEO, Place(52.5, 13.4))
    report = rendered.report
    assert (
        report.start_utc.hour == 15
    )  # sunset in Berlin on 1 January is at 16:03 local time
    assert report.end_utc > EVENING + dt.timedelta(hours=13)
    assert set(report.table.decision) == {Decision.USED}
    berlin = Place(52.5, 13.4)
    assert all(sun_altitude_deg(berlin, one) < -12 for one in report.table.taken_utc)


def test_coordinates_of_a_place_where_it_was_day_are_an_error(frames_folder, tmp_path):
    plan = plan_folder(frames_folder, UTC)
    with pytest.raises(RenderError, match="between sunset and sunrise"):
        render(plan, tmp_path / "out", NO_VIDEO, Place(0, -90))


def test_rare_frames_make_wide_columns(tmp_path):
    folder = tmp_path / "rare"
    folder.mkdir()
    for hour in range(18, 22):
        for minute in (0, 10, 20, 30, 40, 50):
            path = folder / f"20260101T{hour}{minute:02d}00Z.jpg"
            path.write_bytes(pillow_jpeg(sky_frame(1)))
    report = render(plan_folder(folder, UTC), tmp_path / "out", NO_VIDEO).report
    assert report.product("keogram").facts["column_s"] == 600
    assert report.gaps == []


def test_a_folder_without_frames_is_named(tmp_path):
    with pytest.raises(RenderError, match="no JPEG files"):
        plan_folder(tmp_path, UTC)
    with pytest.raises(RenderError, match="cannot be read"):
        plan_folder(tmp_path / "nowhere", UTC)


def test_when_no_frame_can_be_used_the_first_reason_is_given(tmp_path):
    for minute in range(3):
        (tmp_path / f"20260101T18{minute:02d}00Z.jpg").write_bytes(b"")
    plan = plan_folder(tmp_path, UTC)
    with pytest.raises(RenderError, match=r"None of the 3 frames .* is empty"):
        render(plan, tmp_path / "out", NO_VIDEO)


def test_frames_that_the_startrails_use_after_all_are_in_them(tmp_path):
    frames, out = tmp_path / "frames", tmp_path / "out"
    frames.mkdir()
    levels = [60] * 5 + [20] * 12 + [200] * 3 + [20] * 130
    pictures = [
        sky_frame(minute, background=level) for minute, level in enumerate(levels)
    ]
    for minute, picture in enumerate(pictures):
        taken = EVENING + dt.timedelta(minutes=minute)
        path = frames / taken.strftime("%Y%m%dT%H%M%SZ.jpg")
        path.write_bytes(pillow_jpeg(picture))
    plan = plan_folder(frames, UTC)
    table = render(plan, out, NO_VIDEO).report.table
    used = [
        jpeg.decode((frames / f"{stem}.jpg").read_bytes())
        for stem, decision in zip(table.stem, table.decision, strict=True)
        if decision == "used"
    ]
    assert len(used) == 142
    with Image.open(out / "startrails.png") as trails:
        assert np.array_equal(np.asarray(trails), np.max(np.stack(used), axis=0))
