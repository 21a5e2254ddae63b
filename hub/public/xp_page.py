"""How points, levels and badges come about, made from the very rules that count; and where a camera's come from."""

from dataclasses import dataclass

from flask import Flask, render_template

from hub.badges import BADGES
from hub.db import cameras, xp
from hub.db.requests import hub_db
from hub.db.xp import Standing
from hub.public.achievements import badge_words, rule_words
from hub.public.blueprint import LANG, pages
from hub.xp import RULES, Rule, points_for

_LEVELS = (1, 2, 3, 5, 10, 20, 30)


@dataclass(frozen=True, slots=True)
class Source:
    """So many points by one rule."""

    rule: Rule
    times: int

    @property
    def points(self) -> int:
        """What the rule gave in all."""
        return self.rule.points * self.times


def init_app(app: Flask) -> None:
    """Let templates show what a camera has reached (`_badges.html`)."""
    app.jinja_env.globals.update(
        standing_of=standing_of, sources_of=sources_of, points_for=points_for,
        rule_words=rule_words, badge_words=badge_words,
    )  # fmt: skip


@pages.get(LANG + "/xp")
def xp_rules(lang: str) -> str:
    """Show the rules, and the level of every camera."""
    db = hub_db()
    shown = [
        (camera, standing)
        for camera in cameras.public_cameras(db)
        if (standing := xp.standing(db, camera.id))
    ]
    return render_template(
        "xp.html",
        rules=RULES,
        badges=BADGES,
        levels=_LEVELS,
        ranking=sorted(shown, key=lambda one: (-one[1].points, one[0].id)),
    )


def standing_of(camera_id: str) -> Standing | None:
    """Return what a camera has reached; None as long as nothing was counted."""
    return xp.standing(hub_db(), camera_id)


def sources_of(standing: Standing) -> list[Source]:
    """Return where the points of a camera come from, in the order of the rules; rules that gave none are left out."""
    found = (Source(rule, standing.counts.get(rule.name, 0)) for rule in RULES)
    return [one for one in found if one.times]
