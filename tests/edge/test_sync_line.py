"""What may be wrong with the way to the hub: each a clear sentence in the state and in the log."""

import contextlib
import datetime as dt
import random
import socket
import ssl
import subprocess
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from edge.breaker import Breaker
from edge.clock import VirtualClock
from edge.config import load, parse
from edge.hub_connection import may_carry_a_key
from edge.hub_key import write_key
from edge.join import join
from edge.settings.hub import HubSettings
from edge.store import Store
from edge.sync import Sync
from products.manifest import HelloAnswer, Limits

NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
SITE = {
    "name": "Hill",
    "latitude_deg": 48.0512,
    "longitude_deg": 8.2034,
    "zone": "Europe/Berlin",
}


class _Handler(BaseHTTPRequestHandler):
    """A hub that only says hello, with members that nobody knows yet."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Stay quiet."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.clocks.append(self.headers["Camera-Clock"])
        answer = HelloAnswer(server_time=NOW, limits=Limits(blob_bytes=10))
        body = answer.model_dump_json()[:-1].encode() + b', "comet": {"tail": 3}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST  # noqa: N815 - the name that http.server calls


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Connections that are broken off are no news."""


def certificate(folder, name="localhost", days=2):
    """Make a self-signed certificate with openssl; return certificate and key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
        *("ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days)),
        *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
        *("-keyout", str(key), "-out", str(cert)),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.fixture
def tls_hub(tmp_path):
    """Return a function that starts a hub with a certificate of its own; it returns the hub's address and that file."""
    with contextlib.ExitStack() as stack:

        def start(**more):
            cert, key = certificate(tmp_path, **more)
            server = _Server(("127.0.0.1", 0), _Handler)
            server.clocks = []
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"https://localhost:{server.server_address[1]}", cert

        yield start


def state_after_a_step(folder, **hub):
    """Return what the sender says of itself after its first step."""
    settings = parse({"site": SITE, "hub": hub})
    settings = settings.model_copy(update={"data": folder / "data"})
    write_key(folder, "skc_of-the-test-camera")
    with closing(Sync(settings, folder, VirtualClock(NOW), random.Random(1))) as sync:
        sync.step()
    with closing(Store(settings.data)) as store:
        return store.states()["sync"]


class TestCertificates:
    def test_one_that_signs_itself_is_refused_with_the_remedy(
        self, tls_hub, tmp_path, caplog
    ):
        url, _ = tls_hub()
        state = state_after_a_step(tmp_path, url=url)
        assert state.state == "hub unreachable"
        assert "certificate of localhost is signed by itself" in state.reason
        assert "hub.ca_file" in state.reason
        assert state.reason in caplog.text

    def test_one_of_an_own_authority_is_believed_when_it_is_named(
        self, tls_hub, tmp_path, monkeypatch
    ):
        url, cert = tls_hub()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")  # names no other
        state = state_after_a_step(tmp_path, url=url, ca_file=cert)
        assert (state.state, state.reason) == ("online", "")

    def test_that_of_another_computer_is_refused_although_it_is_believed(
        self, tls_hub, tmp_path
    ):
        url, cert = tls_hub(name="other.example.org")
        state = state_after_a_step(tmp_path, url=url, ca_file=cert)
        assert "is that of another computer" in state.reason

    def test_a_missing_file_of_an_authority_is_named(self, tls_hub, tmp_path):
        url, _ = tls_hub()
        missing = tmp_path / "no.pem"
        state = state_after_a_step(tmp_path, url=url, ca_file=missing)
        assert state.state == "wrong certificate"
        assert f"There is no file {missing}" in state.reason

    def test_a_file_that_is_no_certificate_is_named(self, tls_hub, tmp_path):
        url, _ = tls_hub()
        wrong = tmp_path / "wrong.pem"
        wrong.write_text("no certificate")
        state = state_after_a_step(tmp_path, url=url, ca_file=wrong)
        assert state.state == "wrong certificate"
        assert f"{wrong} is no certificate" in state.reason

    def test_a_port_without_tls_is_said(self, fake_hub, tmp_path):
        url = fake_hub.url.replace("http://127.0.0.1", "https://localhost")
        state = state_after_a_step(tmp_path, url=url)
        assert "there is no TLS at this port" in state.reason

    def test_the_settings_name_the_file_from_their_own_folder(self, tmp_path):
        (tmp_path / "config.json").write_text(
            '{"site": {"name": "Hill", "latitude_deg": 48, "longitude_deg": 8, "zone": "Europe/Berlin"},'
            ' "hub": {"ca_file": "own.pem"}}'
        )
        settings = load(tmp_path / "config.json")
        assert settings.hub.ca_file == tmp_path / "own.pem"

    def test_joining_believes_the_same_authority(self, tls_hub, tmp_path):
        url, cert = tls_hub()
        with pytest.raises(Exception, match="not as a hub does"):  # it only says hello
            join(url, "code", tmp_path, hub_settings=HubSettings(url=url, ca_file=cert))


class TestPlainHttp:
    @pytest.mark.parametrize(
        ("url", "in_lan"),
        [
            ("http://192.168.1.5:8080", True),
            ("http://10.0.0.1", True),
            ("http://172.31.0.9", True),
            ("http://[fd12::1]:8080", True),
            ("http://[fe80::1]", True),
            ("http://172.32.0.9", False),
            ("http://8.8.8.8", False),
            ("http://100.64.0.1", False),
            ("http://0.0.0.0", False),
            ("http://[2001:db8::1]", False),
            ("http://hub.local", False),
            ("http://192.168.1.5.example.org", False),
        ],
    )
    def test_only_numbers_of_private_networks_and_only_when_allowed(self, url, in_lan):
        assert not may_carry_a_key(url)
        assert may_carry_a_key(url, in_lan=True) is in_lan

    def test_the_sentence_names_the_setting(self, tmp_path):
        state = state_after_a_step(tmp_path, url="http://192.168.255.254:9")
        assert state.state == "wrong address"
        assert "hub.plain_http_in_lan" in state.reason

    def test_a_public_address_is_not_told_of_the_setting(self, tmp_path):
        state = state_after_a_step(tmp_path, url="http://hub.example.org")
        assert "https://" in state.reason
        assert "plain_http_in_lan" not in state.reason


class TestVersions:
    def test_members_that_nobody_knows_yet_are_ignored(self, tls_hub, tmp_path):
        url, cert = tls_hub()
        assert state_after_a_step(tmp_path, url=url, ca_file=cert).state == "online"

    @pytest.mark.parametrize("status", [404, 405, 410])
    def test_a_hub_without_this_protocol_is_said(self, fake_hub, tmp_path, status):
        fake_hub.answer_next(
            "POST", "/sync/hello", status, code="not_found", detail="Nothing here."
        )
        state = state_after_a_step(tmp_path, url=fake_hub.url)
        assert state.state == "other version"
        assert "one of the two is too old" in state.reason


def test_every_request_says_what_the_clock_of_the_camera_is(fake_hub, tmp_path):
    state_after_a_step(tmp_path, url=fake_hub.url)
    said = fake_hub.received[0].headers["Camera-Clock"]
    assert '"time":"2026-11-21T20:00:00Z"' in said
    assert '"quality":"simulated"' in said
    assert '"monotonic_s":0.0' in said


class TestBreaker:
    def test_five_failures_open_it_and_one_success_closes_it(self):
        breaker = Breaker(random.Random(1))
        for failures in range(1, 6):
            assert breaker.state(0.0) == "closed"
            breaker.failed(0.0)
            assert breaker.is_open is (failures == 5)
        assert breaker.state(0.0) == "open"
        assert 30 <= breaker.wait_s(0.0) <= 240
        assert breaker.state(1000.0) == "half-open"
        breaker.failed(1000.0)
        assert breaker.state(1001.0) == "open"
        breaker.succeeded()
        assert breaker.state(1001.0) == "closed"

    def test_a_hub_that_says_when_is_asked_then(self):
        breaker = Breaker(random.Random(1))
        for _ in range(9):
            breaker.failed(0.0, 7.0)
        assert breaker.wait_s(0.0) == 7


def test_the_address_of_another_computer_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    state = state_after_a_step(tmp_path, url=f"http://127.0.0.1:{port}")
    assert state.state == "hub unreachable"
    assert "refuses connections" in state.reason
