"""The months and years that a camera has seen."""

from flask import render_template, request

from hub.db import products
from hub.db.requests import hub_db
from hub.public import longterm
from hub.public.blueprint import LANG, camera_or_404, pages


@pages.get(LANG + "/c/<camera_id>/long-term")
def long_term(lang: str, camera_id: str) -> str:
    """Show the months, seasons and years of one camera that begin in one year."""
    db, found = hub_db(), camera_or_404(camera_id)
    years = products.period_years(db, found.id)
    wanted = request.args.get("year", "")
    year = next((one for one in years if str(one) == wanted), years[0] if years else 0)
    return render_template(
        "long_term.html",
        camera=found,
        years=years,
        year=year,
        shown=longterm.long_term_year(
            products.period_products(db, found.id, year), found.tz
        ),
        known=products.night_names(db, found.id, year),
        hours=longterm.HOURS,
    )
