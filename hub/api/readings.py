"""The readings of a camera as JSON and CSV, without a key: exactly what its sensor page shows, or finer."""

import datetime as dt
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from hub import series
from hub.api import readings_csv, readings_json
from hub.db.requests import hub_now
from hub.public.blueprint import camera_or_404
from hub.series import Curves, Series, Span
from hub.series.moments import moment_of
from hub.sync.problems import ApiError
from products.manifest import API

KEPT_S, KEPT_PAST_S = 60, 3600  # what is over may still change: a camera sends late
_RECENT = dt.timedelta(days=2)
_FEWEST_POINTS = 2

blueprint = Blueprint("open_readings", __name__)


@blueprint.get(f"{API}/cameras/<camera_id>/readings.json")
def as_json(camera_id: str) -> Response:
    """Serve the readings of a stretch, a list for each of time, mean, least and largest."""
    return _serve(camera_id, lambda found: readings_json.text(camera_id, found))


@blueprint.get(f"{API}/cameras/<camera_id>/readings.csv")
def as_csv(camera_id: str) -> Response:
    """Serve the readings of a stretch as a table: a row for each time, or (``layout=long``) for each reading."""
    layout = request.args.get("layout", "wide")
    if layout not in readings_csv.LAYOUTS:
        known = ", ".join(readings_csv.LAYOUTS)
        raise ApiError(422, "unknown_layout", f"layout: one of {known}.")
    answer = _serve(camera_id, readings_csv.LAYOUTS[layout])
    answer.content_type = "text/csv; charset=utf-8"
    return answer


def _serve(camera_id: str, write: Callable[[Curves], str]) -> Response:
    camera, now = camera_or_404(camera_id), hub_now()
    span = _asked_span(now)
    db = series.series_db()
    wanted = _asked_series(series.series_of(db, camera.id))
    found = _asked_curves(camera.id, wanted, span.stretch(now))
    over = moment_of(found.stretch.end_ms) < now - _RECENT
    answer = Response(write(found), content_type="application/json")
    name = f"{camera.id}-readings-{_stamp(span.start_utc)}-{_stamp(span.end_utc)}"
    ending = request.path.rpartition(".")[2]
    kind = "attachment" if ending == "csv" else "inline"
    answer.headers.update(
        {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": f"public, max-age={KEPT_PAST_S if over else KEPT_S}",
            "Content-Disposition": f'{kind}; filename="{name}.{ending}"',
        }
    )
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _asked_span(now: dt.datetime) -> Span:
    try:
        return series.asked_span(request.args, now)
    except series.SpanError as error:
        raise ApiError(422, error.code, str(error)) from error


def _asked_series(known: Sequence[Series]) -> list[Series]:
    """Return the series that ``series=outside.temperature,box.humidity`` names; without it, all of them."""
    asked = ",".join(request.args.getlist("series"))
    if not asked:
        return list(known)
    by_name = {one.name: one for one in known}
    names = dict.fromkeys(asked.split(","))
    if names.keys() - by_name.keys():
        has = ", ".join(by_name) or "none yet"
        raise ApiError(422, "unknown_series", f"series: this camera has {has}.")
    return [by_name[name] for name in names]


def _asked_curves(
    camera_id: str, wanted: Sequence[Series], stretch: series.Stretch
) -> Curves:
    db = series.series_db()
    match request.args.get("resolution", "fitting"):
        case "fitting":
            return series.curves(db, camera_id, wanted, stretch, _asked_points())
        case "readings":
            try:
                return series.all_readings(db, camera_id, wanted, stretch)
            except series.TooManyReadingsError as error:
                raise ApiError(
                    422,
                    "too_many_readings",
                    f"More than {series.MOST_READINGS:,} readings; ask for a shorter stretch or fewer series.",
                ) from error
        case _:
            raise ApiError(
                422, "unknown_resolution", "resolution: fitting or readings."
            )


def _asked_points() -> int:
    text = request.args.get("points", str(series.MOST_POINTS))
    least, most = _FEWEST_POINTS, series.MOST_POINTS
    # int() reads any number of digits slowly; nobody means more than four.
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise ApiError(422, "invalid_points", f"points: {least} to {most}.")
    if not least <= int(text) <= most:
        raise ApiError(422, "invalid_points", f"points: {least} to {most}.")
    return int(text)


def _stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y%m%dT%H%MZ")
