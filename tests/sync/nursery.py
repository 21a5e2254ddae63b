"""A process that starts senders quickly: ``python nursery.py PLAN``, then one line of JSON for each on stdin.

Each sender is a process of its own, forked from this one, which has everything loaded; it ends when nothing waits any
more. The answer is a line too: how it ended, as `os.waitstatus_to_exitcode` says (-9: killed).
"""

import datetime as dt
import json
import logging
import os
import random
import sys
import time
from pathlib import Path

from killing import KillPlan

from edge import bandwidth
from edge.clock import VirtualClock
from edge.config import parse
from edge.outbox import Outbox
from edge.store import Store
from edge.store_event_sending import next_event
from edge.sync import Sync

LONGEST_S = 60.0
END_OF_TIME = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class HurriedClock(VirtualClock):
    """Jumps, but leaves the hub a moment to come back."""

    def sleep(self, seconds: float) -> None:
        """Wait 5 ms of the real time, but not for the pauses between the parts of a file."""
        if seconds >= 1:
            time.sleep(0.005)
        super().sleep(seconds)


def send_all(folder: Path, raw: dict, start: str) -> None:
    """Be the sender of one camera until nothing waits."""
    settings = parse(raw).model_copy(update={"data": folder / "data"})
    clock = HurriedClock(dt.datetime.fromisoformat(start))
    store = Store(settings.data)
    outbox = Outbox(store)
    sync = Sync(settings, folder, clock, random.Random(5))
    end = time.monotonic() + LONGEST_S
    while outbox.waiting() or store.unsent_count() or next_event(store, END_OF_TIME):
        clock.sleep(sync.step())
        if time.monotonic() > end:
            raise TimeoutError(f"{store.states()['sync']}")
    sync.close()
    store.close()


def main() -> None:
    bandwidth.LONGEST_WHOLE_S = bandwidth.PIECE_S = 0.1  # small files go in pieces, too
    plan = KillPlan(Path(sys.argv[1]))
    logging.basicConfig(level=logging.WARNING)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            if plan.path.exists():
                plan.watch()
            send_all(Path(asked["folder"]), asked["raw"], asked["start"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
