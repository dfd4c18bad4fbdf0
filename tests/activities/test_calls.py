"""Whom to ring: one line in 待办 for each session, and the list that it leads to."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import Call
from stations.models import PhoneView
from tests.factories import at, make_activity, make_passed_over, make_session, make_signup
from tests.pages import words

NUMBERS = ("15412345678", "15487654321")


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 10:03 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def cancelled(station):
    """Two to be rung, because the teacher is ill on Saturday."""
    activity = make_activity(station=station, title="剪纸班")
    session = make_session(activity=activity, starts_at=at("2026-11-28"), capacity=10)
    for name, phone in zip(("宋小满", "赵一"), NUMBERS, strict=True):
        make_signup(session=session, name=name, phone=phone)
    session.refresh_from_db()
    session.take("cancel", remark="老师生病")
    return session


def page(session) -> str:
    return f"/admin/activities/session/{session.pk}/calls/"


def call_of(phone: str) -> Call:
    return Call.objects.get(signup__phone=phone)


def desk_lines(client) -> list[tuple]:
    lines = client.get("/admin/").context["desk"].mine.lines
    return [(line.text, line.url, line.due_on) for line in lines]


def test_calls_of_a_session_are_one_line_in_the_todo_list(client, clerk, other_clerk, cancelled):
    client.force_login(clerk)
    words_of_it = "11月28日（周六）剪纸班：2位要打电话通知"
    assert desk_lines(client) == [(words_of_it, page(cancelled), at("2026-11-24").date())]

    call_of(NUMBERS[0]).take("tell")
    assert "剪纸班：1位要打电话通知" in desk_lines(client)[0][0]
    call_of(NUMBERS[1]).take("not_reached")
    assert desk_lines(client) == []

    client.force_login(other_clerk)
    assert desk_lines(client) == []


def test_calls_of_today_are_due_before_it_begins(client, clerk, station, morning):
    morning.move_to(at("2026-11-28", "8:00"))
    activity = make_activity(station=station)
    session = make_session(activity=activity, starts_at=at("2026-11-28"), capacity=1)
    leaving, _ = make_signup(session=session), make_signup(session=session)
    leaving.cancel()
    client.force_login(clerk)

    assert [due for *_, due in desk_lines(client)] == [at("2026-11-28").date()]


def test_session_calls_show_the_numbers_once_it_is_written_down_who_sees_them(
    client, clerk, lead, cancelled, morning
):
    client.force_login(clerk)
    response = client.get(page(cancelled))
    html = response.content.decode()
    assert "您报的“剪纸班”11月28日（周六）上午9:30–11:30这一场取消了：老师生病" in words(response)
    assert not any(number in html for number in NUMBERS)

    for _ in range(2):
        response = client.post(page(cancelled), {"answer": "show"}, follow=True)
    assert all(number in response.content.decode() for number in NUMBERS)
    lines = list(PhoneView.objects.order_by("row_id").values_list("by", "field", "purpose"))
    assert lines == [(clerk.pk, "phone", "change")] * 2
    assert set(PhoneView.objects.values_list("row_id", flat=True)) == set(
        cancelled.signups.values_list("pk", flat=True)
    )

    client.force_login(lead)
    assert NUMBERS[0] not in client.get(page(cancelled)).content.decode()
    client.force_login(clerk)
    morning.shift(timedelta(minutes=61))
    assert NUMBERS[0] not in client.get(page(cancelled)).content.decode()


def test_session_calls_are_ticked_once(client, clerk, cancelled):
    client.force_login(clerk)
    first, second = (call_of(number) for number in NUMBERS)

    text = words(client.post(page(cancelled), {"call": first.pk, "answer": "tell"}, follow=True))
    assert "宋**，1人：已告知。" in text
    assert "还有1位要打 。 已经告诉了1位。" in text
    sent = {"call": second.pk, "answer": "not_reached"}
    text = words(client.post(page(cancelled), sent, follow=True))
    assert "打不通的，有空再打一次" in text
    text = words(client.post(page(cancelled), {"call": second.pk, "answer": "tell"}, follow=True))
    assert "都通知到了，没有要打的电话。 已经告诉了2位。" in text

    for sent in ({"call": first.pk, "answer": "tell"}, {"answer": "tell"}, {"call": "x"}):
        text = words(client.post(page(cancelled), sent, follow=True))
        assert "名单上没有这一位了，请刷新再看。" in text or "请按一个按钮。" in text
    assert [(c.step, c.by) for c in first.changes.all()] == [("tell", clerk)]


def test_call_ring_lists_the_calls_of_all_own_sessions(
    client, clerk, other_clerk, director, cancelled
):
    client.force_login(clerk)
    assert "还有2位要打" in words(client.get("/admin/activities/call/ring/"))
    client.force_login(director)
    assert "还有2位要打" in words(client.get("/admin/activities/call/ring/"))

    client.force_login(other_clerk)
    assert "没有要打的电话" in words(client.get("/admin/activities/call/ring/"))
    sent = {"call": call_of(NUMBERS[0]).pk, "answer": "tell"}
    client.post("/admin/activities/call/ring/", sent)
    client.post("/admin/activities/call/ring/", {"answer": "show"})
    assert call_of(NUMBERS[0]).status == "waiting"
    assert not PhoneView.objects.exists()
    assert client.get(page(cancelled)).status_code == 404


def test_session_pages_ask_the_same_number_of_questions_however_many_come(client, clerk, cancelled):
    busy = make_session(activity=cancelled.activity, starts_at=at("2026-11-28"), capacity=1)
    client.force_login(clerk)

    def fill(first: int):
        """One has a seat; those who wait are passed over and rung; one has gone."""
        for number in range(first, first + 2):
            signup = make_signup(session=busy, phone=f"154000000{number}")
        Call.objects.ask_for(signup, "moved")
        make_signup(session=busy, phone=f"154000001{first}").cancel()
        make_passed_over(signup=signup)

    def questions() -> list[int]:
        found = []
        for name in ("signups", "check-in", "sheet", "calls"):
            with CaptureQueriesContext(connection) as asked:
                client.get(f"/admin/activities/session/{busy.pk}/{name}/")
            found.append(len(asked))
        return found

    fill(10)
    client.get(page(busy))
    before = questions()
    fill(20)
    fill(30)

    assert questions() == before
    assert max(before) <= 13
