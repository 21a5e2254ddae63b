"""The profile of a camera: a page that exists only while its owner wants it to."""

from flask import Response, abort, render_template

from hub.db import profiles
from hub.db.requests import hub_db, hub_settings
from hub.photos import photo_store
from hub.profile import LinkKind, Profile
from hub.public.answers import stored_file
from hub.public.blueprint import LANG, camera_or_404, pages
from hub.public.wording import _

_WHILE_ENABLED = "public, max-age=3600"  # what is disabled soon leaves the caches, too

_SERVICES = {
    "github": "GitHub",
    "makerworld": "MakerWorld",
    "tinkercad": "Tinkercad",
    "astrobin": "AstroBin",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "youtube": "YouTube",
}


@pages.get(LANG + "/c/<camera_id>/profile")
def profile(lang: str, camera_id: str) -> str:
    """Show what the owner of a camera wants visitors to know."""
    found = camera_or_404(camera_id)
    told = profiles.enabled_profile(hub_db(), found.id) or abort(404)
    return render_template(
        "profile.html",
        camera=found,
        profile=told,
        about=told.about.best(lang),
        setup=setup_parts(told),
        photos=profiles.photos(hub_db(), found.id),
        link_name=link_name,
    )


@pages.get("/c/<camera_id>/photos/<sha256>.jpg")
def photo(camera_id: str, sha256: str) -> Response:
    """Serve a photo of a profile that visitors may see."""
    found = camera_or_404(camera_id)
    if not profiles.photo_is_public(hub_db(), found.id, sha256):
        abort(404)
    path = photo_store(hub_settings()).path(sha256)
    return stored_file(path, "image/jpeg", _WHILE_ENABLED)


def setup_parts(shown: Profile) -> list[tuple[str, tuple[str, ...]]]:
    """Return the parts of a setup that anything is said about: (name in the page's language, lines)."""
    setup = shown.setup
    parts = (
        (_("Hardware"), setup.hardware),
        (_("Sensors"), setup.sensors),
        (_("Dome"), setup.dome),
        (_("Heater"), setup.heater),
        (_("Housing"), setup.housing),
    )
    return [(name, lines) for name, lines in parts if lines]


def link_name(kind: LinkKind) -> str:
    """Return what a link leads to; names of services are the same in every language."""
    words = {"website": _("Website"), "other": _("More")}
    return words.get(kind) or _SERVICES[kind]
