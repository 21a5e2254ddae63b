import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.clouds import CloudLimits, CloudState, SkyModel


def test_the_plain_difference_and_the_plain_sky_are_special_cases():
    nothing = dict.fromkeys(("k1", "k2", "k3", "k4", "k5", "k6", "k7"), 0.0)
    assert SkyModel(**nothing).corrected_c(-21.0, 15.0) == -21.0
    difference = SkyModel(**nothing | {"k1": 100.0})
    assert difference.corrected_c(-21.0, 15.0) == pytest.approx(-36.0)


def test_the_defaults_are_those_of_the_manual():
    # 0.33 * 10 + 0.04 * exp(0.1 * 10) = 3.4087, worked out by hand
    assert SkyModel().corrected_c(-20.0, 10.0) == pytest.approx(-23.4087, abs=1e-4)


@pytest.mark.parametrize(
    ("air_c", "added_c"),
    [
        (5.0, 0.0),
        (5.4, 0.4),
        (4.6, -0.4),
        (15.0, 2.0 * (1 + 0.5)),
        (-5.0, -2.0 * (1 + 0.5)),
    ],
)
def test_k6_and_k7_bend_the_correction_far_from_k2(air_c, added_c):
    zero = SkyModel(k1=0, k2=50, k3=0, k4=0, k5=0, k6=20, k7=50)
    assert zero.corrected_c(-20.0, air_c) == pytest.approx(-20.0 - added_c)


@given(
    st.floats(-70, 40),
    st.floats(-70, 40),
    st.floats(-40, 50),
)
def test_a_warmer_sky_never_counts_as_clearer(one_c, other_c, air_c):
    model, limits = SkyModel(), CloudLimits()
    cold, warm = (
        limits.state(model.corrected_c(sky_c, air_c))
        for sky_c in sorted((one_c, other_c))
    )
    assert cold <= warm


@pytest.mark.parametrize(
    ("corrected_c", "state"),
    [
        (-25.1, CloudState.CLEAR),
        (-25.0, CloudState.LIGHT),
        (-18.0, CloudState.HEAVY),
        (-12.0, CloudState.OVERCAST),
        (5.0, CloudState.OVERCAST),
    ],
)
def test_the_states_begin_at_their_limits(corrected_c, state):
    assert CloudLimits().state(corrected_c) is state
