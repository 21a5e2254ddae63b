"""What may go wrong between a camera and its hub: each fault is a sentence for the owner and says when to try again."""

import datetime as dt
import http
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from pydantic import Field, ValidationError

from products.manifest import Problem, Sha256

LONGEST_RETRY_AFTER_S = 86400.0
KEY_PROBE_S = 3600.0

_KEY_REFUSED = {http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN}
_BUSY = {
    http.HTTPStatus.TOO_MANY_REQUESTS,
    http.HTTPStatus.BAD_GATEWAY,
    http.HTTPStatus.SERVICE_UNAVAILABLE,
    http.HTTPStatus.GATEWAY_TIMEOUT,
    http.HTTPStatus.INSUFFICIENT_STORAGE,
}


class _Refusal(Problem):
    """A problem with the members that some codes bring."""

    missing: list[Sha256] = Field(default_factory=list)
    offset: int | None = Field(default=None, ge=0)
    rev: int | None = Field(default=None, ge=1)


class HubError(Exception):
    """A request failed; ``code`` and ``status`` are the hub's answer. ``permanent``: the same will never succeed."""

    def __init__(
        self,
        sentence: str,
        *,
        permanent: bool = False,
        code: str = "",
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.permanent = permanent
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s


class LineError(HubError):
    """Nothing at all can be sent now; ``state`` says in a word why."""

    def __init__(
        self, state: str, sentence: str, retry_after_s: float | None = None
    ) -> None:
        super().__init__(sentence, retry_after_s=retry_after_s)
        self.state = state


class StoppedError(LineError):
    """The program was told to stop while it was sending."""

    def __init__(self) -> None:
        super().__init__("stopped", "The program was told to stop.")


class NoMoreForNowError(HubError):
    """The hub takes no more of this kind of thing for now: a quota is used up, or its disk is full."""


class OtherOffsetError(HubError):
    """A piece of a file does not begin where the hub's part of it ends, at ``offset``."""

    def __init__(self, sentence: str, offset: int) -> None:
        super().__init__(sentence, code="wrong_offset")
        self.offset = offset


class OlderRevisionError(HubError):
    """The hub has a newer revision of a product: ``rev``, where it says which."""

    def __init__(self, sentence: str, rev: int | None) -> None:
        super().__init__(sentence, permanent=True, code="older_revision")
        self.rev = rev


class BlobsMissingError(HubError):
    """The hub lacks files of a product."""

    def __init__(self, sentence: str, missing: list[str]) -> None:
        super().__init__(sentence, code="missing_blobs")
        self.missing = missing


def check(response: requests.Response, hub_url: str) -> None:
    """Return when the hub did what it was asked; raise the `HubError` that its answer means."""
    status = response.status_code
    if status < http.HTTPStatus.MULTIPLE_CHOICES:
        return
    if response.is_redirect:
        where = response.headers["Location"]
        raise LineError(
            "wrong address",
            f"{hub_url} points to {where}: write the final address into hub.url.",
        )
    problem = _problem(response)
    said = problem.detail or problem.title if problem else _reason(status)
    if status in _KEY_REFUSED and "Authorization" in response.request.headers:
        raise LineError(
            "key refused",
            f"{hub_url} refuses the key of this camera ({said}): ask its administrator for a code and run "
            f"allsky-edge join CODE --hub {hub_url}",
            KEY_PROBE_S,
        )
    if problem and _is_no_more_for_now(problem):
        raise NoMoreForNowError(
            said,
            code=problem.code,
            status=status,
            retry_after_s=retry_after_s(response),
        )
    if status in _BUSY:
        raise LineError(
            "hub busy",
            f"{hub_url} is busy or full ({status}: {said}).",
            retry_after_s(response),
        )
    if response.request.method == "HEAD":  # has no body to tell a hub by
        raise HubError(f"the hub answered {status}: {said}", status=status)
    if problem is None:
        raise not_a_hub(hub_url, f"{status} {said}")
    raise _refusal(response, problem)


def not_a_hub(hub_url: str, answer: str) -> LineError:
    """Return the error for an address where something answers that is no hub."""
    return LineError(
        "wrong address",
        f"{hub_url} answers, but not as a hub does ({answer}): check hub.url in config.json.",
    )


def connection_fault(error: requests.RequestException, hub_url: str) -> LineError:
    """Return what a failed connection means for the owner."""
    host = urlsplit(hub_url).hostname
    text = str(error)
    match error:
        case requests.exceptions.SSLError():
            return LineError("hub unreachable", _certificate_fault(text, host))
        case requests.exceptions.Timeout():
            return LineError(
                "hub unreachable", f"{hub_url} does not answer in time: is it down?"
            )
        case _ if "NameResolutionError" in text:
            return LineError(
                "hub unreachable",
                f"The name {host} cannot be found: check hub.url in config.json, and the network of this computer.",
            )
        case _ if "Connection refused" in text:
            return LineError(
                "hub unreachable",
                f"{hub_url} refuses connections: the hub is down, or hub.url names another computer or port.",
            )
        case requests.exceptions.InvalidURL():
            return LineError("wrong address", f"hub.url {hub_url} is no address.")
        case _:
            return LineError("hub unreachable", f"The connection to {hub_url} broke.")


def _certificate_fault(said: str, host: str | None) -> str:
    """Return why the certificate of a hub is not believed, and what to do."""
    known = {
        "self-signed certificate": "is signed by itself or by an unknown authority: "
        "check hub.url, or name the authority's certificate in hub.ca_file",
        "unable to get local issuer": "is signed by an unknown authority: "
        "check hub.url, or name the authority's certificate in hub.ca_file",
        "certificate has expired": "has expired: tell the hub's administrator, or check the time of this computer",
        "not yet valid": "is not yet valid: check the time of this computer",
        "Hostname mismatch": "is that of another computer: check hub.url",
        "IP address mismatch": "is that of another computer: check hub.url",
        "WRONG_VERSION_NUMBER": "cannot be read, there is no TLS at this port: check hub.url",
    }
    why = next((why for part, why in known.items() if part in said), "")
    fault = why or "cannot be verified: check hub.url, and the time of this computer"
    return f"The certificate of {host} {fault}."


def retry_after_s(response: requests.Response) -> float | None:
    """Return the seconds of a Retry-After header (seconds or a date), at most a day; None without a usable one."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return min(float(said), LONGEST_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(said)
        answered = parsedate_to_datetime(response.headers["Date"])
        seconds = (until - answered) / dt.timedelta(seconds=1)
    except (ValueError, KeyError, TypeError):  # TypeError: one of them has no zone
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def _refusal(response: requests.Response, problem: _Refusal) -> HubError:
    status, sentence = response.status_code, problem.detail or problem.title
    match problem.code:
        case "missing_blobs":
            return BlobsMissingError(sentence, problem.missing)
        case "wrong_offset" if problem.offset is not None:
            return OtherOffsetError(sentence, problem.offset)
        case "older_revision":
            return OlderRevisionError(
                f"the hub answered {status}: {sentence}", problem.rev
            )
    server_fault = status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
    return HubError(
        f"the hub answered {status}: {sentence}",
        permanent=not (problem.retryable or server_fault),
        code=problem.code,
        status=status,
        retry_after_s=retry_after_s(response),
    )


def _is_no_more_for_now(problem: Problem) -> bool:
    return problem.code == "hub_full" or problem.code.startswith("quota_")


def _problem(response: requests.Response) -> _Refusal | None:
    """Return the hub's own words, or None when the answer is not a hub's."""
    try:
        problem = _Refusal.model_validate_json(response.content)
    except ValidationError:
        return None
    nothing_named = problem.code == "missing_blobs" and not problem.missing
    return None if nothing_named else problem


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
