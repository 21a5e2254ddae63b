"""The nginx of docs/nginx.md in front of a real hub. Skipped where nginx is not installed."""

import contextlib
import getpass
import json
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests

from products.manifest import sha256_hex

from .test_media import TAKEN, filled, media_addresses  # noqa: F401 - a fixture

GUIDE = Path(__file__).parents[2] / "docs" / "nginx.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def configuration(hub, folder, port):
    """Return the server of the guide, without TLS and on another port, and what nginx needs around it."""
    server = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]
    server = re.sub(r"\n    ssl_certificate.*", "", server)
    server = server.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    server = server.replace("http://127.0.0.1:8080", hub.url)
    server = server.replace("/var/lib/allsky-hub/", f"{hub.settings.data}/")
    stores = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{one}_temp_path {folder}/{one};\n" for one in stores)
    types = "types { text/html html; image/jpeg jpg; video/mp4 mp4; }\n"
    user = "user root;\n" if getpass.getuser() == "root" else ""
    return (
        f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{types}{server}}}\n"
    )


@pytest.fixture(scope="module")
def hub(tmp_path_factory, serve_hub):
    """Return a hub that leaves its files to nginx."""
    data = tmp_path_factory.mktemp("hub")
    (data / "hub.json").write_text(json.dumps({"accel_redirect": "/files/"}))
    with serve_hub(data) as running:
        yield running


@pytest.fixture(scope="module")
def nginx(hub, tmp_path_factory):
    """Run nginx in front of the hub and return its address."""
    folder = tmp_path_factory.mktemp("nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "nginx.conf"
    file.write_text(configuration(hub, folder, port))
    process = subprocess.Popen([NGINX, "-p", folder, "-c", file])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            assert process.poll() is None, "nginx has stopped"
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{address}/healthz", timeout=5).ok:
                    break
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def get(nginx, path, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(nginx + path, headers=named, timeout=20)


def test_nginx_sends_what_the_hub_would(hub, nginx, filled, make_jpeg):  # noqa: F811 - the fixture
    keogram = make_jpeg(1, (1440, 700))
    for address in media_addresses(filled, keogram):
        answer = get(nginx, address)
        assert answer.status_code == 200, address
        assert "X-Accel-Redirect" not in answer.headers
        if not address.endswith(".json"):
            assert answer.headers["ETag"] == f'"{sha256_hex(answer.content)}"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=" in answer.headers["Cache-Control"]
        again = get(nginx, address, If_None_Match=answer.headers["ETag"])
        assert (again.status_code, again.content) == (304, b"")
    newest = get(nginx, f"/c/{filled.id}/latest.jpg")
    assert newest.headers["Last-Modified"] == f"{TAKEN:%a, %d %b %Y %H:%M:%S} GMT"
    assert newest.headers["Content-Type"] == "image/jpeg"


def test_videos_can_be_sought_in_through_nginx(nginx, filled, mp4):  # noqa: F811 - the fixture
    address = f"/c/{filled.id}/timelapse/latest.mp4"
    for asked, content in (
        ("bytes=1000-1999", mp4[1000:2000]),
        ("bytes=-500", mp4[-500:]),
    ):
        part = get(nginx, address, Range=asked)
        assert (part.status_code, part.content) == (206, content)
        assert part.headers["Content-Type"] == "video/mp4"
    assert get(nginx, address, Range=f"bytes={len(mp4)}-").status_code == 416
    changed = get(nginx, address, Range="bytes=0-9", If_Range='"another"')
    assert (changed.status_code, changed.content) == (200, mp4)


def test_nobody_gets_at_the_data_folder_directly(nginx, filled, make_jpeg):  # noqa: F811 - the fixture
    name = sha256_hex(make_jpeg(1, (1440, 700)))
    for path in (
        "/files/hub.db",
        f"/files/blobs/{name[:2]}/{name}",
        "/files/../hub.db",
    ):
        assert get(nginx, path).status_code == 404
    assert get(nginx, f"/c/{filled.id}/sqm/latest.png").status_code == 404


def test_pages_are_compressed(nginx, filled):  # noqa: F811 - the fixture
    page = get(nginx, "/en/", Accept_Encoding="gzip")
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    picture = get(nginx, f"/c/{filled.id}/latest.jpg", Accept_Encoding="gzip")
    assert "Content-Encoding" not in picture.headers
