"""The drivers by name. To add one: docs/sensors.md has the checklist.

A driver is a class whose constructor takes ``name``, ``surroundings``, and its options as keywords. Its module is
imported only when a sensor of it is opened.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from sensors.reading import Sensor, SensorNotFoundError
from sensors.surroundings import Surroundings

DRIVERS = {
    "aht20": "sensors.aht20:AHT20",
    "bh1750": "sensors.bh1750:BH1750",
    "bme280": "sensors.bme280:BME280",
    "bmp280": "sensors.bme280:BMP280",
    "command": "sensors.command:Command",
    "dht": "sensors.dht:DHT",
    "ds18b20": "sensors.ds18b20:DS18B20",
    "htu21d": "sensors.htu21d:HTU21D",
    "mlx90614": "sensors.mlx90614:MLX90614",
    "sht3x": "sensors.sht3x:SHT3x",
    "sht4x": "sensors.sht4x:SHT4x",
    "simulated-climate": "sensors.simulated:SimulatedClimate",
    "simulated-sky": "sensors.simulated:SimulatedSkyMeter",
    "system": "sensors.system:System",
    "tsl2591": "sensors.tsl2591:TSL2591",
}


def open_sensor(
    driver: str, name: str, options: Mapping[str, Any], surroundings: Surroundings
) -> Sensor:
    """Return the sensor ``name``, opened. Drivers and options are known to be right (``edge/settings/sensors.py``).

    Raises
    ------
    SensorNotFoundError
        The device, or the library of its driver, is not there.
    SensorNotReadyError
        The device answers, but not as it should.
    """
    module, _, attribute = DRIVERS[driver].partition(":")
    try:
        make: Callable[..., Sensor] = getattr(
            importlib.import_module(module), attribute
        )
        return make(name=name, surroundings=surroundings, **options)
    except ImportError as error:
        raise SensorNotFoundError(
            f"{driver} needs a library that is not installed ({error.name}): pip install 'allsky-network[sensors]'"
        ) from error
