"""The clip that a finished night leaves for the videos of its month, season and year, made from its stored frames."""

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

from edge.config import Settings
from edge.night_products import axis_of
from edge.store import FrameRecord, Store
from products import jpeg
from products.clips import (
    NOTE_NAME,
    WIDTH,
    Clip,
    Picture,
    clip_moments,
    framed,
    nearest,
    write_clip,
)
from products.files import write_atomically
from products.night import Night

log = logging.getLogger(__name__)


def leave_clip(store: Store, settings: Settings, night: Night) -> Clip:
    """Write the clip of a night from a few of its frames, each read once and as small as it is needed.

    A sound clip stays when frames that it would be made of are no longer there, because frames make room for others:
    it knows more than what is left.

    Raises
    ------
    FfmpegError, OSError
        The clip could not be made; the old one is as it was.
    """
    folder = store.products_folder(night.name)
    frames = chosen_frames(store, settings, night)
    known = Clip.read(folder)
    there = frames and all((store.data / one.path).exists() for one in frames)
    if not there and known and known.frames and known.is_sound(folder):
        return _kept(folder, known)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = _pictures(store, frames, night)
    return write_clip(folder, pictures, store.scratch / "longterm")


def clip_is_due(folder: Path) -> None:
    """Have the clip of a night that was rendered again made anew, even if this program ends before that."""
    known = Clip.read(folder)
    if known:
        _write(folder, known.model_copy(update={"due": True}))


def chosen_frames(store: Store, settings: Settings, night: Night) -> list[FrameRecord]:
    """Return the frames of a night's clip: those nearest to moments evenly spaced in its darkness."""
    axis = axis_of(settings, night)
    frames = [one for one in store.frames(night.name) if one.taken_utc in axis]
    moments = clip_moments(
        settings.site.place, axis, settings.products.longterm_frames_per_night
    )
    taken: list[dt.datetime] = [one.taken_utc for one in frames]
    return [frames[number] for number in nearest(moments, taken)]


def _pictures(
    store: Store, frames: list[FrameRecord], night: Night
) -> Iterator[Picture]:
    """Yield the frames as the clip shows them; one that cannot be read is left out."""
    for record in frames:
        try:
            content = (store.data / record.path).read_bytes()
            rgb = jpeg.decode_reduced(content, WIDTH)
        except (FileNotFoundError, jpeg.JpegError) as error:
            log.warning("%s is left out of the videos: %s", record.path, error)
        else:
            stem = Path(record.path).stem
            yield Picture(stem, record.taken_utc, framed(rgb, night))


def _kept(folder: Path, clip: Clip) -> Clip:
    kept = clip.model_copy(update={"due": False})
    if kept != clip:
        _write(folder, kept)
    return kept


def _write(folder: Path, clip: Clip) -> None:
    write_atomically(folder / NOTE_NAME, clip.model_dump_json().encode())
