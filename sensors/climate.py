"""What thermometers with a hygrometer have in common: what their values mean at the ends of the scale."""

from sensors.reading import Reading, SensorNotReadyError, within

TOLERANCE_PERCENT = 10.0


def humidity_percent(computed_percent: float) -> float:
    """Return the relative humidity in %, or raise `SensorNotReadyError`.

    In fog, and drifting under a wet dome, chips compute a few percent more than 100; the data sheets say that this is
    saturated air, 100 %. More than their tolerance above it is no air, and 0 or less exists nowhere: it is drier than
    the chip can tell, or the chip is broken.
    """
    if 0 < computed_percent <= 100:
        return computed_percent
    if 100 < computed_percent <= 100 + TOLERANCE_PERCENT:
        return 100.0
    why = "the sensor is soaked" if computed_percent > 100 else "the air is too dry"
    raise SensorNotReadyError(
        f"the humidity of {computed_percent:.0f} % is impossible: {why}, or the sensor is broken"
    )


def climate(
    name: str, temperature_c: float, humidity: float, limits_c: tuple[float, float]
) -> list[Reading]:
    """Return the readings of a thermometer and hygrometer, only the temperature when the humidity is impossible.

    Raises
    ------
    SensorNotReadyError
        With the temperature in its ``readings`` where only the humidity cannot be.
    """
    within("temperature", temperature_c, *limits_c, "°C")
    temperature = Reading(name, "temperature", round(temperature_c, 2), "°C")
    try:
        percent = humidity_percent(humidity)
    except SensorNotReadyError as error:
        raise SensorNotReadyError(str(error), [temperature]) from None
    return [temperature, Reading(name, "humidity", round(percent, 2), "%")]
