"""A camera whose capture program is killed again and again in the middle of its work."""

import datetime as dt
import itertools
import json
import random
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import imageio_ffmpeg
import pytest

from edge.clock import VirtualClock
from edge.config import parse
from edge.nightly import build_nightly
from edge.store import Store
from products import jpeg

NIGHT = "2026-11-22"
DUSK = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 11, 23, 7, 30, tzinfo=dt.UTC)
INTERVAL = dt.timedelta(seconds=30)
SETTINGS = {
    "site": {
        "name": "Berlin",
        "latitude_deg": 52.52,
        "longitude_deg": 13.405,
        "zone": "Europe/Berlin",
    },
    "products": {"live_interval_s": 60},
}
CAPTURE = """
import datetime as dt, importlib.util, json, logging, pathlib, sys
from edge.capture import Capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.service import run_together
from edge.store import Store

fake, data, raw, start, end = sys.argv[1:]
spec = importlib.util.spec_from_file_location("fake", fake)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
settings = parse(json.loads(raw)).model_copy(update={"data": pathlib.Path(data)})
clock = VirtualClock(dt.datetime.fromisoformat(start))
camera = module.LinearCamera(clock)
capture = Capture(settings, clock, Store(settings.data), lambda: camera)
run_together([capture], clock, until=dt.datetime.fromisoformat(end))
capture.close()
"""
FAKE = Path(__file__).parent.parent / "fakes" / "cameras.py"


def start_capture(
    data: Path, start: dt.datetime, end: dt.datetime, log: Path
) -> subprocess.Popen:
    arguments = [
        str(FAKE),
        str(data),
        json.dumps(SETTINGS),
        start.isoformat(),
        end.isoformat(),
    ]
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-c", CAPTURE, *arguments], stderr=said
        )


def frames_on_disk(data: Path) -> list[Path]:
    return sorted((data / "frames" / NIGHT).glob("*.jpg"))


def next_start(data: Path) -> dt.datetime:
    """Return when the next frame of the beat is due, from the names of the frames on disk."""
    frames = frames_on_disk(data)
    if not frames:
        return DUSK
    return (
        dt.datetime.strptime(frames[-1].stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        + INTERVAL
    )


def kill_in_the_middle(data: Path, log: Path, chance: random.Random) -> None:
    before = len(frames_on_disk(data))
    process = start_capture(data, next_start(data), MORNING, log)
    limit = time.monotonic() + 20
    while len(frames_on_disk(data)) < before + 3:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < limit
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.3))
    process.kill()
    process.wait()


@pytest.mark.parametrize("seed", [1])
def test_a_kill_at_any_moment_loses_at_most_the_frame_being_written(tmp_path, seed):
    data, log, chance = tmp_path / "data", tmp_path / "log", random.Random(seed)
    for _ in range(6):
        kill_in_the_middle(data, log, chance)
    start = next_start(data)
    assert start_capture(data, start, start + 30 * INTERVAL, log).wait(60) == 0, (
        log.read_text()
    )

    clock = VirtualClock(MORNING)
    settings = parse(SETTINGS).model_copy(update={"data": data})
    with closing(build_nightly(settings, data, clock)) as nightly:
        while clock.now() < MORNING + dt.timedelta(minutes=5):
            clock.sleep(nightly.step())

    files = frames_on_disk(data)
    assert len(files) > 6 * 3 + 30
    for file in files:
        assert jpeg.decode(file.read_bytes()).shape == (96, 128, 3)
    with closing(Store(data)) as store:
        assert [Path(frame.path).name for frame in store.frames(NIGHT)] == [
            file.name for file in files
        ]
        assert store.unfinished_nights() == []
    said = re.findall(r"^(\S+) (\S+)Z \S+ s at gain", log.read_text(), re.MULTILINE)
    stored = {file.stem for file in files}
    assert {
        f"{day}T{clock}Z".replace("-", "").replace(":", "") for day, clock in said
    } <= stored
    times = [
        dt.datetime.strptime(file.stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        for file in files
    ]
    assert [b - a for a, b in itertools.pairwise(times)] == [INTERVAL] * (
        len(times) - 1
    )

    night = json.loads((data / "products" / NIGHT / "night.json").read_text())
    assert night["frames"] == len(files)
    assert {"keogram", "startrails", "timelapse"} <= {
        product["kind"] for product in night["files"]
    }
    count, _ = imageio_ffmpeg.count_frames_and_secs(
        data / "products" / NIGHT / "timelapse.mp4"
    )
    assert count == len(files)
