"""The page behind a one-time link: a person sets the own password."""

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client

from stations.accounts import close, new_password_link
from tests.factories import make_user
from tests.pages import key_of, words

CHOSEN = "plenty-of-letters-7"


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 08:00 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(centre):
    return make_user(station=centre)


@pytest.fixture
def link(person):
    return new_password_link(person)


def open_(client, link):
    return client.get(link, follow=True)


def set_(client, link, password=CHOSEN):
    page = open_(client, link)
    address = page.redirect_chain[-1][0] if page.redirect_chain else link
    return client.post(address, {"new_password1": password, "new_password2": password})


def log_in(person, password) -> int:
    data = {"username": person.username, "password": password}
    return Client().post("/admin/login/", data).status_code


def test_set_password_lets_the_person_in_with_it(client, person, link):
    page = open_(client, link)
    response = set_(client, link)

    assert f"您的用户名是 {person.username}" in words(page)
    assert (response.status_code, response["Location"]) == (302, "/admin/login/")
    assert "密码设好了，请用新密码登录。" in words(client.get("/admin/login/"))
    assert log_in(person, CHOSEN) == 302


def test_set_password_logs_nobody_in(client, link):
    set_(client, link)

    assert client.get("/admin/").status_code == 302


def test_set_password_works_once(client, person, link):
    set_(client, link)

    again = open_(Client(), link)
    set_(Client(), link, "another-one-of-mine-8")

    assert "这条链接用不了" in words(again)
    assert log_in(person, CHOSEN) == 302


def test_set_password_pressed_twice_answers_twice_alike(client, person, link):
    """Without its key the second press of a double click would hear that the link is used."""
    page = open_(client, link)
    data = {"new_password1": CHOSEN, "new_password2": CHOSEN, "once": key_of(page)}
    address = page.redirect_chain[-1][0]

    answers = [client.post(address, data) for _ in range(2)]

    assert [(a.status_code, a["Location"]) for a in answers] == [(302, "/admin/login/")] * 2
    assert words(client.get("/admin/login/")).count("密码设好了") == 1


def test_set_password_works_for_a_day(link, morning):
    morning.shift(24 * 3600)
    assert open_(Client(), link).context["validlink"]
    morning.shift(1)

    late = open_(Client(), link)
    assert not late.context["validlink"]
    assert "0937-6000001" in words(late)


def test_set_password_is_not_for_a_closed_account(person, link):
    person.is_active = False
    person.save()
    assert not open_(Client(), link).context["validlink"]

    close(person)
    person.is_active = True
    person.save()

    assert not open_(Client(), link).context["validlink"]


@pytest.mark.parametrize(
    "address",
    ["MQ/abc-def", "%00/x", "x/set-password", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/x-y", "字/字"],
)
def test_set_password_bears_any_address(client, db, address):
    response = client.get(f"/account/set-password/{address}/")

    assert (response.status_code, response.context["validlink"]) == (200, False)


@pytest.mark.parametrize(
    ("password", "said"),
    [("elf-zeichen", "12"), ("qwertyuiop123", "常见"), ("135792468024", "数字")],
)
def test_set_password_refuses_weak_ones_and_says_why(client, person, link, password, said):
    response = set_(client, link, password)

    assert said in response.context["form"].errors["new_password2"][0]
    person.refresh_from_db()
    assert not person.has_usable_password()


def test_set_password_refuses_one_without_end(client, link):
    response = set_(client, link, "a-7" * 100)

    assert response.context["form"].errors["new_password1"] == [
        "密码没有这么长，请看清楚再输一次。"
    ]


def test_set_password_refuses_the_own_name(client, centre):
    person = make_user(station=centre, username="wang-xiaoming-nanhu")

    response = set_(client, new_password_link(person), "wang-xiaoming-nanhu1")

    assert "用户名" in response.context["form"].errors["new_password2"][0]


def test_set_password_says_the_rules_in_chinese(client, link):
    assert "至少12位，不能全是数字" in words(open_(client, link))


def test_set_password_ends_a_lock_out(client, person, link):
    for _ in range(5):
        log_in(person, "a-wrong-one")
    assert log_in(person, "a-wrong-one") == 429

    set_(client, link)

    assert log_in(person, CHOSEN) == 302


def test_set_password_leaves_a_line(client, person, link):
    set_(client, link)

    [line] = LogEntry.objects.all()
    assert (line.user, line.change_message) == (person, "用链接设了密码")


def test_set_password_page_is_kept_nowhere(client, link):
    page = open_(client, link)

    assert "no-store" in page["Cache-Control"]
    assert link.split("/")[-2] not in page.content.decode()


def test_set_password_is_throttled(link):
    codes = [Client().get(link).status_code for _ in range(31)]

    assert codes == [302] * 30 + [429]
