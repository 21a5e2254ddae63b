"""Messages in and out: JSON bodies into the models of the wire format, and models into answers."""

import zlib
from typing import TypeVar

from flask import Response, request
from pydantic import BaseModel, ValidationError

from hub.sync.problems import ApiError
from products.manifest import content_digest

Message = TypeVar("Message", bound=BaseModel)
LARGEST_INFLATED_BYTES = 8_000_000


def read_message(model: type[Message]) -> Message:
    """Return the body of this request, inflated if it came with ``Content-Encoding: gzip``, as ``model``."""
    content = request.get_data(cache=False)
    _check_digest(content)
    match request.headers.get("Content-Encoding", "identity"):
        case "identity":
            return parse_message(model, content)
        case "gzip":
            return parse_message(model, _inflate(content))
        case other:
            raise ApiError(415, "unsupported_encoding", f"Not {other!r}; send gzip.")


def parse_message(model: type[Message], content: bytes | str) -> Message:
    """Return JSON as ``model``; what is not JSON ends the request with 400, what does not fit with 422."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    faults = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:5]]
    if found[0]["type"] == "json_invalid":
        raise ApiError(400, "not_json", f"The body is not JSON{faults[0]}.")
    raise ApiError(422, "invalid", "; ".join(faults))


def answer(message: BaseModel, status: int = 200) -> Response:
    """Return a model as the JSON answer."""
    content = message.model_dump_json()
    return Response(content, status, content_type="application/json")


def _check_digest(content: bytes) -> None:
    """End the request when the body is not what its header ``Content-Digest`` says; other algorithms are ignored."""
    said = request.headers.get("Content-Digest", "")
    digests = [one.strip() for one in said.split(",")]
    sha256s = [one for one in digests if one.startswith("sha-256=")]
    if sha256s and content_digest(content) not in sha256s:
        raise ApiError(
            422,
            "wrong_hash",
            "The body was damaged on the way: it is not what Content-Digest says.",
            retryable=True,
        )


def _inflate(content: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        inflated = inflater.decompress(content, LARGEST_INFLATED_BYTES)
    except zlib.error as error:
        raise ApiError(400, "not_gzip", f"The body is not gzip: {error}.") from error
    if inflater.unconsumed_tail:
        raise ApiError(413, "too_large", f"More than {LARGEST_INFLATED_BYTES:,} bytes.")
    if not inflater.eof:
        raise ApiError(400, "not_gzip", "The gzip body is cut off.")
    return inflated
