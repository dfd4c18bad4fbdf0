"""“My data”: a resident sees, by code and phone, what became of a demand and what we hold."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from practice_portal.lib.codes import ALPHABET
from practice_portal.lib.phones import DEMO_PREFIX
from services.models import Demand
from stations.models import Deletion
from tests.database import places_with
from tests.factories import (
    at,
    make_activity,
    make_centre,
    make_demand,
    make_objection,
    make_role_model,
    make_session,
    make_signup,
    make_station,
)
from tests.pages import key_of, words

NAME, PHONE = "宋小满", f"{DEMO_PREFIX}12345678"


@pytest.fixture(autouse=True)
def morning(db):
    """Tries are counted in windows of the clock."""
    with time_machine.travel("2026-11-23 10:03 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def demand(station, centre, clerk):
    demand = make_demand(
        station=station,
        code="ABCD2345",
        title="家里水管漏了",
        text="厨房的，漏了两天。",
        contact_name=NAME,
        contact_phone=PHONE,
        submitted_at=at("2026-11-20", "9:30"),
        session=make_session(
            activity=make_activity(station=station, title="水电维修日"), starts_at=at("2026-11-28")
        ),
    )
    demand.take("accept", by=clerk, remark="这位常来，口气不好")
    return demand


def ask(client, code="ABCD2345", phone=PHONE):
    return client.post("/my/", {"code": code, "phone": phone})


def signed_by(response) -> str:
    return re.search(r'name="row"\s+value="([^"]+)"', response.content.decode())[1]


# Seeing it ----------------------------------------------------------------------------------------


def test_my_shows_a_form_and_whom_to_ring(client, centre):
    response = client.get("/my/")
    text = words(response)

    assert "凭查询码查进度" in text
    assert "查询码 8位字母和数字" in text
    assert "打电话 0937-6000001" in text
    assert 'action="/my/"' in response.content.decode()


@pytest.mark.parametrize(
    ("code", "phone"),
    [
        ("ABCD2345", PHONE),
        ("abcd 2345", "154 1234 5678"),
        (" ABCD-2345 ", "+86 154-1234-5678"),
        ("ａｂｃｄ２３４５", "１５４１２３４５６７８"),
    ],
)
def test_my_shows_what_became_of_it_and_what_we_hold(client, demand, code, phone):
    text = words(ask(client, code, phone))

    assert "家里水管漏了 查询码 ABCD 2345 ，南湖社区" in text
    assert "11月20日（周五）上午9:30 社区收到了" in text.replace("2026年", "")
    assert "社区接下来办了 社区正在办" in text
    assert "为这件事办的活动： 水电维修日" in text
    assert f"姓名 宋** 手机号 {PHONE} 说的事 厨房的，漏了两天。" in text
    assert "办结的，180天以后；退回的，30天以后。" in text
    assert "想问清楚，打给南湖社区： 0937-6000000" in text


def test_my_shows_no_words_and_names_of_the_staff(client, demand, clerk):
    html = ask(client).content.decode()

    assert "口气不好" not in html
    assert clerk.name not in html
    assert NAME not in html


def test_my_shows_why_it_was_returned(client, demand, clerk):
    demand.take("return", by=clerk, remark="水管归自来水公司管，请打他们电话。")

    text = words(ask(client))

    assert "社区退回了 水管归自来水公司管，请打他们电话。" in text
    assert "社区正在办" not in text


def test_my_shows_how_it_was_done(client, demand, clerk):
    demand.take("complete", by=clerk, result="师傅来换了阀门。")

    assert "办好了 师傅来换了阀门。" in words(ask(client))


@pytest.mark.parametrize(
    ("code", "phone"),
    [
        ("ABCD2346", PHONE),
        ("ABCD2345", f"{DEMO_PREFIX}12345679"),
        ("ABCD2346", f"{DEMO_PREFIX}12345679"),
    ],
)
def test_my_answers_the_same_to_a_wrong_code_and_a_wrong_phone(client, demand, code, phone):
    make_demand(code="EFGH2345", contact_phone="")

    response, unknown = ask(client, code, phone), ask(client, "WXYZ9999", "15499999999")

    assert response.status_code == unknown.status_code == 200
    assert "没有找到。请看看查询码和手机号是不是都对" in words(response)
    assert words(response) == words(unknown)
    assert "水管" not in response.content.decode()


def test_my_answers_the_same_when_the_phone_was_forgotten(client, demand):
    Demand.objects.update(contact_phone="")

    assert words(ask(client)) == words(ask(client, "WXYZ9999"))
    assert "请填上当时留的手机号。" in words(ask(client, phone=""))


@pytest.mark.parametrize(
    ("code", "phone", "says"),
    [
        ("", PHONE, "请填上查询码。"),
        ("ABC", PHONE, "查询码是8位字母和数字"),
        ("甲" * 8, PHONE, "查询码是8位字母和数字"),
        ("A" * 100_000, PHONE, "查询码只有8位"),
        ("ABCD2345", "12", "手机号是1开头的11位数字"),
        ("ABCD2345", "1" * 100_000, "手机号是11位数字"),
        ("ABCD\x002345", PHONE, "不允许是用空字符"),
    ],
)
def test_my_says_what_is_wrong_and_keeps_what_was_typed(client, demand, code, phone, says):
    response = ask(client, code, phone)

    assert response.status_code == 200
    assert says in words(response)
    assert f'value="{phone}"' in response.content.decode() or not phone


def test_my_is_kept_nowhere(client, demand):
    for response in (
        client.get("/my/"),
        ask(client),
        ask(client, "WXYZ9999"),
        client.post("/my/forget/", {"row": signed_by(ask(client))}),
    ):
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_my_asks_the_database_three_times_however_long_the_story(client, demand, clerk):
    for number in range(20):
        demand.changes.create(step="accept", from_status="x", to_status="y", remark=str(number))
    with CaptureQueriesContext(connection) as captured:
        ask(client)

    of_limits = ("portal_cache", "SAVEPOINT")
    asked = [q["sql"] for q in captured if not any(word in q["sql"] for word in of_limits)]
    assert len(asked) == 3


def test_my_needs_the_token_of_its_own_form(demand):
    client = Client(enforce_csrf_checks=True)

    assert ask(client).status_code == 403
    assert client.post("/my/forget/", {"row": "x"}).status_code == 403


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_my_refuses_other_methods(client, db, method):
    assert getattr(client, method)("/my/").status_code == 405
    assert getattr(client, method)("/my/forget/").status_code == 405


# Having it deleted --------------------------------------------------------------------------------


def test_my_forget_asks_first_and_deletes_nothing(client, demand):
    signed = signed_by(ask(client))

    response = client.post("/my/forget/", {"row": signed})

    assert "要删掉您的资料吗？" in words(response)
    assert "这件事还没有办完。" in words(response)
    demand.refresh_from_db()
    assert (demand.contact_name, demand.contact_phone) == (NAME, PHONE)


def test_my_forget_deletes_at_once_and_everywhere(client, demand, clerk):
    demand.changes.create(step="x", from_status="x", to_status="y", remark=f"打{PHONE}找{NAME}")
    Demand.objects.filter(pk=demand.pk).update(text=f"我是{NAME}，{PHONE}")
    signed = signed_by(client.post("/my/forget/", {"row": signed_by(ask(client))}))

    response = client.post("/my/forget/", {"row": signed, "is_sure": "1"}, follow=True)

    assert response.redirect_chain == [("/my/", 302)]
    assert "已经删除：您的姓名和手机号" in words(response)
    assert places_with([NAME, PHONE]) == []
    demand.refresh_from_db()
    assert demand.contact_deleted_on is not None
    assert (demand.title, demand.status, demand.text) == ("家里水管漏了", "accepted", "我是**，**")
    assert "没有找到" in words(ask(client))


def test_my_forget_twice_is_like_once(client, demand):
    data = {"row": signed_by(ask(client)), "is_sure": "1"}

    answers = [client.post("/my/forget/", data).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert Demand.objects.get().contact_phone == ""


def test_my_forget_leaves_the_residents_other_demands(client, demand):
    other = make_demand(contact_name=NAME, contact_phone=PHONE)

    client.post("/my/forget/", {"row": signed_by(ask(client)), "is_sure": "1"})

    other.refresh_from_db()
    assert (other.contact_name, other.contact_phone) == (NAME, PHONE)


@pytest.mark.parametrize("signed", ["", "1", "MQ:1tZ:forged", "x" * 100_000])
def test_my_forget_needs_what_the_page_has_signed(client, demand, signed):
    for value in (signed, str(demand.pk)):
        response = client.post("/my/forget/", {"row": value, "is_sure": "1"}, follow=True)
        assert "什么都没有删。" in words(response)
    demand.refresh_from_db()
    assert demand.contact_phone == PHONE


def test_my_forget_ends_with_the_page(client, demand, settings):
    signed = signed_by(ask(client))
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        response = client.post("/my/forget/", {"row": signed, "is_sure": "1"}, follow=True)

    assert "这一页放得太久了" in words(response)
    assert Demand.objects.get().contact_phone == PHONE


# What else one has left ---------------------------------------------------------------------------


@pytest.fixture
def signup(station, centre):
    """Coming, with the last seat; somebody waits for it."""
    session = make_session(activity=make_activity(station=station, title="剪纸"), capacity=2)
    signup = make_signup(
        session=session, code="ABCD2345", name=NAME, phone=PHONE, party_size=2, answer=f"{NAME}吃素"
    )
    make_signup(session=session, name="马示例", phone=f"{DEMO_PREFIX}00000001")
    return signup


def test_my_forget_a_sign_up_from_its_own_page(client, signup):
    page = ask(client)
    assert page["Location"] == signup.get_absolute_url()
    page = client.get(page["Location"])
    assert "姓名宋**，手机号154****5678，活动结束后90天自动删除。" in words(page)

    asked = client.post("/my/forget/", {"row": signed_by(page)})
    assert "这一场还没有开始，会先替您取消报名。" in words(asked)
    assert places_with([PHONE]) == ["activities_signup.phone"]
    done = client.post("/my/forget/", {"row": signed_by(asked), "is_sure": "1"}, follow=True)

    assert "已经取消报名，位子让给别人了。已经删除：您的姓名和手机号" in words(done)
    assert places_with([NAME, PHONE]) == []
    waiting = signup.session.signups.get(name="马示例")
    signup.refresh_from_db()
    assert (signup.status, waiting.status) == ("cancelled", "confirmed")
    assert list(waiting.calls.values_list("about", flat=True)) == ["promoted"]
    assert "现在就删掉我的资料" not in words(client.get(signup.get_absolute_url()))


def test_my_forget_a_sign_up_that_is_over_leaves_it_counted(client, signup):
    signup.session.signups.filter(pk=signup.pk).update(status="attended", arrived=1)
    signed = signed_by(client.get(signup.get_absolute_url()))

    done = client.post("/my/forget/", {"row": signed, "is_sure": "1"}, follow=True)

    assert "取消" not in words(done)
    assert places_with([NAME, PHONE]) == []
    signup.refresh_from_db()
    assert (signup.status, signup.arrived) == ("attended", 1)


@pytest.mark.parametrize(
    ("make", "fields", "says"),
    [
        (make_role_model, ("nominator_name", "nominator_phone"), "推荐好婆婆 示**"),
        (make_objection, ("name", "phone"), "对“好婆婆 示**”的异议"),
    ],
)
def test_my_forget_a_nomination_and_an_objection(client, station, clerk, make, fields, says):
    row = make(station=station, code="ABCD2345", **dict(zip(fields, (NAME, PHONE), strict=True)))
    row.changes.create(step="x", from_status="x", to_status="y", remark=f"打{PHONE}找{NAME}")
    page = ask(client)
    assert says in words(page)
    assert f"姓名 宋** 手机号 {PHONE}" in words(page)

    done = client.post("/my/forget/", {"row": signed_by(page), "is_sure": "1"}, follow=True)

    assert "已经删除：您的姓名和手机号" in words(done)
    assert places_with([NAME, PHONE]) == []
    assert type(row).objects.get() == row
    assert "没有找到" in words(ask(client))


def test_my_forget_reaches_what_a_colleague_has_deleted(client, demand, director):
    """It can be put back for 30 days, but no longer with the name."""
    Demand.objects.filter(pk=demand.pk).update(text=f"我是{NAME}，{PHONE}", title=f"{NAME}家漏水")
    demand.changes.create(step="x", from_status="x", to_status="y", remark=f"打{PHONE}找{NAME}")
    other = make_demand(contact_name="马示例", contact_phone=f"{DEMO_PREFIX}00000001")
    client.force_login(director)
    for row in (demand, other):
        client.post(f"/admin/services/demand/{row.pk}/delete/", {"post": "yes"})
    client.logout()
    assert "stations_deletion.contents" in places_with([NAME, PHONE])
    page = ask(client)
    assert "社区已经把它从登记里删掉" in words(page)

    client.post("/my/forget/", {"row": signed_by(page), "is_sure": "1"})

    assert places_with([NAME, PHONE]) == []
    assert places_with(["马示例"]) == ["stations_deletion.contents"]
    assert "没有找到" in words(ask(client))
    Deletion.objects.get(contents__contains="ABCD2345").restore(by=director)
    demand.refresh_from_db()
    assert (demand.contact_name, demand.contact_phone, demand.title) == ("", "", "**家漏水")
    assert [line.remark for line in demand.changes.all()][-1] == "打**找**"


def test_my_forget_pressed_twice_answers_twice_alike(client, demand):
    """The second press of a double click finds the demand as the first has left it."""
    page = client.post("/my/forget/", {"row": signed_by(ask(client))})
    data = {"row": signed_by(page), "is_sure": "1", "once": key_of(page)}

    first = client.post("/my/forget/", data, follow=True)
    second = client.post("/my/forget/", data, follow=True)

    assert "已经删除：您的姓名和手机号" in words(first)
    assert words(second) == words(first)


# Trying -------------------------------------------------------------------------------------------


def codes():
    return (f"ABCD{a}{b}22" for a in "3456789" for b in ALPHABET)


def phones():
    return (f"{DEMO_PREFIX}0000{number:04}" for number in range(1000))


def tries(client, pairs, **extra) -> list[int]:
    return [
        client.post("/my/", {"code": code, "phone": phone}, **extra).status_code
        for code, phone in pairs
    ]


def test_my_stops_whoever_tries_many_codes_with_one_phone(client, demand):
    answers = tries(client, [(code, PHONE) for code, _ in zip(codes(), range(22), strict=False)])

    assert answers == [200] * 20 + [429] * 2
    assert ask(client).status_code == 429  # and the right one does not show that it is


def test_my_stops_whoever_tries_many_phones_with_one_code_from_anywhere(client, demand):
    answers = [
        tries(client, [("ABCD2345", phone)], REMOTE_ADDR=f"203.0.113.{number}")[0]
        for number, phone in zip(range(32), phones(), strict=False)
    ]

    assert answers == [200] * 30 + [429] * 2
    assert ask(client).status_code == 429


def test_my_counts_other_spellings_as_the_same(client, demand):
    spellings = [("abcd 2345", "154 1234 5679"), ("ＡＢＣＤ-2345", "+86 154-1234-5679")]

    assert tries(client, spellings * 11)[-2:] == [429, 429]


def test_my_shuts_out_no_neighbour_behind_the_same_address(client, demand):
    tries(client, [("WXYZ2345", f"{DEMO_PREFIX}99999999")] * 40)

    assert "家里水管漏了" in words(ask(client))


def test_my_shuts_out_no_resident_whose_phone_a_stranger_tries_elsewhere(client, demand):
    pairs = [(code, PHONE) for code, _ in zip(codes(), range(40), strict=False)]
    assert tries(client, pairs, REMOTE_ADDR="203.0.113.66")[-1] == 429

    assert "家里水管漏了" in words(ask(client))


def test_my_counts_no_typing_error_as_a_try(client, demand):
    tries(client, [("ABC", PHONE), ("ABCD2345", "12")] * 40)

    assert "家里水管漏了" in words(ask(client))


def test_my_says_when_to_come_back_and_whom_to_ring_and_keeps_what_was_typed(client, centre):
    tries(client, [("WXYZ2345", PHONE)] * 20)
    response = ask(client, "wxyz 2345")

    assert (response.status_code, response["Retry-After"]) == (429, "420")
    assert "no-store" in response["Cache-Control"]
    assert "试的次数太多了，请7分钟后再查。 着急的话，请打 0937-6000001 问一声" in words(response)
    html = response.content.decode()
    assert 'value="wxyz 2345"' in html
    assert f'value="{PHONE}"' in html


def test_my_answers_the_known_and_the_unknown_alike_when_it_stops(client, demand):
    answers = []
    for code, phone in (("ABCD2345", PHONE), ("WXYZ9999", f"{DEMO_PREFIX}00000000")):
        tries(client, [(code, phone)] * 20)
        answers.append(words(ask(client, code, phone)))

    assert "试的次数太多了" in answers[0]
    assert answers[0] == answers[1]


def test_my_lets_everybody_try_again_later(client, demand, morning):
    tries(client, [("WXYZ2345", PHONE)] * 21)
    morning.shift(600)

    assert "家里水管漏了" in words(ask(client))


def test_my_forget_is_limited_for_each_demand(client, demand):
    other = make_demand(code="EFGH2345", contact_phone=PHONE)
    signed, signed_other = signed_by(ask(client)), signed_by(ask(client, other.code))

    answers = [client.post("/my/forget/", {"row": signed}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "试得太快了" in words(answers[-1])
    assert "打电话" in words(answers[-1]) or "找社区的电话" in words(answers[-1])
    assert client.post("/my/forget/", {"row": signed_other}).status_code == 200


# The way there ------------------------------------------------------------------------------------


def test_my_is_linked_from_the_door_and_the_privacy_page(client, db):
    make_centre()
    make_station()

    for page in ("/doors/progress/", "/privacy/"):
        assert 'href="/my/"' in client.get(page).content.decode()
