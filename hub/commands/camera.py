"""What the network says of a camera: who may see it, and where more of it is."""

import click

from hub.commands.database import opened
from hub.config import HubSettings
from hub.db import cameras
from hub.db.cameras import Visibility


@click.command("set-camera")
@click.argument("camera_id", metavar="ID")
@click.option(
    "--visibility",
    type=click.Choice([one.value for one in Visibility]),
    help="public; private: no visitor sees it; retired: it is no more, nobody sees it either.",
)
@click.option(
    "--grafana", metavar="URL", help="Charts of it elsewhere; '' takes the link away."
)
@click.pass_obj
def set_camera(
    settings: HubSettings, camera_id: str, visibility: str | None, grafana: str | None
) -> None:
    """Hide a camera from visitors, show it again, or link to charts of it elsewhere.

    All its pages, pictures, feeds and badges answer 404 from then on; the camera goes on sending. What somebody has
    seen before may stay in that browser.

    Example: allsky-hub set-camera ASK001 --visibility private
    """
    if visibility is None and grafana is None:
        raise click.UsageError("say --visibility or --grafana.")
    if grafana and not grafana.startswith(("https://", "http://")):
        raise click.BadParameter("an address begins with https:// or http://.")
    chosen = Visibility(visibility) if visibility else None
    with opened(settings) as db:
        if not cameras.set_camera(db, camera_id, chosen, grafana):
            raise click.ClickException(f"There is no camera {camera_id}.")
    click.echo(f"{camera_id} is changed.")
