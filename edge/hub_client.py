"""The requests that a camera makes to its hub, one method each."""

import gzip
import http
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import requests
from pydantic import ValidationError
from urllib3.filepost import encode_multipart_formdata

from edge.hub_connection import HubConnection, Terms, agent
from edge.hub_errors import HubError, LineError, check, not_a_hub
from products.manifest import (
    Blob,
    CameraDescription,
    Event,
    Hello,
    HelloAnswer,
    Join,
    JoinAnswer,
    LiveFacts,
    ProductManifest,
    Readings,
    ReadingsAnswer,
    Wire,
)

AnyWire = TypeVar("AnyWire", bound=Wire)
_JSON = {"Content-Type": "application/json"}
_UNKNOWN_THERE = {
    http.HTTPStatus.NOT_FOUND,
    http.HTTPStatus.METHOD_NOT_ALLOWED,
    http.HTTPStatus.GONE,
    http.HTTPStatus.UPGRADE_REQUIRED,
}


class HubClient:
    """Speaks to one hub with one key. Every method raises a `HubError` when the hub did not do it."""

    def __init__(self, url: str, key: str = "", terms: Terms | None = None) -> None:
        self._connection = HubConnection(url, key, terms or Terms.plain())
        self.url = self._connection.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def join(self, code: str, name: str) -> JoinAnswer:
        """Exchange a one-time code for the ID and the secret key of this camera."""
        asked = Join(code=code, agent=agent(), name=name)
        return self._read(JoinAnswer, self._send("POST", "/join", asked))

    def hello(self, hello: Hello) -> HelloAnswer:
        """Send the heartbeat; a hub that does not know heartbeats is too old or too new: `LineError`."""
        try:
            response = self._send("POST", "/sync/hello", hello)
        except HubError as error:
            if error.status not in _UNKNOWN_THERE:
                raise
            raise LineError(
                "other version",
                f"{self.url} is a hub, but does not know what this camera asks ({error}): "
                "one of the two is too old, update it.",
            ) from error
        return self._read(HelloAnswer, response)

    def put_camera(self, description: CameraDescription) -> None:
        """Say what this camera is."""
        self._send("PUT", "/sync/camera", description)

    def put_live(self, facts: LiveFacts, images: Mapping[str, bytes]) -> int:
        """Send the newest frame and return how many bytes it has.

        ``images`` holds 'image' and smaller ones named by their width, as JPEG.
        """
        fields: dict[str, Any] = {
            name: (f"{name}.jpg", jpeg, "image/jpeg") for name, jpeg in images.items()
        }
        fields["facts"] = (None, facts.model_dump_json(), "application/json")
        body, content_type = encode_multipart_formdata(fields)
        self._request("PUT", "/sync/live", {"Content-Type": content_type}, body)
        return len(body)

    def post_readings(self, readings: Readings) -> ReadingsAnswer:
        """Send a batch of readings."""
        body = gzip.compress(readings.model_dump_json().encode(), compresslevel=6)
        headers = _JSON | {"Content-Encoding": "gzip"}
        response = self._request("POST", "/sync/readings", headers, body)
        return self._read(ReadingsAnswer, response)

    def blob_offset(self, sha256: str) -> int | None:
        """Return how many bytes of a file of this camera the hub has; None when it has all of it."""
        response = self._request("HEAD", f"/sync/blobs/{sha256}", absence_is_fine=True)
        match response.status_code:
            case http.HTTPStatus.OK:
                return None
            case http.HTTPStatus.NO_CONTENT:
                return self._offset(response)
            case _:
                return 0

    def put_blob(self, blob: Blob, path: Path) -> None:
        """Send a file, read while it is sent; OSError when it cannot be opened."""
        headers = {"Content-Type": blob.type}
        address = f"/sync/blobs/{blob.sha256}"
        with path.open("rb") as file:
            self._request("PUT", address, headers, (file, blob.size))

    def patch_blob(self, blob: Blob, path: Path, offset: int, size: int) -> int | None:
        """Send the ``size`` bytes of a file at ``offset``; return where the next piece begins, None after the last.

        `OtherOffsetError` says where the hub wants to go on; OSError when the file cannot be opened.
        """
        headers = {
            "Content-Type": blob.type,
            "Upload-Offset": str(offset),
            "Upload-Length": str(blob.size),
        }
        address = f"/sync/blobs/{blob.sha256}"
        with path.open("rb") as file:
            file.seek(offset)
            response = self._request("PATCH", address, headers, (file, size))
        incomplete = response.status_code == http.HTTPStatus.NO_CONTENT
        return self._offset(response) if incomplete else None

    def put_product(self, key: str, manifest: ProductManifest) -> None:
        """Publish a product; ``key`` is its night/kind. BlobsMissingError names the files that the hub lacks."""
        self._send("PUT", f"/sync/products/{key}", manifest)

    def put_event(self, event_id: str, event: Event) -> None:
        """Publish an event. BlobsMissingError: the hub lacks its picture; OlderRevisionError says what it has."""
        self._send("PUT", f"/sync/events/{event_id}", event)

    def delete_product(self, key: str) -> None:
        """Take back a product of a month, season or year; it is fine when the hub does not have it."""
        self._request("DELETE", f"/sync/products/{key}", absence_is_fine=True)

    def _send(self, method: str, path: str, message: Wire) -> requests.Response:
        """Send a message as JSON."""
        content = message.model_dump_json(exclude_none=True).encode()
        return self._request(method, path, _JSON, content)

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        content: Any = b"",
        *,
        absence_is_fine: bool = False,
    ) -> requests.Response:
        response = self._connection.request(method, path, headers, content)
        absent = response.status_code == http.HTTPStatus.NOT_FOUND
        if not (absent and absence_is_fine):
            check(response, self.url)
        return response

    def _offset(self, response: requests.Response) -> int:
        """Return where the hub's part of a file ends."""
        said = response.headers.get("Upload-Offset", "")
        if not said.isdecimal():
            raise not_a_hub(self.url, f"{response.status_code} without Upload-Offset")
        return int(said)

    def _read(self, kind: type[AnyWire], response: requests.Response) -> AnyWire:
        try:
            return kind.model_validate_json(response.content)
        except ValidationError:
            said = response.headers.get("Content-Type", "no content type")
            raise not_a_hub(self.url, f"{response.status_code}, {said}") from None
