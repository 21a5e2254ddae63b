from edge.config import parse
from edge.wizard.finding import sensors_here


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
