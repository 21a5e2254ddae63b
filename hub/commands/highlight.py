"""Commands for highlights: pick out what is worth seeing, and show it or not."""

import json
import re

import click

from hub import utc_now
from hub.commands.database import opened
from hub.config import HubSettings
from hub.db import highlights
from hub.db.highlights import Category, Choice, Highlight, UnknownProductError
from hub.db.publication import ProductKey

_PRODUCT = re.compile(r"[a-z][a-z0-9-]{0,31}(/[A-Za-z0-9._-]{1,64})?")


@click.group()
def highlight() -> None:
    """Pick out what is worth seeing; it appears on the pages of highlights.

    Example: allsky-hub highlight add ASK001 2026-11-21 startrails --category startrails
    """


@highlight.command("add")
@click.argument("camera_id", metavar="ID")
@click.argument("night", metavar="NIGHT")
@click.argument("product", metavar="PRODUCT")
@click.option(
    "--category",
    type=click.Choice([one.value for one in Category]),
    default=Category.OTHER.value,
    show_default=True,
    help="What it shows.",
)
@click.option("--en", "caption_en", default="", help="Caption in English.")
@click.option("--de", "caption_de", default="", help="Caption in German.")
@click.option("--by", "chosen_by", default="", help="Who picked it out.")
@click.pass_obj
def add(
    settings: HubSettings, /, camera_id: str, night: str, product: str, **said: str
) -> None:
    """Pick out PRODUCT (keogram, startrails, timelapse, frame/20261122T030000Z, ...) of a night, or change its words.

    Example: allsky-hub highlight add ASK001 2026-11-21 timelapse --category aurora --en "Aurora overhead"
    """
    if not _PRODUCT.fullmatch(product):
        raise click.BadParameter(f"no product is called {product!r}.")
    kind, _slash, part = product.partition("/")
    key = ProductKey(camera_id, night, kind, part)
    choice = Choice(
        Category(said["category"]),
        _caption(said["caption_en"]),
        _caption(said["caption_de"]),
        _caption(said["chosen_by"]),
    )
    with opened(settings) as db:
        try:
            number = highlights.add_highlight(db, key, choice, utc_now())
        except UnknownProductError as error:
            raise click.ClickException(
                f"{camera_id} has published no {product} of the night {night}."
            ) from error
    click.echo(f"Highlight {number}.")


@highlight.command("list")
@click.option("--camera", "camera_id", help="Only those of this camera.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(settings: HubSettings, camera_id: str | None, *, as_json: bool) -> None:
    """List the highlights, also those that are not shown.

    Example: allsky-hub highlight list --camera ASK001
    """
    with opened(settings) as db:
        known = [_facts(one) for one in highlights.all_highlights(db, camera_id)]
    if as_json:
        click.echo(json.dumps(known, ensure_ascii=False))
        return
    for one in known:
        shown = "shown " if one["active"] else "hidden"
        click.echo(
            f"{one['id']:5}  {shown}  {one['camera_id']}  {one['night']}  {one['product']:14}  "
            f"{one['category']:10}  {one['en'] or one['de']}"
        )


@highlight.command("off")
@click.argument("number", type=int)
@click.pass_obj
def off(settings: HubSettings, number: int) -> None:
    """Stop showing a highlight; no file is deleted, and 'on' shows it again.

    Example: allsky-hub highlight off 3
    """
    _show(settings, number, active=False)


@highlight.command("on")
@click.argument("number", type=int)
@click.pass_obj
def on(settings: HubSettings, number: int) -> None:
    """Show a highlight again.

    Example: allsky-hub highlight on 3
    """
    _show(settings, number, active=True)


def _show(settings: HubSettings, number: int, *, active: bool) -> None:
    with opened(settings) as db:
        if not highlights.show(db, number, active=active):
            raise click.ClickException(f"There is no highlight {number}.")


def _caption(text: str) -> str:
    clean = " ".join(text.split())
    if len(clean) > highlights.LONGEST_CAPTION:
        raise click.BadParameter(
            f"{len(clean)} characters; at most {highlights.LONGEST_CAPTION} fit."
        )
    return clean


def _facts(one: Highlight) -> dict[str, object]:
    product = one.product
    return {
        "id": one.id,
        "active": one.active,
        "camera_id": product.camera_id,
        "night": product.night,
        "product": f"{product.kind}/{product.part}" if product.part else product.kind,
        "category": one.choice.category.value,
        "en": one.choice.caption_en,
        "de": one.choice.caption_de,
        "by": one.choice.chosen_by,
    }
