"""One night of one camera: everything of it on one time axis."""

from dataclasses import replace

from flask import Response, abort, jsonify, render_template, request

from hub import series
from hub.db import archive, events, products, tombstones
from hub.db.cameras import Camera
from hub.db.requests import hub_db, hub_now
from hub.public import heaven, nights, pictures
from hub.public.answers import NEWEST
from hub.public.best_frames import best_frames
from hub.public.blueprint import LANG, camera_or_404, night_or_404, pages
from hub.public.clear_sky import Clearness, clearness
from hub.public.night_events import night_events
from hub.public.page_cache import KEPT_S, NIGHT_KEPT_S, kept_of_camera
from hub.public.verdict import times_of, verdict
from products.night import Night

_PEEK_PX = 240


@pages.get(LANG + "/c/<camera_id>/<night_name>")
def night(lang: str, camera_id: str, night_name: str) -> Response:
    """Show one night of one camera; the page of a night that is over is kept for a minute."""
    found = camera_or_404(camera_id)
    shown = night_or_404(night_name, found)
    said = replace(found, hello=None, last_contact_utc=None)
    page = kept_of_camera(
        said,
        lambda: _page(found, shown),
        products.publication_mark(hub_db(), found.id),
        tombstones.last_word(hub_db(), found.id),  # a deleted event goes at once, too
        seconds=NIGHT_KEPT_S if shown.end_utc < hub_now() else KEPT_S,
    )
    return Response(page, mimetype="text/html")


def _page(found: Camera, shown: Night) -> str:
    db = hub_db()
    kinds = products.night_products(db, found.id, shown.name)
    before, after = products.neighbour_nights(db, found.id, shown.name)
    span = shown.start_utc, shown.end_utc
    frames = archive.archive_frames(db, found.id, *span)
    if not kinds and not frames:
        abort(404)
    readings = series.readings_between(series.series_db(), found.id, *span)
    sky = heaven.night_sky(found.place, shown) if found.place else None
    ribbon = nights.ribbon_of(found, kinds.get("keogram"))
    axis = ribbon.axis if ribbon else nights.axis_without_keogram(found, shown)
    return render_template(
        "night.html",
        camera=found,
        night=shown,
        products=kinds,
        before=before,
        after=after,
        sky=sky,
        ribbon=ribbon,
        axis=axis,
        bands=axis.bands(found.place) if found.place else [],
        charts=nights.charts_of(axis, readings),
        verdict=verdict(
            max((one.manifest.frames for one in kinds.values()), default=len(frames)),
            sky,
            _clearness(readings, sky),
            nights.darkest(readings, sky.dark) if sky else None,
            found.tz,
        ),
        final=all(one.manifest.final for one in kinds.values()),
        times=times_of(kinds, sky),
        events=night_events(events.events_of_night(db, found.id, shown.name)),
        best=best_frames(
            frames,
            nights.best_series(readings, "star_count"),
            sky.dark if sky else (),
        ),
        frames=frames,
        files=pictures.files_of(found, shown.name, kinds),
    )


@pages.get("/c/<camera_id>/<night_name>/frames.json")
def night_frames(camera_id: str, night_name: str) -> Response:
    """Serve when the frames of a night in the archive were taken, and a small picture of each, for the cursor."""
    found = camera_or_404(camera_id)
    shown = night_or_404(night_name, found)
    frames = archive.archive_frames(hub_db(), found.id, shown.start_utc, shown.end_utc)
    answer = jsonify(
        [
            {
                "ms": round(one.taken_utc.timestamp() * 1000),
                "url": pictures.address(pictures.smallest(one.manifest, _PEEK_PX)),
            }
            for one in frames
        ]
    )
    answer.headers["Cache-Control"] = NEWEST
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _clearness(
    readings: nights.Readings, sky: heaven.NightSky | None
) -> Clearness | None:
    """Return when it was clear, as far as the camera measured the clouds in darkness."""
    clouds = nights.best_series(readings, "cloud_cover")
    return clearness(clouds, sky.dark) if sky else None
