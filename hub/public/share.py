"""Sharing a camera's page: its address, as a picture for telephones too, and where people like to send it.

Nothing is fetched from the other sites; their addresses are only links, and each opens when a visitor chooses it.
"""

import io
from urllib.parse import quote

import segno
from flask import Response, request, url_for

from hub.db.cameras import Camera
from hub.db.requests import hub_settings
from hub.public.blueprint import LANG, camera_or_404, pages
from hub.public.wording import _

_QUIET_ZONE = 2  # modules around the code; on a light ground it needs no more
_CACHING = "public, max-age=86400"


@pages.get(LANG + "/c/<camera_id>/qr.svg")
def qr_code(lang: str, camera_id: str) -> Response:
    """Serve the address of a camera's page as a QR code, dark on light whatever the theme: scanners need it."""
    found = camera_or_404(camera_id)
    drawing = io.BytesIO()
    segno.make(page_address(found, lang), error="m").save(
        drawing, kind="svg", border=_QUIET_ZONE, dark="#0b0e14", light="#fff"
    )
    answer = Response(drawing.getvalue(), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = _CACHING
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def page_address(camera: Camera, lang: str) -> str:
    """Return the whole address of a camera's page."""
    path = url_for("pages.camera", lang=lang, camera_id=camera.id)
    return f"{hub_settings().url.rstrip('/')}{path}"


def share_links(camera: Camera, lang: str) -> list[tuple[str, str]]:
    """Return (name, address) of where a page can be sent to."""
    words = _("The sky above %(name)s", name=camera.name)
    title, page = quote(words), quote(page_address(camera, lang), safe="")
    both = f"{title}%20{page}"
    return [
        (_("E-mail"), f"mailto:?subject={title}&body={page}"),
        ("WhatsApp", f"https://wa.me/?text={both}"),
        ("Telegram", f"https://t.me/share/url?url={page}&text={title}"),
        ("Bluesky", f"https://bsky.app/intent/compose?text={both}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?u={page}"),
    ]
