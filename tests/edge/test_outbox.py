import datetime as dt
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from edge.outbox import Outbox
from edge.outbox_tables import (
    m001_outbox,
    m002_withheld,
    m003_withdrawn,
    migrations,
)
from edge.store import Store
from products.manifest import Blob, ProductManifest, night_digest, sha256_hex

NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=10)


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "data")) as store:
        yield store


@pytest.fixture
def outbox(store):
    return Outbox(store)


@pytest.fixture
def queue(store, outbox):
    """Return a function that writes a product's file and queues it."""

    def queue(kind="keogram", night="2026-11-21", rev=1, content=b"keogram", now=NOW):
        path = store.products_folder(night) / f"{kind.replace('/', '-')}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = sha256_hex(content)
        manifest = ProductManifest(
            sha256=sha256, size=len(content), type="image/jpeg", rev=rev
        )
        return outbox.queue_product(night, kind, manifest, {sha256: path}, now)

    return queue


def digests(outbox):
    """Return the digest of what the hub should show, for each night."""
    held = outbox.ledger.held(outbox.ledger.nights())
    return {night: night_digest(products) for night, products in held.items()}


def test_a_queued_product_comes_back_with_its_manifest_and_files(outbox, queue):
    queue(content=b"sky")
    product = outbox.next_product(NOW)
    assert (product.key, product.rev) == ("2026-11-21/keogram", 1)
    assert product.files[sha256_hex(b"sky")].read_bytes() == b"sky"
    assert product.manifest.size == 3


def test_a_newer_revision_replaces_the_queued_one(outbox, queue):
    assert queue(rev=1, content=b"early")
    assert queue(rev=2, content=b"late")
    assert outbox.waiting() == 1
    assert outbox.next_product(NOW).manifest.sha256 == sha256_hex(b"late")


def test_an_older_or_equal_revision_changes_nothing(outbox, queue):
    queue(rev=2, content=b"late")
    assert not queue(rev=2, content=b"other")
    assert not queue(rev=1, content=b"early")
    assert outbox.next_product(NOW).manifest.sha256 == sha256_hex(b"late")


def test_small_kinds_go_first_and_then_the_newest_night(outbox, queue):
    queue("timelapse", "2026-11-21")
    queue("keogram", "2026-11-20")
    queue("keogram", "2026-11-21")
    order = []
    while product := outbox.next_product(NOW):
        order.append(product.key)
        outbox.sent(product, NOW)
    assert order == ["2026-11-21/keogram", "2026-11-20/keogram", "2026-11-21/timelapse"]


def test_a_product_put_off_lets_the_others_pass_until_its_time(outbox, queue):
    queue("keogram")
    queue("startrails")
    outbox.put_off(outbox.next_product(NOW), "the hub stumbled", LATER)
    assert outbox.next_product(NOW).kind == "startrails"
    first = outbox.next_product(LATER)
    assert (first.kind, first.attempts, first.last_error) == (
        "keogram",
        1,
        "the hub stumbled",
    )
    assert outbox.problem() == "2026-11-21/keogram: the hub stumbled"


def test_a_revision_queued_while_the_older_one_is_sent_stays_queued(outbox, queue):
    queue(rev=1, content=b"early")
    being_sent = outbox.next_product(NOW)
    queue(rev=2, content=b"late")
    outbox.sent(being_sent, NOW)
    assert outbox.next_product(NOW).rev == 2
    held = night_digest({"2026-11-21/keogram": sha256_hex(b"early")})
    assert digests(outbox) == {"2026-11-21": held}


def test_giving_up_an_old_revision_does_not_touch_the_newer_one(outbox, queue):
    queue(rev=1)
    doomed = outbox.next_product(NOW)
    queue(rev=2, content=b"new")
    outbox.give_up(doomed, "gone", NOW)
    assert outbox.dead() == []
    assert outbox.waiting() == 1


def test_a_dead_product_says_why_and_a_new_revision_revives_it(outbox, queue):
    queue(rev=1)
    outbox.give_up(outbox.next_product(NOW), "the file is gone", NOW)
    assert [one.last_error for one in outbox.dead()] == ["the file is gone"]
    assert outbox.next_product(LATER) is None
    queue(rev=2, content=b"again")
    assert outbox.dead() == []
    assert outbox.problem() == ""


def test_digests_are_those_of_what_the_hub_confirmed(outbox, queue):
    queue("keogram", content=b"k")
    queue("startrails", content=b"s")
    assert digests(outbox) == {}
    outbox.sent(outbox.next_product(NOW), NOW)
    assert digests(outbox) == {
        "2026-11-21": night_digest({"2026-11-21/keogram": sha256_hex(b"k")})
    }


def test_nights_are_named_newest_first(outbox, queue):
    for day in (3, 20, 7):
        queue(night=f"2026-11-{day:02d}")
        outbox.sent(outbox.next_product(NOW), NOW)
    nights = [f"2026-11-{day:02d}" for day in (20, 7, 3)]
    assert outbox.ledger.nights() == nights


def test_a_sent_night_is_queued_again_on_demand(outbox, queue):
    queue()
    outbox.sent(outbox.next_product(NOW), NOW)
    assert outbox.ledger.queue_night_again("2026-11-20", NOW) == 0
    assert outbox.ledger.queue_night_again("2026-11-21", NOW) == 1
    assert outbox.next_product(NOW).key == "2026-11-21/keogram"


def test_the_queue_survives_a_restart_and_a_moved_data_folder(
    tmp_path, store, outbox, queue
):
    queue(content=b"sky")
    store.close()
    (tmp_path / "data").rename(tmp_path / "moved")
    with closing(Store(tmp_path / "moved")) as moved:
        product = Outbox(moved).next_product(NOW)
        assert product.files[sha256_hex(b"sky")].read_bytes() == b"sky"


def test_a_manifest_with_a_file_that_has_no_path_is_refused(outbox):
    blob = Blob(sha256="a" * 64, size=1, type="application/json")
    manifest = ProductManifest(
        sha256="b" * 64, size=1, type="image/jpeg", rev=1, sidecar=blob
    )
    with pytest.raises(ValueError, match=r"a{64}, b{64}"):
        outbox.queue_product("2026-11-21", "keogram", manifest, {}, NOW)


class TestWithheld:
    def test_what_is_withheld_is_not_sent_before_it_is_released(self, outbox, queue):
        queue()
        assert outbox.withhold("2026-11-21", "", NOW)
        assert outbox.next_product(LATER) is None
        assert outbox.waiting() == 0
        assert outbox.release("2026-11-21", "", LATER)
        assert outbox.next_product(LATER).key == "2026-11-21/keogram"

    def test_what_is_made_later_is_withheld_too(self, outbox, queue):
        outbox.withhold("2026-11-21", "", NOW)
        queue(kind="keogram")
        queue(kind="timelapse", content=b"video")
        assert outbox.next_product(LATER) is None
        queue(kind="keogram", rev=2, content=b"later")
        assert outbox.next_product(LATER) is None
        outbox.release("2026-11-21", "", LATER)
        assert outbox.next_product(LATER).rev == 2
        assert outbox.waiting() == 2

    def test_only_what_is_meant_is_withheld(self, outbox, queue):
        queue(kind="keogram")
        queue(kind="timelapse", content=b"video")
        queue(kind="keogram", night="2026-11-20", content=b"other")
        outbox.withhold("2026-11-21", "timelapse", NOW)
        assert outbox.depth() == {"keogram": 2}

    def test_a_kind_stays_withheld_when_its_night_is_released(self, outbox, queue):
        queue(kind="timelapse")
        outbox.withhold("2026-11-21", "timelapse", NOW)
        outbox.withhold("2026-11-21", "", NOW)
        outbox.release("2026-11-21", "", LATER)
        assert outbox.waiting() == 0
        assert [one.kind for one in outbox.withheld()] == ["timelapse"]

    def test_a_night_is_withheld_without_the_month_that_lies_under_it(
        self, outbox, queue
    ):
        queue(kind="keogram", night="2026-11-01")
        queue(kind="month-keogram", night="2026-11-01", content=b"month")
        outbox.withhold("2026-11-01", "", NOW)
        assert outbox.depth() == {"month-keogram": 1}

    def test_the_hub_is_not_believed_to_hold_it(self, outbox, queue):
        queue()
        product = outbox.next_product(NOW)
        outbox.sent(product, NOW)
        assert digests(outbox)
        outbox.withhold("2026-11-21", "", NOW)
        assert digests(outbox) == {}
        assert outbox.ledger.queue_night_again("2026-11-21", LATER) == 0
        outbox.sent(product, NOW)  # it was on its way
        assert digests(outbox) == {}

    def test_again_changes_nothing(self, outbox):
        assert outbox.withhold("2026-11-21", "", NOW)
        assert not outbox.withhold("2026-11-21", "", LATER)
        assert [one.since_utc for one in outbox.withheld()] == [NOW]
        assert outbox.release("2026-11-21", "", LATER)
        assert not outbox.release("2026-11-21", "", LATER)


class TestWithdrawn:
    def test_what_the_hub_holds_is_to_be_taken_back(self, outbox, queue):
        queue()
        outbox.sent(outbox.next_product(NOW), NOW)
        outbox.withdraw("2026-11-21", "keogram", NOW)
        product = outbox.next_product(NOW)
        assert product.withdrawn
        outbox.taken_back(product)
        assert outbox.next_product(LATER) is None
        assert digests(outbox) == {}

    def test_what_the_hub_never_had_just_leaves_the_queue(self, outbox, queue):
        queue()
        outbox.withdraw("2026-11-21", "keogram", NOW)
        outbox.withdraw("2026-11-21", "startrails", NOW)
        assert outbox.next_product(LATER) is None

    def test_one_that_is_made_anew_is_published_after_all(self, outbox, queue):
        queue()
        outbox.sent(outbox.next_product(NOW), NOW)
        outbox.withdraw("2026-11-21", "keogram", NOW)
        taken = outbox.next_product(NOW)
        queue(rev=2, content=b"anew")
        outbox.taken_back(taken)
        product = outbox.next_product(NOW)
        assert (product.rev, product.withdrawn) == (2, False)


class TestLedger:
    def test_it_outlives_the_rows_of_the_queue(self, outbox, queue):
        queue(content=b"sky")
        outbox.sent(outbox.next_product(NOW), NOW)
        assert outbox.purge(NOW + dt.timedelta(days=6)) == 0
        assert outbox.purge(NOW + dt.timedelta(days=8)) == 1
        held = {"2026-11-21/keogram": sha256_hex(b"sky")}
        assert outbox.ledger.held(["2026-11-21"]) == {"2026-11-21": held}
        assert digests(outbox)
        assert outbox.ledger.queue_night_again("2026-11-21", LATER) == 1
        again = outbox.next_product(LATER)
        assert (again.rev, again.manifest.size, again.lane) == (1, 3, "backfill")
        assert [path.read_bytes() for path in again.files.values()] == [b"sky"]

    def test_an_older_revision_is_not_queued_after_the_purge(self, outbox, queue):
        queue(rev=2)
        outbox.sent(outbox.next_product(NOW), NOW)
        outbox.purge(NOW + dt.timedelta(days=8))
        assert not queue(rev=2)
        assert queue(rev=3)

    def test_what_waits_or_is_dead_is_not_queued_again(self, outbox, queue):
        queue()
        outbox.sent(outbox.next_product(NOW), NOW)
        queue(rev=2, content=b"newer")
        assert outbox.ledger.queue_night_again("2026-11-21", NOW) == 0
        outbox.give_up(outbox.next_product(NOW), "the file is gone", NOW)
        assert outbox.ledger.queue_night_again("2026-11-21", NOW) == 0
        assert outbox.retry_dead(NOW) == 1
        assert outbox.next_product(NOW).rev == 2

    def test_a_released_night_comes_back_after_the_purge(self, outbox, queue):
        queue()
        outbox.sent(outbox.next_product(NOW), NOW)
        outbox.purge(NOW + dt.timedelta(days=8))
        outbox.withhold("2026-11-21", "", NOW)
        assert digests(outbox) == {}
        assert outbox.ledger.queue_night_again("2026-11-21", NOW) == 0
        outbox.release("2026-11-21", "", LATER)
        assert outbox.next_product(LATER).key == "2026-11-21/keogram"

    def test_what_is_taken_back_after_the_purge_is_struck(self, outbox, queue):
        queue()
        outbox.sent(outbox.next_product(NOW), NOW)
        outbox.purge(NOW + dt.timedelta(days=8))
        outbox.withdraw("2026-11-21", "keogram", NOW)
        product = outbox.next_product(NOW)
        assert product.withdrawn
        outbox.taken_back(product)
        assert outbox.ledger.nights() == []

    def test_one_part_can_be_withheld(self, outbox, queue):
        queue("frame/20261121T200000Z", content=b"a")
        queue("frame/20261121T201000Z", content=b"b")
        outbox.withhold("2026-11-21", "frame", NOW, "20261121T200000Z")
        assert outbox.next_product(NOW).part == "20261121T201000Z"
        assert outbox.waiting() == 1


class TestLanes:
    def test_each_kind_waits_in_its_lane(self, outbox, queue):
        for kind in ("timelapse", "startrails", "night", "frame/20261121T200000Z"):
            queue(kind, content=kind.encode())
        found = {
            lane: [one.key for one in outbox.due(NOW, lane)]
            for lane in ("keogram", "startrails", "timelapse", "frames", "backfill")
        }
        assert found == {
            "keogram": ["2026-11-21/night"],
            "startrails": ["2026-11-21/startrails"],
            "timelapse": ["2026-11-21/timelapse"],
            "frames": ["2026-11-21/frame/20261121T200000Z"],
            "backfill": [],
        }

    def test_what_a_clock_that_ran_ahead_has_put_off_is_due(self, outbox, queue):
        ahead = NOW + dt.timedelta(days=300)
        queue(now=ahead)
        assert outbox.next_product(NOW)
        outbox.put_off(outbox.next_product(NOW), "stumbled", ahead)
        assert outbox.next_product(NOW)
        outbox.put_off(outbox.next_product(NOW), "stumbled", LATER)
        assert outbox.next_product(NOW) is None


class TestLeases:
    def test_two_senders_never_have_the_same_product(self, store, outbox, queue):
        queue("keogram")
        queue("startrails", content=b"s")
        with closing(Store(store.data)) as other_store:
            other = Outbox(other_store)
            first = outbox.next_product(NOW)
            assert outbox.leases.take(first.key, NOW)
            assert not other.leases.take(first.key, NOW)
            assert other.next_product(NOW).kind == "startrails"
            outbox.leases.give_back(first.key)
            assert other.next_product(NOW).key == first.key

    def test_a_lease_runs_out_unless_it_is_renewed(self, store, outbox):
        with closing(Store(store.data)) as other_store:
            other = Outbox(other_store).leases
            assert outbox.leases.take("a", NOW)
            assert outbox.leases.take("a", NOW + dt.timedelta(minutes=9))
            assert not other.take("a", NOW + dt.timedelta(minutes=11))
            assert other.take("a", NOW + dt.timedelta(minutes=20))

    def test_that_of_a_killed_process_is_void_at_once(self, store, outbox):
        program = f"""
import datetime as dt, os, pathlib, signal
from edge.outbox import Outbox
from edge.store import Store
outbox = Outbox(Store(pathlib.Path({str(store.data)!r})))
assert outbox.leases.take("a", dt.datetime.fromisoformat({NOW.isoformat()!r}))
os.kill(os.getpid(), signal.SIGKILL)
"""
        killed = subprocess.run([sys.executable, "-c", program], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert outbox.leases.take("a", NOW)

    def test_one_of_a_clock_that_ran_ahead_does_not_count(self, store, outbox):
        with closing(Store(store.data)) as other_store:
            other = Outbox(other_store).leases
            assert other.take("a", NOW + dt.timedelta(days=30))
            assert outbox.leases.take("a", NOW)


def test_a_queue_of_the_first_versions_is_brought_forward(tmp_path):
    """The tables as they were before lanes and ledger, made by the very migrations of then, with rows in them."""
    data = tmp_path / "data"
    store = Store(data)
    for migration in (m001_outbox, m002_withheld, m003_withdrawn):
        migration(store.db)
    names = [step.name for step in migrations.pending(store.db)]
    for name in names[:3]:
        store.db["_sqlite_migrations"].insert(
            {"migration_set": "outbox", "name": name, "applied_at": "2026-01-01"}
        )

    def old(kind, state, rev, sent):
        sha256 = sha256_hex(kind.encode())
        manifest = ProductManifest(sha256=sha256, size=9, type="image/jpeg", rev=rev)
        store.db["outbox"].insert(
            {
                "key": f"2026-11-21/{kind}",
                "night": "2026-11-21",
                "kind": kind,
                "part": "",
                "rev": rev,
                "priority": 0,
                "manifest": manifest.model_dump_json(),
                "files": f'{{"{sha256}": "products/2026-11-21/{kind}.jpg"}}',
                "state": state,
                "next_attempt_utc": "2026-11-21T19:00:00.000Z",
                "sent_sha256": sha256 if sent == "same" else sent,
            }
        )

    old("keogram", "sent", 3, "same")
    old("startrails", "queued", 4, "f" * 64)
    old("timelapse", "queued", 1, None)
    old("sqm", "dead", 1, None)
    old("startrails-timelapse", "withheld", 1, None)
    store.db["withheld"].insert(
        {
            "night": "2026-11-21",
            "kind": "startrails-timelapse",
            "since_utc": "2026-11-21T19:00:00.000Z",
        }
    )
    store.close()
    with closing(Store(data)) as again:
        outbox = Outbox(again)
        assert [one.lane for one in outbox.due(NOW)] == ["startrails", "timelapse"]
        assert [one.kind for one in outbox.dead()] == ["sqm"]
        assert [one.kind for one in outbox.withheld()] == ["startrails-timelapse"]
        rows = again.db.query("SELECT rev, manifest FROM published ORDER BY key")
        keogram, startrails = ((row["rev"], row["manifest"]) for row in rows)
        assert keogram[0] == 3
        assert '"rev":3' in keogram[1]
        assert startrails == (0, None)
        assert outbox.ledger.queue_night_again("2026-11-21", NOW) == 1
        while product := outbox.next_product(NOW):
            outbox.sent(product, NOW)
        rows = again.db.query("SELECT rev FROM published")
        assert {row["rev"] for row in rows} == {1, 3, 4}
