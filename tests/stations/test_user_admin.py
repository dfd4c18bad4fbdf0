"""Staff accounts: made by the centre, never above the maker, never deleted; a password is its
owner's alone, set by a link."""

import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import NoReverseMatch, reverse

from stations.models import User
from tests.factories import PASSWORD, make_user

ADD = "/admin/stations/user/add/"
LINK = re.compile(r"http://testserver(/account/set-password/[^<\s]+)")
CHOSEN = "plenty-of-letters-7"


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("root", password="a-long-password-of-root", name="管理员")


def page_of(user, page: str = "password-link") -> str:
    return f"/admin/stations/user/{user.pk}/{page}/"


def account(station, **values):
    return {
        "username": "new-clerk",
        "name": "示例新人",
        "groups": [Group.objects.get(name="社区工作人员").pk],
        "postings-TOTAL_FORMS": "1",
        "postings-INITIAL_FORMS": "0",
        "postings-0-station": station.pk,
        "postings-0-name": "示例新人",
        "postings-0-duty": "full_time",
        "postings-0-since": "2026-01-01",
        **values,
    }


def link_in(response) -> str:
    [link] = LINK.findall(unescape(response.content.decode()))
    return link


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


# Made ---------------------------------------------------------------------------------------------


def test_director_makes_an_account_with_a_posting_and_is_given_its_link(client, director, station):
    client.force_login(director)

    response = client.post(ADD, account(station))

    user = User.objects.get(username="new-clerk")
    assert (user.is_staff, user.is_superuser, user.own_station) == (True, False, station)
    assert not user.has_usable_password()
    assert "示例新人" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert Client().get(link_in(response), follow=True).context["validlink"]


def test_account_form_takes_no_password(client, director, station):
    client.force_login(director)
    page = client.get(ADD).content.decode()

    client.post(ADD, account(station, password=CHOSEN, password1=CHOSEN, password2=CHOSEN))

    assert 'type="password"' not in page
    assert not User.objects.get(username="new-clerk").check_password(CHOSEN)


def test_account_made_in_a_popup_has_no_password_either(client, director, station):
    client.force_login(director)

    client.post(ADD, account(station, _popup="1"))

    assert User.objects.get(username="new-clerk").password.startswith("!")


def test_director_cannot_make_a_superuser(client, director, station):
    client.force_login(director)
    clerk = make_user(station=station, role="clerk")

    client.post(
        page_of(clerk, "change"),
        account(station, username=clerk.username, is_superuser="on", user_permissions=["1"]),
    )

    clerk.refresh_from_db()
    assert not clerk.is_superuser
    assert not clerk.user_permissions.exists()


def test_director_gives_the_three_roles_only(client, director, station):
    client.force_login(director)
    other = Group.objects.create(name="别的")

    response = client.post(ADD, account(station, groups=[other.pk]))

    assert list(response.context["adminform"].form.errors) == ["groups"]
    assert not User.objects.filter(username="new-clerk").exists()


def test_accounts_are_not_deleted(client, director, superuser, station):
    clerk = make_user(station=station, role="clerk")
    for person in (director, superuser):
        client.force_login(person)
        assert client.post(page_of(clerk, "delete"), {"post": "yes"}).status_code == 403

    assert User.objects.filter(pk=clerk.pk).exists()


# Nobody else's password ---------------------------------------------------------------------------


def test_there_is_no_page_for_somebody_elses_password(client, superuser, clerk):
    client.force_login(superuser)

    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[clerk.pk])
    client.post(
        f"/admin/stations/user/{clerk.pk}/password/", {"password1": CHOSEN, "password2": CHOSEN}
    )

    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


@pytest.mark.parametrize("lookup", ["password__startswith", "password"])
def test_passwords_are_not_guessed_through_the_list(client, director, lookup):
    client.force_login(director)

    response = client.get("/admin/stations/user/", {lookup: "md5"})

    assert response.status_code == 400


def test_password_hash_is_on_no_page(client, director, clerk):
    client.force_login(director)
    page = client.get(page_of(clerk, "change")).content.decode()

    assert "md5" not in page
    assert clerk.password.rpartition("$")[2][:6] not in page


@pytest.mark.parametrize("page", ["change", "password-link", "remove-second-factor", "history"])
def test_director_does_not_reach_a_superuser(client, director, superuser, page):
    client.force_login(director)
    before = superuser.password

    codes = {client.get(page_of(superuser, page)).status_code}
    codes |= {client.post(page_of(superuser, page)).status_code}

    superuser.refresh_from_db()
    assert codes <= {302, 404}
    assert superuser.password == before


def test_station_staff_reset_nobody(client, clerk, lead, other_clerk):
    for person in (clerk, lead):
        client.force_login(person)
        assert client.post(page_of(other_clerk)).status_code == 403

    other_clerk.refresh_from_db()
    assert other_clerk.check_password(PASSWORD)


# Reset by a link ----------------------------------------------------------------------------------


def test_password_link_is_asked_for_first(client, director, clerk):
    client.force_login(director)

    response = client.get(page_of(clerk))

    assert not LINK.search(response.content.decode())
    assert "原来的密码马上作废" in response.content.decode()
    clerk.refresh_from_db()
    assert clerk.check_password(PASSWORD)


def test_password_link_ends_the_old_password_and_its_sessions(client, director, clerk):
    theirs = Client()
    theirs.force_login(clerk)
    client.force_login(director)

    link_in(client.post(page_of(clerk)))

    clerk.refresh_from_db()
    assert not clerk.has_usable_password()
    assert theirs.get("/admin/").status_code == 302


def test_password_link_of_before_is_void_when_a_new_one_is_given(client, director, clerk):
    client.force_login(director)
    first, second = (link_in(client.post(page_of(clerk))) for _ in range(2))

    opened = [Client().get(link, follow=True).context["validlink"] for link in (first, second)]

    assert opened == [False, True]


def test_password_link_leaves_a_line_without_the_link(client, director, clerk):
    client.force_login(director)
    link = link_in(client.post(page_of(clerk)))

    [line] = LogEntry.objects.filter(object_id=clerk.pk)
    assert (line.user, line.change_message) == (director, "给了设密码的链接")
    assert link not in str(line.__dict__)


def test_password_link_is_not_for_oneself(client, director):
    client.force_login(director)
    response = client.post(page_of(director))

    director.refresh_from_db()
    assert said(response) == ["自己的密码请用右上角的“改密码”来改。"]
    assert director.check_password(PASSWORD)


def test_password_link_is_not_given_for_a_closed_account(client, director):
    closed = make_user(is_active=False)
    client.force_login(director)

    assert client.post(page_of(closed)).status_code == 302
    assert "password-link" not in client.get(page_of(closed, "change")).content.decode()


def test_superuser_resets_a_superuser(client, superuser):
    other = User.objects.create_superuser("root-2", password=PASSWORD, name="管理员二")
    client.force_login(superuser)

    assert link_in(client.post(page_of(other)))


def test_account_without_a_role_is_not_made(client, director, station):
    client.force_login(director)

    response = client.post(
        "/admin/stations/user/add/",
        {
            "username": "new-clerk",
            "name": "示例新人",
            "postings-TOTAL_FORMS": "0",
            "postings-INITIAL_FORMS": "0",
        },
    )

    assert "groups" in response.context["adminform"].form.errors
    assert not User.objects.filter(username="new-clerk").exists()
