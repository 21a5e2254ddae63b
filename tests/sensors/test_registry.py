import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge.settings.sensors import OPTIONS
from sensors import registry
from sensors.reading import SensorNotFoundError
from sensors.registry import DRIVERS, open_sensor
from sensors.surroundings import Surroundings

AROUND = Surroundings(None, 48.05, 8.2)
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "sensors.md"


def test_every_driver_has_a_row_in_the_documentation():
    rows = re.findall(r"^\| `([^`]+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    drivers = [row for row in rows if not row.endswith("Error")]
    assert sorted(drivers) == sorted(DRIVERS)


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_settings_hold_the_options_that_the_driver_wants(driver):
    module, _, name = DRIVERS[driver].partition(":")
    wanted = inspect.signature(getattr(__import__(module, fromlist=[name]), name))
    assert set(wanted.parameters) == {
        "name",
        "surroundings",
        *OPTIONS[driver].model_fields,
    }


@pytest.mark.parametrize("content", ["import adafruit_of_the_future", LAZY := "lazy"])
def test_a_missing_library_is_not_found_and_says_what_to_install(
    monkeypatch, tmp_path, content
):
    lines = [
        "" if content == LAZY else content,
        "class Chip:",
        "    def __init__(self, name, surroundings):",
        "        import adafruit_of_the_future",
    ]
    (tmp_path / f"chip_{content[:4]}.py").write_text("\n".join(lines))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setitem(registry.DRIVERS, "chip", f"chip_{content[:4]}:Chip")
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
    assert not loaded & {"sensors.simulated", "sensors.i2c", "psutil", "smbus2"}
