"""The controls and metadata of Raspberry Pi cameras, by libcamera's names."""

import enum

from .values import ControlId, ControlType

_TYPES = {
    ControlType.Bool: "AeEnable AwbEnable",
    ControlType.Integer32: "ExposureTime ExposureTimeMode AnalogueGainMode NoiseReductionMode ColourTemperature"
    " SensorBlackLevels FocusFoM AfMode",
    ControlType.Integer64: "FrameDuration FrameDurationLimits SensorTimestamp",
    ControlType.Float: "AnalogueGain DigitalGain ColourGains Lux SensorTemperature LensPosition Sharpness",
    ControlType.Rectangle: "ScalerCrop",
}
ALL = {
    name: ControlId(name, kind)
    for kind, names in _TYPES.items()
    for name in names.split()
}
globals().update(ALL)


class draft:  # noqa: N801  libcamera's name
    """Controls that are not final in libcamera."""

    NoiseReductionMode = ALL["NoiseReductionMode"]

    class NoiseReductionModeEnum(enum.IntEnum):
        Off = 0
        Fast = 1
        HighQuality = 2
        Minimal = 3
        ZSL = 4
