"""The clerks' list of a session's sign-ups: callers entered, codes found, parties changed."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from activities.models import Session, Signup
from activities.signups import admin
from practice_portal.lib.rate_limits import RateLimit
from tests.factories import at, make_activity, make_session, make_signup, make_station
from tests.pages import key_of, words

PHONE = "15412345678"


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 10:03 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def lesson(station):
    activity = make_activity(station=station, title="剪纸班", question="自带剪刀吗？")
    return make_session(
        activity=activity, starts_at=at("2026-11-28"), capacity=10, walk_in_places=2
    )


def page(session, name: str = "signups") -> str:
    return f"/admin/activities/session/{session.pk}/{name}/"


def caller(**values) -> dict:
    return {"name": "宋小满", "phone": "154 1234 5678", "party_size": "2"} | values


def test_session_signups_shows_who_comes_who_waits_and_why_somebody_was_passed_over(
    client, clerk, lesson
):
    nearby = make_station(name="邻近社区")
    leaving = make_signup(session=lesson, name="赵一", party_size=2)
    make_signup(
        session=lesson, name="钱二", phone=PHONE, party_size=6, children=1, community=nearby,
        answer="带了",
    )  # fmt: skip
    three = make_signup(session=lesson, name="孙三", party_size=3)
    make_signup(session=lesson, name="李四", party_size=1)
    leaving.cancel()
    client.force_login(clerk)

    response = client.get(page(lesson))

    text = words(response)
    assert "名额10个，已报7人， 还剩1个位子 ，另给没报名的留了2个；候补1家" in text
    code = Signup.objects.get(name="钱二").grouped_code
    assert f"钱**，6人，孩子1 尾号5678 已报上 {code} 邻近社区 带了 网上报名" in text
    assert f"第1位 孙**，3人 {three.grouped_code}" in text
    assert "空出2个位子，3人坐不下，李**，1人先补上了。" in text
    assert "取消了的（1家）" in text
    assert "打电话通知（1位）" in text
    assert PHONE not in response.content.decode()
    form = words(client.get(f"/admin/activities/session/{lesson.pk}/change/"))
    assert "报名名单（7人）" in form


def test_session_signups_takes_a_caller_and_says_the_code_to_read_out(client, clerk, lesson):
    client.force_login(clerk)
    key = key_of(client.get(page(lesson)))
    for _ in range(2):  # pressed twice
        response = client.post(page(lesson), caller(once=key), follow=True)

    signup = Signup.objects.get()
    assert f"报上了，2人。请念给对方：报名码 {signup.grouped_code}。" in words(response)
    assert (signup.phone, signup.channel, signup.status) == (PHONE, "phone", "confirmed")
    assert signup.changes.count() == 0 and signup.history.get().history_user == clerk


def test_session_signups_tells_a_caller_the_place_in_the_waiting_list_and_what_overlaps(
    client, clerk, lesson
):
    client.force_login(clerk)
    make_signup(session=lesson, party_size=8)
    other = make_session(
        activity=make_activity(title="合唱"), starts_at=lesson.starts_at, capacity=5
    )
    make_signup(session=other, phone=PHONE)

    response = client.post(page(lesson), caller(), follow=True)

    assert "位子不够，排上候补了，第1位。报名码 " in words(response)
    assert "这个手机号同一时间还报了“合唱”（11月28日（周六）上午9:30–11:30）" in words(response)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"phone": "1541234"}, "手机号是1开头的11位数字，请再看一遍。"),
        ({"name": ""}, "请填姓名。"),
        ({"party_size": "9"}, "这一场能报的一共8个位子，坐不下9人。"),
        ({"party_size": "x"}, "请填一个数字，比如2。"),
    ],
)
def test_session_signups_keeps_what_was_mistyped(client, clerk, lesson, typed, sentence):
    client.force_login(clerk)

    response = client.post(page(lesson), caller(**typed))

    assert response.status_code == 200
    assert sentence in words(response)
    assert 'value="154 1234' in response.content.decode() or "phone" in typed
    assert not Signup.objects.exists()


def test_session_signups_shows_the_first_of_a_phone_that_has_signed_up(client, clerk, lesson):
    first = make_signup(session=lesson, phone=PHONE)
    client.force_login(clerk)

    text = words(client.post(page(lesson), caller()))

    assert "这个手机号已经报过这一场了，就是下面找到的这一条。" in text
    assert f"找到1条，请念报名码给对方： {first.grouped_code}" in text


def test_session_find_shows_a_lost_code_by_the_number_that_is_said(client, clerk, lesson):
    mine = make_signup(session=lesson, phone=PHONE, name="宋小满")
    elsewhere = make_signup(phone=PHONE)
    client.force_login(clerk)

    text = words(client.post(page(lesson, "signups/find"), {"phone": PHONE}))
    assert f"{mine.grouped_code} 宋**，1人，已报上" in text
    assert elsewhere.grouped_code not in text

    desk = client.post("/admin/activities/session/desk/", {"phone": PHONE})
    assert f"{mine.grouped_code} 11月28日（周六）剪纸班，宋**，1人，已报上" in words(desk)
    assert elsewhere.grouped_code not in words(desk)

    text = words(client.post("/admin/activities/session/desk/", {"phone": "15400000000"}))
    assert "这个手机号没有报过名。" in text
    assert client.get(page(lesson, "signups/find")).status_code == 405


def test_session_find_is_limited(client, clerk, lesson, monkeypatch):
    limit = RateLimit("find-in-tests", times=2, seconds=3600, per_address=False)
    monkeypatch.setattr(admin, "LOOK_UPS", limit)
    client.force_login(clerk)
    sent = {"phone": PHONE}
    for _ in range(2):
        assert client.post(page(lesson, "signups/find"), sent).status_code == 200

    assert client.post(page(lesson, "signups/find"), sent).status_code == 429
    assert client.post("/admin/activities/session/desk/", sent).status_code == 429


def test_session_signup_is_changed_and_cancelled_for_who_rings(client, clerk, lesson):
    mine = make_signup(session=lesson, party_size=2)
    make_signup(session=lesson, party_size=6)
    waiting = make_signup(session=lesson, party_size=1)
    client.force_login(clerk)
    url = page(lesson, f"signups/{mine.pk}")

    response = client.post(url, {"party_size": "3", "children": "0"})
    assert "现在没有空位子了，加不了1人" in words(response)
    client.post(url, {"party_size": "1", "children": "1"})
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"

    Session.objects.filter(pk=lesson.pk).update(starts_at=timezone.now() - timedelta(minutes=1))
    text = words(client.post(f"{url}cancel/", follow=True))
    assert "已取消：居**，1人。" in text
    mine.refresh_from_db()
    assert (mine.status, mine.changes.get().by) == ("cancelled", clerk)
    text = words(client.post(f"{url}cancel/", {"once": "later"}, follow=True))
    assert "现在是“已取消”，不能取消报名。" in text


def test_session_signup_of_another_session_is_absent(client, clerk, lesson, other_station):
    """Whoever may write one session reaches nobody's sign-up for another by its key."""
    elsewhere = make_session(activity=make_activity(station=other_station), capacity=9)
    theirs = make_signup(session=elsewhere, party_size=2)
    client.force_login(clerk)
    one = f"signups/{theirs.pk}"

    answers = [
        client.get(page(lesson, one)).status_code,
        client.post(page(lesson, one), {"party_size": "5", "children": ""}).status_code,
        client.post(page(lesson, f"{one}/cancel")).status_code,
    ]

    assert answers == [404, 404, 404]
    theirs.refresh_from_db()
    assert (theirs.party_size, theirs.status) == (2, "confirmed")


def test_session_signups_are_read_by_cohosts_and_nobody_else(
    client, other_clerk, other_station, director, lesson
):
    signup = make_signup(session=lesson)
    client.force_login(other_clerk)
    names = ("signups", f"signups/{signup.pk}", "check-in", "sheet", "key-in", "screen", "calls")
    assert {client.get(page(lesson, name)).status_code for name in names} == {404}

    lesson.activity.cohosts.add(other_station)
    answers = {name: client.get(page(lesson, name)).status_code for name in names}
    assert [name for name, status in answers.items() if status == 200] == ["signups", "sheet"]
    assert {answers[name] for name in names[1:] if name != "sheet"} == {403}
    text = words(client.get(page(lesson)))
    assert "您的所是联办，名单可以看，要改请找" in text
    assert "给他报上" not in text
    assert client.post(page(lesson), caller()).status_code == 403

    client.force_login(director)
    assert client.get(page(lesson, "check-in")).status_code == 200
    assert client.get(page(lesson, "signups/999999")).status_code == 404
    assert client.get("/admin/activities/session/999999/signups/").status_code == 404
