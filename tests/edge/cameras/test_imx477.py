import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cameras import Exposure
from edge.cameras.imx477 import (
    BLACK,
    FULL_WELL_E,
    LIMITS,
    READ_NOISE_E,
    RESPONSE,
    WHITE,
    Imx477,
)

SIZE = (1014, 760)


def exposed(electrons, exposure_us=1000, gain=1.0, moment_us=0, size=SIZE):
    sensor = Imx477(*size, seed=3)
    light = np.full((3, size[1], size[0]), electrons, np.float32)
    used = sensor.nearest(Exposure(exposure_us, gain))
    return sensor, sensor.expose(light, used, 10.0, moment_us).copy()


@given(exposure_us=st.integers(1, 2**40), gain=st.floats(0.01, 1000))
def test_what_the_sensor_does_is_within_its_limits_and_near_what_was_asked(
    exposure_us, gain
):
    used = Imx477.nearest(Exposure(exposure_us, gain))
    assert LIMITS.shortest_us <= used.exposure_us <= LIMITS.longest_us
    assert LIMITS.lowest_gain <= used.gain <= LIMITS.highest_gain + 1e-9
    assert Imx477.nearest(used) == used
    if LIMITS.shortest_us <= exposure_us <= LIMITS.longest_us:
        assert abs(used.exposure_us - exposure_us) <= 10
    if LIMITS.lowest_gain <= gain <= LIMITS.highest_gain:
        assert used.gain == pytest.approx(gain, rel=0.013)


def test_darkness_is_the_black_level_and_a_full_well_is_white():
    _, dark = exposed(0)
    _, full = exposed(10 * FULL_WELL_E)
    assert dark.mean() == pytest.approx(BLACK, abs=0.6)
    assert np.median(full) == pytest.approx(WHITE, abs=10)
    assert full.max() == WHITE


@pytest.mark.parametrize(("electrons", "gain"), [(0, 8), (20, 8), (400, 2), (4000, 1)])
def test_noise_is_that_of_photons_and_readout(electrons, gain):
    _, counts = exposed(electrons, gain=gain)
    per_electron = (WHITE - BLACK) / FULL_WELL_E * gain
    for channel, photosites in enumerate((4, 8, 4)):
        wanted = np.sqrt(
            (electrons + READ_NOISE_E**2) / photosites + 1 / 12 / per_electron**2
        )
        middle = np.median(counts[channel])
        spread = (
            np.percentile(counts[channel], 84) - np.percentile(counts[channel], 16)
        ) / 2
        assert (middle - BLACK) / per_electron == pytest.approx(
            electrons, abs=max(1, 0.01 * electrons)
        )
        assert spread / per_electron == pytest.approx(wanted, rel=0.2)


def test_neighbouring_frames_have_other_noise_and_the_same_moment_the_same():
    one, same, other = (exposed(50, moment_us=moment)[1] for moment in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).mean() > 0.5


def test_the_mosaic_is_rggb():
    sensor = Imx477(64, 64, seed=1)
    counts = np.stack(
        [np.full((64, 64), value, np.uint16) for value in (300, 400, 500)]
    )
    raw = sensor.raw(counts)
    assert raw.pattern == "RGGB"
    assert raw.mosaic[:2, :2].tolist() == [[300, 400], [400, 500]]
    assert (raw.black, raw.white) == (256, 4095)
    assert raw.mosaic.dtype == np.uint16


def test_sunlit_grey_is_grey_in_the_picture():
    sensor = Imx477(*SIZE, seed=1)
    light = np.ones((3, SIZE[1], SIZE[0]), np.float32) * 2000 * RESPONSE[:, None, None]
    counts = sensor.expose(light, Exposure(1000, 1.0), 10.0, 0)
    red, green, blue = np.median(sensor.picture(counts).reshape(-1, 3), axis=0)
    assert red == pytest.approx(green, abs=2)
    assert blue == pytest.approx(green, abs=2)


def test_warm_sensors_have_brighter_hot_pixels():
    def hottest(temperature_c):
        sensor = Imx477(*SIZE, seed=1)
        light = np.zeros((3, SIZE[1], SIZE[0]), np.float32)
        counts = sensor.expose(light, Exposure(30_000_000, 4.0), temperature_c, 0)
        return int(np.sort(counts[1], axis=None)[-20])

    assert hottest(30) > hottest(10) + 20
