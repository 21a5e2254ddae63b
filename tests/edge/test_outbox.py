import datetime as dt
from contextlib import closing

import pytest

from edge.outbox import Outbox
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
        path = store.products_folder(night) / f"{kind}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = sha256_hex(content)
        manifest = ProductManifest(
            sha256=sha256, size=len(content), type="image/jpeg", rev=rev
        )
        return outbox.queue_product(night, kind, manifest, {sha256: path}, now)

    return queue


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
        outbox.sent(product)
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
    outbox.sent(being_sent)
    assert outbox.next_product(NOW).rev == 2
    held = night_digest({"2026-11-21/keogram": sha256_hex(b"early")})
    assert outbox.digests() == {"2026-11-21": held}


def test_giving_up_an_old_revision_does_not_touch_the_newer_one(outbox, queue):
    queue(rev=1)
    doomed = outbox.next_product(NOW)
    queue(rev=2, content=b"new")
    outbox.give_up(doomed, "gone")
    assert outbox.dead() == []
    assert outbox.waiting() == 1


def test_a_dead_product_says_why_and_a_new_revision_revives_it(outbox, queue):
    queue(rev=1)
    outbox.give_up(outbox.next_product(NOW), "the file is gone")
    assert [one.last_error for one in outbox.dead()] == ["the file is gone"]
    assert outbox.next_product(LATER) is None
    queue(rev=2, content=b"again")
    assert outbox.dead() == []
    assert outbox.problem() == ""


def test_digests_are_those_of_what_the_hub_confirmed(outbox, queue):
    queue("keogram", content=b"k")
    queue("startrails", content=b"s")
    assert outbox.digests() == {}
    outbox.sent(outbox.next_product(NOW))
    assert outbox.digests() == {
        "2026-11-21": night_digest({"2026-11-21/keogram": sha256_hex(b"k")})
    }


def test_digests_are_of_the_newest_nights_only(outbox, queue):
    for day in range(1, 21):
        queue(night=f"2026-11-{day:02d}")
        outbox.sent(outbox.next_product(NOW))
    assert list(outbox.digests()) == [f"2026-11-{day:02d}" for day in range(7, 21)]


def test_a_sent_night_is_queued_again_on_demand(outbox, queue):
    queue()
    outbox.sent(outbox.next_product(NOW))
    assert outbox.queue_night_again("2026-11-20", NOW) == 0
    assert outbox.queue_night_again("2026-11-21", NOW) == 1
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
        outbox.sent(product)
        assert outbox.digests()
        outbox.withhold("2026-11-21", "", NOW)
        assert outbox.digests() == {}
        assert outbox.queue_night_again("2026-11-21", LATER) == 0
        outbox.sent(product)  # it was on its way
        assert outbox.digests() == {}

    def test_again_changes_nothing(self, outbox):
        assert outbox.withhold("2026-11-21", "", NOW)
        assert not outbox.withhold("2026-11-21", "", LATER)
        assert [one.since_utc for one in outbox.withheld()] == [NOW]
        assert outbox.release("2026-11-21", "", LATER)
        assert not outbox.release("2026-11-21", "", LATER)


class TestWithdrawn:
    def test_what_the_hub_holds_is_to_be_taken_back(self, outbox, queue):
        queue()
        outbox.sent(outbox.next_product(NOW))
        outbox.withdraw("2026-11-21", "keogram", NOW)
        product = outbox.next_product(NOW)
        assert product.withdrawn
        outbox.taken_back(product)
        assert outbox.next_product(LATER) is None
        assert outbox.digests() == {}

    def test_what_the_hub_never_had_just_leaves_the_queue(self, outbox, queue):
        queue()
        outbox.withdraw("2026-11-21", "keogram", NOW)
        outbox.withdraw("2026-11-21", "startrails", NOW)
        assert outbox.next_product(LATER) is None

    def test_one_that_is_made_anew_is_published_after_all(self, outbox, queue):
        queue()
        outbox.sent(outbox.next_product(NOW))
        outbox.withdraw("2026-11-21", "keogram", NOW)
        taken = outbox.next_product(NOW)
        queue(rev=2, content=b"anew")
        outbox.taken_back(taken)
        product = outbox.next_product(NOW)
        assert (product.rev, product.withdrawn) == (2, False)
