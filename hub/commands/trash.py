"""Commands for deleting: what nobody shall see any more, and how to take it back."""

import json
import re

import click
from sqlite_utils import Database

from hub import sweeping, utc_now
from hub.commands.database import opened
from hub.config import HubSettings
from hub.db import cameras, publication, tombstones, trash
from hub.sync.products import KINDS
from products.manifest import FRAME_KIND, PERIOD_KINDS, product_key
from products.utc import utc_text

_WHO = "command line"
_NIGHT = re.compile(r"\d{4}-\d{2}-\d{2}")
_PRODUCT = re.compile(r"[a-z][a-z0-9-]{0,31}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?")
_OF_EVERY_NIGHT = KINDS.keys() - {FRAME_KIND, *PERIOD_KINDS}


def _night(_context: click.Context, _option: click.Parameter, night: str) -> str:
    if not _NIGHT.fullmatch(night):
        raise click.BadParameter("a night looks like 2026-11-21.")
    return night


def _product(
    _context: click.Context, _option: click.Parameter, product: str | None
) -> str | None:
    if product and not _PRODUCT.fullmatch(product):
        raise click.BadParameter("a product looks like keogram or event/m17.")
    return product


@click.command()
@click.argument("camera_id", metavar="ID")
@click.argument("night", callback=_night)
@click.argument("product", required=False, metavar="[KIND[/PART]]", callback=_product)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def delete(
    settings: HubSettings,
    /,
    camera_id: str,
    night: str,
    product: str | None,
    *,
    as_json: bool,
) -> None:
    """Delete a night of a camera, or one product of it; visitors do not see it from now on.

    The camera learns of it at its next heartbeat, sends it no more, and by its settings deletes its own copy. A whole
    night is all that the hub has of it, with the archive and the events, and its products that are still to come;
    months and years are named by themselves (KIND month-keogram, NIGHT the first of the month). For 30 days
    'allsky-hub trash restore' takes it back.

    Example: allsky-hub delete ASK001 2026-11-21 timelapse
    """
    with opened(settings) as db:
        _check_camera(db, camera_id)
        keys = _keys(publication.keys_of_night(db, camera_id, night), night, product)
        if product is None:
            keys |= {product_key(night, kind) for kind in _OF_EVERY_NIGHT}
        gone = trash.delete_products(db, camera_id, keys, _WHO, utc_now())
    _say("Deleted", gone, as_json=as_json)


@click.group("trash")
def trash_command() -> None:
    """Look at what was deleted, take it back, or let it go for ever.

    Example: allsky-hub trash list
    """


@trash_command.command("list")
@click.argument("camera_id", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_trash(
    settings: HubSettings, /, camera_id: str | None, *, as_json: bool
) -> None:
    """List what is in the trash, and until when.

    Example: allsky-hub trash list ASK001
    """
    with opened(settings) as db:
        found = trash.trashed(db, camera_id)
    if as_json:
        rows = [
            {
                "camera_id": one.camera_id,
                "key": one.key,
                "deleted_utc": utc_text(one.deleted_utc),
                "until_utc": utc_text(one.until_utc),
            }
            for one in found
        ]
        click.echo(json.dumps(rows))
        return
    for one in found:
        click.echo(f"{one.camera_id}  until {one.until_utc:%Y-%m-%d}  {one.key}")
    if not found:
        click.echo("The trash is empty.")


@trash_command.command()
@click.argument("camera_id", metavar="ID")
@click.argument("night", callback=_night)
@click.argument("product", required=False, metavar="[KIND[/PART]]", callback=_product)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def restore(
    settings: HubSettings,
    /,
    camera_id: str,
    night: str,
    product: str | None,
    *,
    as_json: bool,
) -> None:
    """Take back what was deleted, and let the camera send again what it has not sent.

    Example: allsky-hub trash restore ASK001 2026-11-21
    """
    with opened(settings) as db:
        _check_camera(db, camera_id)
        deleted = tombstones.deleted_keys(db, camera_id, night)
        keys = _keys(deleted, night, product) & set(deleted)
        back = trash.restore_products(db, camera_id, keys, _WHO, utc_now())
    _say("Restored", back, as_json=as_json)


@trash_command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def empty(settings: HubSettings, /, *, yes: bool) -> None:
    """Let everything in the trash go for ever, now; by itself it goes after 30 days.

    Example: allsky-hub trash empty --yes
    """
    with opened(settings) as db:
        count = len(trash.trashed(db))
        if count and not yes:
            click.confirm(f"Remove {count} products for ever?", abort=True)
        while sweeping.sweep_trash(settings, db, utc_now()):
            pass
    click.echo(f"{count} products are gone for ever.")


def _check_camera(db: Database, camera_id: str) -> None:
    if camera_id not in {camera.id for camera in cameras.all_cameras(db)}:
        raise click.ClickException(f"There is no camera {camera_id}.")


def _keys(known: list[str], night: str, product: str | None) -> set[str]:
    """Return the keys that are meant: all that are known of a night, a kind with its parts, or one part."""
    if product is None:
        return set(known)
    name = f"{night}/{product}"
    return {name} | {key for key in known if key.startswith(f"{name}/")}


def _say(done: str, keys: list[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(keys))
        return
    for key in keys:
        click.echo(f"{done} {key}")
    if not keys:
        click.echo(f"{done} nothing that was published.")
