"""Four programs write into one `edge.db` at the same time, all night."""

import subprocess
import sys

PROGRAM = """
import datetime as dt, pathlib, sys
from edge.outbox import Outbox
from edge.store_agreement import readings_sent
from edge.store import FrameRecord, ProgramState, Store
from products.manifest import ProductManifest
store, name = Store(pathlib.Path(sys.argv[1])), sys.argv[2]
outbox, now = Outbox(store), dt.datetime.now(dt.UTC)
product = dict(sha256="a" * 64, size=1, type="image/jpeg")
for n in range(100):
    taken = now + dt.timedelta(seconds=n)
    store.add_frame(FrameRecord(f"{name}/{n}", "2026-01-01", taken, 1, 1, 1))
    store.add_readings(taken, [dict(sensor=name, quantity="q", value=1.0, unit="")])
    readings_sent(store, [one.id for one in store.unsent_readings(5)])
    store.set_state(ProgramState(name, "wait", str(n), taken, None))
    rev = store.next_revision("2026-01-01")
    outbox.queue_product("2026-01-01", name, ProductManifest(rev=rev, **product), {"a" * 64: store.data / "x"}, now)
    if (due := outbox.next_product(now)):
        outbox.sent(due, now)
store.close()
"""


def test_programs_that_write_at_once_wait_for_each_other(tmp_path):
    names = ["capture", "environment", "nightly", "sync"]
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, tmp_path, name], stderr=subprocess.PIPE
        )
        for name in names
    ]
    said = [program.communicate()[1].decode() for program in programs]
    assert said == [""] * 4
