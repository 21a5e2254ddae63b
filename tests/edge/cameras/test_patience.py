import threading
import time

import pytest

from edge.cameras import CameraError
from edge.cameras.patience import Patience


def test_a_frame_may_take_twice_its_exposure_and_ten_seconds():
    assert Patience().limit_s(30_000_000) == 70.0
    assert Patience().limit_s(100) == pytest.approx(10.0, abs=0.001)


def test_results_and_errors_come_through():
    assert Patience().in_time("add", lambda: 1 + 1) == 2
    with pytest.raises(ZeroDivisionError):
        Patience().in_time("divide", lambda: 1 / 0)


def test_what_hangs_is_left_behind():
    awake = threading.Event()
    began = time.monotonic()
    with pytest.raises(CameraError, match=r"the camera did not stop within 0\.05 s"):
        Patience(margin_s=0.05).in_time("stop", awake.wait)
    assert time.monotonic() - began < 2
    awake.set()
