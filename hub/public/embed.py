"""What other sites show in a frame: the sky of one camera now, the only page that may be framed."""

from flask import Flask, abort, make_response, render_template
from werkzeug.wrappers import Response

from hub import headers
from hub.db import cameras, products
from hub.db.cameras import Camera
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.public.answers import NEWEST, open_blueprint
from hub.public.cards import Card

WIDTH_PX, HEIGHT_PX = 360, 420
_BELOW_THE_DISC_PX = HEIGHT_PX - WIDTH_PX

blueprint = open_blueprint("embed")


def init_app(app: Flask) -> None:
    """Add the page for frames."""
    app.register_blueprint(blueprint)


@blueprint.get("/embed/<camera_id>")
def frame(camera_id: str) -> Response:
    """Show the sky of one camera now; ``lang`` and ``theme`` are in the query, because a frame gets no cookies."""
    db, now = hub_db(), hub_now()
    camera = cameras.public_camera(db, camera_id) or abort(404)
    headers.allow_framing()
    page = render_template(
        "embed.html",
        card=Card.of(camera, products.live_frame(db, camera.id), now),
        camera=camera,
        now=now,
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = NEWEST
    return answer


def size_within(
    most_width_px: int | None, most_height_px: int | None
) -> tuple[int, int]:
    """Return width and height of a frame that is at most so large, in pixels: a disc with two lines below it."""
    width = min(WIDTH_PX, most_width_px or WIDTH_PX)
    if most_height_px:
        width = min(width, most_height_px - _BELOW_THE_DISC_PX)
    width = max(width, 1)
    return width, width + _BELOW_THE_DISC_PX


def snippet(camera: Camera, lang: str, width_px: int, height_px: int) -> str:
    """Return the HTML with which another site shows the camera; every address in it is whole."""
    template = "embed_snippet.html"
    address = f"{hub_settings().url.rstrip('/')}/embed/{camera.id}?lang={lang}"
    return render_template(
        template, camera=camera, address=address, width=width_px, height=height_px
    ).strip()
