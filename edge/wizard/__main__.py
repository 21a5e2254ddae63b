"""``python -m edge.wizard``: what ``setup_wizard.py`` calls once the environment stands."""

import getpass
import json
import pwd
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from edge.clock import Clock, SystemClock
from edge.config import SettingsError
from edge.hub_errors import HubError
from edge.hub_key import key_path
from edge.join import join
from edge.wizard import config_file, services
from edge.wizard.asking import AnswerError, Asker, Script, Terminal
from edge.wizard.finding import cameras_here, live_reading, sensors_here
from edge.wizard.first_look import look
from edge.wizard.questions import Answers, FoundSensor, ask_all
from edge.wizard.running import CommandError, run_shown

PROJECT = Path(__file__).resolve().parents[2]
SYSTEM_CONFIG = Path("/etc/allsky/config.json")
SYSTEM_DATA = "/var/lib/allsky"
# Answered in the first half.
FIRST_HALF = ("install_packages", "enable_i2c", "enable_one_wire", "install_project")


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    config: Path
    dry_run: bool
    config_only: bool


class Wizard:
    """One run through the second half."""

    def __init__(self, options: Options, asker: Asker, clock: Clock) -> None:
        self._options, self._asker, self._clock = options, asker, clock
        self._open: list[str] = []  # what the owner still has to do

    def run(self) -> None:
        """Ask, write, show, join, install; end with a list of what is left to do."""
        config = config_file.read(self._options.config)
        answers = ask_all(
            self._asker, config, cameras_here(), sensors_here(), self._live_reading
        )
        answers.config.setdefault("data", self._data())
        installation = self._installation(answers.config)
        if not self._options.config_only:
            self._prepare(installation)
        if self._options.dry_run:
            self._asker.say("\nThe settings would be:")
            self._asker.say(json.dumps(answers.config, indent=2, ensure_ascii=False))
        else:
            self._write(answers)
        if not self._options.config_only:
            self._start(installation)
        self._checklist(answers)

    def _live_reading(self, site: dict[str, Any], sensor: FoundSensor) -> str:
        return live_reading(site, sensor, self._clock)

    def _prepare(self, installation: services.Installation) -> None:
        names = {entry.pw_name for entry in pwd.getpwall()}
        commands = services.preparing(
            installation, getpass.getuser(), user_exists=services.USER in names
        )
        self._run("make_folders", "Make the services' user and folders?", commands)

    def _write(self, answers: Answers) -> None:
        path = self._options.config
        kept = config_file.write(path, answers.config, self._clock.now())
        self._asker.say(f"\nThe settings are in {path}.")
        if kept:
            self._asker.say(f"The earlier ones are kept in {kept}.")
        self._open += look(
            self._asker, answers.config, self._clock, Path.home() / "first-frame.jpg"
        )
        if answers.code:
            self._join(answers)

    def _join(self, answers: Answers) -> None:
        hub, folder = answers.config["hub"]["url"], self._options.config.parent
        try:
            answer = join(hub, answers.code, folder, answers.config["site"]["name"])
        except (HubError, OSError) as error:
            self._open.append(
                f"The hub did not take the code: {error} Try again: allsky-edge join CODE --hub {hub}"
            )
        else:
            self._asker.say(f"This camera is {answer.camera_id} on {hub}.")

    def _start(self, installation: services.Installation) -> None:
        with tempfile.TemporaryDirectory() as folder:
            staged = Path(folder)
            for name, unit in services.unit_files(installation).items():
                (staged / name).write_text(unit, encoding="utf-8")
            commands = services.starting(installation, staged)
            started = self._run(
                "install_services", "Install and start the services?", commands
            )
        if not started:
            self._open.append("The services are not installed: run the wizard again.")

    def _run(self, key: str, question: str, commands: list[list[str]]) -> bool:
        return run_shown(
            self._asker, key, question, commands, dry_run=self._options.dry_run
        )

    def _checklist(self, answers: Answers) -> None:
        url = answers.config.get("hub", {}).get("url", "")
        if url and not key_path(self._options.config.parent).exists():
            self._open.append(
                f"The camera has no key for {url} yet: ask its administrator for a code, then allsky-edge join."
            )
        if answers.config["camera"]["driver"] == "folder":
            folder = answers.config["camera"]["folder"]["path"]
            self._open.append(
                f"The services must be able to read the other program's frames: sudo -u {services.USER} ls {folder} "
                "must list them (docs/moving-in.md)."
            )
        self._asker.say("\n[bold]What is left to do[/bold]")
        for sentence in self._open or ["Nothing. Clear skies!"]:
            self._asker.say(f"  - {sentence}")
        command = PROJECT / ".venv/bin/allsky-edge"
        as_services = "" if self._options.config_only else f"sudo -u {services.USER} "
        self._asker.say(
            f"\nWhat the camera is doing: {as_services}{command} --config {self._options.config} status"
        )

    def _installation(self, config: dict[str, Any]) -> services.Installation:
        data = self._options.config.resolve().parent / config["data"]
        return services.Installation(PROJECT, self._options.config, data)

    def _data(self) -> str:
        return "data" if self._options.config_only else SYSTEM_DATA


@click.command()
@click.option("--dry-run", is_flag=True)
@click.option("--config-only", is_flag=True)
@click.option("--answers", type=click.Path(path_type=Path))
@click.option("--config", type=click.Path(path_type=Path))
def main(
    *, dry_run: bool, config_only: bool, answers: Path | None, config: Path | None
) -> None:
    """Ask about site, camera, sensors and hub; write the settings; install the services.

    Example: python3 setup_wizard.py --config-only --config config.json
    """
    console = Console()
    script = None
    if answers:
        script = Script(json.loads(answers.read_text(encoding="utf-8")), console)
    options = Options(config or SYSTEM_CONFIG, dry_run, config_only)
    try:
        Wizard(options, script or Terminal(console), SystemClock()).run()
        if script and (left := script.unasked(FIRST_HALF)):
            raise AnswerError(f"no question asked for {', '.join(left)}")
    except (AnswerError, SettingsError, CommandError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(
            f"{error.filename or options.config} cannot be written: {error.strerror}."
        ) from None
    except (KeyboardInterrupt, EOFError):
        sys.exit("\nEnded. Run the wizard again to go on.")


if __name__ == "__main__":
    main()
