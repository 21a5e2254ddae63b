"""What can be measured: the one table of quantities, their units, limits and names in both languages.

Drivers and the hub use these names. A value outside the limits is stored and marked, never deleted or clamped.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measurable quantity: its unit, decimals to show, plausible limits, and its names.

    It cannot change by more than ``fastest_per_s``, and no sensor of it gives exactly the same for ``frozen_after_h``.
    """

    name: str
    unit: str
    decimals: int
    lowest: float
    highest: float
    en: str
    de: str
    fastest_per_s: float = math.inf
    frozen_after_h: float = math.inf


QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        Quantity(
            "temperature",
            "°C",
            1,
            -60,
            85,
            "Temperature",
            "Temperatur",
            fastest_per_s=0.5,
            frozen_after_h=24,
        ),
        Quantity(
            "humidity",
            "%",
            0,
            0,
            100,
            "Humidity",
            "Luftfeuchte",
            frozen_after_h=24,
        ),
        Quantity("dew_point", "°C", 1, -80, 60, "Dew point", "Taupunkt"),
        Quantity("dew_spread", "K", 1, 0, 80, "Dew spread", "Taupunktdifferenz"),
        Quantity("frost_point", "°C", 1, -90, 0, "Frost point", "Reifpunkt"),
        Quantity(
            "absolute_humidity",
            "g/m³",
            1,
            0,
            350,
            "Absolute humidity",
            "Absolute Feuchte",
        ),
        Quantity(
            "pressure",
            "hPa",
            1,
            300,
            1100,
            "Air pressure",
            "Luftdruck",
            fastest_per_s=1.0,
            frozen_after_h=24,
        ),
        Quantity(
            "qnh",
            "hPa",
            1,
            850,
            1100,
            "Pressure at sea level (QNH)",
            "Luftdruck auf Meereshöhe (QNH)",
        ),
        Quantity(
            "qff",
            "hPa",
            1,
            850,
            1100,
            "Pressure at sea level (QFF)",
            "Luftdruck auf Meereshöhe (QFF)",
        ),
        Quantity(
            "sky_brightness",
            "mag/arcsec²",
            2,
            -5,
            24,
            "Sky brightness",
            "Himmelshelligkeit",
        ),
        Quantity(
            "sky_background",
            "mag",
            2,
            -15,
            25,
            "Sky background of the camera, uncalibrated",
            "Himmelshintergrund der Kamera, unkalibriert",
        ),
        Quantity(
            "sky_brightness_noise",
            "mag/arcsec²",
            2,
            0,
            5,
            "Noise of the sky brightness",
            "Rauschen der Himmelshelligkeit",
        ),
        Quantity(
            "illuminance", "lx", 4, 0, 200_000, "Illuminance", "Beleuchtungsstärke"
        ),
        Quantity(
            "sky_temperature",
            "°C",
            1,
            -80,
            85,
            "Sky temperature",
            "Himmelstemperatur",
            frozen_after_h=24,
        ),
        Quantity(
            "cloud_temperature",
            "°C",
            1,
            -100,
            60,
            "Sky temperature, corrected for warm air",
            "Himmelstemperatur, um warme Luft berichtigt",
        ),
        Quantity(
            "cloud_state",
            "",
            0,
            0,
            3,
            "Clouds (0 clear, 1 light, 2 heavy, 3 overcast)",
            "Wolken (0 klar, 1 leicht, 2 stark, 3 bedeckt)",
        ),
        Quantity("heater_power", "%", 0, 0, 100, "Dew heater", "Tauheizung"),
        Quantity("fan_power", "%", 0, 0, 100, "Fan", "Lüfter"),
        Quantity("cloud_cover", "%", 0, 0, 100, "Cloud cover", "Bewölkung"),
        Quantity("star_count", "", 0, 0, 100_000, "Stars", "Sterne"),
        Quantity(
            "cpu_temperature",
            "°C",
            1,
            -40,
            110,
            "Processor temperature",
            "Prozessortemperatur",
        ),
        Quantity("cpu_load", "%", 0, 0, 100, "Processor load", "Prozessorlast"),
        Quantity(
            "cpu_slowed",
            "",
            0,
            0,
            1,
            "Processor slowed down",
            "Prozessor gedrosselt",
        ),
        Quantity(
            "supply_low",
            "",
            0,
            0,
            1,
            "Supply voltage too low",
            "Versorgungsspannung zu niedrig",
        ),
        Quantity("memory_used", "%", 0, 0, 100, "Memory used", "Speicher belegt"),
        Quantity(
            "disk_free", "GB", 1, 0, 1_000_000, "Disk space free", "Freier Plattenplatz"
        ),
        Quantity(
            "network_received",
            "kB/s",
            1,
            0,
            1_000_000,
            "Network, received",
            "Netz, empfangen",
        ),
        Quantity(
            "network_sent",
            "kB/s",
            1,
            0,
            1_000_000,
            "Network, sent",
            "Netz, gesendet",
        ),
        Quantity("uptime", "h", 1, 0, 1_000_000, "Uptime", "Betriebszeit"),
    )
}
