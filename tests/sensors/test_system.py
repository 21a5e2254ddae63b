import shutil
import time

import psutil
import pytest

from sensors.surroundings import Surroundings
from sensors.system import SHORTEST_LOAD_S, System


@pytest.fixture
def root(tmp_path):
    """Return a folder with what a Raspberry Pi has in /sys and /proc."""
    zone = tmp_path / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("48312\n")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/uptime").write_text("7200.50 25000.11\n")
    return tmp_path


@pytest.fixture
def read(root):
    around = Surroundings(None, 48, 8, data=root, root=root)
    sensor = System("pi", around, disk="")
    return lambda: {one.quantity: one.value for one in sensor.read()}


def test_the_computer_tells_temperature_disk_memory_and_uptime(read, root):
    values = read()
    assert values["cpu_temperature"] == 48.31
    assert values["uptime"] == 2.0
    free_gb = shutil.disk_usage(root).free / 1e9
    assert values["disk_free"] == pytest.approx(free_gb, rel=0.05)
    assert values["memory_used"] == pytest.approx(
        psutil.virtual_memory().percent, abs=10
    )


def test_the_load_is_absent_until_it_means_something(read):
    assert "cpu_load" not in read()
    time.sleep(SHORTEST_LOAD_S)
    assert 0 <= read()["cpu_load"] <= 100
    assert "cpu_load" not in read()


@pytest.mark.parametrize(
    ("text", "supply_low", "slowed"),
    [
        ("0", 0, 0),
        ("50000", 0, 0),  # since the start, not now
        ("50005", 1, 1),
        ("0x1", 1, 0),
        ("8", 0, 1),
    ],
)
def test_a_raspberry_pi_tells_of_its_supply(read, root, text, supply_low, slowed):
    firmware = root / "sys/devices/platform/soc/soc:firmware"
    firmware.mkdir(parents=True)
    (firmware / "get_throttled").write_text(f"{text}\n")
    values = read()
    assert (values["supply_low"], values["cpu_slowed"]) == (supply_low, slowed)


def test_the_traffic_of_the_network_is_a_rate_since_the_reading_before(read):
    assert "network_sent" not in read()
    time.sleep(SHORTEST_LOAD_S)
    values = read()
    assert values["network_received"] >= 0
    assert values["network_sent"] >= 0


def test_what_the_computer_does_not_tell_is_absent(read, root):
    shutil.rmtree(root / "sys")
    (root / "proc/uptime").unlink()
    assert set(read()) == {"memory_used", "disk_free"}


@pytest.mark.parametrize("text", ["", "N/A\n"])
def test_nonsense_of_the_computer_is_absent(read, root, text):
    (root / "sys/class/thermal/thermal_zone0/temp").write_text(text)
    (root / "proc/uptime").write_text(text)
    firmware = root / "sys/devices/platform/soc/soc:firmware"
    firmware.mkdir(parents=True)
    (firmware / "get_throttled").write_text(text)
    values = read()
    assert {"cpu_temperature", "uptime", "supply_low", "cpu_slowed"}.isdisjoint(values)


def test_a_disk_that_is_not_there_is_absent(root):
    around = Surroundings(None, 48, 8, data=root, root=root)
    sensor = System("pi", around, disk=str(root / "unplugged"))
    assert "disk_free" not in {one.quantity for one in sensor.read()}
