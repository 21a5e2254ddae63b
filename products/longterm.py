"""The keograms of months and years as files: made from the strips of their nights alone, in well under a second.

Nothing here remembers anything: the same strips give the same bytes, whenever a night came in or was rendered again.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from products import jpeg
from products.files import write_atomically
from products.keogram_picture import Box
from products.month_keogram import SIZES, labelled_month, month_sky
from products.night import Night
from products.night_strip import SLOT_S, read_strip, read_zenith
from products.period import Length, Period
from products.report import MadeFile, MadeProduct
from products.scaling import Rgb
from products.sun import Interval, Place
from products.utc import utc_text
from products.year_keogram import (
    DAY_MINUTES,
    WIDTHS,
    Zenith,
    labelled_year,
    narrowed,
    standard_offset,
    year_sky,
)

FORMAT = 1  # grows when the same strips give other pictures
_QUALITY = 90
_MONTH_QUALITY = 85  # it has 4,464 columns that have little to do with each other


def write_keogram(
    folder: Path,
    period: Period,
    nights: Mapping[str, Path],
    place: Place,
    known: tuple[Night, Night],
) -> MadeProduct | None:
    """Write keogram.jpg, its smaller versions and its sidecar of a month or a year.

    Parameters
    ----------
    folder
        Where they belong.
    period
        The month or the year.
    nights
        The folders of all nights with a strip, by name; those of other periods are left aside.
    place
        Where the camera stands.
    known
        The first night of the camera, and the newest one.

    Returns
    -------
    MadeProduct or None
        The product, its paths relative to ``folder``; None, and no file, when no night of the period has a strip.
    """
    inside = {one.name: nights[one.name] for one in period.nights if one.name in nights}
    span = Interval(known[0].start_utc, known[1].end_utc)
    maker = _month if period.length is Length.MONTH else _year
    return maker(_Files(folder), period, inside, place, span)


def remove_keogram(folder: Path) -> None:
    """Remove the keogram of a period that has no strip any more."""
    for path in (*folder.glob("keogram*.jpg"), folder / "keogram.json"):
        path.unlink(missing_ok=True)


class _Files:
    """Writes pictures into a folder, which is made for the first one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def picture(self, name: str, rgb: Rgb, quality: int = _QUALITY) -> MadeFile:
        """Write a JPEG."""
        content = jpeg.encode(rgb, quality, full_colour=True)
        write_atomically(self._folder / name, content)
        height, width = rgb.shape[:2]
        return MadeFile(path=name, type="image/jpeg", width=width, height=height)

    def sidecar(self, content: dict[str, Any]) -> MadeFile:
        """Write keogram.json."""
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        write_atomically(self._folder / "keogram.json", text.encode())
        return MadeFile(path="keogram.json", type="application/json")


def _month(
    files: _Files,
    month: Period,
    nights: Mapping[str, Path],
    place: Place,
    known: Interval,
) -> MadeProduct | None:
    read = {name: read_strip(folder) for name, folder in nights.items()}
    strips = {name: strip for name, strip in read.items() if strip}
    if not strips:
        return None
    sky = month_sky(month, strips, place, known)
    made, box = {}, Box(0, 0, 0, 0)
    for width, height in SIZES:
        bare = sky.drawn(width, height)
        picture, inside = labelled_month(bare, month)
        if width is None:
            box = inside
            made[""] = files.picture("keogram.jpg", picture, _MONTH_QUALITY)
            made["ribbon"] = files.picture("keogram-ribbon.jpg", bare, _MONTH_QUALITY)
        else:
            made[str(width)] = files.picture(f"keogram-{width}.jpg", picture)
            name = f"keogram-ribbon-{width}.jpg"
            made[f"ribbon-{width}"] = files.picture(name, bare)
    axis = {
        "start_utc": utc_text(month.time.start_utc),
        "column_s": SLOT_S,
        "columns": sky.sky.shape[1],
    }
    seen = {name: strip.seen for name, strip in strips.items()}
    return _product(files, month, made, box, axis, seen)


def _year(
    files: _Files,
    year: Period,
    nights: Mapping[str, Path],
    place: Place,
    known: Interval,
) -> MadeProduct | None:
    read = {name: read_zenith(folder) for name, folder in nights.items()}
    zeniths: dict[str, Zenith] = {name: one for name, one in read.items() if one}
    if not zeniths:
        return None
    sky = year_sky(year, zeniths, place, known)
    bare = sky.drawn()
    picture, box = labelled_year(bare, year, sky.sun_deg)
    made = {
        "": files.picture("keogram.jpg", picture),
        "ribbon": files.picture("keogram-ribbon.jpg", bare),
    }
    for width in WIDTHS:
        small, _ = labelled_year(bare, year, sky.sun_deg, width)
        made[str(width)] = files.picture(f"keogram-{width}.jpg", small)
        name = f"keogram-ribbon-{width}.jpg"
        made[f"ribbon-{width}"] = files.picture(name, narrowed(bare, width))
    axis = {
        "first_night": year.nights[0].name,
        "columns": len(year.nights),
        "rows": DAY_MINUTES,
        "utc_offset_min": int(standard_offset(year).total_seconds() // 60),
    }
    seen = {name: there for name, (_, there) in zeniths.items()}
    return _product(files, year, made, box, axis, seen)


def _product(
    files: _Files,
    period: Period,
    made: dict[str, MadeFile],
    box: Box,
    axis: dict[str, Any],
    seen: Mapping[str, NDArray[np.bool_]],
) -> MadeProduct:
    """Describe what was written, and write the sidecar."""
    minutes = {name: int(there.sum()) for name, there in seen.items()}
    facts = {
        **axis,
        "nights": len(minutes),
        "observed_s": 60 * sum(minutes.values()),
    }
    content = {
        "format": FORMAT,
        "zone": period.zone.key,
        **facts,
        "sky": {"x": box.x, "y": box.y, "width": box.width, "height": box.height},
        "minutes_by_night": minutes,
    }
    main = made.pop("")
    return MadeProduct(
        kind=f"{period.length}-keogram",
        **asdict(main),
        variants=made,
        sidecar=files.sidecar(content),
        facts=facts,
    )
