"""What may go wrong between a camera and its hub: each fault is a sentence for the owner and says when to try again."""

import datetime as dt
import http
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from pydantic import ValidationError

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


class _MissingBlobs(Problem):
    missing: list[Sha256]


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
            return LineError(
                "hub unreachable",
                f"The certificate of {host} cannot be verified: check hub.url, and the time of this computer.",
            )
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


def _refusal(response: requests.Response, problem: Problem) -> HubError:
    status, sentence = response.status_code, problem.detail or problem.title
    if isinstance(problem, _MissingBlobs):
        return BlobsMissingError(sentence, problem.missing)
    server_fault = status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
    return HubError(
        f"the hub answered {status}: {sentence}",
        permanent=not (problem.retryable or server_fault),
        code=problem.code,
        status=status,
        retry_after_s=retry_after_s(response),
    )


def _problem(response: requests.Response) -> Problem | None:
    """Return the hub's own words, or None when the answer is not a hub's."""
    try:
        problem = Problem.model_validate_json(response.content)
        named = problem.code == "missing_blobs"
        return _MissingBlobs.model_validate_json(response.content) if named else problem
    except ValidationError:
        return None


def _reason(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
