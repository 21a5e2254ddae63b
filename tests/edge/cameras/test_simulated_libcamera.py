"""What the real picamera2 does over the simulated libcamera: how the hardware behaves that our driver must bear."""

import threading

import pytest

pytestmark = pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning")

FIXED = {"ExposureTime": 100_000, "AnalogueGain": 2.0, "ColourGains": (2.0, 1.5)}


@pytest.fixture
def picamera2(pi):
    """Return a function that opens a bare Picamera2 in a new world, and the world."""
    opened = []

    def make(*sensors, position=0, **world):
        from picamera2 import Picamera2

        one = pi(*sensors, **world)
        opened.append(Picamera2(position))
        return opened[-1], one.world

    yield make
    for one in opened:
        one.cancel_all_and_flush()
        one.close()


def started(picam2, controls, **configuration):
    picam2.configure(
        picam2.create_still_configuration(controls=controls, **configuration)
    )
    picam2.start()
    return picam2


def metadata(picam2) -> dict:
    with picam2.captured_request() as request:
        return request.get_metadata()


def test_a_camera_is_a_position_in_a_list_that_is_not_in_the_order_of_numbers(
    picamera2,
):
    picam2, _ = picamera2("imx477", "imx708", position=0)
    listed = picam2.global_camera_info()
    assert [camera["Num"] for camera in listed] == [1, 0]
    assert picam2.camera_properties["Model"] == "imx708"


@pytest.mark.parametrize(("sensor", "delay"), [("imx219", 2), ("imx477", 3)])
def test_controls_take_effect_frames_later(picamera2, sensor, delay):
    picam2, _ = picamera2(sensor, speed=5.0)
    started(picam2, FIXED, queue=False)
    first = metadata(picam2)["ExposureTime"]
    picam2.set_controls({"ExposureTime": 400_000})
    seen = [metadata(picam2)["ExposureTime"] for _ in range(delay + 4)]
    stale = sum(exposure_us == first for exposure_us in seen)
    assert stale >= delay
    assert seen[-1] == pytest.approx(400_000, rel=0.01)


def test_controls_before_the_start_hold_for_the_first_frame(picamera2):
    picam2, world = picamera2("imx477")
    started(picam2, FIXED)
    assert metadata(picam2)["ExposureTime"] == pytest.approx(100_000, rel=0.01)
    assert world.exposed[0] == (0, pytest.approx(100_000, rel=0.01))


@pytest.mark.parametrize(
    ("sensor", "controls", "hidden"),
    [
        ("imx477", FIXED, 0),
        ("imx462", FIXED, 1),
        ("ov5647", FIXED, 2),
        ("imx477", {"ExposureTime": 100_000}, 7),
    ],
)
def test_start_up_frames_are_hidden(picamera2, sensor, controls, hidden):
    picam2, _ = picamera2(sensor, speed=2.0)
    started(picam2, controls, queue=False)
    with picam2.captured_request() as request:
        buffers = request.request.buffers.values()
        assert next(iter(buffers)).metadata.sequence >= hidden


def test_frame_duration_limits_clip_the_exposure(picamera2):
    picam2, _ = picamera2("imx477")
    started(picam2, FIXED | {"FrameDurationLimits": (50_000, 50_000)})
    clipped = metadata(picam2)
    assert clipped["FrameDuration"] <= 100_000
    assert clipped["ExposureTime"] <= clipped["FrameDuration"]


def test_exposures_are_whole_lines_and_the_rest_is_made_up_digitally(picamera2):
    picam2, _ = picamera2("imx477")
    asked = {"ExposureTime": 1000, "AnalogueGain": 2.5}
    started(picam2, FIXED | asked)
    said = metadata(picam2)
    did = said["ExposureTime"] * said["AnalogueGain"]
    assert did < 2500
    assert did * said["DigitalGain"] == pytest.approx(2500)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_sensor_blocks_whoever_waits_without_end_and_the_stop_behind_it(
    picamera2,
):
    picam2, world = picamera2("imx477")
    started(picam2, FIXED, queue=False)
    world.dead.set()
    with pytest.raises(TimeoutError):
        picam2.capture_request(wait=0.2)
    stopping = threading.Thread(target=picam2.stop, daemon=True)
    stopping.start()
    stopping.join(0.4)
    assert stopping.is_alive()
    picam2.cancel_all_and_flush()
    picam2.close()


def test_misuse_is_a_runtime_error_in_picamera2_s_words(picamera2):
    picam2, _ = picamera2("imx477")
    started(picam2, FIXED)
    with pytest.raises(RuntimeError, match="must be stopped before configuring"):
        picam2.configure(picam2.create_still_configuration())
    request = picam2.capture_request(wait=5)
    request.release()
    with pytest.raises(RuntimeError, match="negative ref_count"):
        request.release()
    with pytest.raises(RuntimeError, match="even"):
        picam2.check_stream_config({"format": "BGR888", "size": (101, 100)}, "main")


def test_names_of_formats_are_written_back_to_front(picamera2):
    picam2, _ = picamera2("imx477", electrons_s=lambda _: 10_000.0)
    colours = FIXED | {"ColourGains": (4.0, 0.4)}
    started(picam2, colours, main={"format": "RGB888"}, queue=False)
    with picam2.captured_request() as request:
        blue, green, red = request.make_array("main").reshape(-1, 3).mean(axis=0)
    assert red > green > blue
