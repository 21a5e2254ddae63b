"""What goes wrong with a camera on a cable: every fault is a sentence within bounded time, and reopening helps."""

import gc
import threading

import psutil
import pytest

from edge.cameras import CameraError, Exposure
from edge.cameras.patience import Patience

pytestmark = [
    pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning"),
    # The event loop of picamera2 is a thread that dies of what a callback raises.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]

SHORT = Exposure(1000, 1.0)
MARGIN_S = 0.6


@pytest.fixture
def impatient(pi):
    """Return a function that makes a `Pi` whose cameras soon give up."""

    def make(*sensors, **world):
        one = pi(*sensors, **world)
        one.patience = Patience(exposures=2.0 / one.world.speed, margin_s=MARGIN_S)
        return one

    return make


def seconds_of_ours(one, call) -> float:
    began = one.clock.monotonic()
    call()
    return (one.clock.monotonic() - began) / one.world.speed


def fails(call, match):
    def failing():
        with pytest.raises(CameraError, match=match):
            call()

    return failing


def test_a_dead_sensor_is_given_up_in_bounded_time_and_found_again(impatient):
    one = impatient("imx477")
    camera = one.open()
    one.world.dead.set()
    failing = fails(
        lambda: camera.capture(Exposure(8_000_000, 1.0)),
        r"no frame came within 1\.4 s for an exposure of 8 s: the sensor is dead or its cable loose",
    )
    assert seconds_of_ours(one, failing) < 1.4 + MARGIN_S + 0.5
    fails(lambda: camera.capture(SHORT), "the camera is closed")()
    fails(camera.reopen, "no frame came within")()
    one.world.dead.clear()
    camera.reopen()
    assert camera.capture(SHORT).width == 506


def test_a_camera_that_was_dead_from_the_beginning_does_not_open(impatient):
    one = impatient("imx477")
    one.world.dead.set()
    fails(one.open, "no frame came within")()
    one.world.dead.clear()
    assert one.open().capture(SHORT).width == 506


def test_a_pulled_cable_is_named_and_a_plugged_one_found(impatient):
    one = impatient("imx477")
    camera = one.open()
    one.world.unplug()
    fails(lambda: camera.capture(SHORT), "Remote I/O error")()
    fails(camera.reopen, "no camera is connected")()
    one.world.plug_in()
    camera.reopen()
    assert camera.capture(SHORT).width == 506


def test_a_slow_camera_is_waited_for_as_long_as_a_frame_may_take(impatient):
    one = impatient("imx477")
    camera = one.open()
    one.world.slow_s = 0.4 * one.world.speed
    camera.capture(SHORT)
    one.world.slow_s = 5 * one.world.speed
    fails(lambda: camera.capture(SHORT), "no frame came within")()
    one.world.slow_s = 0.0
    camera.reopen()
    camera.capture(SHORT)


@pytest.mark.parametrize("call", ["start", "create_request"])
def test_what_picamera2_raises_is_told_and_overcome(impatient, call):
    one = impatient("imx477")
    camera = one.open()
    one.world.failures[call].append(RuntimeError("something in the driver"))
    fails(lambda: camera.capture(SHORT), "the camera failed: something in the driver")()
    camera.reopen()
    assert camera.capture(SHORT).width == 506


@pytest.mark.parametrize("call", ["acquire", "configure", "start"])
def test_a_camera_that_fails_to_open_can_be_opened_again(impatient, call):
    one = impatient("imx477")
    camera = one.open(raw="off")
    one.world.failures[call].append(OSError(16, "Device or resource busy"))
    fails(camera.reopen, "Device or resource busy")()
    camera.reopen()
    assert camera.capture(SHORT).width == 506


def test_a_camera_in_use_is_not_opened_twice(impatient):
    one = impatient("imx477")
    camera = one.open()
    failing = fails(one.open, r"__init__ sequence did not.*Device or resource busy")
    failing()
    files = _open_files()
    for _ in range(5):
        failing()
    assert _open_files() <= files
    assert camera.capture(SHORT).width == 506


def test_a_dead_event_loop_of_picamera2_is_overcome(impatient):
    one = impatient("imx477")
    camera = one.open()

    def broken(_request):
        raise ZeroDivisionError("in a thread of picamera2")

    camera._picam2.pre_callback = broken
    fails(lambda: camera.capture(SHORT), "no frame came within")()
    camera.reopen()
    assert camera.capture(SHORT).width == 506


def test_a_driver_that_hangs_is_left_behind_and_used_again_when_it_wakes_up(impatient):
    one = impatient("imx477")
    camera = one.open()
    one.world.stuck.set()
    failing = fails(
        lambda: camera.capture(SHORT), r"the camera did not stop within 0\.6 s"
    )
    assert seconds_of_ours(one, failing) < 3 * MARGIN_S + 0.5
    fails(camera.reopen, "driver does not let go of it.*restart the Raspberry Pi")()
    one.world.stuck.clear()
    camera._leaving.join(5)
    camera.reopen()
    assert camera.capture(SHORT).width == 506


def test_reopening_and_closing_leave_nothing_behind(impatient):
    one = impatient("imx477")
    camera = one.open(raw="on")
    camera.reopen()
    camera.capture(SHORT)
    threads, files = threading.active_count(), _open_files()
    for _ in range(5):
        camera.reopen()
        camera.capture(SHORT)
    assert threading.active_count() <= threads
    assert _open_files() <= files
    camera.close()
    camera.close()


def _open_files() -> int:
    gc.collect()
    return psutil.Process().num_fds()
