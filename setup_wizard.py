#!/usr/bin/env python3
"""Set up an all-sky camera on a Raspberry Pi: ``python3 setup_wizard.py``.

This first half needs nothing but Python itself: it looks at the computer, and prints and runs, after asking, each
command that installs what is missing. The second half (`edge.wizard`) then asks about site, camera, sensors and hub,
writes the settings and installs the services. Both can be run again at any time: what is done is not done twice, and
earlier answers are the suggestions.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
RELEASES = {"12": "bookworm", "13": "trixie"}
PACKAGES = ("python3-venv", "python3-picamera2", "fonts-dejavu-core")


@dataclass(frozen=True)
class Computer:
    """What the first half needs to know, and where it looks; a test looks elsewhere."""

    root: Path = Path("/")
    machine: str = field(default_factory=platform.machine)
    python: tuple[int, int] = sys.version_info[:2]

    @property
    def release(self) -> dict[str, str]:
        """The fields of /etc/os-release."""
        try:
            text = (self.root / "etc/os-release").read_text(encoding="utf-8")
        except OSError:
            return {}
        pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
        return {name: value.strip('"') for name, value in pairs}

    @property
    def is_pi(self) -> bool:
        """Whether this is a Raspberry Pi."""
        model = self.root / "proc/device-tree/model"
        return model.exists() and b"Raspberry Pi" in model.read_bytes()

    @property
    def has_i2c(self) -> bool:
        """Whether the I2C bus of the pin header is switched on."""
        return (self.root / "dev/i2c-1").exists()

    @property
    def has_one_wire(self) -> bool:
        """Whether the 1-Wire bus is switched on (perhaps only after the next start)."""
        texts = [
            self.root / one for one in ("boot/firmware/config.txt", "boot/config.txt")
        ]
        return any(
            line.strip().startswith("dtoverlay=w1-gpio")
            for path in texts
            if path.exists()
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        )

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each thing that will not work here."""
        if self.machine not in ("aarch64", "x86_64"):
            yield (
                f"This system is {self.machine}, 32-bit: the libraries exist for 64-bit only. "
                "Write the 64-bit Raspberry Pi OS Lite to the card."
            )
        if self.python < (3, 11):
            yield f"Python {self.python[0]}.{self.python[1]} is too old: 3.11 or newer is needed."
        release = self.release
        if release.get("VERSION_ID") not in RELEASES or "debian" not in (
            release.get("ID", "") + release.get("ID_LIKE", "")
        ):
            name = release.get("PRETTY_NAME", "an unknown system")
            yield (
                f"This is {name}; tried were Raspberry Pi OS and Debian 12 (bookworm) and 13 (trixie). "
                "It may work all the same."
            )


@dataclass(frozen=True)
class Step:
    """Commands that are run together when the owner agrees; ``key`` is its name in a file of answers."""

    key: str
    why: str
    commands: list[list[str]]
    after: str = ""


def steps(computer: Computer, installed: Callable[[str], bool]) -> Iterator[Step]:
    """Yield what is still to be done on this computer, in order."""
    missing = [name for name in PACKAGES if not installed(name)]
    if not computer.is_pi:
        missing = [name for name in missing if name != "python3-picamera2"]
    if missing:
        yield Step(
            "install_packages",
            f"Install {', '.join(missing)} from the system's packages.",
            [
                ["sudo", "apt-get", "update"],
                ["sudo", "apt-get", "install", "--yes", *missing],
            ],
        )
    if computer.is_pi and not computer.has_i2c:
        yield Step(
            "enable_i2c",
            "Switch on the I2C bus, for sensors of climate and sky brightness.",
            [["sudo", "raspi-config", "nonint", "do_i2c", "0"]],
        )
    if computer.is_pi and not computer.has_one_wire:
        yield Step(
            "enable_one_wire",
            "Switch on the 1-Wire bus, for DS18B20 thermometers.",
            [["sudo", "raspi-config", "nonint", "do_onewire", "0"]],
            after="It works after the next start of the Raspberry Pi.",
        )
    pip = [str(VENV / "bin/python"), "-m", "pip", "install"]
    extra = "[pi]" if computer.is_pi else ""
    project = [
        "--constraint",
        str(HERE / "constraints.txt"),
        "--editable",
        f"{HERE}{extra}",
    ]
    yield Step(
        "install_project",
        "Install this project and its libraries into .venv: a few minutes on a Raspberry Pi Zero, nothing is compiled.",
        [
            [sys.executable, "-m", "venv", "--system-site-packages", str(VENV)],
            [*pip, "--quiet", "--disable-pip-version-check", *project],
        ],
    )


def is_installed(package: str) -> bool:
    """Say whether a Debian package is installed."""
    if shutil.which("dpkg-query") is None:
        return True  # not a Debian: nothing that apt could do
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout == "installed"


def take(step: Step, answers: dict[str, Any] | None, *, dry_run: bool) -> bool:
    """Show a step and run its commands if the owner agrees; return whether they were run, or would be."""
    print(f"\n{step.why}")
    commands = [
        command[1:] if command[0] == "sudo" and os.geteuid() == 0 else command
        for command in step.commands
    ]
    for command in commands:
        print(f"    {shlex.join(command)}")
    if answers is None and not dry_run:
        agreed = input("Run this? [Y/n] ").strip().lower() in (
            "",
            "y",
            "yes",
            "j",
            "ja",
        )
    else:
        agreed = bool((answers or {}).get(step.key, True))
    if not agreed:
        print("Left out.")
        return False
    if dry_run:
        return True
    for command in commands:
        if subprocess.run(command, check=False).returncode:
            sys.exit(
                f"This command failed: {shlex.join(command)}\n"
                "What it says above is the reason. When it is mended, run the wizard again; it goes on from here."
            )
    if step.after:
        print(step.after)
    return True


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        description="Set up an all-sky camera on this computer.",
        epilog="Example: python3 setup_wizard.py --dry-run",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="Say what would be done, and do nothing."
    )
    parser.add_argument(
        "--config-only", action="store_true", help="Only ask, and write the settings."
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="Take the answers from a JSON file and ask nothing.",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="The settings (default: /etc/allsky/config.json).",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Do the first half, then hand over to the second in the new environment."""
    options = parsed(arguments)
    answers = None
    if options.answers:
        try:
            answers = json.loads(options.answers.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            sys.exit(f"The answers in {options.answers} cannot be read: {error}")
    computer = Computer()
    if not options.config_only:
        print(
            "This sets up an all-sky camera. Enter takes the suggestion; Ctrl-C ends, and nothing is lost."
        )
        for problem in computer.problems():
            print(f"\nNote: {problem}")
        for step in steps(computer, is_installed):
            take(step, answers, dry_run=options.dry_run)
    python = VENV / "bin/python"
    if not python.exists():
        if options.dry_run:
            print(
                "\nThen it asks about site, camera, sensors and hub, and installs the services."
            )
            return
        sys.exit(
            "The environment .venv is missing: run the wizard without --config-only first."
        )
    sys.stdout.flush()
    os.chdir(HERE)
    os.execv(python, [str(python), "-m", "edge.wizard", *arguments])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (KeyboardInterrupt, EOFError):
        sys.exit("\nEnded. Run the wizard again to go on.")
