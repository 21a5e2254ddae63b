"""The pictures and files that the settings of the camera name: whether each can be used."""

from collections.abc import Iterator

from edge.config import Settings
from edge.doctor.finding import Finding, fine, wrong
from edge.picture.hot_pixel_map import HotPixelMap, HotPixelMapError
from products.sky_mask import PRIVACY, SKY, SkyMask, SkyMaskError


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each file that is named, none where there is none."""
    camera = settings.camera
    if camera.privacy_mask:
        try:
            SkyMask.load(camera.privacy_mask, PRIVACY)
            yield fine("privacy", f"{camera.privacy_mask} hides what it covers.")
        except SkyMaskError as error:
            yield wrong(
                "privacy",
                f"Every frame is held back: {error}",
                "Draw camera.privacy_mask again (allsky-edge camera --bare), or set it to null.",
            )
    if camera.sky_mask:
        try:
            SkyMask.load(camera.sky_mask, SKY)
            yield fine("sky mask", f"{camera.sky_mask} can be used.")
        except SkyMaskError as error:
            yield wrong(
                "sky mask", str(error), "Mend camera.sky_mask, or set it to null."
            )
    if camera.hot_pixels:
        try:
            found = HotPixelMap.load(camera.hot_pixels)
            yield fine("hot pixels", f"A map of {found.made_utc:%Y-%m-%d} is used.")
        except HotPixelMapError as error:
            yield wrong(
                "hot pixels",
                f"They stay: {error}.",
                "Or set camera.hot_pixels to null.",
            )
