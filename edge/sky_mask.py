"""The owner's sky mask, as the settings name it."""

import functools
import logging
from pathlib import Path

from edge.config import Settings
from products.sky_mask import SkyMask, SkyMaskError

log = logging.getLogger(__name__)


def sky_mask(settings: Settings) -> SkyMask | None:
    """Return the mask of the settings, read once; without a mask, or with one that cannot be used, None.

    The log then says once what is wrong: a camera without its mask still takes every frame.
    """
    path = settings.camera.sky_mask
    if path is None:
        return None
    changed_ns = path.stat().st_mtime_ns if path.exists() else 0
    return _read(path, changed_ns)


@functools.lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> SkyMask | None:
    try:
        return SkyMask.load(path)
    except SkyMaskError as error:
        log.error("The sky mask is not used: %s", error)
        return None
