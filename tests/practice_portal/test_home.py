import re

import pytest
import time_machine

from practice_portal.demo.models import DemoRow
from tests.factories import (
    at,
    make_activity,
    make_brand,
    make_centre,
    make_compound,
    make_session,
    make_station,
    make_team,
    make_volunteer,
    make_whistle,
)
from tests.pages import titles, words

NOW = at("2026-11-24", "10:00")  # a Tuesday


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


def offer(title, starts_at, **values):
    return make_session(activity=make_activity(title=title, **values), starts_at=starts_at)


def test_home_opens_with_this_week(client, db):
    for number in range(5):
        offer(f"周六第{number + 1}场", at("2026-11-28", f"{9 + number}:00"))
    offer("昨天的", at("2026-11-23"))
    offer("下周的", at("2026-11-30"))
    offer("草稿", at("2026-11-28"), status="draft")
    offer("没公开", at("2026-11-28"), station=make_station(is_public=False))
    offer("取消的", at("2026-11-28")).take("cancel", remark="停电")

    response = client.get("/")
    text = words(response)

    assert "这一周， 街道 有6场活动" in text
    assert "11月 24 周二 农历十月十六" in text
    assert "今天没有安排。下一场是11月28日（周六）上午9:00。" in text
    assert (
        "周一 23 日 1场 今天 24 日 没有 周三 25 日 没有 周四 26 日 没有 "
        "周五 27 日 没有 周六 28 日 5场 周日 29 日 没有"
    ) in text
    assert [title for title in titles(response) if title.startswith("周六")] == [
        "周六第1场",
        "周六第2场",
        "周六第3场",
    ]
    assert 'href="/activities/?on=2026-11-28"' in response.content.decode()
    assert 'aria-current="date"' in response.content.decode()


@pytest.mark.parametrize(
    ("starts", "words_of_today"),
    [
        (["9:30", "14:00"], "今天有2场，现在就有一场正在办。"),
        (["7:00", "9:00", "9:15", "9:30", "9:45", "14:00"], "今天有6场，现在有4场正在办。"),
        (["7:00", "14:00"], "今天有2场，最近一场下午2:00开始。"),
        (["7:00"], "今天的1场都办完了。想知道接下来办什么，到 社区实践所 来问一声。"),
        ([], "今天没有安排。想知道接下来办什么，到 社区实践所 来问一声。"),
    ],
)
def test_home_says_how_today_stands(client, db, starts, words_of_today):
    for clock in starts:
        offer("合唱", at("2026-11-24", clock))

    assert words_of_today in words(client.get("/"))


def offer_near(title, station, starts_at="2026-11-25"):
    return offer(title, at(starts_at), station=station)


def test_home_without_a_choice_asks_where_one_lives(client, db):
    html = client.get("/").content.decode()

    assert 'href="/where/?next=/"' in html
    assert "您住哪个小区？" in html


def test_home_shows_what_is_near_the_chosen_compound(client, db):
    nanhu = make_station(
        name="南湖社区",
        slug="nanhu",
        phone="0937-6000009",
        opening_hours="周一至周六 上午8:30–下午6:00",
    )
    compound = make_compound(station=nanhu, name="示例胡杨小区")
    for number in range(4):
        offer_near(f"南湖第{number + 1}场", nanhu, f"2026-11-2{5 + number}")
    offer_near("别处的", make_station())
    offer("联办的", at("2026-11-24", "14:00"), cohosts=[nanhu])
    client.cookies["near"] = f"nanhu.{compound.pk}"

    response = client.get("/")
    text, html = words(response), response.content.decode()

    assert [t for t in titles(response) if "场" in t or "的" in t] == [
        "联办的",
        "南湖第1场",
        "南湖第2场",
    ]
    assert "这一周， 南湖社区 有5场活动" in text
    assert "您在看： 示例胡杨小区 （南湖社区） 换一个" in text
    assert "看南湖社区全部活动（5场） 看全街道的" in text
    assert "您选的社区 南湖社区 实践所 现在开着，到下午6:00" in text
    assert 'href="/activities/?station=nanhu"' in html
    assert 'href="/activities/?on=2026-11-25&amp;station=nanhu"' in html
    assert "您住哪个小区？" not in html


def test_home_of_a_street_without_brands_does_not_send_people_to_an_empty_page(client, db):
    assert "还没有排出新的活动。 什么时候办、想让办什么，请到 社区实践所 来问一声。" in words(
        client.get("/")
    )

    make_brand()

    assert "可以看看 各社区常年办的 ，或到 社区实践所 来问一声。" in words(client.get("/"))


def test_home_with_nothing_near_shows_what_the_others_have(client, db):
    make_station(name="南湖社区", slug="nanhu", phone="0937-6000009")
    offer_near("别处的", make_station())
    client.cookies["near"] = "nanhu"

    response = client.get("/")

    assert "南湖社区还没有排出新的活动。 下面是别的社区的，您也可以去；" in words(response)
    assert titles(response)[0] == "别处的"


@pytest.mark.parametrize(
    "cookie",
    [
        "hidden",
        "centre",
        "nowhere",
        "nanhu.0",
        "nanhu.9999999999",
        "<b>",
        "x" * 4000,
        ".",
    ],
)
def test_home_ignores_a_choice_that_is_no_public_station(client, db, cookie):
    make_centre(slug="centre")
    make_station(slug="hidden", is_public=False)
    nanhu = make_station(name="南湖社区", slug="nanhu")
    offer_near("有一场", nanhu)
    client.cookies["near"] = cookie

    text = words(client.get("/"))

    if cookie == "nanhu.0":  # the compound is gone, the community is still there
        assert "您在看： 南湖社区 换一个" in text
    else:
        assert "您住哪个小区？" in text
        assert "这一周， 街道 有1场活动" in text


def test_home_asks_the_database_no_more_than_twice_for_the_choice(
    client, db, django_assert_num_queries
):
    nanhu = make_station(slug="nanhu")
    compound = make_compound(station=nanhu)
    with django_assert_num_queries(9):  # one of them for the zeros
        client.get("/")
    client.cookies["near"] = f"nanhu.{compound.pk}"

    with django_assert_num_queries(12):  # and what the others have
        client.get("/")


def test_home_looks_further_when_the_week_is_over(client, db):
    offer("下周的", at("2026-12-02"))

    response = client.get("/")

    assert "这一周， 还没有安排活动" in words(response)
    assert "这一周剩下的日子没有活动，往后的是" in words(response)
    assert titles(response)[0] == "下周的"


def test_home_has_five_doors_in_residents_words(client, db):
    make_centre(phone="0937-6000001", opening_hours="每天8:30–18:00")

    response = client.get("/")

    assert (
        "报名活动 看看最近有什么，哪些来了就行 找人帮忙 理发、量血压、修水管、陪就医 "
        "反映问题 路灯不亮、井盖松动、邻里纠纷 查进度 您说的事，办到哪一步了 "
        "打电话 0937-6000001 每天8:30–18:00"
    ) in words(response)
    html = response.content.decode()
    for address in ("/activities/", "/doors/help/", "/doors/report/", "/doors/progress/"):
        assert f'href="{address}"' in html
    assert 'href="tel:09376000001"' in html


def test_home_shows_stations_brands_and_figures(client, db):
    east = make_station(name="示例东社区", position=20002)
    nanhu = make_station(name="南湖社区", position=20001, phone="0937-6000009")
    make_station(name="没公开", is_public=False)
    make_brand(station=east, name="东边的书")
    make_brand(station=nanhu, name="南湖夜话")
    make_volunteer(station=nanhu)
    make_volunteer(station=nanhu, status="retired")
    make_team(station=nanhu)
    make_whistle(station=nanhu, status="solved", kind="resident")

    response = client.get("/")
    text = words(response)

    assert titles(response) == ["南湖社区", "示例东社区", "南湖夜话", "东边的书"]
    assert (
        "社区实践所 按小区找 街道还有1个实践所在登记名字和电话，登记好一个，这里就多一个。" in text
    )
    # Hidden from residents and yet built: a figure counts what there is.
    assert "社区实践所 3 个 每个社区一个，街道的中心不算在内。其中1个还在登记名字和电话。" in text
    assert "志愿者 1 人 登记在册的人数" in text
    assert "志愿者队伍 1 支" in text
    assert "解决的群众难题 1 件" in text
    assert "截至今天，2026年11月24日。" in text


def test_home_answers_before_anything_is_set_up(client, db):
    response = client.get("/")

    assert response.status_code == 200
    assert "新时代文明实践中心" in words(response, within="header")
    assert "各社区的实践所还在登记" in words(response)
    assert "演示数据" not in response.content.decode()


def test_home_of_a_new_street_says_that_nothing_was_entered_and_no_zero(client, db):
    centre = make_centre(phone="0937-6000001")
    make_station(is_public=False)
    make_station(name="南湖社区")

    text = words(client.get("/"))

    assert "社区实践所 2 个" in text
    assert "其中1个还在登记名字和电话。" in text
    assert "志愿者 未填" in text
    assert "道德标杆 未填" in text
    assert not re.search(r"\b0 [个人支件名]", text)
    assert "下面先有1个。有事先打 0937-6000001 问一声。" in text
    assert centre.phone


def test_home_says_when_the_demo_street_is_loaded(client, db):
    make_centre()
    DemoRow.objects.create(key="x")

    html = client.get("/").content.decode()

    assert "演示数据：页面上的人名、电话和数字都是示例。" in html


def test_home_footer_names_only_what_is_set(client, db, settings):
    make_centre(phone="0937-6000001", address="")
    empty = words(client.get("/"), within="footer")
    settings.SITE = {"icp_number": "陇ICP备00000000号", "site_code": "6202000000"}

    full = words(client.get("/"), within="footer")

    assert "电话： 0937-6000001" in empty
    assert "地址" not in empty
    assert "ICP" not in empty
    assert "网站标识码： 6202000000 陇ICP备00000000号" in full
    assert "公安" not in full


def test_home_refuses_other_methods(client, db):
    assert client.post("/").status_code == 405
