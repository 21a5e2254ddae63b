"""A click group whose large commands are imported only when they are called, so that ``--help`` is quick."""

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """A group with commands of its own and others named as ``module:attribute`` with their line of help."""

    def __init__(
        self, *args: Any, elsewhere: dict[str, tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*super().list_commands(ctx), *self._elsewhere])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; one that lives elsewhere is only named here, with its line of help."""
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        return click.Command(cmd_name, short_help=self._elsewhere[cmd_name][1])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command to call, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in self._elsewhere:
            module, _, attribute = self._elsewhere[name][0].partition(":")
            command = getattr(importlib.import_module(module), attribute)
        return name, command, rest
