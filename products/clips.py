"""The clip of a night: a few pictures, evenly spaced in its true darkness, from which the videos of months are joined.

All clips have one size and are encoded in one way, whatever the camera and its settings were, so that they can be put
one after another without encoding anything again. What still could differ is the encoder itself: `encoder_header` is
what a decoder must know of its work, and each clip's is kept in its note.
"""

import datetime as dt
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from products import jpeg
from products.ffmpeg import FfmpegError, run_ffmpeg
from products.files import sync, write_atomically
from products.manifest import sha256_hex
from products.night import Night
from products.scaling import Rgb, resized, within
from products.sun import SUNRISE_DEG, Interval, Place, sun_below

FORMAT = 1  # grows when the same frames give another clip
CLIP_NAME, NOTE_NAME = "clip.mp4", "clip.json"
WIDTH, HEIGHT, FPS = 640, 480, 25
_QUALITY = 95
_LONG_ENOUGH = dt.timedelta(hours=2)
_LABEL_PX, _LABEL_MARGIN_PX = 18, 10
_LABEL_INK, _LABEL_EDGE = (232, 235, 242), (11, 14, 20)
# JPEG is full-range BT.601; players take video for limited-range BT.709 where it does not say otherwise, so it says so.
_BT709 = "format=yuv420p,setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_COLOURS = (
    "-vf",
    f"scale=in_range=full:out_range=limited:in_color_matrix=bt601:out_color_matrix=bt709,{_BT709}",
)
_AS_CLIPS_ARE = ("-vf", f"scale={WIDTH}:{HEIGHT},setsar=1,{_BT709}")
# Hours lie between two pictures: nothing to look ahead for, and without B-frames a clip is as long as its pictures.
_ENCODER = (
    *("-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-crf", "20"),
    *("-profile:v", "high", "-level", "3.1", "-x264-params"),
    "bframes=0:keyint=250:scenecut=0:rc-lookahead=10:aq-mode=3:stitchable=1",
    *("-video_track_timescale", str(512 * FPS), "-movflags", "+faststart"),
    *("-f", "mp4"),
)


class Clip(BaseModel):
    """The note beside a clip; one without frames says that the night has none to show.

    ``due`` is true when the night was rendered again since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    frames: tuple[str, ...] = ()
    first_utc: AwareDatetime | None = None
    last_utc: AwareDatetime | None = None
    header: str = ""
    sha256: str = ""
    due: bool = False

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the note in a night's folder; None when there is none, or it is damaged or of another format."""
        try:
            found = cls.model_validate_json((folder / NOTE_NAME).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return found if found.format == FORMAT else None

    def is_sound(self, folder: Path) -> bool:
        """Say whether the clip in a night's folder is, byte for byte, the one of this note."""
        try:
            return sha256_hex((folder / CLIP_NAME).read_bytes()) == self.sha256
        except FileNotFoundError:
            return False


def clip_moments(place: Place, axis: Interval, count: int) -> list[dt.datetime]:
    """Return ``count`` moments, evenly spaced in the true darkness of a night.

    Darkness is the deepest of night, nautical, civil twilight and sunset to sunrise that lasts two hours or more;
    where none does, the whole ``axis``. Each moment is in the middle of its share.
    """
    for level_deg in (-18.0, -12.0, -6.0, SUNRISE_DEG):
        dark = sun_below(place, axis.start_utc, axis.end_utc, level_deg)
        if sum((one.length for one in dark), dt.timedelta()) >= _LONG_ENOUGH:
            break
    else:
        dark = [axis]
    total = sum((one.length for one in dark), dt.timedelta())
    return [_within(dark, total * (2 * i + 1) / (2 * count)) for i in range(count)]


def _within(stretches: Sequence[Interval], passed: dt.timedelta) -> dt.datetime:
    """Return the moment when so much of the stretches has passed."""
    for one in stretches:
        if passed < one.length:
            return one.start_utc + passed
        passed -= one.length
    return stretches[-1].end_utc


def nearest(moments: Sequence[dt.datetime], taken: Sequence[dt.datetime]) -> list[int]:
    """Return the numbers of the frames (their times, in order) that are nearest to the moments, each once.

    A moment without a frame before the next moment's share stays empty: a gap of the night is no standing picture.
    """
    if not taken or not moments:
        return []
    reach = (moments[-1] - moments[0]) / (2 * max(1, len(moments) - 1))
    seconds = np.array([one.timestamp() for one in taken])
    found: dict[int, None] = {}
    for moment in moments:
        away = np.abs(seconds - moment.timestamp())
        best = int(away.argmin())
        if away[best] <= max(reach.total_seconds(), 1.0):
            found[best] = None
    return sorted(found)


def framed(rgb: Rgb, night: Night) -> Rgb:
    """Return a frame as clips show it, (HEIGHT, WIDTH, 3): whole, never enlarged, with the date of the evening."""
    width, height = rgb.shape[1], rgb.shape[0]
    factor = min(1.0, WIDTH / width, HEIGHT / height)
    size = within(width, height, max(2, round(max(width, height) * factor)))
    small = Image.fromarray(resized(rgb, *size))
    canvas = Image.new("RGB", (WIDTH, HEIGHT))
    canvas.paste(small, ((WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2))
    ImageDraw.Draw(canvas).text(
        (_LABEL_MARGIN_PX, HEIGHT - _LABEL_MARGIN_PX),
        night.name,
        fill=_LABEL_INK,
        font=ImageFont.load_default(_LABEL_PX),
        anchor="ls",
        stroke_width=2,
        stroke_fill=_LABEL_EDGE,
    )
    return np.asarray(canvas)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a clip: the name and the time of its frame, and what `framed` made of it."""

    stem: str
    taken_utc: dt.datetime
    rgb: Rgb


def write_clip(folder: Path, pictures: Iterable[Picture], scratch: Path) -> Clip:
    """Write the clip of a night and its note, and return the note; the same pictures give the same bytes.

    Parameters
    ----------
    folder
        The night's folder.
    pictures
        In the order of time, each looked at once; without any there is no clip, and the note says so.
    scratch
        A folder in memory.

    Raises
    ------
    FfmpegError, OSError
        The clip could not be made; the old one is as it was.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    stream, target = scratch / "clip.mjpeg", folder / CLIP_NAME
    frames: list[tuple[str, dt.datetime]] = []
    try:
        with stream.open("wb") as file:
            for one in pictures:
                file.write(jpeg.encode(one.rgb, _QUALITY, full_colour=True))
                frames.append((one.stem, one.taken_utc))
        if not frames:
            target.unlink(missing_ok=True)
            return _noted(folder, Clip())
        source = ("-f", "mjpeg", "-framerate", str(FPS), "-i", stream, *_COLOURS)
        _encode(source, target, scratch)
    finally:
        stream.unlink(missing_ok=True)
    note = Clip(
        frames=tuple(stem for stem, _ in frames),
        first_utc=frames[0][1],
        last_utc=frames[-1][1],
        header=_header(target),
        sha256=sha256_hex(target.read_bytes()),
    )
    return _noted(folder, note)


def encode_again(folder: Path, clip: Clip, scratch: Path) -> Clip:
    """Encode a clip, made by another encoder, with this one, and return its new note; raise `FfmpegError`."""
    path = folder / CLIP_NAME
    _encode(("-r", str(FPS), "-i", path, *_AS_CLIPS_ARE), path, scratch)
    changes = {"header": _header(path), "sha256": sha256_hex(path.read_bytes())}
    return _noted(folder, clip.model_copy(update=changes))


def encoder_header(scratch: Path) -> str:
    """Return what the clips of this encoder have in common; raise `FfmpegError` when there is no encoder."""
    scratch.mkdir(parents=True, exist_ok=True)
    probe = scratch / "probe.mp4"
    blank = f"color=black:size={WIDTH}x{HEIGHT}:rate={FPS}:duration=0.04"
    try:
        _encode(("-f", "lavfi", "-i", blank, *_COLOURS), probe, scratch)
        return _header(probe)
    finally:
        probe.unlink(missing_ok=True)


def _encode(source: Sequence[str | Path], target: Path, scratch: Path) -> None:
    """Encode as all clips are, into a file that appears whole."""
    scratch.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        run_ffmpeg((*source, *_ENCODER, part), scratch / "clip.log")
        sync(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    sync(target.parent)


def _header(path: Path) -> str:
    """Return a digest of what a decoder must know before the first picture (the box ``avcC`` of an MP4)."""
    content = path.read_bytes()
    at = content.find(b"avcC", content.find(b"moov"))
    if at < 0:
        raise FfmpegError(f"{path} is no video that other clips could follow")
    (length,) = struct.unpack_from(">I", content, at - 4)
    return sha256_hex(content[at : at - 4 + length])[:16]


def _noted(folder: Path, clip: Clip) -> Clip:
    write_atomically(folder / NOTE_NAME, clip.model_dump_json().encode())
    return clip
