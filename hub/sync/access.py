"""Who is calling: the one function that fetches *and* authorises, with which every view for cameras begins."""

from flask import request

from hub.db import keys
from hub.db.requests import hub_db
from hub.sync.problems import ApiError


def calling_camera() -> keys.Key:
    """Return the key of the camera that calls; its ``camera_id`` is the only camera the view may touch.

    A missing, unknown or revoked key ends the request with 401, a key of another scope with 403.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise ApiError(401, "no_key", "Send the key: 'Authorization: Bearer skc_…'.")
    key = keys.find_key(hub_db(), secret.strip())
    if key is None:
        raise ApiError(401, "wrong_key", "This hub has never issued this key.")
    if key.revoked:
        raise ApiError(401, "revoked_key", "This key was revoked; join again.")
    if key.scope != "edge":
        raise ApiError(403, "wrong_scope", f"A key of scope {key.scope!r} is not one.")
    return key
