"""Photos of profiles: encoded anew, so that nothing but the picture is in them, no place and no name of a camera.

They lie in ``photos/`` of the data folder, apart from what cameras send, named by the SHA-256 of their bytes.
"""

import io
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from hub.config import HubSettings
from hub.db.profiles import Photo
from hub.inspection import UnfitFileError
from hub.media import DiskStore
from hub.profile import Text

LARGEST_PX, SMALL_PX = 1920, 640
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 86


def photo_store(settings: HubSettings) -> DiskStore:
    """Return where the files of photos are."""
    return DiskStore(settings.data / "photos", settings.data / "incoming")


def keep_photo(settings: HubSettings, file: IO[bytes], caption: Text) -> Photo:
    """Store a photo in both sizes, upright and without its metadata, and return it.

    Raise `hub.inspection.UnfitFileError` when it is no sound JPEG, PNG or WebP, or has too many pixels.
    """
    store, most = photo_store(settings), settings.largest_image_pixels
    picture = _upright(file, most)
    stored = []
    for longest in (LARGEST_PX, SMALL_PX):
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
        content.seek(0)
        stored.append(store.receive(content, None, "image/jpeg", most))
    large, small = stored
    return Photo(
        sha256=large.sha256,
        small_sha256=small.sha256,
        width=large.width or 0,
        height=large.height or 0,
        caption=caption,
    )


def _upright(file: IO[bytes], most_pixels: int) -> Image.Image:
    """Return the pixels of a photo as it was held, in RGB; the number of pixels is known before any is decoded."""
    try:
        with Image.open(file, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > most_pixels:
                raise UnfitFileError(
                    f"{width} x {height} pixels are more than {most_pixels:,}."
                )
            turned = ImageOps.exif_transpose(image)
            bare = Image.new("RGB", turned.size)
            bare.paste(turned.convert("RGB"))
    except UnidentifiedImageError as error:
        raise UnfitFileError("This is no JPEG, PNG or WebP.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnfitFileError("The photo has far too many pixels.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise UnfitFileError(f"The photo is damaged: {error}.") from error
    return bare
