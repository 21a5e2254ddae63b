import datetime as dt
import json
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge.cli import main
from edge.clock import VirtualClock
from edge.config import SettingsError, parse
from edge.environment import Environment
from edge.outputs import Command, OutputError, Pin
from edge.store import Store

NIGHT = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}


class Weather:
    """The owner's program that tells the weather: a file that a test writes."""

    def __init__(self, folder):
        self.path = folder / "weather.json"

    def says(self, **values):
        self.path.write_text(json.dumps(values))

    def is_gone(self):
        self.path.unlink()

    def settings(self):
        command = ["cat", str(self.path)]
        return {
            "name": "air",
            "driver": "command",
            "interval_s": 60,
            "options": {"command": command},
        }


@pytest.fixture(autouse=True)
def written_at_once(monkeypatch):
    """Let the store show what was read a moment ago; that it is written together is tested for itself."""
    monkeypatch.setattr("edge.environment.WRITE_EVERY_S", 0.0)


@pytest.fixture
def air(tmp_path):
    weather = Weather(tmp_path)
    weather.says(temperature=8.0, humidity=95)
    return weather


@pytest.fixture
def pins():
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.close()


@pytest.fixture
def camera(tmp_path, air, pins):
    """Return a function that starts the program with these settings of heater and fan: program, clock, store."""
    running = []

    def camera(now=NIGHT, **sections):
        raw = {"site": SITE, "sensors": [air.settings()], **sections}
        settings = parse(raw).model_copy(update={"data": tmp_path / "data"})
        clock = VirtualClock(now)
        program = Environment(settings, clock, pins=pins)
        store = Store(settings.data)
        running.extend([store, program])
        return program, clock, store

    yield camera
    for one in reversed(running):
        one.close()


HEATER = {"enabled": True, "air": "air"}


def run(program, clock, seconds):
    end_s = clock.monotonic() + seconds
    while clock.monotonic() < end_s:
        clock.sleep(program.step())


def state(store, name="heater"):
    return store.states()[f"switch/{name}"]


def test_a_wet_night_heats_after_the_first_pause_and_tells_it_as_a_reading(
    camera, pins
):
    program, clock, store = camera(heater=HEATER)
    run(program, clock, 60)
    assert pins.pin(18).state == 0
    assert "it stays off for 120 s" in state(store).reason
    run(program, clock, 120)
    assert pins.pin(18).state == 1
    assert state(store).reason == "on: 0.8 K above the dew point"
    told = store.readings_between("heater_power", NIGHT, clock.now())["heater"]
    assert [value for _, value in told] == [0.0, 100.0]


def test_a_state_is_logged_once_and_keeps_its_beginning(camera, caplog):
    program, clock, store = camera(heater=HEATER)
    with caplog.at_level("INFO", "edge.switching"):
        run(program, clock, 1800)
    assert [one.message for one in caplog.records] == [
        "The heater is off: it stays off for 120 s: 0.8 K above the dew point",
        "The heater is on: 0.8 K above the dew point",
    ]
    assert state(store).since_utc == NIGHT + dt.timedelta(seconds=120)


def test_the_output_is_set_again_every_round(camera, pins):
    program, clock, _ = camera(heater=HEATER)
    run(program, clock, 300)
    pins.pin(18).state = 0
    run(program, clock, 30)
    assert pins.pin(18).state == 1


def test_a_sensor_that_falls_silent_switches_the_heater_off(camera, air, pins):
    program, clock, store = camera(heater=HEATER)
    run(program, clock, 300)
    assert pins.pin(18).state == 1
    air.is_gone()
    run(program, clock, 330)
    assert pins.pin(18).state == 0
    assert state(store).reason == "off: air gives no dew point"


def test_when_the_program_ends_the_heater_is_off(camera, pins):
    program, clock, store = camera(heater=HEATER)
    run(program, clock, 300)
    program.close()
    assert pins.pin(18).state == 0
    assert state(store).reason == "off: the program has ended"


def test_a_relay_that_is_on_at_zero_volts_is_off_at_three(camera, pins):
    program, clock, _ = camera(heater=HEATER | {"active_low": True})
    program.step()
    assert pins.pin(18).state == 1
    run(program, clock, 180)
    assert pins.pin(18).state == 0


def test_a_curve_gives_pulses(camera, air, pins):
    air.says(temperature=8.0, humidity=82)
    program, clock, store = camera(heater=HEATER | {"control": "curve"})
    run(program, clock, 180)
    assert pins.pin(18).frequency == 100
    assert 0.5 < pins.pin(18).state < 0.6
    assert state(store).reason.startswith("on at 5")


def test_by_day_the_sun_does_it(camera, pins):
    program, clock, store = camera(now=NIGHT.replace(hour=11), heater=HEATER)
    run(program, clock, 300)
    assert pins.pin(18).state == 0
    assert state(store).reason == "off: the sun is higher than 10°"


def test_heater_and_fan_run_side_by_side(camera, air, pins):
    air.says(temperature=44.0, humidity=99)
    fan = {"enabled": True, "sensor": "air", "on_above_c": 42}
    program, clock, store = camera(heater=HEATER, fan=fan)
    run(program, clock, 180)
    assert (pins.pin(18).state, pins.pin(23).state) == (1, 1)
    assert state(store, "fan").reason == "on: air is at 44.0 °C"


def test_a_command_switches_and_its_failure_is_said(camera, tmp_path):
    log = tmp_path / "plug.txt"
    script = f"import sys; open({str(log)!r}, 'a').write(sys.argv[1] + ' ')"
    command = [sys.executable, "-c", script, "{percent}"]
    program, clock, store = camera(heater=HEATER | {"command": command})
    run(program, clock, 150)
    assert log.read_text().split()[-1] == "100"
    program.close()
    assert log.read_text().split()[-1] == "0"
    command[2] = "import sys; sys.exit('the plug is gone')"
    program, clock, store = camera(heater=HEATER | {"command": command})
    program.step()
    assert state(store).state == "failed"
    assert state(store).reason.endswith("failed: the plug is gone")


def test_status_shows_the_heater_with_its_reason(camera, tmp_path):
    program, clock, _ = camera(heater=HEATER)
    run(program, clock, 180)
    config = tmp_path / "config.json"
    air = {"name": "air", "driver": "simulated-climate"}
    raw = {"site": SITE, "data": "data", "sensors": [air], "heater": HEATER}
    config.write_text(json.dumps(raw))
    shown = CliRunner().invoke(main, ["--config", str(config), "status"])
    assert "Heater on: 0.8 K above the dew point" in shown.output
    facts = CliRunner().invoke(main, ["--config", str(config), "status", "--json"])
    assert json.loads(facts.output)["switches"]["heater"]["state"] == "on"


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"heater": HEATER | {"air": "roof"}}, "heater.air: no enabled sensor"),
        ({"heater": HEATER | {"glass": "roof"}}, "heater.glass: no enabled sensor"),
        ({"heater": HEATER | {"stale_s": 100}}, "heater.stale_s: must be at least 120"),
        ({"fan": {"enabled": True}}, "fan.sensor: no enabled sensor"),
        (
            {
                "heater": HEATER,
                "fan": {"enabled": True, "sensor": "air", "pin": 18},
            },
            "fan.pin: the heater has 18",
        ),
    ],
)
def test_what_could_never_work_is_said_before_the_start(air, sections, words):
    with pytest.raises(SettingsError, match=words):
        parse({"site": SITE, "sensors": [air.settings()], **sections})


def test_a_computer_without_pins_is_a_sentence_and_stops_no_reading(tmp_path, air):
    raw = {"site": SITE, "sensors": [air.settings()], "heater": HEATER}
    settings = parse(raw).model_copy(update={"data": tmp_path / "data"})
    clock = VirtualClock(NIGHT)
    with (
        closing(Environment(settings, clock)) as program,
        closing(Store(settings.data)) as store,
    ):
        program.step()
        assert "GPIO 18 cannot be switched" in state(store).reason
        later = NIGHT + dt.timedelta(seconds=1)
        assert store.readings_between("temperature", NIGHT, later)


def test_a_command_that_hangs_is_ended():
    with pytest.raises(OutputError, match=r"more than 0\.2 s"):
        Command(["sleep", "60"], limit_s=0.2).set(0)


def test_a_command_that_is_not_there_is_named():
    with pytest.raises(OutputError, match="/nowhere/plug cannot be run"):
        Command(["/nowhere/plug"]).set(0)


def test_a_pin_that_was_closed_is_a_sentence(pins):
    pin = Pin(18, None, pins, active_low=False)
    pin.close()
    with pytest.raises(OutputError, match="GPIO 18 cannot be switched"):
        pin.set(100)


def test_a_pin_that_is_taken_is_a_sentence(pins):
    with (
        closing(Pin(18, None, pins, active_low=False)),
        pytest.raises(OutputError, match="GPIO 18 cannot be switched"),
    ):
        Pin(18, None, pins, active_low=False)
