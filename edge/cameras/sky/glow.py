"""The light of the night itself: airglow and the lights of towns, without moon and stars."""

import numpy as np
from numpy.typing import NDArray

from edge.cameras.sky.grid import Grid
from edge.cameras.sky.photometry import flux

_NATURAL_MAG_ARCSEC2 = 22.0
_AIRGLOW = np.array([0.96, 1, 0.97], np.float32)
_LAMPS = np.array([1.19, 1, 0.79], np.float32)
_DOMES = 3


class NightGlow:
    """Airglow and town light above a site, which do not change during a night.

    Attributes
    ----------
    airglow
        Flux per arcsec² of the airglow alone, (3, n, m).
    clear
        Flux per arcsec² of the cloudless sky, (3, n, m).
    on_clouds
        Flux per arcsec² of the underside of a thick cloud, lit by the same towns, (3, n, m).
    """

    airglow: NDArray[np.float32]
    clear: NDArray[np.float32]
    on_clouds: NDArray[np.float32]

    def __init__(self, grid: Grid, sky_mag_arcsec2: float, seed: int) -> None:
        """Make the glow of a site whose moonless zenith has ``sky_mag_arcsec2``; the seed places its towns.

        Airglow is a layer 90 km up (van Rhijn 1921) and ends at 22.0 mag/arcsec²; what the site has above that is
        town light, which rises toward the horizon as Garstang's models do for a site outside of the towns, and which
        clouds send back up to eight times over a town (Kyba et al. 2011, PLoS ONE 6, e17307: tenfold) and hardly at all
        where towns are far: there a cloud is darker than the sky.
        """
        natural = min(flux(_NATURAL_MAG_ARCSEC2), flux(sky_mag_arcsec2))
        town = max(flux(sky_mag_arcsec2) - natural, 0.03 * natural)
        z_sine2 = 1 - np.clip(grid.up, 0, 1) ** 2
        layer = (1 - 0.972 * z_sine2) ** -0.5
        airglow = (
            (0.4 + 0.6 * layer) * grid.transmission[1] / grid.transmission[1].max()
        )
        lamps = 1 + 1.6 * (1 - np.clip(grid.up, 0, 1)) ** 1.5 + self._domes(grid, seed)
        self.airglow = natural * _AIRGLOW[:, None, None] * airglow
        self.clear = np.asarray(
            self.airglow + town * _LAMPS[:, None, None] * lamps, np.float32
        )
        self.on_clouds = np.asarray(
            _sent_back(town / natural) * town * _LAMPS[:, None, None] * lamps,
            np.float32,
        )

    @staticmethod
    def _domes(grid: Grid, seed: int) -> NDArray[np.float32]:
        """Return the light domes of a few towns at the horizon."""
        chance = np.random.default_rng([seed, 0x70])
        domes = np.zeros(grid.shape, np.float32)
        for _ in range(_DOMES):
            azimuth, width, strength = (
                chance.uniform(0, 360),
                chance.uniform(14, 34),
                chance.uniform(1.5, 7),
            )
            away = (grid.azimuth_deg - azimuth + 180) % 360 - 180
            height = np.exp(-np.maximum(grid.altitude_deg, 0) / (width / 3))
            domes += np.asarray(
                strength * np.exp(-((away / width) ** 2)) * height, np.float32
            )
        return domes


def _sent_back(town_part: float) -> float:
    """Return how many times its town light a site gets from thick clouds, by how that light compares to airglow."""
    return 8 * town_part / (town_part + 2)
