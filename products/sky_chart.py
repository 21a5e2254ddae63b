"""The sky's brightness through a night as a picture: what a meter read, the twilights, and the moon that explains it.

Darker is up, as users of sky quality meters know it: the number on the meter rises when the sky gets better. The moon's
altitude lies behind, from the horizon at the foot of the plot to the zenith at its top.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from products.chart_canvas import (
    BOTTOM,
    INK,
    INK_SOFT,
    LEFT,
    LINE,
    RIGHT,
    TOP,
    Canvas,
    Colour,
)
from products.sky_brightness import (
    Darkness,
    Sample,
    darkness,
    plausible,
    thinned,
    unbroken,
)
from products.sun import Interval, Light, LightInterval, Place, lights, moon

_MOST_SPAN_MAG = 5.0  # night and late twilight: all of dusk would flatten the night
_LEAST_SPAN_MAG = 2.0  # so that noise does not fill the height
_FINE_STEP_UP_TO_MAG = 3.0
_MOON_STEP = dt.timedelta(minutes=4)
_ALTITUDES_DEG = (0, 30, 60, 90)
_LIGHTS_TOP = TOP - 26  # the names of the lights stand above the plot
_TITLE_Y, _WORDS_Y = 28, 53
# A line along the edge of the plot is not cut in half.
_CURVE_BOX = (LEFT, TOP - 2, RIGHT, BOTTOM + 2)
_SKY_INK: Colour = (242, 196, 109)
_MOON_INK: Colour = (190, 198, 214)
_MOON_DARK: Colour = (42, 50, 68)
_SHADES: dict[Light, Colour] = {
    Light.DAY: (78, 91, 118),
    Light.CIVIL: (58, 60, 96),
    Light.NAUTICAL: (38, 41, 70),
    Light.ASTRONOMICAL: (23, 28, 46),
    Light.NIGHT: (14, 18, 27),
}
# The longest name that fits is written; none where none does.
_NAMES = {
    Light.DAY: ("day",),
    Light.CIVIL: ("civil twilight", "civil"),
    Light.NAUTICAL: ("nautical twilight", "nautical", "naut."),
    Light.ASTRONOMICAL: ("astronomical twilight", "astronomical", "astro."),
    Light.NIGHT: ("full darkness", "dark"),
}
# The sun's altitude between a light and the next darker one.
_BORDERS = {
    Light.DAY: "-0.8°",
    Light.CIVIL: "-6°",
    Light.NAUTICAL: "-12°",
    Light.ASTRONOMICAL: "-18°",
}


@dataclass(frozen=True, slots=True)
class SkyChart:
    """The chart of one night as a PNG file, the readings in it, and what they come to."""

    png: bytes
    samples: tuple[Sample, ...]
    darkness: Darkness


def sky_chart(
    night: str, axis: Interval, place: Place, zone: ZoneInfo, samples: Sequence[Sample]
) -> SkyChart | None:
    """Return the chart of a night's sky brightness, or None when nothing plausible was read within its axis.

    Parameters
    ----------
    night
        The name of the night, for the title.
    axis
        The stretch of time between the left and the right edge.
    place
        Where the meter stands: sun and moon are those of this place.
    zone
        The zone of the hours.
    samples
        Readings in mag/arcsec², in the order of their time.
    """
    shown = plausible([sample for sample in samples if sample[0] in axis])
    if not shown:
        return None
    seen = lights(place, axis.start_utc, axis.end_utc)
    summary = darkness(seen, shown)
    canvas = Canvas(axis, zone)
    _draw_lights(canvas, seen)
    _draw_moon(canvas, place)
    _draw_brightness(canvas, shown)
    canvas.hours()
    _write_title(canvas, night)
    canvas.write((LEFT, _WORDS_Y), in_words(summary, zone), INK_SOFT)
    return SkyChart(canvas.png(), tuple(shown), summary)


def in_words(summary: Darkness, zone: ZoneInfo) -> str:
    """Return what a night came to, in one line."""
    light = "by day" if summary.light is Light.DAY else f"in {_NAMES[summary.light][0]}"
    darkest, median = summary.darkest_mag_arcsec2, summary.median_mag_arcsec2
    when = summary.darkest_utc.astimezone(zone).strftime("%H:%M")
    words = f"{light}: darkest {darkest:.2f} at {when}, median {median:.2f} (larger is darker)"
    return words[0].upper() + words[1:]


def magnitudes(samples: Sequence[Sample]) -> list[float]:
    """Return evenly spaced magnitudes that embrace the samples, the smallest (brightest) first.

    They reach at most about five magnitudes down from the darkest sample; the line leaves the chart where it was
    brighter.
    """
    values = [value for _, value in samples]
    high = max(values)
    low = max(min(values), high - _MOST_SPAN_MAG)
    if high - low < _LEAST_SPAN_MAG:
        middle = (low + high) / 2
        low, high = middle - _LEAST_SPAN_MAG / 2, middle + _LEAST_SPAN_MAG / 2
    step = 1.0 if high - low > _FINE_STEP_UP_TO_MAG else 0.5
    first, last = math.floor(low / step), math.ceil(high / step)
    return [index * step for index in range(first, last + 1)]


def _write_title(canvas: Canvas, night: str) -> None:
    """Write the title; Pillow's own font has no raised 2."""
    x = LEFT + canvas.write(
        (LEFT, _TITLE_Y), "Sky brightness in mag/arcsec", font=canvas.large
    )
    x += canvas.write((x, _TITLE_Y - 6), "2", font=canvas.small)
    canvas.write((x, _TITLE_Y), f", night of {night}", font=canvas.large)


def _draw_lights(canvas: Canvas, seen: Sequence[LightInterval]) -> None:
    """Shade the plot by the light of the sky, name the lights, and say where the sun stands between them."""
    for span in seen:
        left, right = canvas.x(span.start_utc), canvas.x(span.end_utc)
        first = min(round(left), RIGHT - 1)
        rest = [(first, _LIGHTS_TOP), (RIGHT - 1, BOTTOM - 1)]
        canvas.draw.rectangle(rest, fill=_SHADES[span.light])
        fitting = [
            name
            for name in _NAMES[span.light]
            if canvas.small.getlength(name) < right - left - 6
        ]
        if fitting:
            at = (left + right) / 2, _LIGHTS_TOP + 13
            ink = INK if span.light in (Light.DAY, Light.CIVIL) else INK_SOFT
            canvas.write(at, fitting[0], ink, canvas.small, "mm")
    for before, after in pairwise(seen):
        brighter = min(before.light, after.light, key=list(Light).index)
        at = canvas.x(after.start_utc), _LIGHTS_TOP - 9
        canvas.write(at, _BORDERS[brighter], INK_SOFT, canvas.small, "mm")


def _draw_moon(canvas: Canvas, place: Place) -> None:
    """Draw the moon's altitude and the sky below it, the clearer the fuller it is; say its phase."""
    axis = canvas.axis
    moments = [
        axis.start_utc + _MOON_STEP * i for i in range(axis.length // _MOON_STEP)
    ]
    altitudes = {
        moment: moon(place, moment).altitude_deg for moment in [*moments, axis.end_utc]
    }
    middle = moon(place, axis.start_utc + axis.length / 2)
    is_up = any(altitude > 0 for altitude in altitudes.values())
    phase = f"Moon {100 * middle.illuminated:.0f} % lit, {'waxing' if middle.waxing else 'waning'}"
    words = phase if is_up else f"{phase}, below the horizon"
    width = canvas.write((RIGHT, _TITLE_Y), words, INK_SOFT, anchor="rm")
    lit_right = middle.waxing == (place.latitude_deg >= 0)
    _draw_face(canvas, RIGHT - width, middle.illuminated, lit_right=lit_right)
    if is_up:
        _draw_altitude(canvas, altitudes, middle.illuminated)


def _draw_altitude(
    canvas: Canvas, altitudes: Mapping[dt.datetime, float], illuminated: float
) -> None:
    def y(altitude_deg: float) -> float:
        return BOTTOM - altitude_deg / 90 * (BOTTOM - TOP)

    curve = [(canvas.x(moment), y(altitude)) for moment, altitude in altitudes.items()]
    strength = 0.3 + 0.7 * illuminated
    with canvas.strokes(_MOON_INK) as strokes:
        strokes.area([(LEFT, BOTTOM), *curve, (RIGHT, BOTTOM)], round(40 * strength))
        strokes.line(curve, 1.3, round(140 * strength))
    for altitude in _ALTITUDES_DEG:
        canvas.write((RIGHT + 8, y(altitude)), f"{altitude}°", INK_SOFT, canvas.small)


def _draw_face(
    canvas: Canvas, right: float, illuminated: float, *, lit_right: bool
) -> None:
    """Draw the moon's disc left of ``right``: its limb is a half circle, its terminator half an ellipse."""
    radius, x0, y0 = 9, round(right) - 18, _TITLE_Y
    box = x0 - radius - 1, y0 - radius - 1, x0 + radius + 1, y0 + radius + 1
    towards = 1 if lit_right else -1
    angles = [math.pi * step / 32 for step in range(33)]
    limb = [(towards * math.sin(a), -math.cos(a)) for a in angles]
    terminator = [(x * (1 - 2 * illuminated), -y) for x, y in limb]
    for ink, outline in (
        (_MOON_DARK, [*limb, *((-x, -y) for x, y in limb)]),
        (_MOON_INK, [*limb, *terminator]),
    ):
        with canvas.strokes(ink, box) as strokes:
            strokes.area([(x0 + radius * x, y0 + radius * y) for x, y in outline], 255)


def _draw_brightness(canvas: Canvas, samples: Sequence[Sample]) -> None:
    """Draw the magnitudes at the side and the readings, with nothing where nothing was read."""
    scale = magnitudes(samples)
    low, high = scale[0], scale[-1]

    def y(magnitude: float) -> float:
        return BOTTOM - (magnitude - low) / (high - low) * (BOTTOM - TOP)

    decimals = 0 if scale[1] - scale[0] == 1 else 1
    for magnitude in scale:
        at = round(y(magnitude))
        canvas.draw.line([(LEFT, at), (RIGHT - 1, at)], fill=LINE)
        canvas.write(
            (LEFT - 10, at), f"{magnitude:.{decimals}f}", INK_SOFT, anchor="rm"
        )
    pixel = canvas.axis.length / (RIGHT - LEFT)
    with canvas.strokes(_SKY_INK, _CURVE_BOX) as strokes:
        for run in unbroken(samples):
            curve = thinned(run, pixel)
            strokes.line([(canvas.x(moment), y(value)) for moment, value in curve], 2.0)
