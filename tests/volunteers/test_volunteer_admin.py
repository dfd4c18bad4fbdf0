"""The admin of volunteers and teams: nobody is named in the log, a long team opens quickly."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.database import places_with
from tests.factories import make_demand, make_membership, make_team, make_volunteer
from volunteers.models import Membership, Volunteer

NAME = "宋小满"


def url(model, page: str, *args) -> str:
    return reverse(f"admin:volunteers_{model}_{page}", args=args)


def test_admin_log_names_a_volunteer_by_number_and_mask(client, director, station):
    client.force_login(director)
    typed = {"station": station.pk, "name": NAME, "phone": "", "source": "resident", "skills": ""}

    client.post(url("volunteer", "add"), typed)
    volunteer = Volunteer.objects.get()
    change = url("volunteer", "change", volunteer.pk)
    client.post(change, {**typed, "skills": "理发"})
    client.post(change, {**typed, "skills": "理发", "_step_register": "1"})
    client.post(url("volunteer", "delete", volunteer.pk), {"post": "yes"})

    lines = LogEntry.objects.order_by("pk").values_list("object_repr", "action_flag")
    assert list(lines) == [(f"{volunteer.number} 宋**", flag) for flag in (1, 2, 2, 2, 3)]


def test_admin_log_names_a_teams_members_by_number_and_mask(client, clerk, station):
    team = make_team(station=station)
    coming = make_volunteer(station=station, name=NAME)
    going = make_membership(team=team, volunteer=make_volunteer(station=station, name=NAME))
    client.force_login(clerk)
    page = client.get(url("team", "change", team.pk)).context
    typed = page["adminform"].form.initial | {
        "partner_unit": "",
        "organisation": "",
        "ended_on": "",
        "memberships-TOTAL_FORMS": 2,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": going.pk,
        "memberships-0-team": team.pk,
        "memberships-0-volunteer": going.volunteer_id,
        "memberships-0-since": going.since,
        "memberships-0-DELETE": "on",
        "memberships-1-team": team.pk,
        "memberships-1-volunteer": coming.pk,
        "memberships-1-since": "2026-11-01",
    }

    client.post(url("team", "change", team.pk), typed)

    assert list(Membership.objects.values_list("volunteer", flat=True)) == [coming.pk]
    said = LogEntry.objects.get().get_change_message()
    assert f"{team} {coming.masked}" in said
    assert f"{team} {going.volunteer.masked}" in said
    assert [place for place in places_with([NAME]) if "log" in place] == []


def test_admin_log_says_what_a_row_is_called_that_is_no_person(client, director, station):
    demand = make_demand(station=station, title="想学用手机")
    client.force_login(director)

    client.post(reverse("admin:services_demand_delete", args=[demand.pk]), {"post": "yes"})

    assert LogEntry.objects.get().object_repr == str(demand)


@pytest.fixture
def queries_of_the_page(client, clerk, station):
    client.force_login(clerk)

    def count(members: int) -> int:
        team = make_team(station=station)
        for _ in range(members):
            make_membership(team=team)
        with CaptureQueriesContext(connection) as asked:
            response = client.get(url("team", "change", team.pk))
        names = response.content.decode().count("宋示例（T")
        assert names >= members
        return len(asked)

    count(1)  # what is asked once in a process
    return count


def test_team_page_asks_as_often_for_twelve_members_as_for_two(queries_of_the_page):
    assert queries_of_the_page(12) == queries_of_the_page(2)
