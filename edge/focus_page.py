"""The page with which somebody at the dome focuses by telephone: the frame, a part of it enlarged, and the numbers.

It is served only while the command runs, on the local network, to the one browser that was the first to give the code;
the code is worth nothing afterwards, and after ten wrong ones the page is closed.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray

from edge.focus_loop import FocusHistory
from edge.focus_view import sharpness, width
from products import jpeg
from products.scaled import Scaled

_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
_MOST_WRONG_CODES = 10
_COOKIE = "focus"
_CROP_PX, _OVERVIEW_PX = 160, 640  # of the frame, and of the smaller frame
_SHOWN_PX = 320  # both, on the page
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Focus</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{refresh_s}">
<style>body{{background:#111;color:#ddd;font:18px sans-serif;margin:1em;}}
b{{font-size:2.2em}}img,input{{width:{shown_px}px;display:block;margin-top:1em;image-rendering:pixelated}}</style>
<p>Sharpness <b>{sharpness}</b> best {best_sharpness}<br>Stars <b>{width}</b> best {best_width}</p><p>{remark}</p>
<img src="crop.jpg?{number}" alt="A part of the frame, enlarged">
<form action="."><input type="image" name="at" src="frame.jpg?{number}" alt="The frame: press what to enlarge"></form>
<p>Press a place in the lower picture to enlarge it. Frame {number}.</p></html>"""
_ASK = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Focus</title>
<meta name="viewport" content="width=device-width"><form action="."><label>The code that the terminal shows:
<input name="code" autocomplete="off" autofocus></label> <button>Open</button></form></html>"""

_WAIT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Focus</title>
<meta http-equiv="refresh" content="1"><p>Waiting for the first frame.</p></html>"""


class FocusPage:
    """What the page shows, and who may see it. The loop shows frames; requests are answered in other threads."""

    def __init__(self, refresh_s: float) -> None:
        self.code = f"{secrets.randbelow(10**8):08d}"
        self._refresh_s = max(1, round(refresh_s))
        self._lock = threading.Lock()
        self._session: str | None = None
        self._wrong_codes = 0
        self._at: tuple[float, float] | None = None  # parts of width and height
        self._html, self._crop, self._overview = _WAIT, b"", b""
        self._part_high = 1.0

    def show(self, history: FocusHistory, rgb: NDArray[np.uint8]) -> None:
        """Take the newest frame, (H, W, 3) uint8; it is not kept."""
        last, best = history.frames[-1], history.best_sharpness or history.frames[-1]
        narrowest = history.best_width or last
        html = _PAGE.format(
            refresh_s=self._refresh_s,
            shown_px=_SHOWN_PX,
            number=last.number,
            sharpness=sharpness(last),
            best_sharpness=sharpness(best),
            width=width(last),
            best_width=width(narrowest),
            remark=escape(last.remark),
        )
        overview = Scaled(rgb).jpeg_within(_OVERVIEW_PX)
        pictures = jpeg.encode(self._enlarged(rgb, last.focus.brightest)), overview
        with self._lock:
            self._html, self._crop, self._overview = html, *pictures
            self._part_high = rgb.shape[0] / rgb.shape[1]

    @property
    def is_closed(self) -> bool:
        """Whether so many wrong codes were given that nobody may try another."""
        return self._wrong_codes >= _MOST_WRONG_CODES

    def admit(self, code: str) -> str | None:
        """Return the secret of the session for the first one who gives the code, None to anybody else."""
        with self._lock:
            if self._session is not None or self.is_closed:
                return None
            if not secrets.compare_digest(code.encode(), self.code.encode()):
                self._wrong_codes += 1
                return None
            self._session = secrets.token_urlsafe(24)
            return self._session

    def knows(self, session: str) -> bool:
        """Say whether this is the one who was admitted."""
        known = self._session
        return known is not None and secrets.compare_digest(
            session.encode(), known.encode()
        )

    def enlarge(self, x_px: float, y_px: float) -> None:
        """Enlarge the place that was pressed, in pixels of the picture as it is shown."""
        with self._lock:
            x, y = x_px / _SHOWN_PX, y_px / (_SHOWN_PX * self._part_high)
            self._at = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def content(self, path: str) -> tuple[str, bytes] | None:
        """Return type and content of a part of the page, None when there is no such part."""
        with self._lock:
            parts = {
                "/": ("text/html; charset=utf-8", self._html.encode()),
                "/crop.jpg": ("image/jpeg", self._crop),
                "/frame.jpg": ("image/jpeg", self._overview),
            }
        return parts.get(path)

    def _enlarged(
        self, rgb: NDArray[np.uint8], star: tuple[int, int] | None
    ) -> NDArray[np.uint8]:
        """Return the part around the chosen place, else around the brightest star, else in the middle."""
        height, width_px = rgb.shape[:2]
        x, y = star or (width_px // 2, height // 2)
        if self._at is not None:
            x, y = int(self._at[0] * width_px), int(self._at[1] * height)
        side = min(_CROP_PX, height, width_px)
        left = min(max(0, x - side // 2), width_px - side)
        top = min(max(0, y - side // 2), height - side)
        return np.ascontiguousarray(rgb[top : top + side, left : left + side])


@contextmanager
def served(page: FocusPage, port: int, host: str = "0.0.0.0") -> Iterator[int]:
    """Serve the page while the block runs, and give the port, which 0 leaves to the system.

    Raises
    ------
    OSError
        The port is in use.
    """

    class Handler(_Handler):
        """Answers for this page."""

        shown = page

    with ThreadingHTTPServer((host, port), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request of the browser."""

    shown: FocusPage
    timeout = 10.0

    def do_GET(self) -> None:
        """Answer with a part of the page, or ask for the code."""
        address = urlsplit(self.path)
        asked = {name: said[-1] for name, said in parse_qs(address.query).items()}
        if not self.shown.knows(self._session()):
            self._admit(asked.get("code", ""))
        elif "at.x" in asked and "at.y" in asked:
            self._enlarge(asked["at.x"], asked["at.y"])
        elif "code" in asked:
            self._redirect()
        elif (content := self.shown.content(address.path)) is not None:
            self._answer(200, *content)
        else:
            self._answer(404, "text/plain", b"There is no such page.")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as the library calls it
        """Say nothing: the terminal shows how sharp it is."""

    def _session(self) -> str:
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return ""
        return cookies[_COOKIE].value if _COOKIE in cookies else ""

    def _admit(self, code: str) -> None:
        if code and (session := self.shown.admit(code.strip())):
            self._redirect(f"{_COOKIE}={session}; HttpOnly; SameSite=Strict; Path=/")
        elif self.shown.is_closed:
            closed = "Too many wrong codes: start the command again."
            self._answer(403, "text/plain; charset=utf-8", closed.encode())
        else:
            self._answer(
                403 if code else 200, "text/html; charset=utf-8", _ASK.encode()
            )

    def _enlarge(self, x_px: str, y_px: str) -> None:
        try:
            self.shown.enlarge(float(x_px), float(y_px))
        except ValueError:
            self._answer(400, "text/plain", b"That is no place in the picture.")
        else:
            self._redirect()

    def _redirect(self, cookie: str = "") -> None:
        self.send_response(303)
        self.send_header("Location", "/")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", _POLICY)
        self.end_headers()
        self.wfile.write(content)
