"""A form left open over the session's end loses nothing, and saves nothing under a wrong name."""

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from activities.models import Activity
from practice_portal.lib.kept_forms import KeptForm
from services.models import Demand
from tests.factories import PASSWORD, make_activity, make_demand, make_summary

ADD = "/admin/services/demand/add/"


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 08:00 +0800", tick=False) as traveller:
        yield traveller


def typed(station, **values) -> dict:
    return {
        "station": station.pk,
        "title": "修水管",
        "text": "厨房的水管\r\n漏了 <两天>",
        "channel": "phone_visit",
        "topic": "other",
        "contact_name": "",
        "contact_phone": "",
        "result": "",
        "submitted_at_0": "2026-11-23",
        "submitted_at_1": "08:00",
        "_save": "保存",
        **values,
    }


def hidden_fields(html: str) -> dict:
    from html import unescape

    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


def log_in(client, html: str, user, password=PASSWORD):
    data = {"username": user.username, "password": password, **hidden_fields(html)}
    return client.post("/admin/login/", data)


def test_kept_form_comes_back_filled_in_and_unsaved_and_is_then_saved(
    client, clerk, station, morning
):
    log_in(client, "", clerk)
    morning.shift(8 * 3600 + 1)

    asked = client.post(ADD, typed(station))
    html = asked.content.decode()
    assert (asked.status_code, Demand.objects.count()) == (200, 0)
    assert "刚才填的没有丢" in html
    assert "no-store" in asked["Cache-Control"]

    back = log_in(client, html, clerk)
    html = back.content.decode()
    assert (back.status_code, Demand.objects.count()) == (200, 0)
    assert f"现在用的是“{clerk}”的账号" in html
    assert f'action="{ADD}"' in html

    form = client.post(ADD, {**hidden_fields(html), "_kept": "1"})
    html = form.content.decode()
    assert (form.status_code, Demand.objects.count()) == (200, 0)
    assert "这张表还没有保存" in html
    assert 'value="修水管"' in html
    assert "厨房的水管\r\n漏了 &lt;两天&gt;" in html
    assert 'name="_kept"' not in html

    assert client.post(ADD, typed(station)).status_code == 302
    assert Demand.objects.get().title == "修水管"


def test_kept_form_stays_through_a_wrong_password(client, clerk, station):
    html = client.post(ADD, typed(station)).content.decode()

    again = log_in(client, html, clerk, password="wrong")
    back = log_in(client, again.content.decode(), clerk)

    assert "没有登录成功" in again.content.decode()
    assert "刚才填的还在" in back.content.decode()


def test_kept_form_of_a_row_is_shown_to_nobody_who_may_not_see_it(client, other_clerk, station):
    demand = make_demand(station=station, title="老样子")
    change = reverse("admin:services_demand_change", args=[demand.pk])
    html = client.post(change, typed(station)).content.decode()
    html = log_in(client, html, other_clerk).content.decode()

    answer = client.post(change, {**hidden_fields(html), "_kept": "1"})

    assert answer.status_code == 302
    assert Demand.objects.get().title == "老样子"


def test_kept_form_keeps_every_session_of_an_activity(client, clerk, station):
    change = reverse("admin:activities_activity_add")
    data = {
        "station": station.pk,
        "title": "写春联",
        "text": "现写现拿。",
        "platform": "culture",
        "task": "culture_life",
        "form": "activity",
        "audience": "everyone",
        "sessions-TOTAL_FORMS": "2",
        "sessions-INITIAL_FORMS": "0",
        "sessions-0-day": "2026-12-01",
        "sessions-0-starts": "09:30",
        "sessions-1-day": "2026-12-02",
        "cohosts": ["1", "2"],
        "_step_publish": "保存并发布",
    }
    html = log_in(client, client.post(change, data).content.decode(), clerk).content.decode()
    assert html.count('name="cohosts"') == 2

    html = client.post(change, {**hidden_fields(html), "_kept": "1"}).content.decode()

    assert 'value="2026-12-01"' in html
    assert 'value="2026-12-02"' in html
    assert Activity.objects.count() == 0


def test_kept_form_says_that_files_have_to_be_chosen_again(client, clerk, station):
    data = typed(station, picture=SimpleUploadedFile("a.png", b"x"))

    html = client.post(ADD, data).content.decode()

    assert "请在表里重新选一次" in log_in(client, html, clerk).content.decode()


def test_kept_form_of_a_remark_comes_back_into_its_page(client, clerk, station):
    activity = make_activity(station=station)
    step = reverse("admin:activities_activity_step", args=[activity.pk, "withdraw"])
    html = client.post(step, {"remark": "下雨了"}).content.decode()
    html = log_in(client, html, clerk).content.decode()

    page = client.post(step, {**hidden_fields(html), "_kept": "1"}).content.decode()

    assert "下雨了</textarea>" in page
    assert "还没有保存" in page
    activity.refresh_from_db()
    assert activity.status == "published"


def test_kept_remark_of_a_review_is_shown_to_be_copied(client, director, station):
    summary = make_summary(station=station)
    summary.take("submit")
    review = reverse("reports:summary-review", args=[summary.month, station.slug, "return"])

    html = client.post(review, {"remark": "人次写反了", "back": "month"}).content.decode()
    html = log_in(client, html, director).content.decode()

    assert "人次写反了</textarea>" in html
    assert f'href="{summary.get_absolute_url()}"' in html
    summary.refresh_from_db()
    assert summary.status == "submitted"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (ADD, {}),
        ("/admin/", {"title": "x"}),
        ("/admin/password_change/", {"old_password": "x", "new_password1": "y"}),
        ("/admin/services/demand/", {"action": "delete_selected"}),
        ("/admin/nowhere/add/", {"title": "x"}),
    ],
)
def test_nothing_else_is_kept(client, path, data):
    answer = client.post(path, data)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_kept_form_never_carries_a_password(rf):
    request = rf.post(ADD, {"title": "x", "old_password": "secret", "csrfmiddlewaretoken": "t"})

    assert KeptForm.of(request).fields == [("title", "x")]


@pytest.mark.parametrize("text", ["", "nonsense", "a:b:c"])
def test_kept_form_that_is_not_ours_is_ignored(client, clerk, text):
    answer = client.post(
        "/admin/login/",
        {"username": clerk.username, "password": PASSWORD, "kept": text, "next": "/admin/"},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_kept_form_waits_for_a_day(morning):
    signed = KeptForm(ADD, {"title": ["x"]}).signed()
    morning.shift(24 * 3600)
    assert KeptForm.read(signed) == KeptForm(ADD, {"title": ["x"]})
    morning.shift(1)

    assert KeptForm.read(signed) is None


# A page from before the last log-in ---------------------------------------------------------------


@pytest.fixture
def strict(clerk) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(clerk)
    client.get(ADD)
    return client


def test_form_with_an_old_token_is_kept(strict, station):
    data = typed(station, csrfmiddlewaretoken="a" * 64)

    answer = strict.post(ADD, data, headers={"origin": "http://testserver"})

    assert answer.status_code == 403
    assert "刚才填的还在" in answer.content.decode()
    fields = hidden_fields(answer.content.decode())
    answer = strict.post(ADD, {**fields, "_kept": "1"}, headers={"origin": "http://testserver"})
    assert answer.status_code == 200
    assert 'value="修水管"' in answer.content.decode()
    assert Demand.objects.count() == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil"])
def test_form_of_another_site_is_refused_and_not_shown(strict, station, origin):
    answer = strict.post(ADD, typed(station), headers={"origin": origin})

    assert answer.status_code == 403
    assert "修水管" not in answer.content.decode()
    assert "刚才填的还在" not in answer.content.decode()


def test_form_without_a_sender_is_refused_and_not_shown(strict, station):
    answer = strict.post(ADD, typed(station))

    assert answer.status_code == 403
    assert "修水管" not in answer.content.decode()


def test_form_with_an_old_token_and_nobody_logged_in_goes_through_the_log_in(strict, station):
    strict.logout()

    answer = strict.post(ADD, typed(station), headers={"origin": "http://testserver"})

    assert "刚才填的没有丢" in answer.content.decode()
