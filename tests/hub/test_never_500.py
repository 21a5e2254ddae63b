"""No address, argument or header makes the hub fail: over every rule of its URL map."""

import pytest

from .sample import fill

WORDS = (
    "ASK001",
    "2026-11-21",
    "",
    "..",
    "nobody",
    "\x00",
    "\ud800",
    "%2e%2e%2f%00",
    "9" * 30,
    "x" * 3000,
    "0000-00-00",
    "9999-12-31",
    "-1",
    "0",
    "9999",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
)
GOOD = {
    "lang": "en",
    "camera_id": "ASK001",
    "night": "2026-11-21",
    "night_name": "2026-11-21",
    "date": "2026-11-21",
    "width": "480",
    "sha256": "0" * 64,
    "extension": "jpg",
    "filename": "site.css",
    "part": "001",
    "name": "temperature",
    "event_id": "1",
}
KINDS = {
    "keograms",
    "month-video",
    "month-keogram",
    "timelapse-day",
    "startrails-comet",
    "keogram",
}
ARGUMENTS = (
    "clock", "format", "from", "lang", "layout", "maxheight", "maxwidth", "page", "points",
    "resolution", "series", "theme", "to", "url", "year",
)  # fmt: skip
HEADERS = (
    {"Accept-Language": "de;q=x,,;;*-*;q=9e999"},
    {"Range": "bytes=9-1,-0,x-"},
    {"Range": "bytes=" + "9" * 400 + "-"},
    {"If-None-Match": '"', "If-Modified-Since": "Sun, 99 Foo 0000 99:99:99 GMT"},
    {"If-Modified-Since": "Fri, 31 Dec 99999 00:00:00 GMT"},
    {"Cookie": "lang=\xff; theme=<script>; session=x.y.z"},
    {"Authorization": "Bearer \xff"},
    {"Host": "a b", "X-Forwarded-For": "x" * 300},
)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    filled = fill(tmp_path_factory.mktemp("hub"), size_px=64, nights=1)
    filled.app.config["PROPAGATE_EXCEPTIONS"] = False
    return filled.app


def requests_of(app, methods=("GET", "POST", "PUT", "PATCH", "DELETE")):
    """Return (method, rule, good values of its parts) of everything that the hub answers."""
    return [
        (method, rule, GOOD | {"kind": _kind(rule)})
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods & set(methods))
    ]


def _kind(rule):
    return next((kind for kind in sorted(KINDS) if f"{kind}'" in rule.rule), "keograms")


def path_of(rule, values):
    """Return the path with these values even where its converters would refuse them."""
    parts = (values[text] if dynamic else text for dynamic, text in rule._trace)
    return "".join(parts).removeprefix("|")


def failure(app, method, path, **options):
    """Return what went wrong with one request, as a server gives it to the hub, or None."""
    raw = path.encode("utf-8", "surrogatepass").decode("latin-1")
    answer = app.test_client().open(
        "/", method=method, environ_overrides={"PATH_INFO": raw}, **options
    )
    with answer:
        problem = path.startswith("/api/") and answer.status_code >= 400
        if answer.status_code < 500 and (answer.is_json or not problem):
            return None
        return (
            method,
            path[:100],
            str(options)[:100],
            answer.status_code,
            answer.mimetype,
        )


def test_no_bad_value_in_a_path_makes_the_hub_fail(app):
    failures = [
        failure(app, method, path_of(rule, good | {part: bad}))
        for method, rule, good in requests_of(app)
        for part in rule.arguments
        for bad in WORDS
    ]
    assert not [*filter(None, failures)]


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_no_bad_argument_makes_the_hub_fail(app, argument):
    failures = [
        failure(app, method, path_of(rule, good), query_string={argument: values})
        for method, rule, good in requests_of(app, ["GET"])
        for values in (
            *([word.encode("utf-8", "surrogatepass")] for word in WORDS[3::2]),
            ["1", "2026"],
        )
    ]
    assert not [*filter(None, failures)]


def test_no_range_upside_down_makes_the_hub_fail(app):
    query = {"from": "2026-12-01", "to": "0001-01-01", "series": ["x", "x"]}
    failures = [
        failure(app, method, path_of(rule, good), query_string=query)
        for method, rule, good in requests_of(app, ["GET"])
    ]
    assert not [*filter(None, failures)]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: next(iter(headers)))
def test_no_broken_header_makes_the_hub_fail(app, headers):
    failures = [
        failure(app, method, path_of(rule, good), headers=headers)
        for method, rule, good in requests_of(app)
    ]
    assert not [*filter(None, failures)]
