"""Visitors of a web site: so many at once, each asking for the next address as soon as it has its answer.

A program of its own, so that it takes no time from what it measures: ``python -m benchmarks.visitors`` reads a JSON
object ``{"site": ..., "paths": [...], "visitors": n, "seconds": s}`` and prints ``{"times_s": [...], "failed": n}``.
"""

import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Served:
    """What visitors got: how long each answer took, sorted, how many were no 200, and over how many seconds."""

    times_s: Sequence[float]
    failed: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.times_s) / self.seconds

    def slowest_ms(self, share: float) -> float:
        """Return within how many milliseconds this share of the answers came."""
        rank = min(len(self.times_s) - 1, int(share * len(self.times_s)))
        return 1000 * self.times_s[rank]


def visit(site: str, paths: Sequence[str], visitors: int, seconds: float) -> Served:
    """Let visitors ask for the paths, in turn, for so many seconds, and return what they got."""
    asked = {"site": site, "paths": list(paths), "visitors": visitors, "seconds": seconds}  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.visitors"]
    done = subprocess.run(
        command, input=json.dumps(asked), text=True, capture_output=True, check=True
    )
    said = json.loads(done.stdout)
    return Served(sorted(said["times_s"]), said["failed"], seconds)


def _visitor(
    host: str,
    paths: Iterator[str],
    until: float,
    times_s: list[float],
    failed: list[str],
) -> None:
    connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_S)
    while (began := time.monotonic()) < until:
        path = next(paths)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        times_s.append(time.monotonic() - began)
        if answer.status != http.client.OK:
            failed.append(path)
    connection.close()


def _main() -> None:
    asked = json.load(sys.stdin)
    host = urlsplit(asked["site"]).netloc
    paths = itertools.cycle(asked["paths"])
    until = time.monotonic() + asked["seconds"]
    times_s: list[float] = []
    failed: list[str] = []
    threads = [
        threading.Thread(target=_visitor, args=(host, paths, until, times_s, failed))
        for _number in range(asked["visitors"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"times_s": times_s, "failed": len(failed)}))


if __name__ == "__main__":
    _main()
