"""What one frame says of the sky: stars, brightness of the zenith, clouds. `measure` is called once for each frame.

What cannot be known is None together with the reason, never a number.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from products.cloud_estimate import (
    ClearSky,
    Clouds,
    Seen,
    cloud_cover,
    unevenness,
)
from products.obstacles import least_light
from products.scaling import Rgb
from products.sky_plane import (
    Disc,
    Mosaic,
    OpenSky,
    Plane,
    luma_plane,
    superpixel_plane,
)
from products.star_finder import (
    CELL,
    SMALLEST_SIDE,
    THRESHOLD_SIGMAS,
    Mesh,
    find_stars,
    measure_mesh,
)
from products.star_list import StarList
from products.zenith import (
    Background,
    Sensitivity,
    SkyBrightness,
    Unmeasured,
    raw_background,
    rgb_background,
    sky_brightness,
)

if TYPE_CHECKING:  # the wire's models take 10 MB that rendering a folder does without
    from products.manifest import Circle

STARS_BELOW_DEG = -6.0
"""Stars are looked for while the sun is below this altitude."""

_ZENITH_PART = 0.114  # of the radius of the sky: 10 degrees of a fisheye of 185
_HIGH_PART = 0.8  # of the radius of the sky: trees and town glow are lower
_LIMITS = 21  # quantiles of the faintest light that shows
_USUAL_CIRCLE = 0.46  # radius of the sky, where unknown, as part of the shorter side


@dataclass(frozen=True, slots=True)
class SkyFacts:
    """What is known of a frame before it is measured; None where it is not.

    Parameters
    ----------
    sun_altitude_deg
        Altitude of the sun.
    exposure_s, gain
        What the sensor did.
    circle
        The fisheye's circle; without it, stars are looked for in the whole frame, and the zenith is its middle.
    pixel_arcsec2
        Solid angle of a pixel at the zenith, in square seconds of arc.
    zero_point_mag
        Brightness in mag/arcsec² that saturates a pixel of one square second of arc within a second at gain 1.
    clear
        What this camera shows under a clear sky.
    open_sky
        The owner's mask, bool, of any size in the shape of the frame: true where there is sky.
    sift
        Takes those out of the points found that are known to be no stars, such as `FixedPoints.moving`.
    """

    sun_altitude_deg: float | None = None
    exposure_s: float | None = None
    gain: float | None = None
    circle: "Circle | None" = None
    pixel_arcsec2: float | None = None
    zero_point_mag: float | None = None
    clear: ClearSky | None = None
    open_sky: NDArray[np.bool_] | None = None
    sift: Callable[[StarList], StarList] | None = None

    @property
    def sensitivity(self) -> Sensitivity:
        """What the light is divided by."""
        return Sensitivity(
            self.exposure_s, self.gain, self.pixel_arcsec2, self.zero_point_mag
        )


@dataclass(frozen=True, slots=True)
class FrameSky:
    """What was measured in one frame.

    ``stars`` is None in daylight, twilight and frames too small, and ``stars_reason`` says so; an empty list means that
    stars were looked for and none was there. ``seen`` is the same per second at gain 1, for `ClearSky`;
    ``structure`` is how uneven the background is, 0 for smooth, None where the circle is not known.
    """

    background: Background
    brightness: SkyBrightness
    clouds: Clouds
    stars: StarList | None = field(repr=False)
    stars_reason: Unmeasured | None = None
    seen: Seen | None = field(default=None, repr=False)
    structure: float | None = None

    @property
    def star_count(self) -> int | None:
        """How many stars there are; None when they were not looked for."""
        return None if self.stars is None else len(self.stars)


def measure(pixels: Rgb | Mosaic, facts: SkyFacts) -> FrameSky:
    """Measure the sky in one frame.

    Parameters
    ----------
    pixels
        A developed picture (H, W, 3) uint8, sRGB-encoded, or the sensor's mosaic, which is linear.
    facts
        What is known of it.

    Notes
    -----
    Takes 0.1 s of a processor whose bare decode of a 12-megapixel JPEG takes 35 ms; half of that for a mosaic.
    """
    sun_deg = facts.sun_altitude_deg
    background, plane = _looked_at(pixels, facts)
    brightness = sky_brightness(
        background,
        facts.sensitivity,
        linear=not isinstance(pixels, np.ndarray),
        sun_deg=sun_deg,
    )
    reason = _why_no_stars(plane, background, sun_deg)
    if reason:
        return FrameSky(
            background, brightness, Clouds(None, reason=reason), None, reason
        )
    mesh = measure_mesh(plane)
    stars = find_stars(plane, mesh, least=least_light(plane, mesh))
    if facts.sift:
        stars = facts.sift(stars)
    if background.reason and not len(stars):
        reason = background.reason
        return FrameSky(
            background, brightness, Clouds(None, reason=reason), None, reason
        )
    inside = _cells_of_sky(plane, mesh)
    seen = _seen(plane, mesh, inside, stars, facts.sensitivity.exposure)
    structure = unevenness(plane.linear(plane.levels(mesh.background)), inside)
    clouds = cloud_cover(seen, facts.clear, structure, sun_deg)
    return FrameSky(background, brightness, clouds, stars, None, seen, structure)


def _looked_at(pixels: Rgb | Mosaic, facts: SkyFacts) -> tuple[Background, Plane]:
    """Return the light of the zenith, and the plane in which stars are looked for."""
    height, width = (pixels if isinstance(pixels, np.ndarray) else pixels.mosaic).shape[
        :2
    ]
    disc = Disc.of(facts.circle, width) if facts.circle else None
    zenith = _zenith(height, width, disc)
    if isinstance(pixels, np.ndarray):
        background, plane = rgb_background(pixels, zenith), luma_plane(pixels, disc)
    else:
        background, plane = (
            raw_background(pixels, zenith),
            superpixel_plane(pixels, disc),
        )
    if facts.open_sky is not None:
        plane = replace(plane, open_sky=OpenSky(facts.open_sky, height, width))
    return background, plane


def _zenith(height: int, width: int, disc: Disc | None) -> Disc:
    if disc:
        return Disc(disc.x_px, disc.y_px, _ZENITH_PART * disc.radius_px)
    radius_px = _ZENITH_PART * _USUAL_CIRCLE * min(height, width)
    return Disc((width - 1) / 2, (height - 1) / 2, max(1.0, radius_px))


def _why_no_stars(
    plane: Plane, background: Background, sun_deg: float | None
) -> Unmeasured | None:
    """Return why stars are not even looked for; None when they are."""
    if min(plane.values.shape) < SMALLEST_SIDE:
        return Unmeasured.TOO_SMALL
    if sun_deg is not None and sun_deg > STARS_BELOW_DEG:
        return Unmeasured.TWILIGHT
    if background.reason is Unmeasured.SATURATED:
        return background.reason
    return None


def _cells_of_sky(plane: Plane, mesh: Mesh) -> NDArray[np.bool_]:
    """Return which cells show the sky well above the horizon; none where the circle is not known."""
    middles: NDArray[np.intp] = np.indices(mesh.background.shape) * CELL + CELL // 2
    if plane.disc is None:
        return np.zeros(mesh.background.shape, np.bool_)
    return plane.is_inside(middles[0], middles[1], _HIGH_PART)


def _seen(
    plane: Plane,
    mesh: Mesh,
    inside: NDArray[np.bool_],
    stars: StarList,
    exposure: float | None,
) -> Seen | None:
    """Return the light of the stars and the faintest that shows, per second; None when the exposure is unknown."""
    if exposure is None:
        return None
    cells = inside if inside.any() else ~inside
    levels = plane.levels(mesh.background[cells])
    needed = plane.levels(THRESHOLD_SIGMAS * mesh.sigma[cells])
    light = plane.linear(levels + needed) - plane.linear(levels)
    faintest = light * (plane.across**2 / plane.peak_part / exposure)
    limits = np.quantile(faintest, np.linspace(0, 1, _LIMITS)).tolist()
    median = float(np.median(faintest))
    return Seen(stars.flux / np.float32(exposure), median, tuple(limits))
