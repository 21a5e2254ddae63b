"""The simulated camera: a true sky above the site, a fisheye, and an IMX477 behind it."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from edge.cameras import Exposure, ExposureLimits, Frame, SensorMode, imx477
from edge.cameras.defocus import blur
from edge.cameras.optics import Fisheye
from edge.cameras.sky.sky import Sky
from edge.clock import Clock
from edge.config import Settings
from products.manifest import Circle
from sensors.weather import Weather, weather

F_NUMBER = 2.0
_ELECTRONS_CM2_S = 5.5e5
_SENSOR_WARMER_K = 8.0


class SimulatedCamera:
    """A camera that needs no hardware; the same settings, moment and exposure give the same bytes.

    Parameters
    ----------
    settings
        The site and ``camera.simulator``.
    clock
        Frames show the sky of its time; an exposure lets its time pass.
    raw
        Whether frames carry the sensor's mosaic too.
    """

    model = f"{imx477.MODEL} (simulated)"
    limits: ExposureLimits = imx477.LIMITS

    def __init__(self, settings: Settings, clock: Clock, *, raw: bool = False) -> None:
        simulator = settings.camera.simulator
        self._settings, self._clock, self._raw = settings, clock, raw
        self._fisheye = Fisheye(
            simulator.width, simulator.height, settings.camera.rotation_deg
        )
        self._sky = Sky(self._fisheye, settings.site.place, simulator)
        self._sensor = imx477.Imx477(simulator.width, simulator.height, simulator.seed)

    @property
    def circle(self) -> Circle:
        """The image circle in fractions of the width of the frame."""
        return self._fisheye.circle

    def capture(self, wanted: Exposure) -> Frame:
        """Expose once, now."""
        used = self._sensor.nearest(wanted)
        taken_utc, exposure_s = self._clock.now(), used.exposure_us / 1e6
        air = self._weather(taken_utc)
        temperature_c = air.temperature_c + _SENSOR_WARMER_K
        light = self._sky.light(
            taken_utc, exposure_s, air.cloud_cover, self._electrons(exposure_s)
        )
        simulator = self._settings.camera.simulator
        if simulator.covered:
            light[:] = 0
        if simulator.defocus_px:
            blur(light, simulator.defocus_px)
        counts = self._sensor.expose(
            light, used, temperature_c, round(taken_utc.timestamp() * 1e6)
        )
        frame = Frame(
            rgb=self._sensor.picture(counts),
            taken_utc=taken_utc,
            exposure=used,
            raw=self._sensor.raw(counts) if self._raw else None,
            sensor_temperature_c=round(temperature_c, 1),
        )
        self._clock.sleep(exposure_s)
        return frame

    def modes(self) -> list[SensorMode]:
        """Return nothing: there is no sensor to be read out."""
        return []

    def reopen(self) -> None:
        """Do nothing: this camera cannot fail."""

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _weather(self, moment: dt.datetime) -> Weather:
        simulator = self._settings.camera.simulator
        return weather(
            simulator.seed, self._settings.site.latitude_deg, moment, simulator.clouds
        )

    def _electrons(self, exposure_s: float) -> NDArray[np.float32]:
        """Return the electrons per photosite that one star of magnitude 0 yields, if its light fell on one pixel.

        Of a star of magnitude 0 about 1,000 photons per second, cm² and ångström arrive (Bessell 1979, PASP 91, 589);
        a green pixel counts some 550 ångström of them. The aperture is that of an f/2 lens of this focal length.
        """
        photosites_across = imx477.WIDTH_PX / self._fisheye.width
        focal_cm = (
            self._fisheye.focal_px * photosites_across * imx477.PHOTOSITE_UM * 1e-4
        )
        aperture_cm2 = np.pi / 4 * (focal_cm / F_NUMBER) ** 2
        electrons = _ELECTRONS_CM2_S * aperture_cm2 * exposure_s / photosites_across**2
        return np.asarray(imx477.RESPONSE * electrons, np.float32)
