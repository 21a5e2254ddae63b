"""Half an hour over a line that cuts, delays, doubles, reorders and damages a third of all requests."""

import datetime as dt
import logging
import random

import pytest

from ..fakes.faulty_proxy import KINDS, Weather
from .world import (
    NIGHT,
    START,
    jpeg,
    nothing_is_sent_again,
    nothing_lost_and_nothing_twice,
)

MINUTES = 30
log = logging.getLogger(__name__)


def live_through(camera, minute, videos):
    """Measure for a minute, and make what a night makes: a growing keogram, and now and then something large."""
    first = START + dt.timedelta(minutes=minute)
    camera.measure(40, first)
    camera.make("keogram", rev=minute + 1)
    if minute % 10 == 9:
        night = (START - dt.timedelta(days=minute // 10 + 1)).date().isoformat()
        camera.make("startrails", night=night, content=jpeg(night, noise=500))
        camera.make("timelapse", night=night, content=videos(minute), type_="video/mp4")
        camera.see_meteor(f"meteor-{minute}")
    camera.run(minutes=1)


@pytest.mark.parametrize("seed", [1, 2])
def test_half_an_hour_over_a_bad_line_loses_nothing_and_doubles_nothing(
    seed, camera, proxy, hub, videos
):
    log.warning("seed %d", seed)
    proxy.plan = Weather(random.Random(seed), share=0.35, delay_s=0.02)
    for minute in range(MINUTES):
        live_through(camera, minute, videos)
    camera.run_until_sent()
    proxy.deliver_late(everything=True)
    assert proxy.faults().keys() >= set(KINDS), proxy.faults()
    assert camera.made[f"{NIGHT}/keogram"][0] == MINUTES
    nothing_lost_and_nothing_twice(camera, camera.id, hub)
    nothing_is_sent_again(camera, proxy)
