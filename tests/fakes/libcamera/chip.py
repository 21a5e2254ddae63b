"""The sensor's clockwork: what was asked, what it does of it, and when."""

from dataclasses import dataclass, replace

from .sensors import Mode, Sensor

_DEFAULT_FRAME_US = (33333, 33333)
_BLANKING_LINES = 22  # a frame lasts so much longer than its exposure
_GAIN_CODES = 1024
_HIGHEST_DIGITAL_GAIN = 4.0


@dataclass(frozen=True)
class Asked:
    """What the program asked for last; automatic until both are fixed."""

    exposure_us: int = 20000
    gain: float = 1.0
    frame_us: tuple[int, int] = _DEFAULT_FRAME_US
    colour_gains: tuple[float, float] = (1.0, 1.0)
    auto_exposure: bool = True
    auto_gain: bool = True
    auto_white_balance: bool = True


@dataclass(frozen=True)
class Done:
    """What the sensor does in one frame; times in microseconds."""

    exposure_us: int
    gain: float
    frame_us: int


def after(asked: Asked, mode: Mode, controls: dict) -> Asked:
    """Return ``asked``, changed by ``controls`` (name -> value); 0 for an exposure or a gain means automatic."""
    changes: dict = {}
    if "ExposureTimeMode" in controls:
        changes["auto_exposure"] = controls["ExposureTimeMode"] == 0
    if "AnalogueGainMode" in controls:
        changes["auto_gain"] = controls["AnalogueGainMode"] == 0
    if "AwbEnable" in controls:
        changes["auto_white_balance"] = controls["AwbEnable"]
    if "ColourGains" in controls:
        changes["colour_gains"] = tuple(controls["ColourGains"])
        changes["auto_white_balance"] = not all(controls["ColourGains"])
    if "FrameDurationLimits" in controls:
        shortest, longest = round(1e6 / mode.fps), mode.longest_frame_us
        low, high = (
            min(max(limit or default, shortest), longest)
            for limit, default in zip(
                controls["FrameDurationLimits"], _DEFAULT_FRAME_US, strict=True
            )
        )
        changes["frame_us"] = (low, max(low, high))
    if controls.get("ExposureTime"):
        changes["exposure_us"] = int(controls["ExposureTime"])
    if controls.get("AnalogueGain"):
        changes["gain"] = float(controls["AnalogueGain"])
    return replace(asked, **changes)


def done(asked: Asked, sensor: Sensor, mode: Mode) -> Done:
    """Return what the sensor makes of it: within the frame's duration, in whole lines and whole gain codes."""
    line_us = max(mode.shortest_us / 4, 1.0)
    shortest_frame_us, longest_frame_us = asked.frame_us
    blanking_us = _BLANKING_LINES * line_us
    longest_us = longest_frame_us - blanking_us
    exposure_us = min(max(asked.exposure_us, mode.shortest_us), longest_us)
    exposure_us = max(int(exposure_us // line_us * line_us), mode.shortest_us)
    gain = min(max(asked.gain, sensor.gain[0]), sensor.gain[1])
    gain = _GAIN_CODES / (_GAIN_CODES - int(_GAIN_CODES * (1 - 1 / gain)))
    frame_us = max(shortest_frame_us, exposure_us + blanking_us)
    return Done(exposure_us, gain, int(min(frame_us, longest_frame_us)))


def digital_gain(asked: Asked, used: Done) -> float:
    """Return what libcamera multiplies the picture with, to make up for what the sensor did not do (yet)."""
    missing = asked.exposure_us * asked.gain / (used.exposure_us * used.gain)
    return min(max(missing, 1.0), _HIGHEST_DIGITAL_GAIN)
