"""Letters for pictures, in any language where Debian's DejaVu Sans is installed, else in plain Latin ones.

The font that comes with Pillow knows neither ü nor ² nor a minus sign; with it such letters are written as the nearest
plain ones, never as empty boxes.
"""

import functools
import unicodedata

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FILE, _FAMILY = "DejaVuSans.ttf", "DejaVu Sans"  # package fonts-dejavu-core
_PLAIN = str.maketrans({"\N{MINUS SIGN}": "-", "ß": "ss", "µ": "u"})
_BEYOND_ASCII = "°·"  # that Pillow's font knows


@functools.lru_cache(maxsize=8)
def font(size_px: int) -> Font:
    """Return the font in a size."""
    try:
        return ImageFont.truetype(_FILE, size_px)
    except OSError:
        return ImageFont.load_default(size_px)


def spelled(text: str, chosen: Font) -> str:
    """Return ``text`` in letters that the font has."""
    if isinstance(chosen, ImageFont.FreeTypeFont) and chosen.getname()[0] == _FAMILY:
        return text
    return plain(text)


def plain(text: str) -> str:
    """Return ``text`` with the nearest plain Latin letter for every other one, a question mark where there is none."""
    letters = (
        one if one in _BEYOND_ASCII else unicodedata.normalize("NFKD", one)
        for one in text.translate(_PLAIN)
    )
    joined = "".join(one for one in "".join(letters) if not unicodedata.combining(one))
    return "".join(
        one if one.isascii() or one in _BEYOND_ASCII else "?" for one in joined
    )
