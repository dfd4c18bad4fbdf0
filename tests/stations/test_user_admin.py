"""Staff accounts: made by the centre, never above the maker, never deleted."""

import pytest
from django.contrib.auth.models import Group

from stations.models import User
from tests.factories import make_user


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("root", password="a-long-password-of-root", name="管理员")


def account(**values):
    return {
        "username": "new-clerk",
        "name": "示例新人",
        "password1": "plenty-of-letters-7",
        "password2": "plenty-of-letters-7",
        "postings-TOTAL_FORMS": "1",
        "postings-INITIAL_FORMS": "0",
        **values,
    }


def test_director_makes_an_account_with_a_posting(client, director, station):
    client.force_login(director)
    role = Group.objects.get(name="社区工作人员")

    client.post(
        "/admin/stations/user/add/",
        account(
            groups=[role.pk],
            **{
                "postings-0-station": station.pk,
                "postings-0-name": "示例新人",
                "postings-0-duty": "full_time",
                "postings-0-since": "2026-01-01",
            },
        ),
    )

    user = User.objects.get(username="new-clerk")
    assert (user.is_staff, user.is_superuser, user.own_station) == (True, False, station)


def test_director_cannot_make_a_superuser(client, director, station):
    client.force_login(director)
    clerk = make_user(station=station, role="clerk")

    client.post(
        f"/admin/stations/user/{clerk.pk}/change/",
        account(username=clerk.username, is_superuser="on", user_permissions=["1"]),
    )

    clerk.refresh_from_db()
    assert not clerk.is_superuser
    assert not clerk.user_permissions.exists()


@pytest.mark.parametrize("page", ["change/", "password/", "history/"])
def test_director_does_not_reach_a_superuser(client, director, superuser, page):
    client.force_login(director)

    response = client.get(f"/admin/stations/user/{superuser.pk}/{page}")

    assert response.status_code in (302, 404)


def test_accounts_are_not_deleted(client, director, station):
    clerk = make_user(station=station, role="clerk")
    client.force_login(director)

    assert client.post(f"/admin/stations/user/{clerk.pk}/delete/").status_code == 403
    assert User.objects.filter(pk=clerk.pk).exists()


def test_short_password_is_refused(client, director):
    client.force_login(director)

    client.post("/admin/stations/user/add/", account(password1="short-7", password2="short-7"))

    assert not User.objects.filter(username="new-clerk").exists()
