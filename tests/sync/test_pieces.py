"""Large files in pieces: cut at every boundary, resumed where the hub says, by one sender or two, whole at the end."""

import random

import pytest

from products.manifest import sha256_hex

from ..fakes.faulty_proxy import NONE, Fault
from .hubs import Caller, until
from .test_keys import at_once, half_sent
from .world import NIGHT, jpeg, nothing_lost_and_nothing_twice

PIECE = 40_000
STEPS = 300
LARGE = 9_000_000  # smaller files are sent whole


@pytest.fixture
def content(camera):
    """Return a file of six pieces."""
    whole = jpeg(f"{camera.id} in pieces", noise=500)
    assert len(whole) > 5 * PIECE
    return whole


def boundaries(content):
    return [*range(0, len(content), PIECE), len(content)]


def offset(call, content):
    """Return where the hub wants to go on."""
    answer = call("HEAD", f"blobs/{sha256_hex(content)}")
    match answer.status_code:
        case 200:
            return len(content)
        case 204:
            assert answer.headers["Upload-Length"] == str(len(content))
            return int(answer.headers["Upload-Offset"])
        case status:
            assert status == 404
            return 0


def send_from(call, content, start):
    """Send the rest in pieces and return the last answer."""
    while True:
        end = min(start + PIECE, len(content))
        answer = call.piece(content, start, end)
        if end == len(content) or answer.status_code != 204:
            return answer
        assert answer.headers["Upload-Offset"] == str(end)
        start = end


@pytest.mark.parametrize("kind", ["cut_before", "cut_request", "lose_answer", "twice"])
def test_cut_at_every_boundary_it_goes_on_where_the_hub_says(
    kind, hub, camera, content, call, proxy
):
    through = Caller(proxy.url, call.key)
    for start in boundaries(content)[:-1]:
        end = min(start + PIECE, len(content))
        proxy.plan = lambda _request: Fault(kind, at=0.5)
        try:
            through.piece(content, start, end)
        except OSError:
            assert kind != "twice"
        proxy.plan = lambda _request: NONE
        if kind in ("lose_answer", "twice"):
            until(lambda end=end: offset(call, content) == end, f"it has {end} bytes")
        while (here := offset(call, content)) < end:
            assert start <= here
            call.piece(content, here, end)
    assert sha256_hex(content) in hub.files()
    assert call.publish(f"{NIGHT}/keogram", content).status_code == 201
    assert not hub.unfinished(camera.id)


@pytest.mark.parametrize("seed", range(4))
def test_pieces_of_any_size_make_the_same_file(seed, hub, content, call):
    chance, start = random.Random(seed), 0
    while start < len(content):
        end = min(start + chance.randint(1, 90_000), len(content))
        answer = call.piece(content, start, end)
        start = end
    assert answer.status_code == 201
    assert answer.json()["sha256"] == sha256_hex(content)
    assert sha256_hex(content) in hub.files()
    again = call.piece(content, 0, PIECE)
    assert again.status_code == 200


def test_a_piece_at_a_wrong_offset_is_told_the_right_one(content, call):
    call.piece(content, 0, PIECE)
    for wrong in (0, PIECE - 1, PIECE + 1, 2 * PIECE, len(content) - 1):
        answer = call.piece(content, wrong, min(wrong + PIECE, len(content)))
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_offset")
        assert answer.headers["Upload-Offset"] == str(answer.json()["offset"])
        assert answer.json()["offset"] == PIECE
    assert send_from(call, content, PIECE).status_code == 201


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Upload-Offset", "-1"),
        ("Upload-Offset", "x"),
        ("Upload-Offset", None),
        ("Upload-Length", "10"),
        ("Upload-Length", "9" * 30),
        ("Upload-Length", None),
        ("Content-Type", "text/html"),
    ],
)
def test_a_piece_with_a_wrong_head_is_refused_and_nothing_kept(
    name, value, hub, camera, content, call
):
    headers = {
        "Upload-Offset": "0",
        "Upload-Length": str(len(content)),
        "Content-Type": "image/jpeg",
        name: value,
    }
    address = f"blobs/{sha256_hex(content)}"
    answer = call("PATCH", address, data=content[:PIECE], headers=headers)
    assert 400 <= answer.status_code < 500
    assert offset(call, content) == 0
    assert not hub.unfinished(camera.id)


def test_a_damaged_piece_is_noticed_at_the_end_and_all_of_it_dropped(
    hub, camera, content, call
):
    damaged = bytearray(content)
    damaged[PIECE + 5] ^= 1
    for start in boundaries(content)[:-1]:
        end = min(start + PIECE, len(content))
        headers = {
            "Upload-Offset": str(start),
            "Upload-Length": str(len(content)),
            "Content-Type": "image/jpeg",
        }
        address = f"blobs/{sha256_hex(content)}"
        answer = call("PATCH", address, data=bytes(damaged[start:end]), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert offset(call, content) == 0
    assert not hub.unfinished(camera.id)
    assert send_from(call, content, 0).status_code == 201


def test_two_senders_of_the_same_pieces_never_mix_them(hub, camera, content, call):
    for start in boundaries(content)[:-1]:
        end = min(start + PIECE, len(content))
        answers = at_once(
            *[lambda s=start, e=end: call.piece(content, s, e).status_code] * 4
        )
        assert set(answers) <= {200, 201, 204, 409}
        assert {204, 201} & set(answers)
        assert offset(call, content) == end
    assert sha256_hex(content) in hub.files()
    assert not hub.unfinished(camera.id)


def test_a_piece_and_the_whole_file_at_once_leave_the_file(hub, camera, content, call):
    call.piece(content, 0, PIECE)
    answers = at_once(
        lambda: call.put_blob(content).status_code,
        lambda: send_from(call, content, PIECE).status_code,
    )
    assert answers[0] in (200, 201)
    assert answers[1] in (200, 201, 409)
    assert sha256_hex(content) in hub.files()
    until(lambda: not hub.unfinished(camera.id), "the pieces are tidied up")


def test_a_line_that_breaks_in_a_piece_leaves_what_was_there(hub, content, call):
    call.piece(content, 0, PIECE)
    headers = {"Upload-Offset": str(PIECE), "Upload-Length": str(len(content))}
    with half_sent(hub, call, content, "PATCH", **headers):
        pass
    until(lambda: offset(call, content) >= PIECE, "the offset is known")
    assert send_from(call, content, offset(call, content)).status_code == 201
    assert sha256_hex(content) in hub.files()


def test_what_one_camera_has_sent_in_part_is_nobody_elses(hub, content, call):
    call.piece(content, 0, PIECE)
    other = Caller(hub.url, hub.new_camera()[1])
    assert offset(other, content) == 0
    assert other.piece(content, PIECE, 2 * PIECE).status_code == 409
    assert send_from(other, content, 0).status_code == 201
    assert offset(call, content) == PIECE
    assert send_from(call, content, PIECE).status_code in (200, 201)


@pytest.mark.parametrize("kind", ["cut_before", "cut_request", "lose_answer"])
def test_a_sender_that_is_cut_and_restarted_at_every_piece_resumes(
    kind, hub, new_camera, proxy, videos
):
    camera, camera_id = new_camera(limit_kb_s=100)
    manifest = camera.make("timelapse", content=videos(9, LARGE), type_="video/mp4")
    sent = []

    def cut_each_once(request):
        if request.method != "PATCH":
            return NONE
        sent.append(request.length)
        return Fault(kind, at=0.4) if len(sent) % 2 else NONE

    proxy.plan = cut_each_once
    for _ in range(STEPS):
        before = len(sent)
        camera.clock.sleep(camera.step())
        if len(sent) > before:
            camera.restart()
    assert manifest.sha256 in hub.files()
    nothing_lost_and_nothing_twice(camera, camera_id, hub)
    assert len(sent) > 6, "it went in pieces"
    most_in_vain = 0 if kind == "lose_answer" else manifest.size + max(sent)
    assert sum(sent) <= manifest.size + max(sent) + most_in_vain
