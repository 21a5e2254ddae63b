import pytest
from flask import Flask

from hub import create_app, headers
from hub.config import HubSettings
from hub.serving import prepare


@pytest.fixture
def settings(tmp_path):
    found = HubSettings(data=tmp_path)
    prepare(found)
    return found


def policy(answer):
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.parametrize("path", ["/en/", "/healthz", "/static/site.css", "/en/none"])
def test_nothing_may_be_loaded_from_elsewhere_or_run_inline(settings, path):
    answer = create_app(settings).test_client().get(path, buffered=True)
    said = policy(answer)
    assert said["default-src"] == said["img-src"] == "'self'"
    assert said["frame-ancestors"] == said["object-src"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]


def test_only_a_site_with_tls_says_that_it_stays_so(settings):
    name = "Strict-Transport-Security"
    assert name not in create_app(settings).test_client().get("/en/").headers
    safe = settings.model_copy(update={"url": "https://sky.example"})
    assert name in create_app(safe).test_client().get("/en/").headers


def test_one_page_may_ask_for_more_and_the_next_does_not_get_it():
    app = Flask("page")
    app.config["HUB"] = HubSettings()
    headers.init_app(app)

    @app.get("/map")
    def map_page():
        headers.allow_images("https://tiles.example")
        return "map"

    @app.get("/frame")
    def frame():
        headers.allow_framing()
        return "frame"

    client = app.test_client()
    assert policy(client.get("/map"))["img-src"] == "'self' https://tiles.example"
    assert policy(client.get("/frame")) == {
        **policy(client.get("/none")),
        "frame-ancestors": "*",
    }
    assert policy(client.get("/none"))["img-src"] == "'self'"
