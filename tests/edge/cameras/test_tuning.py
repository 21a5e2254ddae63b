import numpy as np
import pytest

from edge.cameras.tuning import daylight_gains, plain
from edge.metering import srgb_encoded

# The curve of the imx477 around daylight, from the file that Raspberry Pi OS brings: kelvin, red, blue.
IMX477 = [4660.0, 0.3529, 0.68, 5579.0, 0.3227, 0.7, 6125.0, 0.3129, 0.71]


def test_daylight_lies_between_the_points_of_the_curve():
    red, blue = daylight_gains({"ct_curve": IMX477})
    assert 1 / 0.3529 < red < 1 / 0.3227
    assert 1 / 0.7 < blue < 1 / 0.68
    assert red == pytest.approx(1 / 0.3253, abs=0.001)


@pytest.mark.parametrize(
    "section", [{}, {"ct_curve": [1, 2]}, {"ct_curve": [5500, 0.0, 0.7]}]
)
def test_another_kind_of_white_balance_is_refused(section):
    with pytest.raises((KeyError, ValueError)):
        daylight_gains(section)


def test_the_curve_is_srgb_and_nothing_adapts_to_the_frame():
    stock = {
        "version": 2.0,
        "target": "bcm2835",
        "algorithms": [
            {"rpi.black_level": {"black_level": 4096}},
            {"rpi.alsc": {"n_iter": 100}},
            {"rpi.contrast": {"ce_enable": 1, "gamma_curve": [0, 0, 65535, 65535]}},
            {"rpi.ccm": {}},
        ],
    }
    made = plain(stock)
    assert [next(iter(algorithm)) for algorithm in made["algorithms"]] == [
        "rpi.black_level",
        "rpi.contrast",
        "rpi.ccm",
    ]
    assert made["target"] == "bcm2835"
    contrast = made["algorithms"][1]["rpi.contrast"]
    assert contrast["ce_enable"] == 0
    levels, values = np.reshape(contrast["gamma_curve"], (-1, 2)).T
    assert (levels[0], values[0], levels[-1], values[-1]) == (0, 0, 65535, 65535)
    assert np.all(np.diff(levels) > 0)
    for linear in (0.002, 0.01, 0.04, 0.2, 0.7):
        shown = np.interp(linear * 65535, levels, values) / 65535
        assert shown == pytest.approx(srgb_encoded(linear), abs=1 / 255)
    assert stock["algorithms"][2]["rpi.contrast"]["ce_enable"] == 1


def test_the_older_form_of_tuning_files_is_refused():
    with pytest.raises(KeyError):
        plain({"rpi.contrast": {"gamma_curve": [0, 0, 65535, 65535]}})
