"""The sensors: what they have in common, and the options of each driver."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator

from edge.settings.section import PRIVATE, Section
from products.quantities import QUANTITIES


class Options(Section):
    """The options of a driver."""


class NoOptions(Options):
    """It has no options."""


class I2COptions(Options):
    """A chip on an I²C bus at the only address it has."""

    bus: int = Field(default=1, ge=0, le=99)
    """Number of the I²C bus: 1 is /dev/i2c-1, at pins 3 (SDA) and 5 (SCL)."""


class BoschOptions(I2COptions):
    """A BME280 or BMP280."""

    address: Literal["0x76", "0x77"] = "0x76"
    """0x77 on boards of Adafruit, or with the pin SDO at 3.3 V."""


class BH1750Options(I2COptions):
    """A BH1750."""

    address: Literal["0x23", "0x5c"] = "0x23"
    """0x5c with the pin ADDR at 3.3 V."""


class SHT3xOptions(I2COptions):
    """An SHT30, SHT31 or SHT35."""

    address: Literal["0x44", "0x45"] = "0x44"
    """0x45 with the pin ADDR at 3.3 V."""


class SHT4xOptions(I2COptions):
    """An SHT40, SHT41 or SHT45."""

    address: Literal["0x44", "0x45", "0x46"] = "0x44"
    """Fixed in the chip when it is bought; nearly all have 0x44."""


class MLX90614Options(I2COptions):
    """An MLX90614."""

    address: str = Field(default="0x5a", pattern=r"^0x(0[89a-f]|[1-6][0-9a-f]|7[0-7])$")
    """0x5a unless it was programmed otherwise; in hexadecimal, 0x08 to 0x77."""


class TSL2591Options(I2COptions):
    """A TSL2591."""

    readings: int = Field(default=10, ge=2, le=100)
    """How many readings are averaged when it is dark; each takes 0.65 s there."""


class DHTOptions(Options):
    """A DHT11, DHT21 or DHT22."""

    pin: int = Field(default=4, ge=0, le=27)
    """GPIO of the data line, as in dtoverlay=dht11,gpiopin=4."""


class DS18B20Options(Options):
    """A DS18B20 or another thermometer on the 1-Wire bus."""

    id: str = Field(default="", pattern=r"^([0-9a-f]{2}-[0-9a-f]{12})?$")
    """Which one, as in 28-0316a2794bff; empty if there is only one."""


class CommandOptions(Options):
    """A program of yours that prints one JSON object, such as {"temperature": -3.2, "humidity": 81}."""

    command: list[str] = Field(min_length=1, json_schema_extra=PRIVATE)
    """The program and its arguments; it is run without a shell."""
    limit_s: float = Field(default=10.0, gt=0, le=300)
    """Seconds after which it is ended."""


class SystemOptions(Options):
    """The computer itself."""

    disk: str = ""
    """A folder on the disk to watch; empty is the data folder."""


OPTIONS: dict[str, type[Options]] = {
    "aht20": I2COptions,
    "bh1750": BH1750Options,
    "bme280": BoschOptions,
    "bmp280": BoschOptions,
    "command": CommandOptions,
    "dht": DHTOptions,
    "ds18b20": DS18B20Options,
    "htu21d": I2COptions,
    "mlx90614": MLX90614Options,
    "sht3x": SHT3xOptions,
    "sht4x": SHT4xOptions,
    "simulated-climate": NoOptions,
    "simulated-sky": NoOptions,
    "system": SystemOptions,
    "tsl2591": TSL2591Options,
}


OF_THE_FRAMES = "camera"
TAKEN = {
    OF_THE_FRAMES: "the name under which frames tell of the sky",
    "heater": "the name of the dew heater",
    "fan": "the name of the fan",
}


class SensorSettings(Section):
    """One sensor."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    """What to call it: lower-case letters, digits, - and _."""
    driver: str
    """The kind of sensor, one of the table in docs/sensors.md."""
    enabled: bool = True
    """false switches it off."""
    public: bool = True
    """false keeps its readings on the camera: the hub gets none of them."""
    interval_s: float = Field(default=60.0, ge=1, le=86400)
    """Seconds between readings."""
    median_of: int = Field(default=1, ge=1, le=9)
    """So many readings are taken in a row, and the middle one counts: against noise and single wrong values."""
    offsets: dict[str, float] = Field(default_factory=dict)
    """What is added to each quantity, in its unit: {"temperature": -0.4}."""
    options: SerializeAsAny[Options] = Field(
        default_factory=Options, validate_default=True
    )
    """Options of the driver, see below."""

    @field_validator("name")
    @classmethod
    def _free_name(cls, name: str) -> str:
        if name in TAKEN:
            raise ValueError(f"{name} is {TAKEN[name]}")
        return name

    @field_validator("driver")
    @classmethod
    def _known_driver(cls, driver: str) -> str:
        return _one_of(driver, OPTIONS, "driver")

    @field_validator("offsets")
    @classmethod
    def _known_quantities(cls, offsets: dict[str, float]) -> dict[str, float]:
        for quantity in offsets:
            _one_of(quantity, QUANTITIES, "quantity")
        return offsets

    @field_validator("options", mode="plain")
    @classmethod
    def _of_the_driver(cls, options: Any, known: ValidationInfo) -> Options:
        """Return the options as those of the driver; with an unknown driver, which is a mistake of its own, none."""
        driver = known.data.get("driver")
        if driver is None:
            return Options()
        if isinstance(options, Options):
            options = options.model_dump(exclude_unset=True)
        return OPTIONS[driver].model_validate(options)


def private_names(sensors: Iterable[SensorSettings]) -> set[str]:
    """Return the names of the sensors that the public must not see."""
    return {sensor.name for sensor in sensors if not sensor.public}


def _one_of(name: str, known: Any, what: str) -> str:
    """Return ``name`` if it is known, else raise ValueError with the names that are."""
    if name in known:
        return name
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    raise ValueError(f"unknown {what}, {hint}")
