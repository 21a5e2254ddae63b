"""One night of one camera."""

from flask import abort, render_template

from hub import series
from hub.db import products
from hub.db.requests import hub_db
from hub.public import heaven, nights, pictures
from hub.public.blueprint import LANG, camera_or_404, night_or_404, pages
from hub.public.verdict import times_of, verdict


@pages.get(LANG + "/c/<camera_id>/<night_name>")
def night(lang: str, camera_id: str, night_name: str) -> str:
    """Show one night of one camera: everything of it on one time axis."""
    db, found = hub_db(), camera_or_404(camera_id)
    shown = night_or_404(night_name, found)
    kinds = products.night_products(db, found.id, shown.name)
    before, after = products.neighbour_nights(db, found.id, shown.name)
    if not kinds:
        abort(404)
    readings = series.readings_between(
        series.series_db(), found.id, shown.start_utc, shown.end_utc
    )
    sky = heaven.night_sky(found.place, shown) if found.place else None
    ribbon = nights.ribbon_of(found, kinds.get("keogram"))
    axis = ribbon.axis if ribbon else nights.axis_without_keogram(found, shown)
    frames = max(one.manifest.frames for one in kinds.values())
    darkest = nights.darkest(readings, sky.dark) if sky else None
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
        verdict=verdict(frames, sky, darkest, found.tz),
        final=all(one.manifest.final for one in kinds.values()),
        times=times_of(kinds, sky),
        files=pictures.files_of(found, shown.name, kinds),
    )
