"""The log-in page: silent about which part was wrong, throttled, and locked after five."""

from dataclasses import replace

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from practice_portal import nightly
from practice_portal.accounts import backends
from practice_portal.lib.backup import kept_models
from practice_portal.lib.kept_forms import KeptForm
from stations.accounts import close
from tests.factories import PASSWORD, make_user
from tests.pages import words

LOG_IN = "/admin/login/"
WRONG = "没有登录成功：用户名、密码有一样不对，请再输一次。"
HERE, ELSEWHERE = "203.0.113.9", "198.51.100.20"


@pytest.fixture
def person(centre):
    """Each test has a user name of its own, because counters outlive it on Redis."""
    return make_user(station=centre)


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 10:00 +0800", tick=False) as traveller:
        yield traveller


def log_in(name, password=PASSWORD, *, address=HERE, client=None, **headers):
    data = {"username": str(name), "password": password, "next": "/admin/"}
    return (client or Client()).post(LOG_IN, data, REMOTE_ADDR=address, **headers)


def is_in(response) -> bool:
    return response.status_code == 302


def fail(name, times, **options) -> list[int]:
    return [log_in(name, "a-wrong-one", **options).status_code for _ in range(times)]


# Silence ------------------------------------------------------------------------------------------


def test_log_in_opens_for_the_right_password(person):
    response = log_in(person.username)

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def wrong_ways(person) -> dict[str, tuple[str, str]]:
    closed, barely = make_user(), make_user(is_active=False)
    close(closed)
    return {
        "unknown": (f"nobody-{person.pk}", PASSWORD),
        "wrong password": (person.username, "a-wrong-one"),
        "closed": (closed.username, PASSWORD),
        "closed, password kept": (barely.username, PASSWORD),
        "no staff": (make_user(is_staff=False).username, PASSWORD),
    }


def test_log_in_says_the_same_whatever_was_wrong(person):
    pages = {why: log_in(*given) for why, given in wrong_ways(person).items()}

    assert {why: page.status_code for why, page in pages.items()} == dict.fromkeys(pages, 200)
    said = {why: words(page) for why, page in pages.items()}
    assert len(set(said.values())) == 1
    assert WRONG in said["unknown"]


def test_log_in_works_as_long_whatever_was_wrong(person, monkeypatch):
    """The slow part is the hash: it is made once in every case."""
    ways = wrong_ways(person)
    made = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: made.append(1) or encode(*args))
    counts = {}
    for why, given in ways.items():
        made.clear()
        log_in(*given)
        counts[why] = len(made)

    assert counts == dict.fromkeys(ways, 1)


def test_log_in_page_says_whom_to_ring(client, centre):
    said = words(client.get(LOG_IN))

    assert "忘了密码，或者还没有账号，请打 0937-6000001 问一声" in said


# Lock-out -----------------------------------------------------------------------------------------


def test_lock_out_after_five_wrong_passwords(person):
    assert fail(person.username, 6) == [200, 200, 200, 200, 429, 429]
    assert log_in(person.username).status_code == 429


def test_lock_out_says_how_long_and_whom_to_ring(person, morning):
    fail(person.username, 5)
    morning.shift(300)
    response = log_in(person.username)

    said = words(response)
    assert "先停10分钟" in said
    assert "请今天上午10:15以后再登录" in said
    assert "0937-6000001" in said
    assert (response["Retry-After"], "no-store" in response["Cache-Control"]) == ("600", True)
    assert "unsafe" not in response["Content-Security-Policy"]


def test_lock_out_does_not_tell_whether_the_account_exists(person):
    for name in (person.username, f"nobody-{person.pk}"):
        fail(name, 4)
    known = log_in(person.username, "a-wrong-one")
    unknown = log_in(f"nobody-{person.pk}", "a-wrong-one")

    assert (known.status_code, unknown.status_code) == (429, 429)
    assert words(known) == words(unknown)


def test_lock_out_ends_after_a_quarter_of_an_hour_though_tried_meanwhile(person, morning):
    fail(person.username, 5)
    morning.shift(14 * 60)
    fail(person.username, 3)
    morning.shift(61)

    assert is_in(log_in(person.username))


def test_lock_out_is_for_one_user_at_one_address(person):
    colleague = make_user()
    fail(person.username, 5)

    assert is_in(log_in(colleague.username))
    assert is_in(log_in(person.username, address=ELSEWHERE))


def test_lock_out_begins_anew_after_a_right_password(person):
    fail(person.username, 4)
    log_in(person.username)

    assert fail(person.username, 4) == [200] * 4


def test_lock_out_keeps_no_password_and_no_list_of_who_was_here(person):
    fail(person.username, 5)
    [attempt] = AccessAttempt.objects.all()
    log_in(person.username, address=ELSEWHERE)

    assert "a-wrong-one" not in str(attempt.__dict__)
    assert not AccessLog.objects.exists()


def test_lock_out_keeps_nothing_of_a_form_that_travels_through_the_log_in(client, person, morning):
    """Neither what was typed before the session ended nor where to; the name until it is over."""
    kept = KeptForm("/admin/services/demand/add/", {"contact_name": ["宋小满"]}).signed()
    sent = {"username": "15412345678", "password": "a-wrong-one", "kept": kept}

    for _ in range(2):
        client.post("/admin/login/?next=/admin/%E5%AE%8B/", sent)

    attempt = AccessAttempt.objects.get()
    assert (attempt.failures_since_start, attempt.get_data, attempt.post_data) == (2, "", "")
    assert AccessAttempt not in kept_models()
    nightly.tidy()
    assert AccessAttempt.objects.exists()
    morning.shift(15 * 60 + 1)
    nightly.tidy()
    assert not AccessAttempt.objects.exists()


@pytest.mark.parametrize("forged", ["198.51.100.{}", "10.0.0.{}", "198.51.100.{}, 10.0.0.1"])
def test_lock_out_is_not_escaped_by_a_forged_address(person, settings, forged):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    codes = [
        log_in(
            person.username, "a-wrong-one", HTTP_X_FORWARDED_FOR=forged.format(number)
        ).status_code
        for number in range(1, 6)
    ]

    assert codes == [200, 200, 200, 200, 429]


def test_lock_out_goes_by_the_client_behind_our_proxy(person, settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    def through_proxy(password, forwarded):
        return log_in(person.username, password, address="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    codes = [through_proxy("a-wrong-one", f"192.0.2.{n}, {HERE}").status_code for n in range(5)]

    assert codes == [200, 200, 200, 200, 429]
    assert through_proxy(PASSWORD, HERE).status_code == 429
    assert is_in(through_proxy(PASSWORD, ELSEWHERE))


# Throttle -----------------------------------------------------------------------------------------


def test_log_in_is_throttled_by_name_from_all_addresses(person, monkeypatch):
    limit = backends.LOGINS_FROM_ANYWHERE
    assert (limit.times, limit.seconds, limit.per_address) == (200, 3600, False)
    monkeypatch.setattr(backends, "LOGINS_FROM_ANYWHERE", replace(limit, times=7))

    codes = [fail(person.username, 1, address=f"198.51.100.{n}")[0] for n in range(9)]

    assert codes == [200] * 7 + [429] * 2
    assert "试得太快了" in words(log_in(person.username))
    assert is_in(log_in(make_user().username))


def test_log_in_is_throttled_alike_for_a_name_that_nobody_has(person, monkeypatch):
    limit = replace(backends.LOGINS_FROM_ANYWHERE, times=2)
    monkeypatch.setattr(backends, "LOGINS_FROM_ANYWHERE", limit)
    known, unknown = (
        [log_in(name, "a-wrong-one", address=f"198.51.100.{n}") for n in range(3)]
        for name in (person.username, f"nobody-{person.pk}")
    )

    assert [page.status_code for page in known] == [200, 200, 429]
    assert [page.status_code for page in unknown] == [200, 200, 429]
    assert words(known[2]) == words(unknown[2])


def test_log_in_from_elsewhere_is_not_shut_by_one_stranger(person, morning, monkeypatch):
    """Who is locked out, or too fast, tries no password, and so adds nothing for everybody."""
    limit = replace(backends.LOGINS_FROM_ANYWHERE, times=10)
    monkeypatch.setattr(backends, "LOGINS_FROM_ANYWHERE", limit)
    fail(person.username, 25)
    morning.shift(60)
    fail(person.username, 25)

    assert is_in(log_in(person.username, address=ELSEWHERE))


def test_log_in_from_elsewhere_is_not_shut_by_other_spellings_of_the_name(db, monkeypatch):
    limit = replace(backends.LOGINS_FROM_ANYWHERE, times=10)
    monkeypatch.setattr(backends, "LOGINS_FROM_ANYWHERE", limit)
    person = make_user(username="nanhu")
    for spelling in ("Nanhu", "NANHU", "nAnhu"):
        fail(spelling, 5)

    assert is_in(log_in(person.username, address=ELSEWHERE))


def test_log_in_is_throttled_by_name_and_address_even_with_right_passwords(person):
    codes = [log_in(person.username).status_code for _ in range(21)]

    assert codes == [302] * 20 + [429]


@pytest.mark.parametrize(
    "name", ["", "\0", "‮clerk", "ｃｌｅｒｋ", "'--", "a" * 151, "a" * 100_000], ids=range(7)
)
def test_log_in_bears_any_name(name, centre):
    codes = {Client().post(LOG_IN, {"username": name, "password": "x\0y"}).status_code}
    codes |= {Client().post(LOG_IN + "?next=%00", {"username": name, "password": "x"}).status_code}

    assert codes == {200}


def test_log_in_does_not_lead_elsewhere(person):
    response = Client().post(
        LOG_IN,
        {"username": person.username, "password": PASSWORD, "next": "//evil.example/"},
    )

    assert not response["Location"].startswith("//")
