"""Joining: a new camera shows its one-time code and gets its ID and key."""

from flask import Blueprint, Response

from hub.db import keys
from hub.db.requests import hub_db, hub_now
from hub.sync.messages import answer, read_message
from hub.sync.problems import ApiError
from products.manifest import API, Join, JoinAnswer

blueprint = Blueprint("join", __name__, url_prefix=API)


@blueprint.post("/join")
def join() -> Response:
    """Exchange a one-time code for a key."""
    message = read_message(Join)
    redeemed = keys.redeem_join_code(hub_db(), message.code, hub_now())
    if redeemed is None:
        raise ApiError(
            403,
            "join_code_refused",
            "This code is unknown, used or older than 7 days; ask for a new one.",
        )
    camera_id, key = redeemed
    return answer(JoinAnswer(camera_id=camera_id, key=key), 201)
