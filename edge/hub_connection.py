"""The connection to the hub: kept alive, always verified, no faster than the line may be used.

Plain HTTP is refused except to this computer itself and, where the settings allow it, to a private address. Redirects
are not followed: they would carry the key to an address that nobody wrote into the settings.
"""

import functools
import ipaddress
import platform
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit

import requests

from edge.bandwidth import Bandwidth, Body
from edge.clock import Clock, SystemClock
from edge.hub_errors import LineError, connection_fault
from edge.settings.hub import HubSettings
from products.manifest import API, CameraClock, content_digest

CONNECT_S = 10.0
ANSWER_S = 60.0
LIVE_ANSWER_S = 20.0
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10"),
    )
)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a hub is spoken to; ``urgent`` requests overtake the others and wait for their answer less long."""

    settings: HubSettings
    clock: Clock
    bandwidth: Bandwidth
    urgent: bool = False

    @classmethod
    def plain(cls, settings: HubSettings | None = None) -> Self:
        """Return those of a single question."""
        clock = SystemClock()
        return cls(settings or HubSettings(), clock, Bandwidth(clock))


class Bearer(requests.auth.AuthBase):
    """Sends the key; unlike a header of the session, a ``.netrc`` cannot replace it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key to a request."""
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class HubConnection:
    """One kept-alive connection with one key; only one thread may use it."""

    def __init__(self, url: str, key: str, terms: Terms) -> None:
        self.url = url.rstrip("/")
        self._terms = terms
        self._session = requests.Session()
        self._session.auth = Bearer(key)
        # A proxy of the environment would carry plain HTTP, and the key in it, away from this computer.
        self._session.trust_env = urlsplit(url).scheme == "https"
        self._session.headers["User-Agent"] = agent()

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | tuple[IO[bytes], int] = b"",
    ) -> requests.Response:
        """Make a request and return the answer, whatever it says; raise a `LineError` when there is none.

        ``content`` is what is sent: bytes, or a file at its beginning and how many bytes of it.
        """
        self._check_address()
        try:
            return self._answer(method, path, dict(headers or {}), content)
        except requests.RequestException as error:
            raise connection_fault(error, self.url) from error

    def _answer(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        content: bytes | tuple[IO[bytes], int],
    ) -> requests.Response:
        terms, bandwidth = self._terms, self._terms.bandwidth
        if isinstance(content, bytes):
            headers = headers | {"Content-Digest": content_digest(content)}
            content = BytesIO(content), len(content)
        source, size = content
        began_s = time.monotonic()
        response = self._session.request(
            method,
            self.url + API + path,
            headers=headers | {"Camera-Clock": self._camera_clock()},
            data=Body(source, size, bandwidth, urgent=terms.urgent) if size else None,
            timeout=(CONNECT_S, LIVE_ANSWER_S if terms.urgent else ANSWER_S),
            allow_redirects=False,
            verify=str(terms.settings.ca_file) if terms.settings.ca_file else True,
        )
        bandwidth.measured(size, time.monotonic() - began_s)
        bandwidth.count(_head_bytes(response) + len(response.content))
        return response

    def _check_address(self) -> None:
        chosen = self._terms.settings
        if not may_carry_a_key(self.url, in_lan=chosen.plain_http_in_lan):
            raise LineError(
                "wrong address",
                f"hub.url {self.url} is not encrypted, and the key would be readable on the way: use https://"
                + (
                    ", or for a hub in your own network hub.plain_http_in_lan"
                    * _in_lan(self.url)
                ),
            )
        if chosen.ca_file and (wrong := _wrong_certificate(chosen.ca_file)):
            raise LineError("wrong certificate", f"{wrong}: check hub.ca_file.")

    def _camera_clock(self) -> str:
        clock = self._terms.clock
        said = CameraClock(
            time=clock.now(),
            quality=clock.quality(),
            boot_id=clock.boot_id(),
            monotonic_s=round(clock.monotonic(), 3),
        )
        return said.model_dump_json(exclude_none=True)


def agent() -> str:
    """Return the name and version of this software, for the hub's log."""
    return f"allsky-edge/{version('allsky-network')} python/{platform.python_version()}"


def may_carry_a_key(url: str, *, in_lan: bool = False) -> bool:
    """Return whether an address is safe for a key: HTTPS, or HTTP to this computer or, if wanted, a private address."""
    if urlsplit(url).scheme == "https":
        return True
    host = urlsplit(url).hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
    return loopback or (in_lan and _in_lan(url))


def _in_lan(url: str) -> bool:
    """Say whether an address is a number of a private network; names may point anywhere."""
    try:
        address = ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return any(
        address in network for network in _PRIVATE if network.version == address.version
    )


def _wrong_certificate(path: Path) -> str:
    """Return why a file holds no certificate of an authority; empty when it does."""
    if not path.is_file():
        return f"There is no file {path}"
    return "" if _is_certificate(path) else f"{path} is no certificate"


@functools.lru_cache(maxsize=4)
def _is_certificate(path: Path) -> bool:
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, OSError):
        return False
    return True


def _head_bytes(response: requests.Response) -> int:
    """Return about how many bytes the heads of a request and its answer had."""
    heads = [*response.request.headers.items(), *response.headers.items()]
    return len(response.request.url or "") + sum(
        len(name) + len(value) + 4 for name, value in heads
    )
