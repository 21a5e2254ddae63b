"""Files over real HTTP: whole or in pieces, resumed where the hub says, never anything but what was queued."""

import datetime as dt
import random
import threading
import time

import pytest

from edge.bandwidth import Bandwidth, Body, ChangedFileError
from edge.blob_sender import BlobSender
from edge.clock import SystemClock, VirtualClock
from edge.hub_client import HubClient
from edge.hub_connection import Terms
from edge.hub_errors import HubError, LineError, OtherOffsetError, StoppedError
from edge.settings.hub import HubSettings
from products.manifest import Blob, sha256_hex

NOW = dt.datetime(2026, 11, 21, 20, tzinfo=dt.UTC)
LARGE = random.Random(1).randbytes(500_000)
LIMIT = 5_000.0  # bytes a second: a minute is less than LARGE, a piece the smallest there is


class Line:
    """A camera's way to the fake hub, on a clock that jumps."""

    def __init__(self, hub, folder, limit_bytes_s=LIMIT):
        self.hub, self.folder = hub, folder
        self.clock = VirtualClock(NOW)
        self.bandwidth = Bandwidth(self.clock, limit_bytes_s)
        self.sender = BlobSender(self.bandwidth)
        terms = Terms(HubSettings(url=hub.url), self.clock, self.bandwidth)
        self.client = HubClient(hub.url, hub.key, terms)

    def file(self, content):
        path = self.folder / "file.jpg"
        path.write_bytes(content)
        sha256 = sha256_hex(content)
        return Blob(sha256=sha256, size=len(content), type="image/jpeg"), path

    def step(self, blob, path):
        return self.sender.send(self.client, blob, path)

    def send(self, blob, path):
        steps = 1
        while not self.step(blob, path):
            steps += 1
        return steps


@pytest.fixture
def make_line(fake_hub, tmp_path):
    lines = []

    def make(**more):
        lines.append(Line(fake_hub, tmp_path, **more))
        return lines[-1]

    yield make
    for line in lines:
        line.client.close()


@pytest.fixture
def line(make_line):
    return make_line()


def pieces(hub):
    return hub.requests("PATCH", "/sync/blobs")


def test_a_small_file_goes_whole(make_line, fake_hub):
    line = make_line(limit_bytes_s=None)
    blob, path = line.file(LARGE)
    assert line.send(blob, path) == 1
    assert fake_hub.blobs == {blob.sha256: LARGE}
    assert pieces(fake_hub) == []


def test_a_file_of_more_than_eight_megabytes_goes_in_pieces_over_any_line(
    make_line, fake_hub
):
    line = make_line(limit_bytes_s=None)
    content = bytes(9_000_000)
    blob, path = line.file(content)
    line.send(blob, path)
    assert fake_hub.blobs == {blob.sha256: content}
    assert len(pieces(fake_hub)) >= 2


def test_a_file_that_takes_long_goes_in_pieces(line, fake_hub):
    blob, path = line.file(LARGE)
    steps = line.send(blob, path)
    assert fake_hub.blobs == {blob.sha256: LARGE}
    sizes = [len(one.body) for one in pieces(fake_hub)]
    assert steps == len(sizes) == 8
    assert set(sizes[:-1]) == {65_536}
    assert len(fake_hub.requests("HEAD", "/sync/blobs")) == 1


def test_a_piece_takes_about_ten_seconds_at_the_limit(make_line, fake_hub):
    line = make_line(limit_bytes_s=20_000.0)
    blob, path = line.file(random.Random(2).randbytes(1_500_000))
    line.step(blob, path)
    began_s = line.clock.monotonic()
    line.step(blob, path)
    assert len(pieces(fake_hub)[1].body) == 200_000
    assert 9 <= line.clock.monotonic() - began_s <= 10


@pytest.mark.parametrize("work_done", [True, False])
def test_after_a_cut_it_goes_on_where_the_hub_says(line, fake_hub, work_done):
    blob, path = line.file(LARGE)
    line.step(blob, path)
    fake_hub.cut_next("PATCH", "/sync/blobs", work_done=work_done)
    with pytest.raises(LineError):
        line.step(blob, path)
    line.send(blob, path)
    assert fake_hub.blobs == {blob.sha256: LARGE}
    assert len(pieces(fake_hub)) == (8 if work_done else 9)


def test_a_new_sender_goes_on_where_the_old_one_was_killed(line, fake_hub, make_line):
    blob, path = line.file(LARGE)
    for _ in range(3):
        line.step(blob, path)
    make_line().send(blob, path)
    assert fake_hub.blobs == {blob.sha256: LARGE}
    assert len(pieces(fake_hub)) == 8


def test_a_hub_that_lost_its_part_gets_it_from_the_beginning(line, fake_hub):
    blob, path = line.file(LARGE)
    for _ in range(3):
        line.step(blob, path)
    fake_hub.partial.clear()
    line.send(blob, path)
    assert fake_hub.blobs == {blob.sha256: LARGE}


def test_a_hub_that_never_agrees_on_the_offset_is_not_asked_for_ever(line, fake_hub):
    blob, path = line.file(LARGE)
    problem = {"code": "wrong_offset", "retryable": True, "offset": 7}
    fake_hub.answer_next("PATCH", "/sync/blobs", 409, times=99, **problem)
    with pytest.raises(OtherOffsetError):
        line.send(blob, path)
    assert len(pieces(fake_hub)) == 4


@pytest.mark.parametrize(
    ("status", "code"), [(405, "method_not_allowed"), (404, "not_found")]
)
def test_an_older_hub_gets_the_whole_file(line, fake_hub, status, code):
    fake_hub.answer_next("PATCH", "/sync/blobs", status, times=99, code=code)
    for content in (LARGE, LARGE[::-1]):
        blob, path = line.file(content)
        line.send(blob, path)
        assert fake_hub.blobs[blob.sha256] == content
    assert len(pieces(fake_hub)) == 1


def test_a_file_that_changed_under_way_is_found_out_at_its_end(line, fake_hub):
    blob, path = line.file(LARGE)
    line.step(blob, path)
    path.write_bytes(LARGE[::-1])
    with pytest.raises(ChangedFileError, match="changed after it was queued"):
        line.send(blob, path)
    assert fake_hub.blobs == {}


def test_a_file_that_becomes_shorter_while_it_is_read_is_no_wait_for_the_hub(
    make_line, fake_hub
):
    line = make_line(limit_bytes_s=None)
    blob, path = line.file(LARGE)
    line.client.blob_offset(blob.sha256)

    class Shrinking(VirtualClock):
        def sleep(self, seconds):
            path.write_bytes(b"short")
            super().sleep(seconds)

    line.bandwidth._clock = Shrinking(NOW)
    line.bandwidth.limit_bytes_s = 400_000.0
    began = time.monotonic()
    with pytest.raises(ChangedFileError):
        line.step(blob, path)
    assert time.monotonic() - began < 5
    assert fake_hub.blobs == {}


def test_a_file_damaged_on_the_way_is_sent_again_from_the_beginning(line, fake_hub):
    blob, path = line.file(LARGE)
    line.step(blob, path)
    fake_hub.partial[blob.sha256] = bytes(len(fake_hub.partial[blob.sha256]))
    with pytest.raises(HubError) as damaged:
        line.send(blob, path)
    assert not damaged.value.permanent
    line.send(blob, path)
    assert fake_hub.blobs == {blob.sha256: LARGE}


def test_what_the_hub_has_is_not_sent_even_if_the_file_is_gone(line, fake_hub):
    blob, path = line.file(LARGE)
    fake_hub.blobs[blob.sha256] = LARGE
    path.unlink()
    assert line.step(blob, path)


class TestBandwidth:
    def test_the_limit_is_kept_over_any_stretch(self):
        clock = VirtualClock(NOW)
        bandwidth = Bandwidth(clock, 10_000.0)
        chance, sent = random.Random(4), []
        for _ in range(400):
            count = chance.randrange(1, 20_000)
            bandwidth.spend(count)
            sent.append((clock.monotonic(), count))
            clock.sleep(chance.choice([0, 0, 0, 1.0]))
        for n, (start_s, _) in enumerate(sent):
            later = [(at, count) for at, count in sent[n + 1 :]]
            total = 0
            for at, count in later:
                total += count
                assert total <= 10_000 * (at - start_s) + 10_000

    def test_what_is_urgent_does_not_wait_and_the_rest_pays_for_it(self):
        clock = VirtualClock(NOW)
        bandwidth = Bandwidth(clock, 10_000.0)
        bandwidth.spend(60_000, urgent=True)
        assert clock.monotonic() == 0
        bandwidth.spend(1_000)
        assert clock.monotonic() == pytest.approx(5.1)

    def test_the_rest_pauses_while_something_urgent_is_on_its_way(self):
        bandwidth = Bandwidth(SystemClock())
        done = threading.Event()

        def large():
            bandwidth.spend(1_000_000)
            done.set()

        with bandwidth.urgently():
            thread = threading.Thread(target=large)
            thread.start()
            assert not done.wait(0.3)
        assert done.wait(5)
        thread.join()

    def test_a_program_that_is_told_to_stop_does_not_wait_for_the_line(self):
        stop = threading.Event()
        stop.set()
        bandwidth = Bandwidth(SystemClock(stop), 1000.0)
        with pytest.raises(StoppedError):
            bandwidth.spend(1_000_000)

    def test_pieces_follow_what_the_line_was_measured_to_do(self):
        bandwidth = Bandwidth(VirtualClock(NOW))
        assert bandwidth.fits_whole(7_900_000)
        for _ in range(12):
            bandwidth.measured(100_000, 10.0)
        assert 99_000 < bandwidth.piece_bytes < 120_000
        assert not bandwidth.fits_whole(1_000_000)
        bandwidth.measured(10, 10.0)  # too small to say anything
        assert bandwidth.piece_bytes > 99_000

    def test_a_file_that_cannot_be_read_is_no_fault_of_the_line(self):
        class Broken:
            name = "broken.jpg"

            def read(self, _size):
                raise OSError(5, "Input/output error")

        body = Body(Broken(), 10, Bandwidth(VirtualClock(NOW)), urgent=False)
        with pytest.raises(HubError, match="cannot be read") as error:
            body.read(5)
        assert not isinstance(error.value, LineError)
