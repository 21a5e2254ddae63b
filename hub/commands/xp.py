"""Points and badges on the command line: where they come from, counted this moment."""

import contextlib
import json

import click

from hub import awards, utc_now
from hub.commands.database import opened
from hub.config import HubSettings
from hub.db import cameras, connect
from hub.db import xp as db_xp
from hub.xp import RULES


@click.command()
@click.argument("camera_id", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def xp(settings: HubSettings, camera_id: str | None, *, as_json: bool) -> None:
    """Count the points of one camera, or of all, and print where they come from. The hub does so itself once a day.

    Example: allsky-hub xp ASK001
    """
    with opened(settings) as db:
        chosen = [
            one
            for one in cameras.all_cameras(db)
            if camera_id is None or one.id == camera_id
        ]
        if camera_id and not chosen:
            raise click.ClickException(f"There is no camera {camera_id}.")
        with contextlib.closing(connect(settings.series_db)) as readings:
            for one in chosen:
                awards.count(db, readings, one, utc_now())
        found = {one.id: db_xp.standing(db, one.id) for one in chosen}
    standings = {identity: one for identity, one in found.items() if one}
    if as_json:
        click.echo(json.dumps({name: _facts(one) for name, one in standings.items()}))
        return
    for identity, reached in standings.items():
        click.echo(f"{identity}  level {reached.level}, {reached.points} points")
        for rule in RULES:
            times = reached.counts.get(rule.name, 0)
            click.echo(f"  {rule.name:12} {times:5} x {rule.points:3}")
        click.echo(f"  badges: {', '.join(reached.badges) or 'none yet'}")


def _facts(standing: db_xp.Standing) -> dict[str, object]:
    return {
        "level": standing.level,
        "points": standing.points,
        "counts": standing.counts,
        "badges": {name: day.isoformat() for name, day in standing.badges.items()},
    }
