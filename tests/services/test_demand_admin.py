"""The clerk tells the code on the phone, and finds a lost one by the whole phone number."""

import threading

import pytest
import time_machine
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib.phones import DEMO_PREFIX
from services.admin import DemandAdmin
from services.models import Demand
from tests.factories import at, make_demand, make_station, make_user
from tests.races import PATIENCE

PHONE = f"{DEMO_PREFIX}12345678"
LIST = "/admin/services/demand/"


def found(client, words: str) -> list[Demand]:
    return list(client.get(LIST, {"q": words}).context["cl"].queryset)


def change_url(demand) -> str:
    return reverse("admin:services_demand_change", args=[demand.pk])


def form_of(demand, **values) -> dict:
    submitted = timezone.localtime(demand.submitted_at)
    return {
        "station": demand.station_id,
        "title": demand.title,
        "text": demand.text,
        "channel": demand.channel,
        "contact_name": demand.contact_name,
        "contact_phone": demand.contact_phone,
        "result": demand.result,
        "topic": demand.topic,
        "submitted_at_0": f"{submitted:%Y-%m-%d}",
        "submitted_at_1": f"{submitted:%H:%M:%S}",
        **values,
    }


def test_demand_admin_shows_the_code_in_two_groups(client, clerk, station):
    demand = make_demand(station=station, code="ABCD2345")
    client.force_login(clerk)

    html = client.get(change_url(demand)).content.decode()

    assert "ABCD 2345" in html
    assert "请告诉居民" in html
    assert "资料删除日期" not in html


def test_demand_admin_tells_the_code_of_a_new_demand(client, clerk, station):
    client.force_login(clerk)
    demand = Demand(station=station, title="要一把轮椅")

    data = form_of(demand, contact_phone=PHONE)
    response = client.post(f"{LIST}add/", data, follow=True)

    made = Demand.objects.get()
    assert made.title == "要一把轮椅"
    assert f"查询码是 {made.grouped_code}" in response.content.decode()


@pytest.mark.parametrize("typed", [PHONE, "154 1234 5678", "+86 154-1234-5678", "abcd 2345"])
def test_demand_admin_finds_a_lost_code_by_the_whole_phone(client, clerk, station, typed):
    mine = make_demand(station=station, contact_phone=PHONE, code="ABCD2345")
    make_demand(station=station, contact_phone=f"{DEMO_PREFIX}12345679")
    client.force_login(clerk)

    assert found(client, typed) == [mine]


def test_demand_admin_search_still_finds_a_title(client, clerk, station):
    mine = make_demand(station=station, title="要一把轮椅")
    make_demand(station=station, title="想学用手机")
    client.force_login(clerk)

    assert found(client, "轮椅") == [mine]


@pytest.mark.parametrize("typed", ["1541234", "5678", "154123456", DEMO_PREFIX, "ABCD", "2345"])
def test_demand_admin_search_tells_nothing_by_a_part(client, clerk, station, typed):
    make_demand(station=station, contact_phone=PHONE, code="ABCD2345")
    client.force_login(clerk)

    assert found(client, typed) == []


def test_demand_admin_search_is_no_oracle_for_others(client, clerk, other_clerk, director, station):
    mine = make_demand(station=station, contact_phone=PHONE, code="ABCD2345")
    unknown = "15499999999"
    answers = {}
    for person in (other_clerk, clerk, director):
        client.force_login(person)
        answers[person] = [found(client, typed) for typed in (PHONE, "ABCD2345", unknown)]

    assert answers == {
        other_clerk: [[], [], []],
        clerk: [[mine], [mine], []],
        director: [[mine], [mine], []],
    }


@pytest.mark.django_db(transaction=True)
def test_demand_admin_waits_for_a_resident_who_deletes_in_the_same_moment(monkeypatch, client):
    """On PostgreSQL they are two at once; SQLite lets one write after the other."""
    call_command("set_up_roles", verbosity=0)
    station = make_station()
    demand = make_demand(station=station, contact_name="宋小满", contact_phone=PHONE)
    client.force_login(make_user(station=station, role="clerk"))
    save, deleting = DemandAdmin.save_model, []

    def delete() -> None:
        try:
            Demand.objects.get(pk=demand.pk).forget_contact()
        finally:
            connection.close()

    def save_meanwhile(*args):
        deleting.append(threading.Thread(target=delete))
        deleting[0].start()
        deleting[0].join(0.5)  # without the lock it is through by now
        save(*args)

    monkeypatch.setattr(DemandAdmin, "save_model", save_meanwhile)
    client.post(change_url(demand), form_of(demand, contact_phone=""))
    deleting[0].join(PATIENCE)

    demand.refresh_from_db()
    assert (demand.contact_name, demand.contact_phone) == ("", "")
    assert demand.contact_deleted_on is not None


def test_demand_admin_brings_nothing_back_that_a_resident_has_deleted(client, clerk, station):
    """A form that was open at the desk while the resident pressed the button."""
    demand = make_demand(
        station=station,
        title="给宋小满修水管",
        text=f"打{PHONE}",
        contact_name="宋小满",
        contact_phone=PHONE,
        status="accepted",
    )
    opened = form_of(demand, result="打过电话了")
    demand.forget_contact()
    client.force_login(clerk)

    client.post(change_url(demand), opened)

    demand.refresh_from_db()
    assert (demand.contact_name, demand.contact_phone) == ("", "")
    assert (demand.title, demand.text) == ("给**修水管", "打**")
    assert demand.result == "打过电话了"
    assert "本人要求删掉了姓名和手机号" in client.get(change_url(demand)).content.decode()

    # Opened again, it is written as any other, without a name.
    client.post(change_url(demand), form_of(demand, title="修水管", _seen_wish="1"))

    demand.refresh_from_db()
    assert (demand.title, demand.contact_name) == ("修水管", "")
    assert "资料删除日期" in client.get(change_url(demand)).content.decode()


def test_demand_form_saves_its_own_fields_only(clerk, rf):
    """A form that was read before a colleague's step writes back neither status nor stamps."""
    demand = make_demand(status="accepted")
    read_before = Demand.objects.get(pk=demand.pk)
    demand.take("complete", by=clerk, result="教会了。")
    read_before.title = "想学视频"
    request = rf.post("/")
    request.user = clerk

    admin.site.get_model_admin(Demand).save_model(request, read_before, form=None, change=True)

    demand.refresh_from_db()
    today = timezone.localdate()
    stored = (demand.title, demand.status, demand.completed_on)
    assert stored == ("想学视频", "completed", today)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-24", "收到时间不能在今天之后。"),
        ("9999-12-31", "收到时间不能在今天之后。"),
        ("1899-12-31", "收到时间的年份不对，请改过来。"),
        ("0001-01-01", "收到时间的年份不对，请改过来。"),
    ],
)
def test_demand_form_refuses_a_day_of_another_time(client, clerk, station, day, words):
    client.force_login(clerk)
    demand = Demand(station=station, title="要一把轮椅")
    data = form_of(demand, submitted_at_0=day, submitted_at_1="00:30")

    with time_machine.travel(at("2026-11-23", "23:00"), tick=False):
        response = client.post(f"{LIST}add/", data)

    assert response.context["adminform"].errors == {"submitted_at": [words]}
    assert not Demand.objects.exists()
