"""The archive: now and then a frame as it is shown, kept and queued for the hub.

Time is divided into stretches of the chosen length; the first frame shown in each goes into the archive. Whether there
is one already is asked of the queue and of the ledger, so that a restart neither loses nor doubles any.
"""

import datetime as dt
from pathlib import Path

from edge.config import Settings
from edge.live import Shown, with_narrower
from edge.outbox import Outbox
from edge.store import Store
from products import jpeg
from products.files import write_atomically
from products.manifest import FRAME_KIND, Blob, ProductManifest, sha256_hex

FOLDER = "archive"
WIDTHS = (480,)
_PART = "%Y%m%dT%H%M%SZ"
_ZERO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Archive:
    """Keeps the first shown frame of every stretch of time."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._outbox = store, Outbox(store)
        self._stretch = dt.timedelta(minutes=settings.products.archive_interval_min)
        self._done: dt.datetime | None = None

    def keep(self, shown: Shown, now: dt.datetime) -> bool:
        """Keep a frame if it is the first of its stretch, and say whether it was; raise OSError on a full disk."""
        if not self._stretch:
            return False
        taken_utc = shown.facts.taken_utc
        start = taken_utc - (taken_utc - _ZERO) % self._stretch
        if start == self._done:
            return False
        parts = (start.strftime(_PART), (start + self._stretch).strftime(_PART))
        new = not self._outbox.has_part_between(FRAME_KIND, *parts)
        if new:
            self._queue(shown, now)
        self._done = start
        return new

    def _queue(self, shown: Shown, now: dt.datetime) -> None:
        facts, part = shown.facts, shown.facts.taken_utc.strftime(_PART)
        folder = self._store.products_folder(facts.night) / FOLDER
        blobs: dict[str, Blob] = {}
        files: dict[str, Path] = {}
        for name, picture in with_narrower(shown.picture, WIDTHS).items():
            path = folder / (f"{part}.jpg" if name == "image" else f"{part}-{name}.jpg")
            write_atomically(path, picture)
            blobs[name] = _blob(picture)
            files[blobs[name].sha256] = path
        whole = blobs.pop("image")
        said = facts.model_dump(
            include={"exposure_us", "gain", "sun_altitude_deg"}, exclude_none=True
        )
        manifest = ProductManifest(
            **whole.model_dump(),
            rev=1,
            first=facts.taken_utc,
            last=facts.taken_utc,
            frames=1,
            variants=blobs,
            facts=said,
        )
        kind = f"{FRAME_KIND}/{part}"
        self._outbox.queue_product(facts.night, kind, manifest, files, now)


def _blob(picture: bytes) -> Blob:
    height, width = jpeg.size(picture)
    return Blob(
        sha256=sha256_hex(picture),
        size=len(picture),
        type="image/jpeg",
        width=width,
        height=height,
    )
