"""What a privacy mask hides is in nothing that a camera stores or shows, and no mistake with the mask shows it."""

import datetime as dt
from contextlib import closing

import numpy as np
import pytest
from PIL import Image

from edge.capture import build_capture
from edge.clock import VirtualClock
from edge.config import parse
from edge.live import LiveImages
from edge.service import run_together
from edge.store import Store
from products import jpeg

EVENING = dt.datetime(2026, 6, 21, 23, tzinfo=dt.UTC)  # a bright night in Berlin
NIGHT = "2026-06-21"
SITE = {
    "name": "Berlin",
    "latitude_deg": 52.52,
    "longitude_deg": 13.405,
    "zone": "Europe/Berlin",
}
WIDTH, HEIGHT = 320, 240
HIDDEN = (slice(100, 240), slice(112, 208))  # across the meridian, for the keogram
RINGING = 12  # levels that JPEG may add to black beside something bright


@pytest.fixture
def settings(tmp_path):
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    mask[HIDDEN] = 0
    Image.fromarray(mask).save(tmp_path / "privacy.png")
    camera = {
        "driver": "simulator",
        "simulator": {"width": WIDTH, "height": HEIGHT, "clouds": "overcast"},
        "privacy_mask": str(tmp_path / "privacy.png"),
    }
    products = {"startrails_sun_below_deg": 0, "startrails_comet_min": 30}
    raw = {"site": SITE, "camera": camera, "products": products}
    return parse(raw).model_copy(update={"data": tmp_path / "data"})


def run(settings, tmp_path, minutes: float) -> Store:
    clock = VirtualClock(EVENING)
    with closing(build_capture(settings, tmp_path, clock)) as capture:
        run_together([capture], clock, until=EVENING + dt.timedelta(minutes=minutes))
    return Store(settings.data)


def hidden_part(rgb):
    """Return the pixels well within what is hidden, in a picture of any size of the whole frame."""
    scale = len(rgb) / HEIGHT
    rows, columns = (
        slice(round((part.start + 8) * scale), round((part.stop - 8) * scale))
        for part in HIDDEN
    )
    return rgb[rows, columns]


def test_no_picture_that_is_stored_or_shown_has_a_hidden_pixel(settings, tmp_path):
    with closing(run(settings, tmp_path, 15)) as store:
        newest = LiveImages(store.scratch).newest()
        pictures = list(store.data.rglob("*.jpg"))
        frames = [path for path in pictures if path.parent.parent.name == "frames"]
        thumbnails = [path for path in pictures if "thumbnails" in path.parts]
        assert len(frames) == len(thumbnails) == 30
        shown = [jpeg.decode(path.read_bytes()) for path in frames + thumbnails]
        shown += [jpeg.decode(picture) for picture in newest[1].values()]
    for rgb in shown:
        assert hidden_part(rgb).max() <= RINGING
        assert rgb.max() > 40  # the rest is there
    columns = store.products_folder(NIGHT) / "keogram.columns"
    assert columns.exists()


def test_a_mask_that_is_gone_holds_every_frame_back_and_says_so(settings, tmp_path):
    (tmp_path / "privacy.png").unlink()
    with closing(run(settings, tmp_path, 4)) as store:
        assert not list(store.data.rglob("*.jpg"))
        facts, _ = LiveImages(store.scratch).newest()
        assert "There is no privacy mask" in facts.note
