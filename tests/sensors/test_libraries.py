import os
import subprocess
import sys

import pytest

from sensors.libraries import adafruit, w1thermsensor

BOTH = ("BLINKA_FORCEBOARD", "W1THERMSENSOR_NO_KERNEL_MODULE")


@pytest.mark.parametrize(
    "module",
    [
        "adafruit_bh1750",
        "adafruit_bme280.basic",
        "adafruit_bmp280",
        "adafruit_htu21d",
        "adafruit_sht31d",
        "adafruit_sht4x",
        "adafruit_tsl2591",
    ],
)
def test_an_adafruit_driver_is_imported_without_board_and_without_the_library_of_pins(
    module,
):
    program = (
        "import sys; sys.modules['gpiod'] = None; from sensors.libraries import adafruit;"
        f"adafruit({module!r}); sys.exit('board' in sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_programs_that_are_started_later_are_not_told_so(monkeypatch):
    monkeypatch.setenv(BOTH[0], "RASPBERRY_PI_5")
    monkeypatch.delenv(BOTH[1], raising=False)
    adafruit("adafruit_tsl2591")
    w1thermsensor()
    assert [os.environ.get(name) for name in BOTH] == ["RASPBERRY_PI_5", None]


def test_no_kernel_module_is_loaded():
    """Without the variable the import runs modprobe and raises where there is no bus."""
    program = "from sensors.libraries import w1thermsensor; w1thermsensor()"
    subprocess.run([sys.executable, "-c", program], check=True)
