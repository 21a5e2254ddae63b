"""How the temperature of the sky becomes a cloud state."""

from typing import Self

from pydantic import Field, model_validator

from edge.settings.section import Section


class CloudSettings(Section):
    """How an infrared thermometer (MLX90614) tells clouds: K1-K7 take away what warm air adds to a clear sky."""

    air: str = ""
    """Name of the thermometer outside; empty takes the sensor's own temperature, which is warmer in a housing."""
    k1: float = Field(default=33.0, ge=-1000, le=1000)
    """How much warmer air warms a clear sky (%)."""
    k2: float = Field(default=0.0, ge=-1000, le=1000)
    """The temperature from which K1 counts (0.1 °C)."""
    k3: float = Field(default=4.0, ge=-1000, le=1000)
    """Weight of the part that grows faster in warm air (%)."""
    k4: float = Field(default=100.0, ge=-1000, le=1000)
    """How fast it grows (0.001 per degree)."""
    k5: float = Field(default=100.0, ge=-1000, le=1000)
    """Its exponent (%)."""
    k6: float = Field(default=0.0, ge=-1000, le=1000)
    """Weight of the part for air far from K2 (0.1 degrees); 0 is without."""
    k7: float = Field(default=0.0, ge=-1000, le=1000)
    """Its constant (%)."""
    clear_below_c: float = Field(default=-25.0, ge=-100, le=50)
    """Clear when the corrected sky is colder (°C)."""
    light_below_c: float = Field(default=-18.0, ge=-100, le=50)
    """Light clouds when it is colder (°C)."""
    heavy_below_c: float = Field(default=-12.0, ge=-100, le=50)
    """Heavy clouds when it is colder (°C), else overcast."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse limits that leave no room for a state."""
        if not self.clear_below_c < self.light_below_c < self.heavy_below_c:
            raise ValueError(
                "clear_below_c must be below light_below_c, and that below heavy_below_c"
            )
        return self
