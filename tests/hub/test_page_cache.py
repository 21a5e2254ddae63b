import datetime as dt
import threading

import pytest

from hub import create_app
from hub.config import HubSettings
from hub.public.page_cache import (
    BYTES_AT_MOST,
    KEPT_S,
    OLDEST_S,
    AnswerCache,
    kept_of_camera,
)


class Maker:
    """Makes answers that can be told apart, and counts them."""

    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return f"answer {self.made}"


def test_an_answer_is_made_once_for_each_mark():
    cache, make = AnswerCache(), Maker()
    assert [cache.get(("/en/",), (1,), make) for _ in range(3)] == [b"answer 1"] * 3
    assert cache.get(("/en/",), (2,), make) == b"answer 2"
    assert cache.get(("/de/",), (2,), make) == b"answer 3"
    assert make.made == 3


def test_while_one_visitor_waits_for_a_new_answer_the_others_get_the_old():
    cache = AnswerCache()
    cache.get(("/en/",), (1,), lambda: "old")
    begun, finish, got = threading.Event(), threading.Event(), []

    def slow():
        begun.set()
        assert finish.wait(10)
        return "new"

    waiting = threading.Thread(
        target=lambda: got.append(cache.get(("/en/",), (2,), slow))
    )
    waiting.start()
    assert begun.wait(10)
    assert cache.get(("/en/",), (2,), lambda: "made twice") == b"old"
    finish.set()
    waiting.join()
    assert got == [b"new"]
    assert cache.get(("/en/",), (2,), lambda: "made twice") == b"new"


def test_nobody_gets_an_old_answer_that_has_not_been_asked_for_in_a_while():
    now_s = [0.0]
    cache = AnswerCache(lambda: now_s[0])
    cache.get(("/en/",), (1,), lambda: "with a camera that has gone")
    now_s[0] = OLDEST_S

    def make():
        other = cache.get(("/en/",), (2,), lambda: "without it")
        assert other == b"without it"
        return "without it"

    assert cache.get(("/en/",), (2,), make) == b"without it"


def test_what_fails_is_made_anew_by_the_next_visitor():
    cache = AnswerCache()
    with pytest.raises(ZeroDivisionError):
        cache.get(("/en/",), (1,), lambda: str(1 // 0))
    assert cache.get(("/en/",), (1,), lambda: "fine") == b"fine"


def test_no_more_is_kept_than_fits():
    cache, pages = AnswerCache(), [Maker(), Maker(), Maker()]
    large = "x" * (BYTES_AT_MOST * 2 // 5)
    for number, page in enumerate(pages):
        cache.get((str(number),), (1,), lambda made=page: made() + large)
    cache.get(("2",), (1,), pages[2])
    cache.get(("1",), (1,), pages[1])
    assert [page.made for page in pages] == [1, 1, 1]
    cache.get(("0",), (1,), pages[0])
    assert pages[0].made == 2


@pytest.mark.parametrize(("keep", "made"), [(True, 3), (False, 6)])
def test_a_page_of_a_camera_is_made_anew_when_time_or_camera_move_on(
    tmp_path, keep, made
):
    settings = HubSettings(data=tmp_path, keep_pages=keep)
    now = [dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)]
    app, make = create_app(settings, now=lambda: now[0]), Maker()
    with app.test_request_context("/en/c/ASK001"):
        for _ in range(3):
            kept_of_camera("the camera", make, "frame")
            kept_of_camera("the camera", make, "frame")
            now[0] += dt.timedelta(seconds=KEPT_S)
        assert make.made == made
        kept_of_camera("the camera", make, "another frame")
        kept_of_camera("the camera that moved", make, "another frame")
        assert make.made == made + 2


def test_not_all_pages_are_made_anew_at_once(tmp_path):
    now = [dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)]
    app, make = create_app(HubSettings(data=tmp_path), now=lambda: now[0]), Maker()
    made = []
    for _ in range(2 * KEPT_S):
        before = make.made
        for number in range(100):
            with app.test_request_context(f"/en/c/ASK{number:03d}"):
                kept_of_camera("a camera", make)
        made.append(make.made - before)
        now[0] += dt.timedelta(seconds=1)
    assert made[0] == 100
    assert sum(made[KEPT_S:]) == 100
    assert max(made[1:]) < 50
