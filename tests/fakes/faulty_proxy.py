"""A line between a camera and its hub that cuts, delays, doubles, reorders and damages requests, over real sockets.

It sits at the level of HTTP messages, so that a fault can be put exactly: before a request, in the middle of its body,
between the hub's work and its answer. What it doubles or delivers late are the very bytes that the camera has sent, as
after a wrong retransmission on the way. ``plan`` chooses the fault of each request; `Weather` draws them by chance.
"""

import contextlib
import random
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_TIMEOUT_S = 30.0
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Fault:
    """What happens to one request.

    ``at`` is the part of the body, or of the answer, that still gets through (0 to 1), or where the damaged byte is.
    ``after`` is how many later requests overtake a late one.
    """

    kind: str = "none"
    at: float = 0.5
    after: int = 2
    delay_s: float = 0.0


NONE = Fault()
# The request never arrives | arrives in part | arrives, but its answer never does | its answer does in part |
# arrives twice at once | arrives later, when the camera has given up | arrives, and later once more | arrives damaged.
KINDS = (
    *("cut_before", "cut_request", "lose_answer", "cut_answer"),
    *("twice", "late", "echo", "corrupt"),
)


@dataclass
class Request:
    """One request as the camera sent it."""

    number: int
    method: str
    path: str
    head: bytes
    length: int
    body: bytes = b""

    @property
    def whole(self) -> bytes:
        return self.head + self.body


@dataclass
class Weather:
    """Draws the fault of each request: ``share`` of them have one, evenly of ``kinds``; all wait up to ``delay_s``."""

    chance: random.Random
    share: float
    kinds: tuple[str, ...] = KINDS
    delay_s: float = 0.0

    def __call__(self, request: Request) -> Fault:
        delay_s = self.chance.uniform(0, self.delay_s)
        if self.chance.random() >= self.share:
            return Fault(delay_s=delay_s)
        kind = self.chance.choice(self.kinds)
        at, after = self.chance.random(), self.chance.randint(1, 6)
        return Fault(kind, at, after, delay_s)


@dataclass
class Passed:
    """What became of a request: its fault, and the status that the hub answered (None: it never got there)."""

    method: str
    path: str
    fault: str
    status: int | None = None


@dataclass
class FaultyProxy:
    """Listens on a port of its own and passes what comes to ``hub_port``, with the faults of ``plan``."""

    hub_port: int
    plan: Callable[[Request], Fault] = lambda _request: NONE
    passed: list[Passed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._late: list[tuple[int, Request]] = []
        self._count = 0
        self._server = _Server(("127.0.0.1", 0), _Line)
        self._server.proxy = self
        threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.01},
            daemon=True,
        ).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening; what is still late never arrives."""
        self._server.shutdown()
        self._server.server_close()

    def faults(self) -> dict[str, int]:
        """Return how often each fault has happened."""
        kinds = [one.fault for one in list(self.passed)]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    def deliver_late(self, *, everything: bool = False) -> None:
        """Deliver what is due of the requests that were held back."""
        with self._lock:
            due = [one for at, one in self._late if everything or at <= self._count]
            self._late = [late for late in self._late if late[1] not in due]
        for request in due:
            with contextlib.suppress(OSError):
                self._note(request, "late", self.ask_hub(request.whole, request.method))

    def hold_back(self, request: Request, after: int) -> None:
        with self._lock:
            self._late.append((self._count + after, request))

    def numbered(self, method: str, path: str, head: bytes, length: int) -> Request:
        with self._lock:
            self._count += 1
            return Request(self._count, method, path, head, length)

    def ask_hub(self, sent: bytes, method: str) -> bytes:
        """Send bytes to the hub and return its whole answer; OSError when it gives none."""
        with self.hub_line() as line:
            line.sendall(sent)
            return _answer(line, method)

    def hub_line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.hub_port), _TIMEOUT_S)

    def _note(self, request: Request, fault: str, answer: bytes = b"") -> None:
        status = int(answer.split(None, 2)[1]) if answer else None
        self.passed.append(Passed(request.method, request.path, fault, status))

    def pass_on(self, request: Request, client: socket.socket) -> bool:
        """Treat one request as its fault says; return whether the line to the camera stays open."""
        fault = self.plan(request)
        time.sleep(fault.delay_s)
        if fault.kind in ("cut_before", "cut_request"):
            through = fault.at if fault.kind == "cut_request" else 0.0
            self._cut(request, client, int(request.length * through))
            self._note(request, fault.kind)
            return False
        request.body = _read(client, request.length)
        if fault.kind == "late":
            self.hold_back(request, fault.after)
            return False
        answer = self._ask_with(fault, request)
        self._note(request, fault.kind, answer)
        if fault.kind == "cut_answer":
            client.sendall(answer[: int(len(answer) * fault.at)])
        if fault.kind in ("lose_answer", "cut_answer"):
            return False
        client.sendall(answer)
        return True

    def _ask_with(self, fault: Fault, request: Request) -> bytes:
        """Bring a request to the hub, as often and as whole as the fault says, and return the last answer."""
        sent = request.whole
        if fault.kind == "corrupt" and request.body:
            at = len(request.head) + int((request.length - 1) * fault.at)
            sent = sent[:at] + bytes([sent[at] ^ 0x01]) + sent[at + 1 :]
        answer = self.ask_hub(sent, request.method)
        if fault.kind == "twice":
            answer = self.ask_hub(sent, request.method)
        if fault.kind == "echo":
            self.hold_back(request, fault.after)
        return answer

    def _cut(self, request: Request, client: socket.socket, through: int) -> None:
        """Let the hub have the beginning of a request, then break the line on both sides."""
        if not through:
            return
        with self.hub_line() as line:
            line.sendall(request.head + _read(client, through))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    proxy: FaultyProxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A line that broke is no news here."""


class _Line(socketserver.BaseRequestHandler):
    """One connection of the camera, kept alive until a fault ends it."""

    server: _Server

    def handle(self) -> None:
        client, proxy = self.request, self.server.proxy
        client.settimeout(_TIMEOUT_S)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            while head := _head(client):
                first, *lines = head.split(b"\r\n")
                method, path, _ = first.decode("latin-1").split(" ", 2)
                request = proxy.numbered(method, path, head, _length(lines))
                open_still = proxy.pass_on(request, client)
                proxy.deliver_late()
                if not open_still:
                    break
            client.shutdown(socket.SHUT_RDWR)


def _head(line: socket.socket) -> bytes:
    """Return the head of a message up to its empty line; b"" when the line ends before one begins."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        seen = line.recv(_CHUNK_BYTES, socket.MSG_PEEK)
        if not seen:
            return b""
        end = (head[-3:] + seen).find(b"\r\n\r\n")
        take = len(seen) if end < 0 else end + 4 - len(head[-3:])
        head += line.recv(take)
    return head


def _length(lines: list[bytes]) -> int:
    for line in lines:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _read(line: socket.socket, length: int) -> bytes:
    """Return so many bytes; ConnectionError when the line ends before."""
    parts, left = [], length
    while left:
        part = line.recv(min(left, _CHUNK_BYTES))
        if not part:
            raise ConnectionError("the line ended in the middle of a message")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _answer(line: socket.socket, method: str) -> bytes:
    head = _head(line)
    if not head:
        raise ConnectionError("the hub gave no answer")
    length = 0 if method == "HEAD" else _length(head.split(b"\r\n")[1:])
    return head + _read(line, length)
