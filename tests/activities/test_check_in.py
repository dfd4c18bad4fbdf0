"""Who is here: ticked on a phone, keyed in from paper, by the code on the screen."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from activities.models import Session, Signup
from activities.signups import here, views
from activities.signups.sheet import Sheet
from practice_portal.lib.workflow import IllegalStep
from tests.factories import at, make_activity, make_session, make_signup, make_user
from tests.pages import key_of, words
from tests.races import run_race


@pytest.fixture
def morning():
    """A quarter past nine on the day."""
    with time_machine.travel("2026-11-28 09:15 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def lesson(db, station, morning):
    activity = make_activity(station=station, title="剪纸班")
    return make_session(
        activity=activity, starts_at=at("2026-11-28"), capacity=10, walk_in_places=2
    )


def party(session, size: int = 1, **values) -> Signup:
    return make_signup(session=session, party_size=size, **values)


def page(session, name: str = "check-in") -> str:
    return f"/admin/activities/session/{session.pk}/{name}/"


# The rules ----------------------------------------------------------------------------------------


def test_check_in_counts_who_was_there_and_says_the_time_of_the_first(lesson, morning):
    clerk = make_user()
    three, two = party(lesson, 3), party(lesson, 2)

    assert three.check_in(arrived=2, by=clerk) is True
    assert two.check_in(arrived=2) is True
    morning.shift(timedelta(minutes=20))
    assert Signup.objects.get(pk=three.pk).check_in() is False

    three.refresh_from_db()
    assert (three.arrived, three.came, three.checked_in_at) == (2, 2, at("2026-11-28", "9:15"))
    assert two.arrived is None
    assert lesson.signups.people() == 4


def test_check_in_is_on_the_day_and_until_a_week_after(lesson, morning):
    mine = party(lesson)
    morning.move_to(at("2026-11-27", "23:59"))
    with pytest.raises(IllegalStep, match="活动那天才能签到。"):
        mine.check_in()
    morning.move_to(at("2026-12-05", "11:31"))
    with pytest.raises(IllegalStep, match="活动结束7天以后，不能再录签到了。"):
        mine.check_in()
    morning.move_to(at("2026-12-05", "11:29"))
    assert mine.check_in() is True


def test_check_in_of_a_cancelled_session_or_signup_is_refused(lesson):
    gone, mine = party(lesson), party(lesson)
    gone.cancel()
    with pytest.raises(IllegalStep, match="已取消"):
        gone.check_in()
    lesson.take("cancel", remark="老师生病")
    with pytest.raises(IllegalStep, match="这一场取消了，不用签到。"):
        Signup.objects.get(pk=mine.pk).check_in()


def test_check_in_is_taken_back_to_what_it_was(lesson):
    clerk = make_user()
    party(lesson, 7)
    seated, waiting = party(lesson), party(lesson)
    came = Signup.objects.walk_in(lesson, Signup(party_size=4), by=clerk)
    for signup in (seated, waiting):
        signup.check_in(arrived=1)
    assert lesson.signups.people() == 6
    for signup in (seated, waiting, came):
        signup.undo_check_in(by=clerk)

    found = [(s.status, s.has_seat, s.checked_in_at) for s in (seated, waiting, came)]
    assert found == [
        ("confirmed", True, None),
        ("waiting", False, None),
        ("cancelled", False, None),
    ]
    assert lesson.signups.people() == 0
    with pytest.raises(IllegalStep):
        seated.undo_check_in(by=clerk)


def test_absent_are_noted_only_where_the_coming_was_ticked_off_and_may_have_come(lesson, morning):
    here, absent = party(lesson), party(lesson)
    waiting = party(lesson, 8)
    quiet = make_session(starts_at=at("2026-11-28"), capacity=5)
    unknown = party(quiet)
    Signup.objects.walk_in(quiet, Signup(party_size=2), by=make_user())
    here.check_in()
    assert not Session.objects.just_ended()

    morning.move_to(at("2026-11-29", "3:00"))
    ended = Session.objects.just_ended().order_by("pk")
    assert [session.record_absent() for session in ended] == [1, 0]
    assert [session.record_absent() for session in ended] == [0, 0]

    found = [Signup.objects.get(pk=s.pk).status for s in (here, absent, waiting, unknown)]
    assert found == ["attended", "absent", "waiting", "confirmed"]
    absent.refresh_from_db()
    assert absent.check_in() is True


def test_database_refuses_that_nobody_of_a_party_arrived(lesson):
    mine = party(lesson, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Signup.objects.filter(pk=mine.pk).update(arrived=1)
    mine.check_in()
    with pytest.raises(IntegrityError), transaction.atomic():
        Signup.objects.filter(pk=mine.pk).update(arrived=0)


@pytest.mark.django_db(transaction=True)
def test_check_in_by_two_clerks_at_once_is_one_line():
    with time_machine.travel(at("2026-11-28", "9:15"), tick=True):
        session = make_session(starts_at=at("2026-11-28"), capacity=5)
        mine = make_signup(session=session, party_size=2)
        copies = [Signup.objects.get(pk=mine.pk) for _ in range(4)]

        outcomes = run_race([copy.check_in for copy in copies])

    assert Counter(outcomes) == {True: 1, False: 3}
    assert mine.changes.count() == 1
    assert len({copy.checked_in_at for copy in copies}) == 1


# Ticking names ------------------------------------------------------------------------------------


def test_session_check_in_ticks_a_name_once_and_takes_a_wrong_one_back(
    client, clerk, lesson, morning
):
    mine = party(lesson, 3, name="宋小满", phone="15412345678")
    client.force_login(clerk)
    assert "宋**，3人 尾号5678，按一下签到" in words(client.get(page(lesson)))
    sent = {"signup": mine.pk, "act": "tick", "arrived": "2"}

    response = client.post(page(lesson), sent)
    assert response.url == f"{page(lesson)}#party-{mine.pk}"
    text = words(client.get(page(lesson)))
    assert "签到了：宋**，来了2人（报3人）。" in text
    assert "签到1家 ；一共来了 2人" in text
    morning.shift(timedelta(minutes=9))
    text = words(client.post(page(lesson), sent, follow=True))
    assert "宋**，3人：11月28日（周六）上午9:15已经签过到了。" in text

    text = words(client.post(page(lesson), {"signup": mine.pk, "act": "undo"}, follow=True))
    assert "已撤回：宋**，3人，没有签到。" in text
    mine.refresh_from_db()
    assert mine.status == "confirmed"
    assert [(c.step, c.by) for c in mine.changes.all()] == [("check_in", clerk), ("uncheck", clerk)]


def test_session_check_in_refuses_who_is_of_another_session(client, clerk, lesson):
    stranger = party(make_session(starts_at=lesson.starts_at, capacity=5))
    client.force_login(clerk)

    for sent in ({"signup": stranger.pk, "act": "tick"}, {"signup": "x", "act": "tick"}):
        assert "名单上没有这一位，请刷新再看。" in words(client.post(page(lesson), sent))
    stranger.refresh_from_db()
    assert stranger.status == "confirmed"


def test_session_walk_in_counts_who_just_came_once(client, clerk, lesson):
    client.force_login(clerk)
    key = key_of(client.get(page(lesson)))
    for _ in range(2):
        response = client.post(page(lesson, "walk-in"), {"people": "5", "once": key}, follow=True)
    text = words(response)
    assert "记下了：没报名、直接来的5人。" in text
    assert "给没报名的留了2个位子，已经来了5人。" in text
    assert lesson.signups.people() == 5

    assert "至少1个人。" in words(client.post(page(lesson, "walk-in"), {"people": "0"}))
    came = lesson.signups.get()
    client.post(page(lesson), {"signup": came.pk, "act": "undo"})
    assert lesson.signups.people() == 0
    assert client.get(page(lesson, "walk-in")).status_code == 405


# On paper -----------------------------------------------------------------------------------------


def codes_of(session) -> dict[str, str]:
    return {each.name: each.sheet_code for each in Sheet(session).parties}


def test_session_sheet_prints_a_short_code_for_each_party_and_no_phone(client, clerk, lesson):
    party(lesson, 3, name="宋小满", phone="15412345678", children=1)
    party(lesson, 1, name="赵一").cancel()
    client.force_login(clerk)

    response = client.get(page(lesson, "sheet"))

    code = codes_of(lesson)["宋小满"]
    assert f"{code} 宋** 3 （孩子1）" in words(response)
    assert "赵**" not in words(response)
    assert "15412345678" not in response.content.decode()
    assert "154****5678" not in response.content.decode()


def test_sheet_codes_stay_when_somebody_signs_up_or_cancels(lesson):
    first, second = party(lesson, name="甲"), party(lesson, name="乙")
    before = codes_of(lesson)
    first.cancel()
    party(lesson, name="丙")

    after = codes_of(lesson)
    assert {name: after[name] for name in before} == before
    assert re.fullmatch("[2-9A-HJKMNP-Z]{3}", after["丙"])
    assert Sheet(lesson).announced[0] == second


def test_session_key_in_takes_the_codes_one_after_another_and_keeps_the_wrong_ones(
    client, clerk, lesson, morning
):
    *_, one = (party(lesson, n, name=f"{n}号") for n in (3, 2, 1))
    code = codes_of(lesson)
    one.check_in()
    morning.move_to(at("2026-12-02", "16:00"))
    client.force_login(clerk)
    typed = f"{code['3号']}-2  {code['2号'].lower()}\n{code['1号']}，ZZZ 王大爷"

    response = client.post(page(lesson, "key-in"), {"codes": typed, "walk_ins": "4"})

    text = words(response)
    assert "有2个没有录上" in text
    assert "ZZZ ：这张表上没有这个码" in text and "王大爷 ：这张表上没有这个码" in text
    assert f"{code['3号']}-2 3**，来了2人（报3人）" in text
    assert "1**，1人：11月28日（周六）上午9:15已经签过到" in text
    assert ">\nZZZ\n王大爷</textarea>" in response.content.decode()
    assert lesson.signups.people() == 5  # those who just came wait for the box to be right

    sent = {"codes": "", "walk_ins": "4", "once": key_of(response)}
    for _ in range(2):
        response = client.post(page(lesson, "key-in"), sent, follow=True)
    assert "录好了：没报名、直接来的4人。" in words(response)
    assert lesson.signups.people() == 9

    text = words(client.post(page(lesson, "key-in"), {"codes": " "}))
    assert "请先把打了勾的码输进来" in text
    morning.move_to(at("2026-12-05", "12:00"))
    client.force_login(clerk)
    text = words(client.post(page(lesson, "key-in"), {"codes": "", "walk_ins": "4"}))
    assert "活动结束7天以后，不能再录签到了。" in text


# The screen in the room ---------------------------------------------------------------------------


def code_on(clerk, session) -> str:
    """What is on the screen at this moment, as its address."""
    screen = Client()
    screen.force_login(clerk)
    response = screen.get(page(session, "screen"))
    assert response["Refresh"] == "60"
    return urlsplit(response.context["url"]).path


def test_session_here_checks_in_by_the_code_and_once(client, clerk, lesson, morning):
    mine = party(lesson, 2, name="宋小满")
    url = code_on(clerk, lesson)
    response = client.get(url)
    assert "签到：剪纸班" in words(response)
    sent = {"code": mine.grouped_code.lower(), "once": key_of(response)}

    text = words(client.post(url, sent, follow=True))
    assert "签到好了：宋**，2人。请进！" in text
    morning.shift(timedelta(minutes=1))
    sent["once"] = "another"
    text = words(client.post(url, sent, follow=True))
    assert "宋**，2人：11月28日（周六）上午9:15已经签过到了，不用再签。" in text
    assert mine.changes.get().by is None


def test_session_here_opens_for_a_minute_and_a_half(client, clerk, lesson, morning):
    mine = party(lesson)
    url = code_on(clerk, lesson)
    morning.shift(timedelta(seconds=89))
    client.get(url)
    morning.shift(timedelta(minutes=9))
    stranger = Client()
    assert "这个码过时了" in words(stranger.get(url))
    stranger.post(url, {"code": mine.code})
    mine.refresh_from_db()
    assert mine.status == "confirmed"

    client.post(url, {"code": mine.code})  # opened in time, and typed slowly
    mine.refresh_from_db()
    assert mine.status == "attended"
    morning.shift(timedelta(minutes=2))
    assert "这个码过时了" in words(client.get(url))
    assert client.get("/here/1.abc.def/").status_code == 404


def test_session_here_opens_a_code_at_its_90th_second_and_no_later(client, clerk, lesson, morning):
    url = code_on(clerk, lesson)
    morning.shift(timedelta(seconds=90))
    assert "这个码过时了" not in words(Client().get(url))
    morning.shift(timedelta(seconds=1))
    assert "这个码过时了" in words(Client().get(url))


def test_session_here_lets_nobody_stay_on_a_code_they_did_not_scan_in_time(
    client, clerk, lesson, morning
):
    """A picture of the screen from before opens nothing, whatever was scanned since."""
    mine, older = party(lesson), code_on(clerk, lesson)
    morning.shift(timedelta(minutes=3))
    client.get(code_on(clerk, lesson))

    client.post(older, {"code": mine.code})

    assert "这个码过时了" in words(client.get(older))
    mine.refresh_from_db()
    assert mine.status == "confirmed"


def test_session_here_takes_so_many_codes_from_one_address_and_no_more(
    client, clerk, lesson, monkeypatch
):
    assert (views.CODES.times, views.CODES.seconds) == (120, 600)
    monkeypatch.setattr(views, "CODES", replace(views.CODES, times=2))
    url = code_on(clerk, lesson)

    answers = [client.post(url, {"code": f"ABCD234{n}"}).status_code for n in (5, 6, 7)]

    assert answers == [200, 200, 429]
    mine = party(lesson)
    elsewhere = client.post(url, {"code": mine.code}, REMOTE_ADDR="203.0.113.5")
    assert elsewhere.status_code == 302


def test_session_here_keeps_its_cookies_below_our_path(client, clerk, lesson, settings):
    settings.SESSION_COOKIE_PATH = "/wenming/"
    client.get(party(lesson).get_absolute_url())
    client.get(code_on(clerk, lesson))

    paths = {name: client.cookies[name]["path"] for name in (here.OWN, here.STAYS)}
    assert set(paths.values()) == {"/wenming/"}


def test_session_here_answers_the_same_for_a_wrong_code_and_another_sessions(client, clerk, lesson):
    elsewhere = party(make_session(starts_at=lesson.starts_at, capacity=5))
    gone = party(lesson)
    gone.cancel()
    url = code_on(clerk, lesson)

    for code in ("ABCD2345", elsewhere.code, gone.code):
        assert "这一场没有这个报名码，请再看一遍" in words(client.post(url, {"code": code}))
    assert "查询码是8位字母和数字" in words(client.post(url, {"code": "12"}))


def test_session_here_knows_who_has_opened_their_own_page_before(client, clerk, lesson):
    mine = party(lesson, 2, name="宋小满")
    client.get(mine.get_absolute_url())
    url = code_on(clerk, lesson)
    assert "您报的是宋**，2人。 我来了，签到" in words(client.get(url))
    client.post(url, {"code": mine.code})
    assert "宋**，2人：11月28日（周六）上午9:15已经签到了，不用再签。" in words(client.get(url))


def test_session_screen_has_a_code_on_the_day_only(client, clerk, lesson, morning):
    morning.move_to(at("2026-11-27", "9:15"))
    client.force_login(clerk)
    text = client.get(page(lesson, "screen")).content.decode()
    assert "活动那天才能签到。" in text
    assert "<svg" not in text
