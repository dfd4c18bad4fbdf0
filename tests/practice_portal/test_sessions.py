"""A session ends eight hours after the log-in, on a password change, and with the account."""

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client

from stations.accounts import close
from tests.factories import PASSWORD, ROLES, make_user

NEW = "fünf-neue-Wörter-2026"


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 08:00 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(roles, centre):
    return make_user(station=centre, role="clerk")


def logged_in(user) -> Client:
    client = Client()
    data = {"username": user.username, "password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", data).status_code == 302
    return client


def is_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def test_session_ends_eight_hours_after_the_log_in(person, morning):
    client = logged_in(person)
    morning.shift(8 * 3600 - 1)
    assert is_in(client)
    morning.shift(2)

    assert not is_in(client)


def test_session_is_not_prolonged_by_being_busy(person, morning):
    """A changed session is saved anew, and Django then counts from that moment."""
    client = logged_in(person)
    for _ in range(5):
        morning.shift(95 * 60)
        session = client.session
        session["something"] = str(morning)
        session.save()
        assert is_in(client)
    morning.shift(6 * 60)

    assert not is_in(client)


def test_session_cookie_ends_with_the_session(person):
    cookie = logged_in(person).cookies["sessionid"]

    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (28800, True, "Lax")


def test_password_change_ends_the_other_sessions_and_keeps_ones_own(person):
    here, there = logged_in(person), logged_in(person)

    response = here.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW},
    )

    assert response.status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)


def test_closing_an_account_ends_its_sessions_for_good(person):
    client = logged_in(person)
    close(person)
    assert not is_in(client)

    person.is_active = True
    person.save()

    assert not is_in(client)


def test_closing_in_the_admin_ends_the_session_too(person, director):
    theirs = logged_in(person)
    centre = Client()
    centre.force_login(director)
    posting = person.postings.get()
    role = Group.objects.get(name=ROLES["clerk"])

    response = centre.post(
        f"/admin/stations/user/{person.pk}/change/",
        {
            "username": person.username,
            "name": person.name,
            "groups": [role.pk],
            "postings-TOTAL_FORMS": "1",
            "postings-INITIAL_FORMS": "1",
            "postings-0-id": posting.pk,
            "postings-0-user": person.pk,
            "postings-0-station": posting.station_id,
            "postings-0-name": posting.name,
            "postings-0-duty": posting.duty,
            "postings-0-since": posting.since,
        },
    )

    person.refresh_from_db()
    assert response.status_code == 302
    assert (person.is_active, person.has_usable_password()) == (False, False)
    assert not is_in(theirs)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("elf-zeichen", "12"),
        ("qwertyuiop123", "常见"),
        ("135792468024", "数字"),
    ],
)
def test_password_change_refuses_weak_ones_in_chinese(person, password, said):
    client = logged_in(person)

    response = client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": password, "new_password2": password},
    )

    [error] = response.context["form"].errors["new_password2"]
    assert said in error
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_password_change_says_the_rules_in_chinese(person):
    page = logged_in(person).get("/admin/password_change/").content.decode()

    assert "你的密码必须包含至少 12 个字符。" in page


def test_password_change_does_not_let_the_old_one_be_guessed(person):
    client = logged_in(person)
    typed = {"old_password": "a-wrong-one", "new_password1": NEW, "new_password2": NEW}

    codes = [client.post("/admin/password_change/", typed).status_code for _ in range(11)]

    assert codes == [200] * 10 + [429]
    assert client.get("/admin/password_change/").status_code == 200
    # Nor on the other page that asks for it.
    assert client.post("/account/second-factor/remove/").status_code == 429
