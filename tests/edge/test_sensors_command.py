import contextlib
import datetime as dt
import io
import json
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from rich.console import Console

from edge.cli import main
from edge.clock import VirtualClock
from edge.config import parse
from edge.sensor_look import read_sensors, scan_facts, scan_table
from edge.sensors_command import watch
from sensors.scan import Found, Scan

NIGHT = dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.05,
    "longitude_deg": 8.2,
    "zone": "Europe/Berlin",
}
AIR = {"name": "air", "driver": "simulated-climate"}
SKY = {"name": "sky", "driver": "simulated-sky"}
ROOF = {"name": "roof", "driver": "bme280", "options": {"bus": 97}}
SPARE = {"name": "spare", "driver": "sht4x", "enabled": False}


def settings(*sensors):
    return parse({"site": SITE, "sensors": list(sensors)})


@pytest.fixture
def config(tmp_path):
    def config(*sensors):
        path = tmp_path / "config.json"
        path.write_text(json.dumps({"site": SITE, "sensors": list(sensors)}))
        return path

    return config


def call(config, *arguments):
    return CliRunner().invoke(main, ["--config", str(config), "sensors", *arguments])


def shown(table):
    with io.StringIO() as paper:
        Console(file=paper, width=200).print(table)
        return paper.getvalue()


def test_each_enabled_sensor_is_read_and_the_others_are_named(config):
    answer = call(config(AIR, SPARE))
    assert answer.exit_code == 0
    assert "Temperature" in answer.stdout
    assert "Dew point" in answer.stdout
    assert "Switched off: spare." in answer.stdout


def test_a_sensor_that_is_out_of_range_has_not_failed():
    sky, air = read_sensors(settings(SKY, AIR), VirtualClock(NOON))
    assert (sky["available"], sky["readings"]) == (True, [])
    assert "too bright" in sky["problem"]
    assert (air["available"], air["problem"]) == (True, "")


def test_a_sensor_that_fails_is_told_with_the_remedy_and_the_exit_status(config):
    answer = call(config(ROOF, AIR), "--json")
    assert answer.exit_code == 1
    assert answer.stderr == "Error: roof gave no reading.\n"
    roof, air = json.loads(answer.stdout)
    assert "there is no /dev/i2c-97: switch I²C on" in roof["problem"]
    assert (roof["available"], air["available"]) == (False, True)


def test_offsets_are_in_what_is_shown():
    plain, moved = (
        read_sensors(settings(AIR | extra), VirtualClock(NIGHT))[0]["readings"][0]
        for extra in ({}, {"offsets": {"temperature": -10.0}})
    )
    assert moved["value"] == pytest.approx(plain["value"] - 10)


class StopAfter:
    """Told to stop when it was asked so many times."""

    def __init__(self, times):
        self.times = times

    def is_set(self):
        self.times -= 1
        return self.times < 0


def test_watching_reads_again_and_counts_failures():
    paper = io.StringIO()
    console = Console(file=paper, force_terminal=True, width=160)
    clock = VirtualClock(NIGHT)
    watch(settings(AIR, ROOF), clock, StopAfter(9), console)
    assert clock.now() == NIGHT + dt.timedelta(seconds=6)
    last = paper.getvalue()[-3000:]
    assert "23:00:04" in last
    assert "3 of 3" in last


def test_watching_ends_with_ctrl_c_and_status_0(config):
    command = [sys.executable, "-m", "edge.cli", "--config", str(config(AIR))]
    with subprocess.Popen(
        [*command, "sensors", "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(2.0)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=10)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    assert (process.returncode, err) == (0, "")
    assert "Temperature" in out


@pytest.mark.parametrize("other", ["--scan", "--json"])
def test_watch_goes_with_nothing_else(config, other):
    assert call(config(AIR), "--watch", other).exit_code == 2


def test_the_scan_works_before_there_are_settings(tmp_path):
    answer = call(tmp_path / "none.json", "--scan", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout).keys() == {"found", "remarks"}


def test_the_scan_says_what_to_do_where_there_is_no_bus(tmp_path):
    answer = call(tmp_path / "none.json", "--scan")
    assert answer.exit_code == 0
    assert "Nothing is connected." in answer.stdout
    assert "I²C on with 'sudo raspi-config" in answer.stdout


CONNECTED = Scan(
    [
        Found("i2c-1 0x77", "a BME280", "bme280", {"address": "0x77"}),
        Found("i2c-3 0x44", "an SHT4x", "sht4x", {"bus": 3, "address": "0x44"}),
        Found("i2c-1 0x29", "a TSL2591", "tsl2591"),
        Found("i2c-1 0x68", "an unknown chip"),
        Found("1-Wire", "a thermometer", "ds18b20", {"id": "28-0316a2794bff"}),
        Found("GPIO 4", "a DHT", "dht", {"pin": 4}),
    ],
    ["Something else."],
)


def test_the_scan_shows_the_entry_that_config_json_needs():
    text = shown(scan_table(scan_facts(CONNECTED, [])))
    entry = '{"name": "bme280", "driver": "bme280", "options": {"address": "0x77"}}'
    assert entry in text
    assert '{"name": "tsl2591", "driver": "tsl2591"}' in text
    assert "an unknown chip" in text
    for one in scan_facts(CONNECTED, [])["found"]:
        if one["driver"]:
            driver, options = one["driver"], one["options"]
            settings({"name": driver, "driver": driver, "options": options})


def test_the_scan_names_the_sensor_that_reads_a_thing():
    outside = {"name": "outside", "driver": "bme280", "options": {"address": "0x77"}}
    configured = settings(
        outside,
        {"name": "dome", "driver": "sht4x", "options": {"bus": 3}},
        {"name": "sky", "driver": "tsl2591", "options": {"bus": 3}},
        {"name": "hut", "driver": "ds18b20"},
        {"name": "off", "driver": "dht", "enabled": False},
    ).sensors
    found = scan_facts(CONNECTED, configured)["found"]
    assert [one["used_by"] for one in found] == ["outside", "dome", "", "", "hut", ""]
