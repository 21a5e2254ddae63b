import threading

import pytest

from hub.public.page_cache import ANSWERS_AT_MOST, AnswerCache


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


def test_what_fails_is_made_anew_by_the_next_visitor():
    cache = AnswerCache()
    with pytest.raises(ZeroDivisionError):
        cache.get(("/en/",), (1,), lambda: str(1 // 0))
    assert cache.get(("/en/",), (1,), lambda: "fine") == b"fine"


def test_no_more_answers_are_kept_than_fit():
    cache, make = AnswerCache(), Maker()
    for number in range(3 * ANSWERS_AT_MOST):
        cache.get((str(number),), (1,), make)
    cache.get((str(3 * ANSWERS_AT_MOST - 1),), (1,), make)
    assert make.made == 3 * ANSWERS_AT_MOST
    cache.get(("0",), (1,), make)
    assert make.made == 3 * ANSWERS_AT_MOST + 1
