"""The requests that a camera makes to its hub, one method each.

The connection is kept alive. Certificates are always verified; plain HTTP is refused except to this computer itself.
Redirects are not followed: they would carry the key to an address that nobody wrote into the settings.
"""

import gzip
import http
import ipaddress
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import ValidationError

from edge.hub_errors import LineError, check, connection_fault, not_a_hub
from products.manifest import (
    API,
    Blob,
    CameraDescription,
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

CONNECT_S = 10.0
ANSWER_S = 60.0

AnyWire = TypeVar("AnyWire", bound=Wire)


class Bearer(requests.auth.AuthBase):
    """Sends the key; unlike a header of the session, a ``.netrc`` cannot replace it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key to a request."""
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def agent() -> str:
    """Return the name and version of this software, for the hub's log."""
    return f"allsky-edge/{version('allsky-network')} python/{platform.python_version()}"


def may_carry_a_key(url: str) -> bool:
    """Return whether an address is safe for a key: HTTPS, or HTTP to this computer itself."""
    address = urlsplit(url)
    host = address.hostname or ""
    if address.scheme == "https":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HubClient:
    """Speaks to one hub with one key. Every method raises a `HubError` when the hub did not do it."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.auth = Bearer(key)
        # A proxy of the environment would carry plain HTTP, and the key in it, away from this computer.
        self._session.trust_env = urlsplit(url).scheme == "https"
        self._session.headers["User-Agent"] = agent()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def join(self, code: str, name: str) -> JoinAnswer:
        """Exchange a one-time code for the ID and the secret key of this camera."""
        asked = Join(code=code, agent=agent(), name=name)
        response = self._request("POST", "/join", **_json(asked))
        return self._read(JoinAnswer, response)

    def hello(self, hello: Hello) -> HelloAnswer:
        """Send the heartbeat."""
        response = self._request("POST", "/sync/hello", **_json(hello))
        return self._read(HelloAnswer, response)

    def put_camera(self, description: CameraDescription) -> None:
        """Say what this camera is."""
        self._request("PUT", "/sync/camera", **_json(description))

    def put_live(self, facts: LiveFacts, images: Mapping[str, bytes]) -> None:
        """Send the newest frame: ``images`` holds 'image' and smaller ones named by their width, as JPEG."""
        files: dict[str, Any] = {
            name: (f"{name}.jpg", jpeg, "image/jpeg") for name, jpeg in images.items()
        }
        files["facts"] = (None, facts.model_dump_json(), "application/json")
        self._request("PUT", "/sync/live", files=files)

    def post_readings(self, readings: Readings) -> ReadingsAnswer:
        """Send a batch of readings."""
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        body = gzip.compress(readings.model_dump_json().encode(), compresslevel=6)
        response = self._request("POST", "/sync/readings", data=body, headers=headers)
        return self._read(ReadingsAnswer, response)

    def has_blob(self, sha256: str) -> bool:
        """Return whether the hub has this file of this camera."""
        response = self._request("HEAD", f"/sync/blobs/{sha256}", absence_is_fine=True)
        return response.status_code == http.HTTPStatus.OK

    def put_blob(self, blob: Blob, path: Path) -> None:
        """Send a file, read while it is sent; OSError when it cannot be read."""
        headers = {"Content-Type": blob.type}
        address = f"/sync/blobs/{blob.sha256}"
        with path.open("rb") as file:
            self._request("PUT", address, data=file, headers=headers)

    def put_product(self, key: str, manifest: ProductManifest) -> None:
        """Publish a product; ``key`` is its night/kind. BlobsMissingError names the files that the hub lacks."""
        self._request("PUT", f"/sync/products/{key}", **_json(manifest))

    def delete_product(self, key: str) -> None:
        """Take back a product of a month, season or year; it is fine when the hub does not have it."""
        self._request("DELETE", f"/sync/products/{key}", absence_is_fine=True)

    def _request(
        self, method: str, path: str, *, absence_is_fine: bool = False, **body: Any
    ) -> requests.Response:
        if not may_carry_a_key(self.url):
            raise LineError(
                "wrong address",
                f"hub.url {self.url} is not encrypted, and the key would be readable on the way: use https://",
            )
        try:
            response = self._session.request(
                method,
                self.url + API + path,
                timeout=(CONNECT_S, ANSWER_S),
                allow_redirects=False,
                **body,
            )
        except requests.RequestException as error:
            raise connection_fault(error, self.url) from error
        absent = response.status_code == http.HTTPStatus.NOT_FOUND
        if not (absent and absence_is_fine):
            check(response, self.url)
        return response

    def _read(self, kind: type[AnyWire], response: requests.Response) -> AnyWire:
        try:
            return kind.model_validate_json(response.content)
        except ValidationError:
            said = response.headers.get("Content-Type", "no content type")
            raise not_a_hub(self.url, f"{response.status_code}, {said}") from None


def _json(message: Wire) -> dict[str, Any]:
    return {
        "data": message.model_dump_json(exclude_none=True).encode(),
        "headers": {"Content-Type": "application/json"},
    }
