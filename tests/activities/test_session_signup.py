"""Signing up on the web, and one's own page afterwards."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from activities.models import Session, Signup
from activities.signups import views
from tests.factories import at, make_activity, make_session, make_signup, make_station
from tests.pages import key_of, words

PHONE = "15412345678"


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 10:03 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def lesson():
    activity = make_activity(
        station=make_station(name="南湖社区", slug="nanhu"),
        title="剪纸班",
        question="自带剪刀吗？",
        bring="一支铅笔",
    )
    return make_session(activity=activity, starts_at=at("2026-11-28"), capacity=10)


def form(**values) -> dict:
    return {"name": "宋小满", "phone": PHONE, "party_size": "2", "consents": "on"} | values


def sign_up(client, session, **values):
    url = f"/sessions/{session.pk}/signup/"
    page = client.get(url)
    return client.post(url, form(once=key_of(page), **values), follow=True)


def test_session_signup_gives_a_page_with_code_and_qr_to_keep(client, lesson):
    page = sign_up(client, lesson, children="1", community="nanhu", answer="带了")

    signup = Signup.objects.get()
    assert page.redirect_chain == [(f"/signups/{signup.key}/", 302)]
    text = words(page)
    assert "报上名了 宋**，2人（其中孩子1人）" in text
    assert f"/activities/sessions/{lesson.pk}.ics" in page.content.decode()
    assert f"您的报名码 {signup.grouped_code}" in text
    assert "11月 28 周六 剪纸班 上午9:30–11:30" in text
    assert "自带剪刀吗？ 带了" in text
    assert 'class="qr"' in page.content.decode()
    assert PHONE not in page.content.decode()
    assert (signup.phone, signup.party_size, signup.children) == (PHONE, 2, 1)
    assert signup.community.slug == "nanhu"
    assert signup.consented_at == timezone.now()
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert page["X-Robots-Tag"] == "noindex, nofollow"


def test_session_signup_page_says_what_is_left(client, lesson):
    make_signup(session=lesson, party_size=7)
    assert "只剩3个名额" in words(client.get(f"/sessions/{lesson.pk}/signup/"))

    make_signup(session=lesson, party_size=3)
    assert "名额满了，现在报名先排候补。" in words(client.get(f"/sessions/{lesson.pk}/signup/"))


def test_session_signup_when_full_joins_the_waiting_list(client, lesson):
    make_signup(session=lesson, party_size=10)
    make_signup(session=lesson, party_size=1)

    assert "排上候补了，第2位" in words(sign_up(client, lesson))


def test_session_signup_pressed_twice_is_one(client, lesson):
    url = f"/sessions/{lesson.pk}/signup/"
    sent = form(once=key_of(client.get(url)))

    first, second = client.post(url, sent), client.post(url, sent)

    assert first.url == second.url
    assert Signup.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"name": " "}, "name", "请填您的姓名，到场好找您。"),
        ({"phone": "1541234567"}, "phone", "手机号是1开头的11位数字，请再看一遍。"),
        ({"party_size": "0"}, "party_size", "至少来1个人。"),
        ({"party_size": "51"}, "party_size", "一次最多报50人，人更多请打电话商量。"),
        (
            {"party_size": "11"},
            "party_size",
            "这一场能报的一共10个位子，坐不下11人。人多请打电话商量。",
        ),
        ({"children": "3"}, "children", "孩子也算在一共几个人里，不能比总人数多。"),
        ({"community": "nowhere"}, "community", "没有找到您选的社区，请从列表里重新选。"),
        (
            {"consents": ""},
            "consents",
            "不留姓名和手机号，网上报不了名。请勾上，或者打电话报名。",
        ),
    ],
)
def test_session_signup_bad_input_keeps_what_was_typed(client, lesson, sent, field, sentence):
    page = client.post(f"/sessions/{lesson.pk}/signup/", form(**sent))

    assert page.status_code == 200
    assert page.context["form"].errors == {field: [sentence]}
    if field != "name":
        assert 'value="宋小满"' in page.content.decode()
    assert not Signup.objects.exists()


def test_session_signup_sums_up_what_is_wrong_by_field_with_links_to_them(client, lesson):
    page = client.post(
        f"/sessions/{lesson.pk}/signup/", form(name="", party_size="0", consents="")
    ).content.decode()

    summary = page[page.index('<div class="notice is-error') :]
    links = re.findall(r'<a href="#(\w+)">([^<]*)</a>', summary[: summary.index("form-row")])
    assert links == [
        ("id_name", "姓名：请填您的姓名，到场好找您。"),
        ("id_party_size", "一共来几个人：至少来1个人。"),
        ("id_consents", "不留姓名和手机号，网上报不了名。请勾上，或者打电话报名。"),
    ]
    assert [name for name, _ in links if f'id="{name}"' not in page] == []


def test_session_signup_of_the_same_phone_is_refused_with_a_way_on(client, lesson):
    make_signup(session=lesson, phone=PHONE)

    text = words(sign_up(client, lesson))

    assert "这个手机号已经报过这一场了。" in text
    assert Signup.objects.count() == 1


def test_session_signup_closed_says_why_and_takes_nobody(client, lesson):
    Session.objects.filter(pk=lesson.pk).update(status="cancelled")
    url = f"/sessions/{lesson.pk}/signup/"

    assert "这一场取消了，不用报名了。" in words(client.get(url))
    assert "这一场取消了，不用报名了。" in words(client.post(url, form()))
    assert not Signup.objects.exists()


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_session_signup_of_what_is_not_published_is_missing(client, status):
    session = make_session(activity=make_activity(status=status), capacity=5)
    assert client.get(f"/sessions/{session.pk}/signup/").status_code == 404
    assert client.post(f"/sessions/{session.pk}/signup/", form()).status_code == 404


def test_session_signup_tried_too_often_with_one_phone_waits(client, lesson):
    url = f"/sessions/{lesson.pk}/signup/"
    for _ in range(20):
        assert client.post(url, form(party_size="11")).status_code == 200

    page = client.post(url, form())

    assert page.status_code == 429
    assert 'value="宋小满"' in page.content.decode()
    assert client.post(url, form(phone="15400000002")).status_code == 302


def test_session_signup_of_many_phones_from_one_address_waits(client, monkeypatch):
    """One client that makes up phones fills no session; neither the next one nor others wait."""
    assert (views.FROM_HERE.times, views.FROM_HERE.seconds) == (60, 3600)
    monkeypatch.setattr(views, "FROM_HERE", replace(views.FROM_HERE, times=3))
    activity = make_activity(station=make_station(phone="0937-6000009"))
    lesson, other = (make_session(activity=activity, capacity=9) for _ in range(2))

    def press(number: int, session=lesson, **extra):
        sent = form(phone=f"154000000{number:02}")
        return client.post(f"/sessions/{session.pk}/signup/", sent, **extra)

    answers = [press(number) for number in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert "这个网络，试的次数太多了" in words(answers[-1])
    assert "0937-6000009" in words(answers[-1])
    assert press(4, session=other).status_code == 302
    assert press(5, REMOTE_ADDR="203.0.113.5").status_code == 302


# One's own page -----------------------------------------------------------------------------------


def own(signup, page="") -> str:
    return f"/signups/{signup.key}/{page}"


def test_signup_change_and_cancel_by_the_link(client, lesson):
    signup = make_signup(session=lesson, phone=PHONE)

    page = client.post(own(signup, "change/"), {"party_size": "3", "children": "1"}, follow=True)
    assert "改好了：一共3人。" in words(page)

    assert "要取消这次报名吗？" in words(client.get(own(signup, "cancel/")))
    page = client.post(own(signup, "cancel/"), follow=True)
    assert "已经取消报名" in words(page)
    lesson.refresh_from_db()
    assert lesson.seats_taken == 0


def test_signup_change_that_cannot_be_says_why(client, lesson):
    signup = make_signup(session=lesson, party_size=2)
    make_signup(session=lesson, party_size=7)

    page = client.post(own(signup, "change/"), {"party_size": "4"})

    assert page.status_code == 200
    assert "现在只剩1个位子，加不了2人，您原来的2个位子还在。" in words(page)


def test_signup_pages_of_a_guessed_key_are_missing(client, lesson):
    for page in ("", "change/", "cancel/"):
        assert client.get(f"/signups/AAAAAAAAAAAAAAAAAAAAAA/{page}").status_code == 404
    assert client.post("/signups/AAAAAAAAAAAAAAAAAAAAAA/rate/").status_code == 404
    signup = make_signup(session=lesson)
    assert client.get(own(signup, "rate/")).status_code == 405
    assert client.post(own(signup)).status_code == 405


def test_signup_after_it_has_begun_is_only_cancelled_by_phone(client, lesson, morning):
    signup = make_signup(session=lesson)
    morning.move_to(lesson.starts_at + timedelta(minutes=1))

    assert "改人数" not in words(client.get(own(signup)))
    page = client.post(own(signup, "cancel/"), follow=True)
    assert "这一场已经开始了，不能在网上改或取消。有事请打电话。" in words(page)
    signup.refresh_from_db()
    assert signup.status == "confirmed"


def test_signup_page_says_that_it_moved_or_is_cancelled_and_why(client, lesson):
    signup = make_signup(session=lesson)
    session = Session.objects.get(pk=lesson.pk)
    session.move_reason = "老师上午要开会。"
    session.starts_at, session.ends_at = at("2026-11-28", "14:00"), at("2026-11-28", "16:00")
    session.save()
    text = words(client.get(own(signup)))
    assert "时间变了： 原来是11月28日（周六）上午9:30–11:30" in text
    assert "老师上午要开会。" in text

    session.take("cancel", remark="老师生病")
    text = words(client.get(own(signup)))
    assert "这一场取消了" in text
    assert "老师生病" in text


def test_signup_page_leads_nowhere_that_the_street_office_has_closed(client, lesson, director):
    signup = make_signup(session=lesson)
    activity = lesson.activity
    activity.take_down(by=director, reason="图片要换。")

    page = client.get(signup.get_absolute_url())

    assert (
        "这个活动的网页现在看不到。 您的报名还记着。来之前请打 0937-6000000 问一声，看还办不办。"
        in words(page)
    )
    html = page.content.decode()
    assert f'href="{activity.get_absolute_url()}"' not in html
    assert ".ics" not in html


def test_signup_page_points_out_another_at_the_same_time(client, lesson):
    other = make_session(starts_at=at("2026-11-28", "11:00"), capacity=5)
    signup = make_signup(session=lesson, phone=PHONE)
    assert "同一时间还报了别的活动" not in words(client.get(own(signup)))

    elsewhere = make_signup(session=other, phone=PHONE)

    assert "同一时间还报了别的活动" in words(client.get(own(signup)))
    elsewhere.cancel()
    assert "同一时间还报了别的活动" not in words(client.get(own(signup)))


def test_signup_rate_asks_after_the_session_and_takes_a_second_thought(client, lesson, morning):
    signup = make_signup(session=lesson)
    refused = client.post(own(signup, "rate/"), {"stars": "5"}, follow=True)
    assert "活动办完了，来过的人才能评价。" in words(refused)

    morning.move_to(lesson.ends_at + timedelta(minutes=1))
    assert "您觉得办得怎么样？" in words(client.get(own(signup)))
    assert "请先选一个。" in words(client.post(own(signup, "rate/"), {"words": "好"}))
    client.post(own(signup, "rate/"), {"stars": "4", "words": "老师有耐心"})
    client.post(own(signup, "rate/"), {"stars": "5", "words": "老师有耐心"})

    signup.refresh_from_db()
    assert (signup.stars, signup.words) == (5, "老师有耐心")


def test_signup_is_found_again_by_code_and_phone_on_the_page_for_everything(client, lesson):
    signup = make_signup(session=lesson, phone=PHONE)

    found = client.post("/my/", {"code": signup.code.lower(), "phone": PHONE})
    assert found.url == own(signup)

    wrong = client.post("/my/", {"code": signup.code, "phone": "15400000009"})
    unknown = client.post("/my/", {"code": "ABCD2345", "phone": PHONE})
    assert words(wrong).count("没有找到") == 1
    assert wrong.context["form"].errors == unknown.context["form"].errors


def test_activity_page_leads_to_the_signup(client, lesson):
    text = client.get(f"/activities/{lesson.activity_id}/").content.decode()
    assert f"/sessions/{lesson.pk}/signup/" in text

    make_signup(session=lesson, party_size=10)
    assert "排候补" in words(client.get(f"/activities/{lesson.activity_id}/"))
