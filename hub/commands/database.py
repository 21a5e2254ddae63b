"""The database as a command finds it: opened for its time, or one sentence when there is none."""

import contextlib
from collections.abc import Iterator

import click
from sqlite_utils import Database

from hub.config import HubSettings
from hub.db import connect


@contextlib.contextmanager
def opened(settings: HubSettings) -> Iterator[Database]:
    """Open ``hub.db`` of the data folder; raise click.ClickException when the folder holds no hub."""
    if not settings.hub_db.exists():
        raise click.ClickException(
            f"{settings.data} holds no hub; run 'allsky-hub migrate' first, or name another folder with --data."
        )
    with contextlib.closing(connect(settings.hub_db)) as db:
        yield db
