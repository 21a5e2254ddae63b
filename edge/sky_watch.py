"""What each night frame says of the sky, kept: readings of a sensor called ``camera``, and a list of its stars."""

from edge.cameras import Frame
from edge.clear_reference import ClearReference
from edge.outlook import Outlook
from edge.settings.camera import CameraSettings
from edge.store import FrameRecord, Store
from products.fixed_points import FixedPoints
from products.quantities import QUANTITIES
from products.sky import STARS_BELOW_DEG, FrameSky, SkyFacts, measure
from products.star_list import StarList
from products.star_log import NAME, FrameStars, append_stars, mend, read_stars

SENSOR = "camera"
"""Under this name the readings of frames are stored."""

_FIXED_NAME = "fixed-points.bin"


class SkyWatch:
    """Measures the frames of a camera one after the other.

    Parameters
    ----------
    store
        Takes the readings; the stars go into ``stars.bin`` among the products of the night.
    camera
        Its zero point, if it has one.
    outlook
        Where the frames show the sky.
    """

    def __init__(self, store: Store, camera: CameraSettings, outlook: Outlook) -> None:
        self._store, self._outlook = store, outlook
        self._zero_point_mag = camera.zero_point_mag
        self._clear = ClearReference(store)
        self._fixed = FixedPoints()
        self._size = (0, 0)
        self._mended = ""
        self.cloud_cover: float | None = None  # of the last frame, 0-1, where known

    def look(self, frame: Frame, record: FrameRecord) -> int | None:
        """Measure a frame that was stored, and return how many stars it shows; None in daylight and twilight.

        Raises
        ------
        OSError, sqlite3.OperationalError
            The disk does not take what was measured.
        """
        sun_deg, self.cloud_cover = record.sun_altitude_deg, None
        if sun_deg is None or sun_deg > STARS_BELOW_DEG:
            return None
        pixels = frame.raw or frame.rgb
        self._know_fixed_points(*(frame.raw.mosaic if frame.raw else frame.rgb).shape)
        known = len(self._fixed.places)
        sky = measure(pixels, self._facts(frame, record))
        self.cloud_cover = sky.clouds.cover
        self._keep_stars(record, sky)
        self._store.add_readings(record.taken_utc, self._readings(sky))
        if len(self._fixed.places) != known:
            self._keep_fixed_points(record)
        return sky.star_count

    def _facts(self, frame: Frame, record: FrameRecord) -> SkyFacts:
        """Return what is known of a frame; with a zero point of 0, the brightness is that of the bare camera."""

        def sift(stars: StarList) -> StarList:
            return self._fixed.moving(stars, record.taken_utc)

        exposure_us = frame.exposure_us
        return SkyFacts(
            sun_altitude_deg=record.sun_altitude_deg,
            exposure_s=None if exposure_us is None else exposure_us / 1e6,
            gain=frame.gain,
            circle=self._outlook.circle,
            pixel_arcsec2=1.0,
            zero_point_mag=0.0,
            clear=self._clear.of(record.night),
            open_sky=self._outlook.open_sky(frame.height, frame.width),
            sift=sift,
        )

    def _readings(self, sky: FrameSky) -> list[dict[str, object]]:
        values: dict[str, float] = {}
        background = sky.brightness.mag_arcsec2
        if sky.star_count is not None:
            values["star_count"] = sky.star_count
        if background is not None:
            values["sky_background"] = round(background, 3)
            if self._zero_point_mag is not None and sky.brightness.published:
                brightness = background + self._zero_point_mag
                values["sky_brightness"] = round(brightness, 3)
        if sky.clouds.cover is not None:
            values["cloud_cover"] = round(100 * sky.clouds.cover, 1)
        return [
            {
                "sensor": SENSOR,
                "quantity": name,
                "value": float(value),
                "unit": QUANTITIES[name].unit,
            }
            for name, value in values.items()
        ]

    def _keep_stars(self, record: FrameRecord, sky: FrameSky) -> None:
        if sky.stars is None:
            return
        exposure = None
        if record.exposure_us and record.gain:
            exposure = record.exposure_us / 1e6 * record.gain
        stars = FrameStars(
            record.taken_utc,
            *self._size,
            len(sky.stars),
            sky.stars,
            exposure,
            sky.seen.limit if sky.seen else None,
        )
        path = self._store.products_folder(record.night) / NAME
        if self._mended != record.night:
            mend(path)
            self._mended = record.night
        self._clear.add(stars)
        append_stars(path, stars)

    def _know_fixed_points(self, height: int, width: int, *_: int) -> None:
        """Begin with the points that were known before, if the pixels were as many then."""
        if (width, height) == self._size:
            return
        self._size = width, height
        known = next(read_stars(self._store.data / _FIXED_NAME), None)
        same = known is not None and (known.width, known.height) == self._size
        self._fixed = FixedPoints(known.stars if known and same else None)

    def _keep_fixed_points(self, record: FrameRecord) -> None:
        places, path = self._fixed.places, self._store.data / _FIXED_NAME
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        points = FrameStars(record.taken_utc, *self._size, len(places), places)
        append_stars(part, points)
        part.replace(path)
