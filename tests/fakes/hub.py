"""A small hub over real HTTP that speaks the wire format, remembers everything, and fails when told to."""

import contextlib
import gzip
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "skc_of-the-test-camera"
API = "/api/v1"


@dataclass
class Received:
    """One request as it came in."""

    method: str
    path: str
    headers: dict
    body: bytes
    at_s: float = field(default_factory=time.monotonic)

    @property
    def json(self):
        packed = self.headers.get("Content-Encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)


@dataclass
class Partly:
    """How much of a file there is."""

    offset: int


@dataclass
class Fault:
    """What goes wrong with the next matching requests: an answer, or no answer before or after the work was done."""

    method: str
    path: str
    kind: str
    times: int
    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""


class FakeHub:
    """The hub. ``products``, ``blobs`` and ``readings`` are what it holds; ``received`` is every request so far."""

    def __init__(self):
        self.received, self.faults = [], []
        self.blobs, self.products, self.readings = {}, {}, {}
        self.partial = {}
        self.takes_pieces = True
        self.connected = 0
        self.live, self.camera = None, None
        self.hello_answer = {}
        self.delay_s = 0.0
        self.reject = lambda point: None
        self.refuse_batch = lambda points: False
        self._server = None
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Listen; on the same port again after `stop`."""
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.hub = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()

    def stop(self):
        """Go away: connections are refused."""
        if self._server:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server.drop_connections()
            self._server = None

    def answer_next(self, method, path, status, *, times=1, headers=None, **problem):
        """Answer with a problem; without ``code`` with a page that is not a hub's."""
        body = {"title": "Fault", "status": status, **problem} if problem else None
        content = json.dumps(body).encode() if body else b"<html>no hub here</html>"
        fault = Fault(method, path, "answer", times, status, headers or {}, content)
        self.faults.append(fault)

    def cut_next(self, method, path, *, work_done, times=1):
        """Close the connection instead of answering, before or after doing the work."""
        kind = "cut_after" if work_done else "cut_before"
        self.faults.append(Fault(method, path, kind, times))

    def requests(self, method, path):
        return [
            one
            for one in self.received
            if one.method == method and one.path.startswith(f"{API}{path}")
        ]

    def fault(self, method, path):
        """Take the fault that is meant for this request."""
        for fault in self.faults:
            if fault.method == method and path.startswith(f"{API}{fault.path}"):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *args):
        self.connections = set()
        super().__init__(*args)

    def process_request(self, request, client_address):
        self.hub.connected += 1
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self):
        """End the kept-alive connections, as a hub that stops does."""
        for request in list(self.connections):
            with contextlib.suppress(OSError):
                self.shutdown_request(request)

    def handle_error(self, request, client_address):
        """Connections that a test cuts are no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        """Stay quiet."""

    def do_GET(self):
        self._handle()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

    def _handle(self):
        hub = self.server.hub
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        received = Received(self.command, self.path, dict(self.headers), body)
        hub.received.append(received)
        time.sleep(hub.delay_s)
        fault = hub.fault(self.command, self.path)
        match fault.kind if fault else "":
            case "cut_before":
                self.close_connection = True
                return
            case "answer":
                self._answer(fault.status, fault.body, fault.headers)
                return
        status, answer = _work(hub, received)
        if fault:
            self.close_connection = True
            return
        headers = {}
        if isinstance(answer, Partly):
            headers = {"Upload-Offset": str(answer.offset)}
            answer = {} if status == 204 else _problem_of(answer)
        body = b"" if status == 204 else json.dumps(answer).encode()
        self._answer(status, body, headers)

    def _answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and body:
            self.wfile.write(body)


def _work(hub, received):
    """Do what a request asks and return status and answer."""
    if received.path == f"{API}/join":
        return _join(hub, received, [])
    word, *rest = received.path.removeprefix(f"{API}/sync/").split("/")
    if (received.method, word) not in _WORK:
        return _problem(404, "not_found")
    if received.headers.get("Authorization") != f"Bearer {KEY}":
        return _problem(401, "wrong_key")
    return _WORK[received.method, word](hub, received, rest)


def _join(_hub, received, _rest):
    if received.json["code"] != "good-code":
        return _problem(403, "join_code_refused", detail="This code is used.")
    return 201, {"camera_id": "ASK001", "key": KEY}


def _hello(hub, received, _rest):
    limits = {"blob_bytes": 1_000_000}
    said = {"server_time": received.json["time"], "limits": limits}
    return 200, said | hub.hello_answer


def _camera(hub, received, _rest):
    hub.camera = received.json
    return 200, {}


def _live(hub, received, _rest):
    hub.live = received.body
    return 200, {}


def _has_blob(hub, _received, rest):
    if rest[0] in hub.partial:
        return 204, Partly(len(hub.partial[rest[0]]))
    return (200 if rest[0] in hub.blobs else 404), {}


def _patch_blob(hub, received, rest):
    if not hub.takes_pieces:
        return _problem(405, "method_not_allowed")
    here = hub.partial.get(rest[0], b"")
    if int(received.headers["Upload-Offset"]) != len(here):
        return 409, Partly(len(here))
    hub.partial[rest[0]] = here + received.body
    if len(hub.partial[rest[0]]) < int(received.headers["Upload-Length"]):
        return 204, Partly(len(hub.partial[rest[0]]))
    whole = hub.partial.pop(rest[0])
    if hashlib.sha256(whole).hexdigest() != rest[0]:
        return _problem(422, "wrong_hash", retryable=True)
    hub.blobs[rest[0]] = whole
    return 201, {}


def _put_blob(hub, received, rest):
    if hashlib.sha256(received.body).hexdigest() != rest[0]:
        return _problem(422, "wrong_hash", retryable=True)
    hub.blobs[rest[0]] = received.body
    return 201, {}


def _readings(hub, received, _rest):
    points = received.json["points"]
    if hub.refuse_batch(points):
        return _problem(422, "invalid", detail="A point has an odd shape.")
    answer = {"accepted": 0, "duplicate": 0, "conflict": 0, "rejected": []}
    for index, point in enumerate(points):
        key = (point["sensor"], point["quantity"], point["time"])
        if code := hub.reject(point):
            answer["rejected"].append({"index": index, "code": code, "detail": ""})
        elif key in hub.readings:
            same = hub.readings[key] == point["value"]
            answer["duplicate" if same else "conflict"] += 1
        else:
            hub.readings[key] = point["value"]
            answer["accepted"] += 1
    return 200, answer


def _product(hub, received, rest):
    key, manifest = "/".join(rest), received.json
    variants = manifest.get("variants", {}).values()
    sidecar = [manifest["sidecar"]] if manifest.get("sidecar") else []
    needed = [one["sha256"] for one in (manifest, *variants, *sidecar)]
    if missing := [sha256 for sha256 in needed if sha256 not in hub.blobs]:
        return _problem(409, "missing_blobs", retryable=True, missing=missing)
    held = hub.products.get(key)
    if held and held["rev"] > manifest["rev"]:
        return _problem(409, "older_revision")
    hub.products[key] = manifest
    return (200 if held == manifest else 201), {}


def _problem_of(partly):
    _, body = _problem(409, "wrong_offset", retryable=True, offset=partly.offset)
    return body


def _problem(status, code, **members):
    return status, {"title": code, "status": status, "code": code, **members}


_WORK = {
    ("POST", "hello"): _hello,
    ("PUT", "camera"): _camera,
    ("PUT", "live"): _live,
    ("POST", "readings"): _readings,
    ("HEAD", "blobs"): _has_blob,
    ("PUT", "blobs"): _put_blob,
    ("PATCH", "blobs"): _patch_blob,
    ("PUT", "products"): _product,
}
