"""Look into a file that arrived: it must be what it says it is, whole, and safe to show."""

import json
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from hub import mp4

LARGEST_JSON_BYTES = 16_000_000
LARGEST_VIDEO_PIXELS = 36_000_000  # of one frame; 8K has 33 million
LONGEST_VIDEO_S = 2 * 3600.0
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}


class UnfitFileError(Exception):
    """The file is damaged, too large to decode, or of another type; the message says which."""


def inspect_file(
    path: Path, media_type: str, largest_pixels: int
) -> tuple[int | None, int | None]:
    """Return width and height of an image or video, (None, None) of JSON; raise `UnfitFileError` when it is not sound.

    Images are decoded (a JPEG at an eighth of its size, which still reads every byte), JSON is parsed, and the boxes of
    a video are read (`hub.mp4`). The number of pixels is read from the header before anything is decoded.
    """
    match media_type:
        case "image/jpeg" | "image/png":
            return _inspect_image(path, media_type, largest_pixels)
        case "video/mp4":
            return _inspect_video(path)
        case "application/json":
            _inspect_json(path)
        case _:
            raise UnfitFileError(f"{media_type!r} is not a type that this hub shows.")
    return None, None


def _inspect_image(path: Path, media_type: str, largest_pixels: int) -> tuple[int, int]:
    try:
        with Image.open(path, formats=[_FORMATS[media_type]]) as image:
            width, height = image.size
            if width * height > largest_pixels:
                raise UnfitFileError(
                    f"{width} x {height} pixels are more than {largest_pixels:,}."
                )
            if media_type == "image/jpeg":
                image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
            image.load()
    except UnidentifiedImageError as error:
        raise UnfitFileError(f"This is not {media_type}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnfitFileError("The image has far too many pixels.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise UnfitFileError(f"The image is damaged: {error}.") from error
    return width, height


def _inspect_video(path: Path) -> tuple[int, int]:
    try:
        video = mp4.probe(path)
    except mp4.NotWholeError as error:
        raise UnfitFileError(f"The video is damaged: {error}.") from error
    pixels = video.width * video.height
    if not 0 < pixels <= LARGEST_VIDEO_PIXELS:
        raise UnfitFileError(
            f"{video.width} x {video.height} pixels are none or more than {LARGEST_VIDEO_PIXELS:,}."
        )
    if video.duration_s > LONGEST_VIDEO_S:
        raise UnfitFileError(
            f"A video of {video.duration_s:.0f} s; at most {LONGEST_VIDEO_S:.0f} s are shown."
        )
    return video.width, video.height


def _inspect_json(path: Path) -> None:
    if path.stat().st_size > LARGEST_JSON_BYTES:
        raise UnfitFileError(f"JSON of more than {LARGEST_JSON_BYTES:,} bytes.")
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnfitFileError(f"This is not JSON: {error}.") from error
