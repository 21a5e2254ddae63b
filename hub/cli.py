"""The command line of the hub: one thin function a command."""

import json
import os
import re
import sqlite3
from pathlib import Path

import click
from pydantic import ValidationError

from hub import integrity, serving, utc_now
from hub.commands.backup import backup_command, restore_command
from hub.commands.camera import set_camera
from hub.commands.database import opened
from hub.commands.highlight import highlight
from hub.commands.jobs import jobs_command, prune
from hub.commands.join_requests import join_requests
from hub.commands.profile import profile_command
from hub.commands.trash import delete, trash_command
from hub.commands.xp import xp
from hub.config import HubSettings, load
from hub.db import cameras, clocks, keys, users


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="allsky-network")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the hub's data (default: ALLSKY_HUB_DATA, else hub-data).",
)
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """Run and look after the hub of an all-sky network."""
    if data is not None:
        os.environ["ALLSKY_HUB_DATA"] = str(data)
    try:
        context.obj = load()
    except ValidationError as error:
        raise click.ClickException(f"hub.json: {error}") from error


@main.command()
@click.pass_obj
def migrate(settings: HubSettings) -> None:
    """Bring the databases up to date, creating them if need be.

    Example: allsky-hub --data /var/lib/allsky-hub migrate
    """
    serving.prepare(settings)
    click.echo(f"{settings.data} is up to date.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option(
    "--jobs/--no-jobs",
    default=True,
    show_default=True,
    help="Do the recurring work, too ('allsky-hub jobs').",
)
@click.pass_obj
def serve(
    settings: HubSettings, /, host: str, port: int, workers: int, *, jobs: bool
) -> None:
    """Bring the databases up to date, then serve the site until stopped.

    Example: allsky-hub --data /var/lib/allsky-hub serve --port 8080
    """
    serving.serve(settings, host, port, workers, with_jobs=jobs)


@main.command("add-camera")
@click.argument("name")
@click.option("--id", "camera_id", help="Its ID (default: the next free one).")
@click.option("--join-code", is_flag=True, help="Print a one-time code, not a key.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def add_camera(
    settings: HubSettings,
    name: str,
    camera_id: str | None,
    *,
    join_code: bool,
    as_json: bool,
) -> None:
    """Register a camera and print its ID and its secret key, which is shown this once.

    Example: allsky-hub add-camera "Observatory roof" --join-code
    """
    with opened(settings) as db:
        identity = camera_id or cameras.next_id(db, settings.id_prefix)
        if not re.fullmatch(rf"{settings.id_prefix}\d{{3,6}}", identity):
            raise click.BadParameter(f"an ID looks like {settings.id_prefix}001.")
        try:
            cameras.add_camera(db, identity, name, utc_now())
        except sqlite3.IntegrityError as error:
            raise click.ClickException(f"{identity} is taken.") from error
        secret = (
            {"join_code": keys.add_join_code(db, identity, utc_now())}
            if join_code
            else {"key": keys.add_key(db, identity, utc_now())}
        )
    shown = {"camera_id": identity, **secret}
    if as_json:
        click.echo(json.dumps(shown))
        return
    for label, value in shown.items():
        click.echo(f"{label.replace('_', ' '):10} {value}")
    click.echo(
        f"On the camera: allsky-edge join {shown['join_code']} --hub {settings.url}"
        if join_code
        else "Store the key in hub.key beside the camera's config.json; it is not shown again."
    )


@main.command("join-code")
@click.argument("camera_id", metavar="ID")
@click.pass_obj
def join_code(settings: HubSettings, camera_id: str) -> None:
    """Print a one-time code for a camera that is there already, such as one that has lost its key.

    Example: allsky-hub join-code ASK001
    """
    with opened(settings) as db:
        if camera_id not in {camera.id for camera in cameras.all_cameras(db)}:
            raise click.ClickException(f"There is no camera {camera_id}.")
        code = keys.add_join_code(db, camera_id, utc_now())
    click.echo(f"On the camera: allsky-edge join {code} --hub {settings.url}")


@main.command("list-cameras")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_cameras(settings: HubSettings, *, as_json: bool) -> None:
    """List the cameras and when they were last heard of.

    Example: allsky-hub list-cameras
    """
    with opened(settings) as db:
        seen = clocks.all_clocks(db)
        known = [
            {
                "id": camera.id,
                "name": camera.name,
                "visibility": camera.visibility,
                "last_contact_utc": camera.last_contact_utc.isoformat()
                if camera.last_contact_utc
                else None,
                "clock_skew_s": seen[camera.id].skew_s if camera.id in seen else None,
                "clock_quality": seen[camera.id].quality if camera.id in seen else None,
            }
            for camera in cameras.all_cameras(db)
        ]
    if as_json:
        click.echo(json.dumps(known))
        return
    for one in known:
        heard = one["last_contact_utc"] or "never heard of"
        wrong = clocks.in_words(seen.get(str(one["id"])))
        click.echo(f"{one['id']}  {one['visibility']:8}  {heard}  {one['name']}{wrong}")


@main.command("add-admin")
@click.argument("name")
@click.pass_obj
def add_admin(settings: HubSettings, name: str) -> None:
    """Register an administrator and print a one-time login link, valid for 7 days.

    Example: allsky-hub add-admin ada
    """
    with opened(settings) as db:
        token = users.add_admin(db, name, utc_now())
    click.echo(f"{settings.url}/login?token={token}")
    click.echo(
        "This version of the hub has no login page yet, so the link opens nothing. "
        "Run this command again for a fresh link once it has."
    )


@main.command()
@click.option("--hash", "with_hash", is_flag=True, help="Read every file (slow).")
@click.option(
    "--repair",
    is_flag=True,
    help="Take back products whose file is missing or damaged; cameras send them again.",
)
@click.pass_obj
def check(settings: HubSettings, /, *, with_hash: bool, repair: bool) -> None:
    """Compare the databases with the files; exit status 1 if something is wrong.

    Example: allsky-hub check --hash
    """
    with opened(settings) as db:
        found = integrity.check(settings, db, read_all=with_hash)
        asked = integrity.take_back(settings, db, found.broken) if repair else []
    for fault in found.faults:
        click.echo(fault)
    for name in asked:
        click.echo(f"taken back, to be sent again: {name}")
    click.echo(f"{found.blobs} files checked, {len(found.faults)} faults.")
    if found.faults:
        raise SystemExit(1)


main.add_command(backup_command)
main.add_command(delete)
main.add_command(highlight)
main.add_command(jobs_command)
main.add_command(join_requests)
main.add_command(profile_command)
main.add_command(prune)
main.add_command(restore_command)
main.add_command(set_camera)
main.add_command(trash_command)
main.add_command(xp)
