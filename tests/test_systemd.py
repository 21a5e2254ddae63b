"""The units of systemd: correct by its own judgement, closed as far as they can be, and the two kinds of each alike."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "systemd"
UNITS = sorted(FOLDER.glob("*.service")) + sorted(FOLDER.glob("*.timer"))
PROGRAMS = ("capture", "environment", "sync", "nightly")

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


def analyzed(*command: str) -> str:
    """Return what systemd-analyze says."""
    done = subprocess.run(
        ["systemd-analyze", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_no_fault(unit, tmp_path):
    # The programs are installed on the camera, not here.
    for one in (unit, FOLDER / "allsky-edge-nightly.service"):  # the timer's
        (tmp_path / one.name).write_text(
            re.sub(r"/opt/\S+", "/bin/true", one.read_text())
        )
    said = analyzed("verify", "--man=no", str(tmp_path / unit.name))
    assert unit.name not in said, said


@needs_systemd
@pytest.mark.parametrize(
    "program", ["edge-capture", "edge-environment", "edge-sync", "edge-nightly", "hub"]
)
def test_a_program_can_do_little_else_than_its_work(program):
    said = analyzed(
        "security", "--offline=true", str(FOLDER / f"allsky-{program}.service")
    )
    exposure = float(re.findall(r"exposure level for [^:]+: ([\d.]+)", said)[0])
    assert exposure <= 2.5  # of 10; "OK" in the words of systemd


@pytest.mark.parametrize("program", ["capture", "environment"])
def test_programs_that_use_devices_may_open_them(program):
    """`ProtectClock` and `PrivateDevices` would hide the camera and the buses."""
    unit = (FOLDER / f"allsky-edge-{program}.service").read_text()
    assert "ProtectClock" not in unit
    assert "PrivateDevices" not in unit


@pytest.mark.parametrize("program", PROGRAMS)
def test_one_of_several_cameras_differs_only_in_its_folders(program):
    one = (FOLDER / f"allsky-edge-{program}.service").read_text()
    several = (FOLDER / f"allsky-edge-{program}@.service").read_text()
    lines = [line for line in several.splitlines() if not line.startswith("#")]
    alike = "\n".join(lines).replace("/%i", "").replace(" %i", "")
    assert alike == "\n".join(
        line for line in one.splitlines() if not line.startswith("#")
    )


def test_every_program_is_started_again_for_ever():
    for program in PROGRAMS:
        unit = (FOLDER / f"allsky-edge-{program}.service").read_text()
        assert "Restart=always" in unit
        assert "StartLimitIntervalSec=0" in unit
        assert f"allsky-edge {program}\n" in unit
