"""The videos of months, seasons and years: the clips of their nights, one after another, without encoding anything.

A year of 365 clips is a copy of some 35 MB: a second, and no more memory than for a night.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from products import jpeg
from products.clips import CLIP_NAME, FPS, HEIGHT, WIDTH, Clip
from products.ffmpeg import FfmpegError, pictures_in, run_ffmpeg
from products.files import sync, write_atomically
from products.period import Period
from products.report import MadeFile, MadeProduct

FORMAT = 1  # grows when the same clips give another video
VIDEO_NAME, POSTER_NAME = "video.mp4", "video.jpg"


def write_period_video(
    folder: Path,
    period: Period,
    clips: Mapping[Path, Clip],
    scratch: Path,
) -> MadeProduct:
    """Write video.mp4 and its poster, a picture from the night in the middle.

    Parameters
    ----------
    folder
        Where they belong.
    period
        The month, season or year.
    clips
        The folders of its nights in order, with the notes of their clips; at least one, all of one encoder.
    scratch
        A folder in memory.

    Returns
    -------
    MadeProduct
        The product, its paths relative to ``folder``.

    Raises
    ------
    FfmpegError
        A clip cannot be read, or the disk is full; what was there before is untouched.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    notes = list(clips.values())
    pictures = sum(len(one.frames) for one in notes)
    poster = _poster(list(clips.items())[len(clips) // 2], scratch)
    _join(list(clips), folder / VIDEO_NAME, pictures, scratch)
    write_atomically(folder / POSTER_NAME, poster)
    return MadeProduct(
        kind=f"{period.length}-video",
        path=VIDEO_NAME,
        type="video/mp4",
        width=WIDTH,
        height=HEIGHT,
        first_utc=notes[0].first_utc,
        last_utc=notes[-1].last_utc,
        frames=pictures,
        variants={
            "poster": MadeFile(
                path=POSTER_NAME, type="image/jpeg", width=WIDTH, height=HEIGHT
            )
        },
        facts={"fps": FPS, "duration_s": pictures / FPS, "nights": len(clips)},
    )


def remove_period_video(folder: Path) -> None:
    """Remove the video of a period that has no clip any more."""
    (folder / VIDEO_NAME).unlink(missing_ok=True)
    (folder / POSTER_NAME).unlink(missing_ok=True)


def _join(folders: list[Path], target: Path, pictures: int, scratch: Path) -> None:
    """Copy the clips one after another into a file that appears whole, with every picture in it."""
    listing = scratch / "clips.txt"
    quoted = (str((one / CLIP_NAME).resolve()).replace("'", "'\\''") for one in folders)
    listing.write_text("".join(f"file '{path}'\n" for path in quoted))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    # All clips have the same header: none has to be repeated inside the stream.
    how = ("-f", "concat", "-safe", "0", "-auto_convert", "0")
    source = (*how, "-i", listing, "-c", "copy")
    log = scratch / "join.log"
    try:
        run_ffmpeg((*source, "-movflags", "+faststart", "-f", "mp4", part), log)
        found = pictures_in(part, log, decoded=False)
        if found != pictures:
            raise FfmpegError(
                f"the joined video has {found} pictures instead of {pictures}"
            )
        sync(part)
        part.replace(target)
        sync(target.parent)
    finally:
        part.unlink(missing_ok=True)
        listing.unlink(missing_ok=True)


def _poster(night: tuple[Path, Clip], scratch: Path) -> bytes:
    """Return the middle picture of a night's clip as a JPEG."""
    folder, clip = night
    picture = scratch / "poster.ppm"
    middle = len(clip.frames) // 2
    one = ("-vf", f"select=eq(n\\,{middle})", "-frames:v", "1", "-update", "1")
    try:
        run_ffmpeg(
            ("-i", folder / CLIP_NAME, *one, "-c:v", "ppm", picture),
            scratch / "poster.log",
        )
        with Image.open(picture) as opened:
            return jpeg.encode(np.asarray(opened.convert("RGB")))
    finally:
        picture.unlink(missing_ok=True)
