"""The command for requests to join."""

import json

import click

from hub.commands.database import opened
from hub.config import HubSettings
from hub.db import join_requests as stored
from hub.db.join_requests import JoinRequest
from products.utc import utc_text


@click.command("join-requests")
@click.option("--delete", "number", type=int, help="Delete the one of this number.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def join_requests(
    settings: HubSettings, /, number: int | None, *, as_json: bool
) -> None:
    """List what people wrote into the form to join, the oldest first; delete what has been answered.

    Example: allsky-hub join-requests --delete 3
    """
    with opened(settings) as db:
        if number is not None:
            if not stored.delete_join_request(db, number):
                raise click.ClickException(f"There is no request {number}.")
            return
        found = stored.join_requests(db)
    if as_json:
        click.echo(json.dumps([_facts(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo("\n".join(f"{key:10} {value}" for key, value in _facts(one).items()))
        click.echo()


def _facts(one: JoinRequest) -> dict[str, object]:
    form = one.form
    return {
        "number": one.id,
        "sent_utc": utc_text(one.created_utc),
        "name": form.name,
        "email": form.email,
        "location": form.location,
        "link": form.link,
        "notes": form.notes,
    }
