"""Taking a page down and putting it back: the one door, and the lines that nobody edits."""

import pytest
from django.db import IntegrityError, transaction

from activities.models import Activity, Session
from practice_portal.lib.workflow import IllegalStep
from stations.models import Station
from stations.public_pages import PageChange
from tests.factories import make_activity, make_brand, make_session


def lines(page):
    return [(each.act, each.by.username, each.reason) for each in page.page_changes()]


def test_take_down_and_put_back_leave_a_line_each(station, director):
    brand = make_brand(station=station)

    brand.take_down(by=director, reason=" 故事里写错了人名。 ")
    assert brand.is_offline
    brand.put_back(by=director, reason="改好了")

    brand.refresh_from_db()
    assert not brand.is_offline
    assert lines(brand) == [
        ("put_back", "director", "改好了"),
        ("take_down", "director", "故事里写错了人名"),
    ]
    assert [record.history_user for record in brand.history.all()[:2]] == [director, director]


def test_take_down_names_the_page_as_it_was(station, director):
    brand = make_brand(station=station, name="板凳课堂")
    brand.take_down(by=director, reason="名称要改")
    brand.name = "小院课堂"
    brand.save()

    assert brand.page_changes().get().page_name == "板凳课堂"


@pytest.mark.parametrize("reason", ["", "  ", "。"])
def test_take_down_without_a_reason_is_refused(station, director, reason):
    with pytest.raises(IllegalStep, match="要写原因"):
        station.take_down(by=director, reason=reason)

    assert not Station.objects.get(pk=station.pk).is_offline
    assert not PageChange.objects.exists()


def test_reason_holds_no_number_of_a_person(station, director):
    with pytest.raises(IllegalStep, match="里有手机号"):
        station.take_down(by=director, reason="印了15412345678")

    assert not PageChange.objects.exists()


def test_page_is_taken_down_once(station, director):
    same = Station.objects.get(pk=station.pk)
    station.take_down(by=director, reason="照片不对")

    with pytest.raises(IllegalStep, match="刚刚已经有人把这一页下线了"):
        same.take_down(by=director, reason="照片不对")
    assert PageChange.objects.count() == 1


def test_page_that_is_online_is_not_put_back(station, director):
    with pytest.raises(IllegalStep, match="刚刚已经有人把这一页恢复上线了"):
        station.put_back(by=director, reason="没事了")


def test_form_that_was_open_meanwhile_puts_nothing_back(station, director):
    open_form = Station.objects.get(pk=station.pk)
    station.take_down(by=director, reason="照片不对")

    open_form.intro = "新的简介"
    open_form.save()

    stored = Station.objects.get(pk=station.pk)
    assert (stored.intro, stored.is_offline) == ("新的简介", True)


def test_lines_are_never_changed(station, director):
    station.take_down(by=director, reason="照片不对")
    line = PageChange.objects.get()

    for change in (line.save, line.delete, PageChange.objects.all().delete):
        with pytest.raises(ValueError, match="written once"):
            change()


def test_database_refuses_a_line_without_a_reason(station, director):
    with pytest.raises(IntegrityError), transaction.atomic():
        PageChange.objects.create(
            act="take_down", by=director, reason="", page_type="stations.station", page_id=1
        )


def test_station_whose_page_is_down_keeps_its_activities_and_its_brand(client, station, director):
    session = make_session(activity=make_activity(station=station))
    brand = make_brand(station=station)

    station.take_down(by=director, reason="照片不对")

    assert list(Session.objects.published()) == [session]
    assert client.get(session.get_absolute_url()).status_code == 200
    assert client.get(brand.get_absolute_url()).status_code == 200


def test_activity_that_is_down_is_not_published_round_it(station, clerk, director):
    activity = make_activity(station=station)
    make_session(activity=activity)
    activity.take_down(by=director, reason="费用没写清楚")
    activity.take("withdraw", by=clerk, remark="先改")

    with pytest.raises(IllegalStep, match="原因：费用没写清楚。"):
        activity.take("publish", by=clerk)

    assert Activity.objects.published().count() == 0
    assert not activity.can_be_deleted
