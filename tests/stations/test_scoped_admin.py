"""The station rule through HTTP: another station's row is as if absent, on every admin page."""

import pytest
from django.contrib import admin
from django.urls import reverse

from stations.models import Station
from stations.scoping import StationScopedAdmin
from tests.factories import MAKERS, make_volunteer

SCOPED = sorted(
    (
        model
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, StationScopedAdmin)
    ),
    key=lambda model: model._meta.label,
)


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model._meta.label_lower)
class TestEveryScopedAdmin:
    def test_changelist_shows_only_own_rows(
        self, client, clerk, station, other_station, centre, model
    ):
        mine = MAKERS[model](station)
        theirs = MAKERS[model](other_station)
        client.force_login(clerk)

        rows = client.get(url(model, "changelist")).context["cl"].queryset

        assert mine in rows
        assert theirs not in rows

    @pytest.mark.parametrize("page", ["change", "history", "delete"])
    def test_page_of_another_stations_row_is_absent(
        self, client, clerk, other_station, centre, model, page
    ):
        theirs = MAKERS[model](other_station)
        client.force_login(clerk)

        response = client.get(url(model, page, theirs.pk))

        # Django's admin answers an absent row by going home with a message; without the
        # permission to delete anything at all it refuses.
        assert response.status_code in ((302, 403) if page == "delete" else (302,))

    def test_posting_another_stations_row_changes_nothing(
        self, client, clerk, other_station, centre, model
    ):
        theirs = MAKERS[model](other_station)
        before = model.objects.filter(pk=theirs.pk).values().get()
        client.force_login(clerk)

        response = client.post(url(model, "change", theirs.pk), {"name": "夺来的"})

        assert response.status_code in (302, 403)
        assert model.objects.filter(pk=theirs.pk).values().get() == before

    def test_deleting_another_stations_rows_by_action_changes_nothing(
        self, client, clerk, other_station, centre, model
    ):
        theirs = MAKERS[model](other_station)
        client.force_login(clerk)

        client.post(
            url(model, "changelist"),
            {"action": "delete_selected", "_selected_action": [theirs.pk], "post": "yes"},
        )

        assert model.objects.filter(pk=theirs.pk).exists()

    def test_director_sees_the_rows_of_all_stations(
        self, client, director, station, other_station, model
    ):
        rows = [MAKERS[model](station), MAKERS[model](other_station)]
        client.force_login(director)

        seen = client.get(url(model, "changelist")).context["cl"].queryset

        assert set(rows) <= set(seen)


def test_clerk_cannot_file_a_row_under_another_station(client, clerk, station, other_station):
    client.force_login(clerk)

    response = client.post(
        "/admin/volunteers/team/add/",
        {
            "station": other_station.pk,
            "name": "示例合唱队",
            "kind": "culture",
            "started_on": "2026-01-01",
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    )

    assert "station" in response.context["adminform"].form.errors
    assert not other_station.teams.exists()


def test_clerk_of_one_station_is_not_asked_which(client, clerk, station):
    client.force_login(clerk)

    response = client.get("/admin/stations/venue/add/")

    field = response.context["adminform"].form["station"]
    assert field.is_hidden
    assert field.initial == station.pk


def test_autocomplete_offers_own_volunteers_only(client, clerk, station, other_station):
    mine = make_volunteer(station=station)
    make_volunteer(station=other_station)
    client.force_login(clerk)

    response = client.get(
        "/admin/autocomplete/",
        {
            "app_label": "volunteers",
            "model_name": "serviceentry",
            "field_name": "volunteer",
            "term": "宋示例",
        },
    )

    assert [each["id"] for each in response.json()["results"]] == [str(mine.pk)]


def test_clerk_cannot_move_the_station_itself(client, clerk, station):
    client.force_login(clerk)

    client.post(
        url(Station, "change", station.pk),
        {"name": "改了名", "slug": "grabbed", "position": "77", "phone": "0937-6000009"}
        | {"compounds-TOTAL_FORMS": "0", "compounds-INITIAL_FORMS": "0"},
    )

    station.refresh_from_db()
    assert (station.name, station.slug, station.position) == ("南湖社区", "nanhu", 30_901)
    assert station.phone == "0937-6000009"


@pytest.mark.parametrize(
    "path", ["/admin/stations/user/", "/admin/stations/posting/", "/admin/stations/user/add/"]
)
def test_users_and_postings_are_the_centres(client, clerk, lead, director, path):
    answers = {}
    for user in (clerk, lead, director):
        client.force_login(user)
        answers[user.username] = client.get(path).status_code

    assert answers == {"clerk": 403, "lead": 403, "director": 200}


def test_nobody_logged_out_sees_the_admin(client, db):
    response = client.get("/admin/volunteers/volunteer/")

    assert response.status_code == 302
    assert response.url == "/admin/login/?next=/admin/volunteers/volunteer/"
    assert client.get("/admin/login/").status_code == 200
