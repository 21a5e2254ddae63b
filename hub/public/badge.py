"""Small SVG badges for other sites: is the camera live, which level has it, what has it earned."""

import math
from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask, Response, abort, render_template

from hub.db import products, xp
from hub.db.cameras import Camera
from hub.db.requests import hub_db, hub_now
from hub.public import languages
from hub.public.achievements import badge_words
from hub.public.answers import document, open_blueprint
from hub.public.blueprint import camera_or_404
from hub.public.cards import Card
from hub.public.phrases import number, state_words
from hub.public.wording import _
from products.lettering import font

_TEXT_PX = 13
_GROUNDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "dark": {
            "ground": "#0b0e14", "line": "#232a38", "ink": "#e8ebf2", "night": "#2b3b66", "twilight": "#4b4a7a",
            "day": "#9db7d8", "tick": "#f2c46d", "live": "#7fd8a4", "late": "#f2c46d", "asleep": "#98a2b6",
            "offline": "#98a2b6", "new": "#98a2b6", "earned": "#f2c46d",
        },
        "light": {
            "ground": "#ffffff", "line": "#ddd8cd", "ink": "#171a21", "night": "#2a3558", "twilight": "#8c8bb8",
            "day": "#a9c8e6", "tick": "#8a5a00", "live": "#1e7d4b", "late": "#8a5a00", "asleep": "#565d6b",
            "offline": "#565d6b", "new": "#565d6b", "earned": "#8a5a00",
        },
    }
)  # fmt: skip

blueprint = open_blueprint("badge")


def init_app(app: Flask) -> None:
    """Add the addresses of badges."""
    app.register_blueprint(blueprint)


@blueprint.get("/badge/<camera_id>.svg")
def state_badge(camera_id: str) -> Response:
    """Show a camera's ring, its name and its state in words; ``lang`` and ``theme`` (dark, light) are in the query."""
    camera, now = camera_or_404(camera_id), hub_now()
    card = Card.of(camera, products.live_frame(hub_db(), camera.id), now)
    words = state_words(card.status, now, camera.tz)
    return _drawn(camera, words, card.status.state.value, card)


@blueprint.get("/badge/<camera_id>/level.svg")
def level_badge(camera_id: str) -> Response:
    """Show a camera's level and points."""
    camera = camera_or_404(camera_id)
    standing = xp.standing(hub_db(), camera.id) or abort(404)
    words = _(
        "Level %(level)s · %(points)s XP",
        level=standing.level,
        points=number(standing.points),
    )
    return _drawn(camera, words, "earned")


@blueprint.get("/badge/<camera_id>/<name>.svg")
def earned_badge(camera_id: str, name: str) -> Response:
    """Show a badge that a camera has earned."""
    camera = camera_or_404(camera_id)
    standing = xp.standing(hub_db(), camera.id)
    if standing is None or name not in standing.badges:
        abort(404)
    return _drawn(camera, badge_words(name)[0], "earned")


def _drawn(
    camera: Camera, words: str, state: str, card: Card | None = None
) -> Response:
    """Return the badge: ring or star, the camera's name, and the words in the colour of a state."""
    first, second = (
        math.ceil(font(_TEXT_PX).getlength(text)) for text in (camera.name, words)
    )
    svg = render_template(
        "badge.svg",
        camera=camera,
        words=words,
        state=state,
        ring=card.ring if card else None,
        tick=card.ring.tick(card.now) if card and card.ring else None,
        colours=_GROUNDS.get(languages.theme(), _GROUNDS["dark"]),
        name_px=first,
        words_px=second,
    )
    return document(svg, "image/svg+xml; charset=utf-8")
