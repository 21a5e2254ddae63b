"""Running commands after showing them: what the wizard does to the system is never a surprise."""

import os
import shlex
import subprocess
from collections.abc import Sequence

from edge.wizard.asking import Asker


class CommandError(Exception):
    """A command failed; the message names it."""


def run_shown(
    asker: Asker,
    key: str,
    why: str,
    commands: Sequence[Sequence[str]],
    *,
    dry_run: bool,
) -> bool:
    """Show the commands, ask, run them in order and return whether they were run.

    Raises
    ------
    CommandError
        One failed; those after it were not run.
    """
    asker.say("")
    commands = [as_this_user(command) for command in commands]
    for command in commands:
        asker.say(f"    {shlex.join(command)}")
    if not asker.agreed(key, why, guess=True):
        return False
    if dry_run:
        asker.say("Not run: this is a dry run.")
        return False
    for command in commands:
        if subprocess.run(command, check=False).returncode:
            raise CommandError(
                f"This command failed: {shlex.join(command)}\n"
                "What it says above is the reason. When it is mended, run the wizard again; it goes on from here."
            )
    return True


def as_this_user(command: Sequence[str]) -> list[str]:
    """Return a command without sudo where nobody needs it."""
    return list(command[1:] if command[0] == "sudo" and os.geteuid() == 0 else command)
