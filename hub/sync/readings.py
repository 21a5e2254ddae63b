"""Readings: a batch in, a count of what became of each point out."""

from flask import Blueprint, Response

from hub import series
from hub.db.requests import hub_now, hub_settings
from hub.sync import quotas
from hub.sync.access import calling_camera
from hub.sync.messages import answer, read_message
from products.manifest import API, Readings

blueprint = Blueprint("readings", __name__, url_prefix=f"{API}/sync")


@blueprint.post("/readings")
def post_readings() -> Response:
    """Store a batch of readings; a bad point never blocks the others."""
    key = calling_camera()
    points = read_message(Readings).points
    quotas.spend_points(key.camera_id, len(points))
    window = series.Window.of(key.camera_created_utc, hub_now())
    return answer(
        series.add_points(
            series.series_db(),
            key.camera_id,
            points,
            window,
            most_series=hub_settings().quotas.series,
        )
    )
