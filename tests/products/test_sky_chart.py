import datetime as dt
import io
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from products.chart_canvas import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from products.keogram import night_axis
from products.night import Night
from products.sky_brightness import darkness, plausible, thinned, unbroken
from products.sky_chart import in_words, magnitudes, sky_chart
from products.sun import Interval, Light, LightInterval, Place, lights

BERLIN = ZoneInfo("Europe/Berlin")
PLACE = Place(52.52, 13.405)
NIGHT = Night.named("2026-11-21", BERLIN)
AXIS = night_axis(PLACE, NIGHT)
MINUTE = dt.timedelta(minutes=1)
START = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
AMBER = np.array([242, 196, 109])


def every(minutes, count, value=21.0, start=START):
    return [(start + i * minutes * MINUTE, value) for i in range(count)]


def chart(samples, place=PLACE, axis=AXIS):
    return sky_chart(NIGHT.name, axis, place, BERLIN, samples)


def pixels(png):
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def amber_columns(png):
    """Return for each column of the plot whether the line of the readings is in it."""
    plot = pixels(png)[TOP:BOTTOM, LEFT:RIGHT]
    return (np.abs(plot - AMBER).sum(axis=2) < 40).any(axis=0)


def column(moment):
    return int((moment - AXIS.start_utc) / AXIS.length * (RIGHT - LEFT))


def amber_height(png, moment):
    plot = pixels(png)[TOP:BOTTOM, LEFT + column(moment)]
    return np.flatnonzero(np.abs(plot - AMBER).sum(axis=1) < 40).mean()


def test_the_same_readings_give_the_same_bytes():
    samples = every(1, 300)
    first = chart(samples).png
    assert chart(samples).png == first
    assert pixels(first).shape == (HEIGHT, WIDTH, 3)


def test_a_line_never_crosses_a_gap():
    before, after = START + 60 * MINUTE, START + 180 * MINUTE
    found = amber_columns(chart(every(1, 61) + every(1, 60, start=after)).png)
    assert found[column(START) + 2 : column(before) - 2].all()
    assert not found[column(before) + 4 : column(after) - 4].any()
    assert found[column(after) + 4]


def test_three_missing_intervals_are_the_longest_pause_without_a_gap():
    samples = every(5, 12)
    assert len(unbroken([*samples, (samples[-1][0] + 15 * MINUTE, 21.0)])) == 1
    assert len(unbroken([*samples, (samples[-1][0] + 16 * MINUTE, 21.0)])) == 2
    assert unbroken([]) == []


def test_a_few_scattered_readings_are_not_joined():
    assert len(unbroken(every(240, 3))) == 3


def test_a_lone_reading_is_a_dot():
    found = amber_columns(chart(every(1, 1)).png)
    assert 1 <= found.sum() <= 5
    assert abs(np.flatnonzero(found).mean() - column(START)) < 2


def test_darker_is_higher():
    png = chart([*every(1, 60, 19.2), *every(1, 60, 20.9, START + 60 * MINUTE)]).png
    bright, dark = (amber_height(png, START + after * MINUTE) for after in (20, 100))
    assert dark < bright - 50


def test_twilight_does_not_flatten_the_night():
    dusk = [(AXIS.start_utc + i * MINUTE, 7 + i / 6) for i in range(80)]
    assert magnitudes([*dusk, *every(1, 300)]) == [16, 17, 18, 19, 20, 21]
    found = amber_columns(chart([*dusk, *every(1, 300)]).png)
    assert not found[: column(AXIS.start_utc + 45 * MINUTE)].any()


def test_noise_does_not_fill_the_height():
    scale = magnitudes([(START, 21.30), (START + MINUTE, 21.33)])
    assert scale[-1] - scale[0] >= 2
    assert scale[0] < 21.3 < scale[-1]


def test_nothing_plausible_within_the_night_is_no_chart():
    assert chart([]) is None
    assert chart(every(1, 10, start=AXIS.start_utc - dt.timedelta(hours=3))) is None
    assert chart(every(1, 10, value=99.0)) is None


def test_an_impossible_value_does_not_bend_the_chart():
    good = every(1, 60)
    spoilt = [*good[:30], (good[29][0] + MINUTE / 2, -120.0), *good[30:]]
    assert plausible(spoilt) == good
    assert chart(spoilt).png == chart(good).png


def test_the_summary_is_that_of_the_darkest_light():
    seen = lights(PLACE, AXIS.start_utc, AXIS.end_utc)
    dusk = (AXIS.start_utc + 10 * MINUTE, 23.0)  # a covered meter
    night = [(START, 20.9), (START + MINUTE, 21.5), (START + 2 * MINUTE, 21.0)]
    found = darkness(seen, [dusk, *night])
    assert found.light is Light.NIGHT
    assert (found.darkest_utc, found.darkest_mag_arcsec2) == (START + MINUTE, 21.5)
    assert found.median_mag_arcsec2 == 21.0
    assert in_words(found, BERLIN) == (
        "In full darkness: darkest 21.50 at 21:01, median 21.00 (larger is darker)"
    )


def test_a_bright_summer_night_says_which_twilight_it_speaks_of():
    night = Night.named("2026-06-20", BERLIN)
    axis = night_axis(PLACE, night)
    middle = axis.start_utc + axis.length / 2
    found = chart([(middle, 19.5)], axis=axis).darkness
    assert found.light is Light.ASTRONOMICAL
    assert in_words(found, BERLIN).startswith("In astronomical twilight: ")


def test_readings_outside_of_all_lights_are_refused():
    only = LightInterval(START, START + MINUTE, Light.NIGHT)
    with pytest.raises(ValueError, match="no reading"):
        darkness([only], [(START + 2 * MINUTE, 21.0)])


def test_more_readings_than_pixels_are_joined_by_their_mean():
    samples = [(START + i * MINUTE / 60, float(i % 2)) for i in range(600)]
    joined = thinned(samples, MINUTE)
    assert len(joined) == 10
    assert {value for _, value in joined} == {0.5}
    assert thinned(samples[:1], MINUTE) == samples[:1]


def test_the_moon_fills_the_hours_in_which_it_is_up():
    # The moon's centre passes the horizon at 3:42:20 UTC (Astronomy Engine, without refraction).
    foot = pixels(chart([(AXIS.start_utc, 21.0)]).png)[BOTTOM - 3, LEFT:RIGHT]
    sets = column(dt.datetime(2026, 11, 22, 3, 42, 20, tzinfo=dt.UTC))
    assert foot[sets - 10].sum() > foot[sets + 5].sum() + 15
    assert np.abs(foot[sets + 5] - foot[sets + 40]).max() == 0


@pytest.mark.parametrize(
    ("place", "night"),
    [
        (Place(69.65, 18.95), "2026-12-10"),  # the sun never rises
        (Place(69.65, 18.95), "2026-06-20"),  # the sun never sets
        (Place(-33.9, 18.4), "2026-11-21"),
        (Place(0, 0), "2026-03-20"),
    ],
)
def test_every_place_and_season_has_a_chart(place, night):
    axis = night_axis(place, Night.named(night, BERLIN))
    assert chart([(axis.start_utc, 5.0)], place, axis).png


def test_a_stretch_of_one_minute_can_be_drawn():
    axis = Interval(START, START + MINUTE)
    assert chart([(START, 21.0)], axis=axis).png
