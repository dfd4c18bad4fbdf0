"""The recycle bin: what is deleted in the admin comes back as it was, within 30 days."""

from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import models
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, ActivityChange, Brand, Session
from practice_portal.lib import undo
from services.models import Demand
from stations.models import Booking, Deletion, PhoneView, Platform, Station
from tests.factories import (
    LONG_AGO,
    MAKERS,
    make_activity,
    make_brand,
    make_centre,
    make_demand,
    make_session,
    make_study_session,
    make_user,
    make_venue,
)


def columns(row: models.Model) -> dict:
    return type(row)._base_manager.filter(pk=row.pk).values().get()


def delete_in_admin(client, row: models.Model, **data):
    opts = row._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_delete", args=[row.pk])
    return client.post(url, {"post": "yes", **data}, follow=True)


def restore(client, deletion: Deletion):
    return client.post(reverse("admin:stations_deletion_restore", args=[deletion.pk]), follow=True)


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def full_activity(clerk, station, other_station):
    """A draft with a room, a co-host, a dated line and an asker's demand that it answers."""
    activity = make_activity(station=station, cohosts=[other_station])
    session = make_session(activity=activity, venue=make_venue(station=station), days=5)
    activity.take("withdraw", by=clerk, remark="下雪了")
    make_demand(station=station, session=session)
    return activity


def test_deletion_of_an_activity_takes_its_parts_and_restores_every_column(
    desk, full_activity, other_station
):
    session = full_activity.sessions.get()
    kept = [full_activity, session, session.booking, full_activity.changes.get()]
    before = [columns(row) for row in kept]
    demand = Demand.objects.get()

    page = delete_in_admin(desk, full_activity)

    assert not Activity.objects.exists()
    assert not Booking.objects.exists()
    assert Demand.objects.get().session_id is None
    deletion = Deletion.objects.get()
    assert "30天内都可以" in page.content.decode()
    assert reverse("admin:stations_deletion_restore", args=[deletion.pk]) in page.content.decode()

    page = restore(desk, deletion)

    assert "已经恢复" in page.content.decode()
    assert page.redirect_chain[-1][0] == reverse(
        "admin:activities_activity_change", args=[full_activity.pk]
    )
    assert [columns(row) for row in kept] == before
    assert list(full_activity.cohosts.all()) == [other_station]
    assert Demand.objects.get().session_id == demand.session_id
    deletion.refresh_from_db()
    assert (deletion.contents, deletion.restored_by) == ("", page.wsgi_request.user)


def test_restored_row_names_in_its_history_who_restored_it(desk, clerk, station):
    platform = Platform.objects.create(
        station=station, kind="culture", name="示例书屋", started_on=LONG_AGO
    )
    delete_in_admin(desk, platform)

    restore(desk, Deletion.objects.get())

    latest = Platform.history.filter(id=platform.pk).latest()
    assert (latest.history_type, latest.history_user) == ("+", clerk)
    assert latest.history_change_reason == "从回收站恢复"


#: Whose rows somebody may delete in the admin; a station has its people, a viewing stays.
DELETABLE = [model for model in MAKERS if model not in (Station, PhoneView, Deletion)]


@pytest.mark.parametrize("model", DELETABLE, ids=lambda model: model.__name__)
def test_put_back_restores_each_kind_of_row(model, clerk, station):
    row = MAKERS[model](station=station)
    before = columns(row)
    text = undo.snapshot(row)
    row.delete()
    back = undo.put_back(text, by=clerk)

    assert columns(back) == before


def test_deletion_of_several_in_the_list_leaves_one_line_each(desk, station):
    drafts = [make_activity(station=station, status="draft") for _ in range(3)]

    desk.post(
        reverse("admin:activities_activity_changelist"),
        {
            "action": "delete_selected",
            "_selected_action": [each.pk for each in drafts],
            "post": "yes",
        },
    )

    assert not Activity.objects.exists()
    assert sorted(Deletion.objects.values_list("name", flat=True)) == sorted(
        each.title for each in drafts
    )


def test_deletion_within_the_parents_form_is_kept(desk, station):
    activity = make_activity(station=station, status="draft")
    gone, stays = make_session(activity=activity, days=3), make_session(activity=activity, days=4)
    url = reverse("admin:activities_activity_change", args=[activity.pk])
    form = desk.get(url).context["adminform"].form
    formset = desk.get(url).context["inline_admin_formsets"][0].formset
    data = {name: form.initial.get(name) or "" for name in form.fields}
    data |= {"cohosts": [], "partners": [], "poster": ""}
    prefix = formset.prefix
    data |= {f"{prefix}-TOTAL_FORMS": 2, f"{prefix}-INITIAL_FORMS": 2}
    for number, each in enumerate(formset.initial_forms):
        for name in each.fields:
            bound = each[name]
            value = bound.value()
            if isinstance(value, timezone.datetime):
                local = timezone.localtime(value)
                data[f"{prefix}-{number}-{name}_0"] = f"{local:%Y-%m-%d}"
                data[f"{prefix}-{number}-{name}_1"] = f"{local:%H:%M}"
            data[f"{prefix}-{number}-{name}"] = "" if value is None else value
        data[f"{prefix}-{number}-id"] = each.instance.pk
        data[f"{prefix}-{number}-DELETE"] = "on" if each.instance == gone else ""

    page = desk.post(url, data)

    assert page.status_code == 302, page.context["errors"]
    assert list(Session.objects.all()) == [stays]
    assert Deletion.objects.get().row_type == "activities.session"

    restore(desk, Deletion.objects.get())
    assert set(Session.objects.all()) == {gone, stays}


def test_restore_says_who_has_the_room_now_and_changes_nothing(desk, full_activity, station):
    session = full_activity.sessions.get()
    venue = session.booking.venue
    delete_in_admin(desk, full_activity)
    make_session(activity=make_activity(station=station), venue=venue, days=5)

    page = restore(desk, Deletion.objects.get())

    assert "恢复不了" in page.content.decode()
    assert venue.name in page.content.decode()
    assert not Activity.objects.filter(pk=full_activity.pk).exists()
    assert not ActivityChange.objects.exists()
    assert Deletion.objects.get().is_restorable


def test_restore_refuses_what_it_points_at_no_longer_exists(desk, station, director):
    brand = make_brand(station=station)
    activity = make_activity(station=station, status="draft", brand=brand)
    delete_in_admin(desk, activity)
    Brand.objects.all().delete()

    page = restore(desk, Deletion.objects.get())

    assert "它要用的内容已经删了" in page.content.decode()
    assert not Activity.objects.exists()


def test_restore_works_once(desk, station):
    delete_in_admin(desk, make_activity(station=station, status="draft"))
    deletion = Deletion.objects.get()
    restore(desk, deletion)

    page = restore(desk, deletion)

    assert "已经恢复过" in page.content.decode()
    assert Activity.objects.count() == 1


def test_restore_only_by_who_may_delete_such_rows_at_this_station(
    client, clerk, other_clerk, director, station
):
    brand = make_brand(station=station)
    client.force_login(director)
    delete_in_admin(client, brand)
    deletion = Deletion.objects.get()
    url = reverse("admin:stations_deletion_restore", args=[deletion.pk])

    client.force_login(other_clerk)  # another station's: as if absent
    assert client.post(url).url == reverse("admin:index")
    client.force_login(clerk)  # of the station, but brands are not theirs to delete
    assert client.post(url).status_code == 403
    assert not Brand.objects.exists()
    client.force_login(director)
    assert client.get(url).status_code == 200
    assert not Brand.objects.exists()
    client.post(url)
    assert Brand.objects.get() == brand


def test_station_is_deleted_only_while_there_is_a_centre_to_keep_it(client, station):
    client.force_login(make_user(is_superuser=True))
    without = delete_in_admin(client, station)
    centre = make_centre()
    of_itself = delete_in_admin(client, centre)
    assert (without.status_code, of_itself.status_code) == (403, 403)
    assert set(Station.objects.all()) == {station, centre}

    assert delete_in_admin(client, station).status_code == 200

    assert list(Station.objects.all()) == [centre]
    assert Deletion.objects.get().station == centre


def test_deletion_is_said_first_and_then_that_it_can_be_undone(desk, full_activity):
    answer = delete_in_admin(desk, full_activity)

    said = [str(each) for each in answer.context["messages"]]
    assert [said[0][-4:], said[1][:6]] == ["删除了。", "删错了不要紧"]
    assert len(said) == 2


def test_deletion_is_looked_at_and_says_how_long_it_can_be_restored(desk, full_activity):
    with time_machine.travel("2026-11-01 12:00 +0800", tick=False):
        deletion = Deletion.objects.keep(full_activity, by=full_activity.changes.get().by)
    url = reverse("admin:stations_deletion_change", args=[deletion.pk])

    with time_machine.travel("2026-11-11 12:00 +0800", tick=False):
        content = desk.get(url).content.decode()

    assert "能恢复到12月1日（周二）" in content
    assert "11月1日（周日）中午12:00" in content
    assert "场次1条" in content
    assert "预约1条" in content
    assert desk.post(url, {"name": "别的"}).status_code == 403


def test_deletion_is_forgotten_after_thirty_days_and_not_before(desk, station):
    with time_machine.travel("2026-11-01 12:00 +0800", tick=False):
        desk.force_login(desk.get(reverse("admin:index")).wsgi_request.user)
        delete_in_admin(desk, make_study_session(station=station))
    deletion = Deletion.objects.get()

    for day, is_left in [("2026-12-01", True), ("2026-12-02", False)]:
        with time_machine.travel(f"{day} 12:00 +0800", tick=False):
            call_command("forget", "--yes", stdout=StringIO())
        deletion.refresh_from_db()
        assert bool(deletion.contents) is is_left
        assert bool(deletion.name) is is_left


def test_deletion_keeps_personal_data_no_longer_than_the_row_would_have(station, clerk):
    with time_machine.travel("2026-11-01 12:00 +0800", tick=False):
        demand = make_demand(station=station, status="submitted")
        demand.take("return", by=clerk, remark="请找物业")
    with time_machine.travel("2026-11-21 12:00 +0800", tick=False):
        deletion = Deletion.objects.keep(demand, by=clerk)
        assert demand.contact_phone.number in deletion.contents
        assert deletion.last_day.isoformat() == "2026-12-01"
    with time_machine.travel("2026-12-02 12:00 +0800", tick=False):
        call_command("forget", "--yes", stdout=StringIO())
    deletion.refresh_from_db()

    assert deletion.contents == ""
