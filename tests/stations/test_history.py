"""Changes are seen: who changed what when, on the row's own page and nowhere else."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.urls import reverse

from practice_portal.lib.history import entries_of
from stations.models import User, Venue
from tests.factories import (
    make_activity,
    make_booking,
    make_demand,
    make_membership,
    make_posting,
    make_team,
    make_user,
    make_venue,
    make_volunteer,
)
from tests.pages import words
from volunteers.models import Membership, Volunteer

PHONE, NEW_PHONE = "15412345678", "15487654321"


def url(row, page: str) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[row.pk])


def venue_form(venue: Venue, **values) -> dict:
    return {
        "station": venue.station_id,
        "name": venue.name,
        "kind": "fixed",
        "capacity": "40",
        "started_on": "2018-01-01",
        **values,
    }


def volunteer_form(volunteer: Volunteer, **values) -> dict:
    return {
        "station": volunteer.station_id,
        "name": volunteer.name,
        "source": "resident",
        "skills": "",
        **values,
    }


def page_of(client, row) -> str:
    response = client.get(url(row, "history"))
    assert response.status_code == 200
    return words(response)


def lines(row, parts=None) -> list[tuple]:
    """The entries of a row, the first first: who, what, and what changed."""
    entries = entries_of(row, parts or {})[::-1]
    for entry in entries:
        entry.compare()
    return [
        (entry.by, entry.act, [(c.label, c.old, c.new) for c in entry.changes]) for entry in entries
    ]


# Who changed what when ----------------------------------------------------------------------------


def test_history_page_says_who_changed_what(client, clerk, station):
    venue = make_venue(station=station, name="二楼活动室", kind="fixed", is_shared=True)
    client.force_login(clerk)

    client.post(url(venue, "change"), venue_form(venue, name="二楼书画室", kind="plaza"))

    assert lines(venue) == [
        (None, "新增", []),
        (
            clerk,
            "改动",
            [
                ("类别", "固定阵地", "文明实践广场"),
                ("名称", "二楼活动室", "二楼书画室"),
                ("居民和队伍可以借用", "是", "否"),
            ],
        ),
    ]
    page = page_of(client, venue)
    assert f"{clerk.name}：改动" in page
    assert "名称 二楼活动室 → 二楼书画室" in page
    assert "系统：新增" in page


def test_history_page_works_without_inline_script_or_style(client, clerk, station):
    venue = make_venue(station=station)
    client.force_login(clerk)

    html = client.get(url(venue, "history")).content.decode()

    assert "style=" not in html
    assert "onclick=" not in html
    assert "<style" not in html


def test_history_names_who_took_a_step(clerk, station):
    booking = make_booking(venue=make_venue(station=station))

    booking.take("cancel", by=clerk)

    assert lines(booking)[1:] == [(clerk, "改动", [("状态", "已确认", "已取消")])]
    booking.purpose = "别的"
    booking.save()
    assert lines(booking)[-1] == (None, "改动", [("用途", "合唱排练", "别的")])


def test_history_of_a_step_in_the_admin_names_the_clerk(client, clerk, station):
    demand = make_demand(station=station)
    client.force_login(clerk)

    client.post(url(demand, "change"), {"_step_accept": "1"} | demand_form(demand))

    assert lines(demand)[-1] == (clerk, "改动", [("状态", "待受理", "已受理")])


def demand_form(demand, **values) -> dict:
    return {
        "station": demand.station_id,
        "title": demand.title,
        "text": demand.text,
        "channel": "web",
        "contact_name": demand.contact_name,
        "topic": "other",
        "submitted_at_0": "2026-11-01",
        "submitted_at_1": "09:00:00",
        **values,
    }


def test_history_keeps_the_row_as_it_is_stored(station):
    """A form does not write the status; nor may history say that it moved back."""
    demand = make_demand(station=station)
    in_the_form = type(demand).objects.get(pk=demand.pk)
    demand.take("accept")

    in_the_form.title = "想学用平板"
    in_the_form.save(update_fields=["title"])

    assert lines(demand)[-1][2] == [("要什么", "想学用手机", "想学用平板")]
    assert demand.history.latest().status == "accepted"


def test_history_shows_parts_edited_on_the_rows_page(client, clerk, station):
    team = make_team(station=station)
    volunteer = make_volunteer(station=station, number="T000777", name="宋示例")
    client.force_login(clerk)
    form = {
        "station": station.pk,
        "name": team.name,
        "kind": "neighbour",
        "started_on": "2018-01-01",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-team": team.pk,
        "memberships-0-volunteer": volunteer.pk,
        "memberships-0-since": "2026-01-01",
    }

    client.post(url(team, "change"), form)

    membership = team.memberships.get()
    assert f"{clerk.name}：新增队员“{team.name} T000777 宋**”" in page_of(client, team)
    membership.delete()
    volunteer.delete()
    page = page_of(client, team)
    assert "系统：删除队员" in page
    assert "宋示例" not in page


def test_history_shows_who_gave_a_role(client, director, station):
    account = make_user(station=station, username="newcomer")
    posting = account.postings.get()
    client.force_login(director)

    client.post(
        url(account, "change"),
        {
            "username": "newcomer",
            "name": account.name,
            "is_active": "on",
            "groups": [Group.objects.get(name="中心管理员").pk],
            "postings-TOTAL_FORMS": "1",
            "postings-INITIAL_FORMS": "1",
            "postings-0-id": posting.pk,
            "postings-0-user": account.pk,
            "postings-0-station": station.pk,
            "postings-0-name": "示例改名",
            "postings-0-duty": "head",
            "postings-0-since": "2018-01-01",
        },
    )

    page = page_of(client, account)
    assert f"{director.name}：改动 组 （空） → 中心管理员" in page
    assert f"{director.name}：改动任职“{station.name} 示例改名（负责人）”" in page
    assert "职务 专职 → 负责人" in page


def test_history_of_an_account_has_no_password_and_no_log_in(client, clerk):
    before = clerk.history.count()

    client.force_login(clerk)  # writes when that was
    clerk.set_password("another-long-password-7")
    clerk.save()

    assert clerk.history.count() == before + 1
    assert not hasattr(clerk.history.latest(), "password")


def test_history_of_saving_unchanged_cohosts_is_one_line(client, clerk, station):
    activity = make_activity(station=station, title="邻居理发日")
    before = activity.history.count()
    client.force_login(clerk)

    client.post(
        url(activity, "change"),
        {
            "station": station.pk,
            "title": "邻居剪发日",
            "text": activity.text,
            "risk_notice": activity.risk_notice,
            "requirements": activity.requirements,
            "platform": "culture",
            "audience": "everyone",
            "form": "activity",
            "task": "culture_life",
            "sessions-TOTAL_FORMS": "0",
            "sessions-INITIAL_FORMS": "0",
        },
    )

    activity.refresh_from_db()
    assert activity.title == "邻居剪发日"
    assert activity.history.count() == before + 1


def test_history_of_rows_that_came_in_bulk_begins_with_the_first_change(client, clerk, station):
    Venue.objects.bulk_create([Venue(station=station, name="老活动室")])
    venue = Venue.objects.get()
    client.force_login(clerk)
    assert "还没有改动的记录。" in page_of(client, venue)

    client.post(url(venue, "change"), venue_form(venue, name="新活动室"))

    assert "这是第一次留底，改之前的样子没有记下。" in page_of(client, venue)


def test_history_comes_in_pages(client, clerk, station):
    venue = make_venue(station=station)
    for number in range(51):
        venue.capacity = number
        venue.save()
    client.force_login(clerk)

    first = client.get(url(venue, "history"))
    second = client.get(url(venue, "history"), {"p": "2"})

    assert "系统：新增" not in words(first)
    assert "第1页，共2页 更早的" in words(first)
    assert "系统：新增" in words(second)
    for page in ("0", "-1", "x", "9" * 300, "\x00"):
        assert client.get(url(venue, "history"), {"p": page}).status_code == 200


# Nobody else's ------------------------------------------------------------------------------------


@pytest.fixture
def theirs(other_station, other_clerk):
    """Another station's volunteer with a past: an old phone, an old name, an old talent."""
    volunteer = make_volunteer(station=other_station, name="宋秘密", phone=PHONE, skills="会剪纸")
    volunteer.skills, volunteer.phone = "会拉琴", NEW_PHONE
    volunteer.save()
    return volunteer


def test_history_page_of_another_stations_row_is_absent(client, clerk, theirs):
    client.force_login(clerk)

    response = client.get(url(theirs, "history"), follow=True)

    assert response.redirect_chain == [("/admin/", 302)]
    for secret in ("宋秘密", "会剪纸", "会拉琴", PHONE, NEW_PHONE):
        assert secret not in response.content.decode()


def test_history_has_no_page_of_a_single_record(client, clerk, other_clerk, director, theirs):
    """django-simple-history's own admin opens a record, with the present phone in a form."""
    for record in theirs.history.all():
        for person in (clerk, other_clerk, director):
            client.force_login(person)
            for ask in (client.get, client.post):
                response = ask(
                    f"{url(theirs, 'history')}{record.history_id}/",
                    {"name": "夺来的", "station": clerk.own_station.pk if person == clerk else 1},
                    follow=True,
                )
                assert {code for _, code in response.redirect_chain} <= {301, 302}
                if ask == client.get:
                    assert response.redirect_chain[-1] == ("/admin/", 302)
                assert PHONE not in response.content.decode()
                assert "会剪纸" not in response.content.decode()

    assert theirs.history.count() == 2
    theirs.refresh_from_db()
    assert (theirs.name, theirs.skills) == ("宋秘密", "会拉琴")


def test_history_goes_with_the_row_to_another_station(client, clerk, other_clerk, station, theirs):
    client.force_login(other_clerk)
    assert "会剪纸 → 会拉琴" in page_of(client, theirs)

    theirs.station = station
    theirs.save()

    assert client.get(url(theirs, "history")).status_code == 302
    client.force_login(clerk)
    assert "会剪纸 → 会拉琴" in page_of(client, theirs)


def test_history_asks_for_the_permission_to_see_the_row(client, station):
    venue = make_venue(station=station)
    without = make_user(station=station)
    client.force_login(without)

    assert client.get(url(venue, "history")).status_code == 403

    without.user_permissions.add(Permission.objects.get(codename="view_venue"))
    assert client.get(url(venue, "history")).status_code == 200


def test_history_of_accounts_and_postings_is_the_centres(client, clerk, director, station):
    rows = [make_user(station=station), make_posting(station=station)]
    codes = {}
    for person in (clerk, director):
        client.force_login(person)
        codes[person] = [client.get(url(row, "history")).status_code for row in rows]

    assert codes == {clerk: [403, 403], director: [200, 200]}


def test_history_asks_a_stranger_to_log_in(client, station):
    venue = make_venue(station=station)

    assert client.get(url(venue, "history")).url.startswith("/admin/login/")


# No person in it ----------------------------------------------------------------------------------


def everything_kept() -> str:
    """Every text in every table of history."""
    texts = []
    for model in apps.get_models():
        if hasattr(model, "instance_type"):
            names = [
                field.name
                for field in model._meta.fields
                if isinstance(field, models.CharField | models.TextField)
            ]
            texts += [str(value) for row in model.objects.values_list(*names) for value in row]
    return "\n".join(texts)


def test_history_keeps_no_persons_phone_and_name(client, clerk, director, station):
    volunteer = make_volunteer(station=station, name="宋留痕", phone=PHONE)
    demand = make_demand(
        station=station, contact_name="宋留痕", contact_phone=PHONE, text=f"我是宋留痕，打{PHONE}"
    )
    client.force_login(clerk)
    client.post(
        url(volunteer, "change"),
        volunteer_form(volunteer, name="宋改名", phone=NEW_PHONE, skills="会剪纸"),
    )
    client.post(
        url(demand, "change"),
        demand_form(demand, contact_name="宋改名", contact_phone=NEW_PHONE, title="想学平板"),
    )
    page = page_of(client, volunteer)
    assert Volunteer.objects.get(name="宋改名").phone == NEW_PHONE
    assert f"{clerk.name}：改动" in page
    assert "还改了姓名、手机号（为保护个人信息，内容不留底）。" in page

    client.force_login(director)
    client.post(url(volunteer, "delete"), {"post": "yes"})
    client.post(url(demand, "delete"), {"post": "yes"})

    kept = everything_kept()
    assert not Volunteer.objects.exists()
    assert "会剪纸" in kept
    assert "想学平板" in kept
    for secret in ("宋留痕", "宋改名", PHONE, NEW_PHONE):
        assert secret not in kept


def test_history_of_what_is_deleted_stays(client, director, station):
    volunteer = make_volunteer(station=station, number="T000888")
    make_membership(volunteer=volunteer, team=make_team(station=station))
    client.force_login(director)

    client.post(url(volunteer, "delete"), {"post": "yes"})

    assert [
        (record.number, record.history_type, record.history_user)
        for record in Volunteer.history.filter(number="T000888").order_by("history_id")
    ] == [("T000888", "+", None), ("T000888", "-", director)]
    assert Membership.history.filter(history_type="-", history_user=director).count() == 1
    assert client.get(url(volunteer, "history")).status_code == 302


def test_history_user_is_gone_after_the_request(client, clerk, station):
    venue = make_venue(station=station)
    client.force_login(clerk)
    client.post(url(venue, "change"), venue_form(venue))

    make_venue(station=station)

    assert User.objects.count() == 1
    assert Venue.history.latest().history_user is None
