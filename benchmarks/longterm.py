"""What months and years cost: the keogram and the video of a year, and what the nights leave for them on the disk."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.measuring import MB, Row, spent
from products import jpeg
from products.clips import (
    CLIP_NAME,
    NOTE_NAME,
    WIDTH,
    Clip,
    Picture,
    framed,
    write_clip,
)
from products.longterm import write_keogram
from products.night import Night
from products.night_strip import (
    SKY_NAME,
    SKY_ROWS,
    ZENITH_NAME,
    NightStrip,
    write_strip,
)
from products.period import Length, Period
from products.period_video import write_period_video
from products.sun import SUNRISE_DEG, Place
from products.sun_curve import sun_altitudes_deg

PLACE, ZONE = Place(50, 10), ZoneInfo("Europe/Berlin")
YEAR = Period(Length.YEAR, dt.date(2026, 1, 1), ZONE)
PICTURES = 16
_CLIP_FILES, _STRIP_FILES = (CLIP_NAME, NOTE_NAME), (SKY_NAME, ZENITH_NAME)


def year(name: str, frames: Sequence[Path]) -> Iterator[Row]:
    """Yield the cost of a year of nights; the pictures of its clips are of ``frames``, whose size has a ``name``."""
    with tempfile.TemporaryDirectory() as place:
        data, scratch = Path(place), Path(place) / "scratch"
        folders = {night.name: data / night.name for night in YEAR.nights}
        for night in YEAR.nights:
            folders[night.name].mkdir()
            write_strip(folders[night.name], _strip(night))
        known = (YEAR.nights[0], YEAR.nights[-1])
        keogram = spent(lambda: write_keogram(data / "y", YEAR, folders, PLACE, known))
        yield Row("keogram of a year, from 365 strips", keogram.cpu_s, "s CPU", most=1)
        strips_mb = _megabytes(folders.values(), _STRIP_FILES)
        yield Row("strips of a year on the disk", strips_mb, "MB", most=2)

        first = next(iter(folders.values()))
        clip = spent(lambda: _write_clip(first, frames, scratch))
        yield Row(f"{name}: clip of a night, {PICTURES} pictures", clip.cpu_s, "s CPU")
        for folder in list(folders.values())[1:]:
            for file in _CLIP_FILES:
                shutil.copyfile(first / file, folder / file)
        clips = {folder: _clip(folder) for folder in folders.values()}
        join = spent(lambda: write_period_video(data / "y", YEAR, clips, scratch))
        yield Row("video of a year, joined from 365 clips", join.cpu_s, "s CPU", most=5)


def _strip(night: Night) -> NightStrip:
    """Return a night with the light of its sun and the noise of a sensor."""
    random = np.random.default_rng(night.evening.toordinal())
    minutes = round(night.length.total_seconds() / 60)
    sun_deg = sun_altitudes_deg(PLACE, night.start_utc, 60, minutes)
    level = 30 + 180 * np.clip((sun_deg + 16) / 16, 0, 1)[:, None] ** 2
    zenith = np.clip(random.normal(level, 1.0, (minutes, 3)), 0, 255)
    slots = level[::10][None] + random.normal(0, 2.0, (SKY_ROWS, -(-minutes // 10), 3))
    sky = np.clip(slots, 0, 255).astype(np.uint8)
    return NightStrip(sky, zenith.astype(np.uint8), sun_deg < SUNRISE_DEG)


def _write_clip(folder: Path, frames: Sequence[Path], scratch: Path) -> None:
    """Write the clip of a night as nightly does, from frames on the disk."""
    night = YEAR.nights[0]
    pictures = (
        Picture(
            path.stem,
            night.start_utc + number * dt.timedelta(minutes=30),
            framed(jpeg.decode_reduced(path.read_bytes(), WIDTH), night),
        )
        for number, path in enumerate(frames[:PICTURES])
    )
    write_clip(folder, pictures, scratch)


def _clip(folder: Path) -> Clip:
    clip = Clip.read(folder)
    assert clip is not None, "it was just written"
    return clip


def _megabytes(folders: Iterable[Path], names: Sequence[str]) -> float:
    sizes = [(folder / name).stat().st_size for folder in folders for name in names]
    return sum(sizes) / MB
