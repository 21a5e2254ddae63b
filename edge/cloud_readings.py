"""What the temperature of the sky says about clouds, together with the temperature of the air."""

from edge.latest import Latest
from edge.polling import Outcome
from edge.settings.clouds import CloudSettings
from products.quantities import QUANTITIES
from sensors.clouds import CloudLimits, SkyModel
from sensors.reading import Reading

AIR_STALE_S = 900.0


def model_of(settings: CloudSettings) -> SkyModel:
    """Return the model with the K1-K7 of the settings."""
    values = settings.model_dump()
    return SkyModel(**{f"k{number}": values[f"k{number}"] for number in range(1, 8)})


def limits_of(settings: CloudSettings) -> CloudLimits:
    """Return the limits of the settings."""
    return CloudLimits(
        settings.clear_below_c, settings.light_below_c, settings.heavy_below_c
    )


class Clouds:
    """Cloud states by the settings."""

    def __init__(self, settings: CloudSettings) -> None:
        self._air = settings.air
        self._model, self._limits = model_of(settings), limits_of(settings)

    def readings(self, outcome: Outcome, latest: Latest) -> list[Reading]:
        """Return corrected sky temperature and cloud state; nothing without sky, or without the air it goes by."""
        found = {one.quantity: one.value for one in outcome.good}
        sky_c, air_c = found.get("sky_temperature"), found.get("temperature")
        if self._air:
            air_c = latest.value(self._air, "temperature", outcome.taken_s, AIR_STALE_S)
        if sky_c is None or air_c is None:
            return []
        corrected_c = self._model.corrected_c(sky_c, air_c)
        values = {
            "cloud_temperature": round(corrected_c, 2),
            "cloud_state": float(self._limits.state(corrected_c)),
        }
        return [
            Reading(outcome.sensor, name, value, QUANTITIES[name].unit)
            for name, value in values.items()
        ]
