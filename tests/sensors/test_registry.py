import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest

from products.quantities import QUANTITIES
from sensors import registry
from sensors.reading import SensorNotFoundError
from sensors.registry import DRIVERS, open_sensor
from sensors.surroundings import Surroundings

MIDNIGHT = dt.datetime(2026, 11, 21, 23, tzinfo=dt.UTC)
AROUND = Surroundings(lambda: MIDNIGHT, 48.05, 8.2)
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "sensors.md"


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_driver_opens_and_speaks_the_table_of_quantities(driver):
    for reading in open_sensor(driver, "one", {}, AROUND).read():
        assert reading.sensor == "one"
        assert reading.unit == QUANTITIES[reading.quantity].unit


def test_every_driver_has_a_row_in_the_documentation():
    rows = re.findall(r"^\| `([^`]+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    drivers = [row for row in rows if not row.endswith("Error")]
    assert sorted(drivers) == sorted(DRIVERS)


def test_an_unknown_driver_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"did you mean simulated-sky\?.*system"):
        open_sensor("simulated-skye", "sky", {}, AROUND)


def test_an_unknown_option_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="no option disc; it has disk, root"):
        open_sensor("system", "pi", {"disc": "/"}, AROUND)
    with pytest.raises(ValueError, match="no option surroundings; it has none"):
        open_sensor("simulated-sky", "sky", {"surroundings": 1}, AROUND)


def test_a_missing_library_is_not_found_and_says_what_to_install(monkeypatch, tmp_path):
    (tmp_path / "chip_driver.py").write_text("import adafruit_of_the_future\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setitem(registry.DRIVERS, "chip", "chip_driver:Chip")
    with pytest.raises(
        SensorNotFoundError, match=r"adafruit_of_the_future.*pip install"
    ):
        open_sensor("chip", "one", {}, AROUND)


def test_a_driver_is_imported_only_when_it_is_opened():
    program = "import sys, sensors.registry; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "sensors.registry" in loaded
    assert not loaded & {"sensors.simulated", "sensors.system", "psutil", "ephem"}
