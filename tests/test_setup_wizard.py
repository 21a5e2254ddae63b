"""The first half of the wizard, which runs on Python alone."""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_spec = importlib.util.spec_from_file_location("setup_wizard", ROOT / "setup_wizard.py")
setup_wizard = importlib.util.module_from_spec(_spec)
sys.modules["setup_wizard"] = setup_wizard  # dataclasses look there
_spec.loader.exec_module(setup_wizard)
Computer, steps = setup_wizard.Computer, setup_wizard.steps

BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'


@pytest.fixture
def root(tmp_path):
    """The files of a Raspberry Pi as it comes out of the box."""
    for name, content in {
        "etc/os-release": BOOKWORM,
        "proc/device-tree/model": "Raspberry Pi Zero 2 W Rev 1.0\0",
        "boot/firmware/config.txt": "dtparam=audio=on\n#dtoverlay=w1-gpio\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def pi(root) -> Computer:
    return Computer(root, "aarch64", (3, 11))


def test_it_needs_nothing_but_python():
    tree = ast.parse((ROOT / "setup_wizard.py").read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
        )
    }
    assert imported <= sys.stdlib_module_names


def test_a_new_raspberry_pi_gets_everything(root):
    todo = {step.key: step for step in steps(pi(root), lambda package: False)}
    assert list(todo) == [
        "install_packages",
        "enable_i2c",
        "enable_one_wire",
        "install_project",
    ]
    assert "python3-picamera2" in todo["install_packages"].commands[1]
    assert "--system-site-packages" in todo["install_project"].commands[0]
    assert todo["install_project"].commands[1][-1].endswith("[pi]")


def test_what_is_done_is_not_done_twice(root):
    (root / "dev").mkdir()
    (root / "dev/i2c-1").touch()
    (root / "boot/firmware/config.txt").write_text("dtoverlay=w1-gpio,gpiopin=4\n")
    assert [step.key for step in steps(pi(root), lambda package: True)] == [
        "install_project"
    ]


def test_a_laptop_gets_no_camera_packages(root):
    (root / "proc/device-tree/model").unlink()
    todo = {step.key: step for step in steps(pi(root), lambda package: False)}
    assert list(todo) == ["install_packages", "install_project"]
    assert "python3-picamera2" not in todo["install_packages"].commands[1]


@pytest.mark.parametrize(
    ("computer", "said"),
    [
        ({"machine": "armv7l"}, "64-bit"),
        ({"python": (3, 9)}, "Python 3.9 is too old"),
    ],
)
def test_what_will_not_work_is_said_first(root, computer, said):
    facts = {"machine": "aarch64", "python": (3, 11)} | computer
    assert any(said in one for one in Computer(root, **facts).problems())


def test_the_known_systems_are_no_problem(root):
    assert not list(pi(root).problems())
    (root / "etc/os-release").write_text(
        'ID=fedora\nVERSION_ID=44\nPRETTY_NAME="Fedora"'
    )
    assert any("Fedora" in one for one in pi(root).problems())


def test_a_refused_step_is_left_out(capsys):
    step = setup_wizard.Step("enable_i2c", "Switch on I2C.", [["false"]])
    assert not setup_wizard.take(step, {"enable_i2c": False}, dry_run=False)
    assert "Left out." in capsys.readouterr().out


def test_a_command_that_fails_ends_with_what_to_do():
    step = setup_wizard.Step("install_packages", "Install.", [["false"]])
    with pytest.raises(SystemExit, match="This command failed: false"):
        setup_wizard.take(step, {}, dry_run=False)


def test_a_dry_run_runs_nothing(tmp_path, capsys):
    step = setup_wizard.Step("x", "Touch.", [["touch", str(tmp_path / "touched")]])
    assert setup_wizard.take(step, None, dry_run=True)
    assert not (tmp_path / "touched").exists()
    assert "touch" in capsys.readouterr().out


def test_from_the_first_question_to_the_written_settings(tmp_path):
    """As on the roof, but without the commands that change the system."""
    answers, config = tmp_path / "answers.json", tmp_path / "config.json"
    told = {"site.name": "Hill", "site.zone": "Europe/Berlin", "capture.interval_s": 1}
    answers.write_text(json.dumps(told))
    command = [sys.executable, "-m", "edge.wizard", "--config-only"]
    command += ["--config", str(config), "--answers", str(answers)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(config.read_text())["site"]["name"] == "Hill"
    assert (tmp_path / "first-frame.jpg").read_bytes()[:2] == b"\xff\xd8"
