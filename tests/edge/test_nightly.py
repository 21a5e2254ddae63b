import datetime as dt
import json
import subprocess
from contextlib import closing

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from edge.cameras.opening import open_camera
from edge.capture import Capture, build_capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.night_products import axis_of
from edge.nightly import Nightly, NoFramesError, build_nightly
from edge.outbox import Outbox
from edge.service import AlreadyRunningError, locked, run_together
from edge.store import Store
from products.columns import ColumnFile
from products.manifest import FRAME_KIND, PERIOD_KINDS
from products.night import Night

NIGHT = "2026-06-20"
# A short night in June at 52.5° north: sunset 19:33 UTC, sunrise 2:43 UTC (almanac).
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
AFTERNOON = dt.datetime(2026, 6, 20, 18, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2026, 6, 20, 23, 1, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 6, 21, 3, 30, tzinfo=dt.UTC)
KINDS = {"keogram", "startrails", "timelapse", "startrails-timelapse", "night"}
DAY = "timelapse-day"  # of the hours before sunset, under its own revision


def settings_in(data, **changes):
    raw = {
        "site": SITE,
        "camera": {
            "driver": "simulator",
            "simulator": {"width": 256, "height": 192, "clouds": "clear"},
        },
        "capture": {"interval_s": 600, "sun_below_deg": 90},
    }
    return parse(raw | changes).model_copy(update={"data": data})


def live_through(settings, start, end) -> None:
    """Run capture and nightly from start to end on a clock that jumps."""
    clock = VirtualClock(start)
    capture, nightly = (
        build(settings, settings.data, clock)
        for build in (build_capture, build_nightly)
    )
    with closing(capture), closing(nightly):
        run_together([capture, nightly], clock, until=end)


@pytest.fixture(scope="module")
def whole_night(tmp_path_factory):
    """The data folder of a camera that ran through a night without a break."""
    settings = settings_in(tmp_path_factory.mktemp("whole"))
    live_through(settings, AFTERNOON, MORNING)
    return settings


def keogram_columns(settings):
    column_file = ColumnFile(settings.data / "products" / NIGHT / "keogram.columns")
    stems = sorted(record.stem for record in column_file.records)
    return stems, column_file.columns(stems)


def queued(settings) -> dict:
    """Return what waits in the outbox of the night, kind -> product; archive, months and years have their own tests."""
    with closing(Store(settings.data)) as store:
        outbox, found = Outbox(store), {}
        while product := outbox.next_product(MORNING + dt.timedelta(days=1)):
            if product.kind not in (FRAME_KIND, *PERIOD_KINDS):
                found[product.kind] = product
            outbox.sent(product, MORNING)
    return found


def test_a_night_leaves_all_products_on_disk(whole_night):
    folder = whole_night.data / "products" / NIGHT
    for name in ("keogram.jpg", "startrails.jpg", "timelapse.jpg"):
        with Image.open(folder / name) as image:
            image.load()
    night = json.loads((folder / "night.json").read_text())
    with closing(Store(whole_night.data)) as store:
        axis = axis_of(whole_night, Night.named(NIGHT, whole_night.site.tz))
        frames = [frame for frame in store.frames(NIGHT) if frame.taken_utc in axis]
        assert store.unfinished_nights() == []
        assert store.states()["nightly"].reason == "All nights are finished."
    assert night["frames"] == len(frames)
    assert (
        40 <= len(frames) <= 45
    )  # seven hours and ten minutes, a frame every ten minutes
    assert len(list((folder / "thumbnails").glob("*.jpg"))) == len(frames)


def test_the_video_has_every_frame_between_sunset_and_sunrise(whole_night):
    video = whole_night.data / "products" / NIGHT / "timelapse.mp4"
    count, _ = imageio_ffmpeg.count_frames_and_secs(video)
    assert count == json.loads(video.with_name("night.json").read_text())["frames"]


def test_all_products_are_queued_with_their_files(whole_night):
    products = queued(whole_night)
    assert set(products) == {*KINDS, DAY}
    for product in products.values():
        assert product.manifest.final
        assert set(product.files) == {blob.sha256 for blob in product.manifest.blobs()}
        assert {blob.size for blob in product.manifest.blobs()} == {
            p.stat().st_size for p in product.files.values()
        }
    assert len({products[kind].rev for kind in KINDS}) == 1
    assert products["timelapse"].manifest.variants["poster"].type == "image/jpeg"
    assert products["keogram"].manifest.sidecar.type == "application/json"
    assert products["night"].manifest.facts["frames"] > 0


def test_a_night_goes_into_its_month_and_its_year(whole_night):
    for period in ("2026-06", "2026"):
        folder = whole_night.data / "products" / period
        sidecar = json.loads((folder / "keogram.json").read_text())
        assert (
            430 <= sidecar["minutes_by_night"][NIGHT] <= 440
        )  # in slots of ten minutes
        with Image.open(folder / "keogram.jpg") as image:
            image.load()


def test_memory_is_given_back_when_the_night_is_final(whole_night):
    with closing(Store(whole_night.data)) as store:
        assert not (store.scratch / NIGHT).exists()


@pytest.mark.parametrize("lose_memory", [False, True], ids=["kill", "reboot"])
def test_a_restart_in_the_middle_changes_nothing(tmp_path, whole_night, lose_memory):
    settings = settings_in(tmp_path)
    live_through(settings, AFTERNOON, MIDNIGHT)
    with closing(Store(tmp_path)) as store:
        if lose_memory:
            subprocess.run(["rm", "-r", str(store.scratch)], check=True)
        resumed = store.last_frame().taken_utc + dt.timedelta(seconds=600)
    live_through(settings, resumed, MORNING)
    stems, columns = keogram_columns(settings)
    expected_stems, expected = keogram_columns(whole_night)
    assert stems == expected_stems
    if (
        lose_memory
    ):  # frames are fed from their files until all are in, with the loss of JPEG
        assert np.abs(columns.astype(int) - expected.astype(int)).mean() < 1
    else:
        assert np.array_equal(columns, expected)
    night = json.loads((tmp_path / "products" / NIGHT / "night.json").read_text())
    assert {product["kind"] for product in night["files"]} == KINDS


def capture_part(settings, seconds: float):
    """Capture alone from midnight on, and return the clock where it stopped."""
    clock = VirtualClock(MIDNIGHT)
    capture = Capture(
        settings, clock, Store(settings.data), lambda: open_camera(settings, clock)
    )
    with closing(capture):
        run_together([capture], clock, until=MIDNIGHT + dt.timedelta(seconds=seconds))
    return clock


def finish(settings, clock) -> Nightly:
    """Let nightly work until no night is left, and return it."""
    nightly = Nightly(settings, clock, Store(settings.data))
    with closing(nightly):
        for _ in range(500):
            clock.sleep(nightly.step())
            if clock.now() > MORNING:
                break
    return nightly


def test_a_night_that_capture_did_not_end_is_finished_from_the_stored_frames(tmp_path):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 3600)
    subprocess.run(["rm", "-r", str(tmp_path / "products")], check=True)
    finish(settings, clock)
    assert set(queued(settings)) == KINDS


def test_frames_that_cannot_be_read_are_left_out_and_the_rest_is_rendered(
    tmp_path, caplog
):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 3600)
    frames = sorted((tmp_path / "frames" / NIGHT).iterdir())
    frames[1].write_bytes(frames[1].read_bytes()[:2000])
    frames[2].unlink()
    subprocess.run(["rm", "-r", str(tmp_path / "products")], check=True)
    finish(settings, clock)
    night = json.loads((tmp_path / "products" / NIGHT / "night.json").read_text())
    assert night["frames"] == len(frames) - 2
    assert frames[1].name in caplog.text
    assert frames[2].name in caplog.text


def test_a_night_without_a_usable_frame_gets_a_note_and_is_not_tried_again(tmp_path):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 1300)
    frames = sorted((tmp_path / "frames" / NIGHT).iterdir())
    for frame in frames:
        frame.write_bytes(b"")
    subprocess.run(["rm", "-r", str(tmp_path / "products")], check=True)
    finish(settings, clock)
    with closing(Store(tmp_path)) as store:
        assert store.night_notes() == {
            NIGHT: f"None of the {len(frames)} stored frames can be used: {frames[0].name} is empty."
        }
        assert store.unfinished_nights() == []
    assert "night" not in queued(settings)


def test_a_night_of_day_frames_only_gets_a_note(tmp_path):
    settings = settings_in(tmp_path, capture={"interval_s": 600, "sun_below_deg": 90})
    clock = VirtualClock(MORNING)
    capture = build_capture(settings, tmp_path, clock)
    with closing(capture):
        run_together([capture], clock, until=MORNING + dt.timedelta(hours=1))
    nightly = build_nightly(settings, tmp_path, clock)
    with closing(nightly):
        for _ in range(10):
            nightly.step()
    with closing(Store(tmp_path)) as store:
        assert "between sunset and sunrise" in store.night_notes()[NIGHT]


def test_rendering_a_night_again_gives_a_newer_revision(tmp_path):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 3600)
    finish(settings, clock)
    first = queued(settings)
    nightly, left = build_nightly(settings, tmp_path, clock), []
    with closing(nightly):
        outcome = nightly.render(NIGHT, left.append)
    assert outcome.report.frames == len(left) - 1
    second = queued(settings)
    assert left[-1] == 0
    assert set(second) == KINDS
    assert all(second[kind].rev > first[kind].rev for kind in KINDS)
    assert second["keogram"].manifest.sha256 == first["keogram"].manifest.sha256


def test_a_night_without_frames_cannot_be_rendered(tmp_path):
    nightly = build_nightly(settings_in(tmp_path), tmp_path, VirtualClock(MORNING))
    with closing(nightly), pytest.raises(NoFramesError, match="2026-01-01"):
        nightly.render("2026-01-01")


def test_two_programs_never_work_on_one_night(tmp_path):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 1300)
    nightly = build_nightly(settings, tmp_path, clock)
    with (
        closing(nightly),
        closing(Store(tmp_path)) as store,
        locked(store.scratch / f"{NIGHT}.lock", ""),
        pytest.raises(AlreadyRunningError, match="at work on the products"),
    ):
        nightly.render(NIGHT)


def test_an_interrupted_nightly_begins_again_harmlessly(tmp_path):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 3600)
    subprocess.run(["rm", "-r", str(tmp_path / "products")], check=True)
    clock.sleep((MORNING - clock.now()).total_seconds())
    nightly = build_nightly(settings, tmp_path, clock)
    with closing(nightly):
        for _ in range(4):
            nightly.step()
    assert "night" not in queued(settings)
    nightly = build_nightly(settings, tmp_path, clock)
    with closing(nightly):
        for _ in range(12):
            nightly.step()
    assert set(queued(settings)) == KINDS


def test_products_of_the_running_night_are_queued_as_not_final(tmp_path):
    settings = settings_in(tmp_path)
    capture_part(settings, 3700)
    products = queued(settings)
    assert "keogram" in products
    assert not any(product.manifest.final for product in products.values())


def test_what_cannot_be_stored_is_said_and_tried_again_later(tmp_path):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 1300)
    subprocess.run(["rm", "-r", str(tmp_path / "products")], check=True)
    (tmp_path / "products").write_text("a file where the folder should be")
    clock.sleep((MORNING - clock.now()).total_seconds())
    nightly = build_nightly(settings, tmp_path, clock)
    with closing(nightly), closing(Store(tmp_path)) as store:
        for _ in range(5):
            clock.sleep(nightly.step())
        assert (
            "products of the night 2026-06-20 cannot be stored"
            in store.states()["nightly"].reason
        )
        (tmp_path / "products").unlink()
        for _ in range(30):
            clock.sleep(nightly.step())
        assert store.states()["nightly"].reason == "All nights are finished."


def test_rendering_the_running_night_does_not_end_it(tmp_path):
    settings = settings_in(tmp_path)
    clock = capture_part(settings, 3600)
    nightly = build_nightly(settings, tmp_path, clock)
    with closing(nightly), closing(Store(tmp_path)) as store:
        nightly.render(NIGHT)
        assert store.unfinished_nights() == [NIGHT]
        assert not store.products_folder("2026-06").exists()
    assert not any(product.manifest.final for product in queued(settings).values())
