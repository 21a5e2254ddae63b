import datetime as dt

from edge.clock import VirtualClock
from edge.config import parse
from edge.wizard.finding import live_reading, reading_words, sensors_here
from edge.wizard.guesses import live_folders
from edge.wizard.questions import FoundSensor

SITE = {"name": "Hill", "latitude_deg": 47, "longitude_deg": 7.5, "zone": "UTC"}


def test_what_answers_is_found_with_settings_that_are_right(tmp_path):
    folder = tmp_path / "sys/bus/iio/devices/iio:device0"
    folder.mkdir(parents=True)
    (folder / "name").write_text("dht11@11\n")
    dht, system = sensors_here(tmp_path)
    assert dht.settings == {"name": "dht", "driver": "dht", "options": {"pin": 17}}
    assert "GPIO 17" in dht.words
    assert system.driver == "system"
    site = {"name": "Hill", "latitude_deg": 47, "longitude_deg": 7.5, "zone": "UTC"}
    assert parse({"site": site, "sensors": [dht.settings, system.settings]})


def test_a_sensor_that_answers_is_read_where_it_is_found():
    clock = VirtualClock(dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC))
    itself = sensors_here()[-1]
    assert "memory" in live_reading(SITE, itself, clock)
    silent = FoundSensor("dht", "dht", "a DHT22", {"pin": 17})
    assert live_reading(SITE, silent, clock)


def test_a_reading_is_said_with_its_unit_and_a_missing_one_with_its_reason():
    reading = {"quantity": "temperature", "value": 21.284, "unit": "°C"}
    assert reading_words({"readings": [reading], "problem": ""}) == (
        "temperature 21.28 °C"
    )
    assert reading_words({"readings": [], "problem": "No answer."}) == "No answer"


def test_the_live_folder_of_another_program_is_found(tmp_path):
    assert live_folders(tmp_path) == []
    for folder in ("home/anna/allsky/images", "var/www/html/allsky/images"):
        (tmp_path / folder).mkdir(parents=True)
    assert live_folders(tmp_path) == [
        "/home/anna/allsky/images",
        "/var/www/html/allsky/images",
    ]
