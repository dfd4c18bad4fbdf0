"""Limits count by key, and by key and address; in the cache that all processes share."""

from itertools import count

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory

from practice_portal.lib.rate_limits import (
    RateLimit,
    rate_limited,
    refuse_too_many,
    wait_in_words,
)
from tests.pages import words

NOON = "2026-11-23 12:00 +0800"
_numbers = count(1)


@pytest.fixture(autouse=True)
def noon(db):
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def limit(**values) -> RateLimit:
    return RateLimit(**{"name": f"test-{next(_numbers)}", "times": 3, "seconds": 600, **values})


def post(address="203.0.113.9"):
    return RequestFactory().post("/", REMOTE_ADDR=address)


def waits(limit, tries, *, key="a", address="203.0.113.9") -> list[int]:
    return [limit.seconds_to_wait(post(address), key) for _ in range(tries)]


def test_rate_limit_lets_so_many_through_and_then_says_how_long(noon):
    noon.shift(60)

    assert waits(limit(), 5) == [0, 0, 0, 540, 540]


def test_rate_limit_begins_anew_with_the_next_window(noon):
    three = limit()
    waits(three, 4)
    noon.shift(600)

    assert waits(three, 4) == [0, 0, 0, 600]


def test_rate_limit_counts_each_key_and_address_apart():
    three = limit()
    waits(three, 4)

    assert waits(three, 1, key="b") == [0]
    assert waits(three, 1, address="203.0.113.10") == [0]
    assert waits(three, 1) == [600]


def test_rate_limit_by_key_alone_adds_up_all_addresses():
    three = limit(per_address=False)

    assert [waits(three, 1, address=f"203.0.113.{n}")[0] for n in range(1, 5)] == [0, 0, 0, 600]


@pytest.mark.parametrize("same", ["clerk", " Clerk ", "ｃｌｅｒｋ", "CLERK"])
def test_rate_limit_takes_other_spellings_for_the_same(same):
    three = limit()
    waits(three, 3, key="clerk")

    assert waits(three, 1, key=same) == [600]


@pytest.mark.parametrize("key", ["", "\0", "\ud800", "字" * 100_000])
def test_rate_limit_bears_any_key(key):
    assert waits(limit(), 4, key=key) == [0, 0, 0, 600]


def test_rate_limit_is_not_pushed_out_by_many_others():
    """Django's database cache keeps 300 entries unless it is told otherwise."""
    three = limit()
    waits(three, 3)
    for number in range(400):
        cache.add(f"z-{number}", 1, 600)  # the database cache drops the lowest keys first

    assert waits(three, 1) == [600]


def test_rate_limit_outlasts_the_caches_own_five_minutes(noon):
    """incr() of the database cache sets an entry's end to five minutes from now."""
    three = limit(seconds=3600)
    waits(three, 3)
    noon.shift(1200)

    assert waits(three, 1) == [2400]


def test_rate_limited_view_answers_429_with_a_way_on():
    view = rate_limited(limit(times=1), lambda request: "a")(lambda request: HttpResponse("好"))

    assert view(post()).status_code == 200
    response = view(post())

    assert (response.status_code, response["Retry-After"]) == (429, "600")
    assert "no-store" in response["Cache-Control"]
    assert "请10分钟后再试" in words(response)
    assert "回首页" in words(response)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1分钟"),
        (61, "2分钟"),
        (3600, "60分钟"),
        (3601, "2个小时"),
        (86_400, "24个小时"),
    ],
)
def test_wait_in_words_is_never_less_than_it_takes(seconds, said):
    assert wait_in_words(seconds) == said


def test_rate_limited_view_may_always_be_looked_at():
    view = rate_limited(limit(times=1), lambda request: "a")(lambda request: HttpResponse("好"))
    gets = [view(RequestFactory().get("/")).status_code for _ in range(3)]

    assert gets == [200, 200, 200]


def test_refuse_too_many_counts_under_every_limit_and_says_the_longest():
    short, long = limit(times=1, seconds=60), limit(times=1, seconds=3600, per_address=False)

    def ask():
        return refuse_too_many(post(), (short, "a"), (long, "a"))

    assert ask() is None
    assert ask()["Retry-After"] == "3600"
