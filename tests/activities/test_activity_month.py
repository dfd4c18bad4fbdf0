"""The calendar of a month: a table for the wall, a list on the phone."""

import re

import pytest
import time_machine

from tests.factories import (
    at,
    make_activity,
    make_centre,
    make_session,
    make_station,
)
from tests.pages import words

URL = "/activities/2026-11/"


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


def offer(title, starts_at, **values):
    session = {name: values.pop(name) for name in ("ends_at",) if name in values}
    return make_session(
        activity=make_activity(title=title, **values), starts_at=starts_at, **session
    )


def cells(response) -> list[list[str]]:
    """The words of each day's square, by weeks."""
    html = response.content.decode()
    table = re.search(r'<table class="ledger month-cal.*?</table>', html, re.DOTALL)[0]
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)[1:]
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_activity_month_is_a_table_from_monday_to_sunday(client, db):
    offer("读报会", at("2026-11-28"))

    response = client.get(URL)
    weeks = cells(response)

    assert [len(week) for week in weeks] == [7, 7, 7, 7, 7, 7]
    assert weeks[0] == ["", "", "", "", "", "", "1 日 周日 廿三"]
    assert weeks[4][1:3] == ["24 日 周二 今天 十六", "25 日 周三 十七"]
    assert weeks[4][5].startswith("28 日 周六 二十 上午9:30 读报会 示例")
    assert weeks[5] == ["30 日 周一 廿二", "", "", "", "", "", ""]
    html = response.content.decode()
    assert re.findall(r'<th scope="col"[^>]*>\s*(周.)', html) == [
        f"周{d}" for d in "一二三四五六日"
    ]
    assert "<caption" in html
    assert "周六 （周末）" in words(response)
    assert "2026年11月有1场活动。" in words(response)


def test_activity_month_names_the_feasts(client, db):
    make_centre()
    offer("升国旗", at("2026-10-01"))

    weeks = cells(client.get("/activities/2026-10/"))

    assert weeks[0][3].startswith("1 日 周四 国庆节")
    assert weeks[2][6] == "18 日 周日 重阳节"


def test_activity_month_shows_only_what_residents_may_see(client, db):
    offer("看得到", at("2026-11-28"))
    offer("草稿", at("2026-11-28"), status="draft")
    offer("下线了", at("2026-11-28"), status="withdrawn")
    offer("没公开", at("2026-11-28"), station=make_station(is_public=False))
    offer("上月的", at("2026-10-31", "22:00"), ends_at=at("2026-11-01", "0:00"))
    offer("下月的", at("2026-12-01", "0:00"))

    text = words(client.get(URL))

    assert "看得到" in text
    assert [t for t in ("草稿", "下线了", "没公开", "上月的", "下月的") if t in text] == []


def test_activity_month_shows_a_long_session_on_each_day_and_counts_it_once(client, db):
    offer("书画展", at("2026-11-10"), ends_at=at("2026-11-12"))

    response = client.get(URL)
    week = cells(response)[2]

    assert [("书画展" in cell) for cell in week] == [False, True, True, True, False, False, False]
    assert "接着办 书画展" in week[2]
    assert "2026年11月有1场活动。" in words(response)


def test_activity_month_says_what_was_cancelled(client, db):
    offer("包饺子", at("2026-11-28")).take("cancel", remark="停电")

    response = client.get(URL)

    assert "取消了 包饺子" in cells(response)[4][5]
    assert "2026年11月有0场活动；另有1场取消了。" in words(response)


@pytest.mark.parametrize(("count", "shown"), [(5, 5), (6, 4), (10, 4)])
def test_activity_month_with_many_on_a_day_leads_to_the_whole_day(client, db, count, shown):
    nanhu = make_station(slug="nanhu")
    for number in range(count):
        offer("很长很长的名字" * 5, at("2026-11-28", f"{8 + number}:00"), station=nanhu)

    response = client.get(URL, {"station": "nanhu"})
    day = cells(response)[4][5]

    assert (
        len(re.findall(rf'<span class="what">{"很长很长的名字" * 5}', response.content.decode()))
        == shown
    )
    assert day.count("很长很长的名字" * 5) == count  # those that only paper shows among them
    assert (f"看这一天全部{count}场" in day) is (count > shown)
    link = 'href="/activities/?station=nanhu&amp;on=2026-11-28"'
    assert (link in response.content.decode()) is (count > shown)


def paper_only(response) -> list[str]:
    """The lines that are printed in place of the link to the day's list."""
    lines = re.findall(r'<li class="on-paper">(.*?)</li>', response.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


def test_activity_month_prints_all_of_a_busy_day_with_whose_it_is(client, db):
    nanhu = make_station(name="南湖社区")
    for hour in range(8, 14):
        offer(f"{hour}点的", at("2026-11-28", f"{hour}:00"), station=nanhu)
    offer("停电的", at("2026-11-28", "14:00"), station=nanhu).take("cancel", remark="停电")

    response = client.get(URL)

    assert paper_only(response) == [
        "中午12:00 12点的 南湖社区",
        "下午1:00 13点的 南湖社区",
        "取消了 停电的 南湖社区",
    ]
    assert '<li class="on-screen">' in response.content.decode()


def test_activity_month_keeps_the_filter_from_month_to_month(client, db):
    nanhu = make_station(name="南湖社区", slug="nanhu")
    offer("南湖的", at("2026-11-25"), station=nanhu, audience="elderly")
    offer("一起办的", at("2026-11-26"), cohosts=[nanhu], audience="elderly")
    offer("别家的", at("2026-11-27"))

    response = client.get(URL, {"station": "nanhu", "audience": "elderly", "on": "2026-11-25"})
    html = response.content.decode()

    assert "南湖社区 2026年11月活动" in words(response)
    assert "筛选：南湖社区，所有平台，适合老人" in words(response)
    assert "2026年11月有2场活动。" in words(response)
    for month in ("2026-10", "2026-12"):
        assert f'href="/activities/{month}/?station=nanhu&amp;audience=elderly"' in html
    assert "不筛选，看全部" in words(response)


def test_activity_month_ends_where_nobody_has_planned(client, db):
    first, last = client.get("/activities/2018-01/"), client.get("/activities/2027-11/")

    assert "2017年12月" not in words(first)
    assert "2018年2月" in words(first)
    assert "2027年12月" not in words(last)
    assert "2027年10月 这个月 看列表" in words(last)


@pytest.mark.parametrize("month", ["2017-12", "2027-12", "2099-01", "2026-13", "2026-00", "2026-1"])
def test_activity_month_beyond_the_calendar_is_missing(client, db, month):
    assert client.get(f"/activities/{month}/").status_code == 404


def test_activity_month_that_is_empty_says_what_to_do(client, db):
    make_centre(phone="0937-6000001")

    text = words(client.get("/activities/2027-03/"))

    assert "2027年3月还没有排出活动。 看最近的活动 ，或打 0937-6000001 问一声" in text
    assert "没有找到活动" not in text
    assert "打印版" not in text


def test_activity_month_says_what_is_wrong(client, db):
    offer("合唱", at("2026-11-25"))

    text = words(client.get(URL, {"station": "nowhere"}))

    assert "没有找到您选的社区，请从列表里重新选。 下面先给您看全街道的。" in text
    assert "合唱" in text


def test_activity_month_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
    assert client.head(URL).status_code == 200


def shown_first(client) -> str | None:
    html = client.get(URL).content.decode()
    return (re.findall(r'id="(from-\d+)" class="is-shown"', html) or [None])[0]


def test_activity_month_opens_on_the_week_that_has_something_to_come(client, db):
    assert shown_first(client) is None
    offer("月初", at("2026-11-04"))
    assert shown_first(client) == "from-2"
    offer("这一周已经办了", at("2026-11-23"))
    assert shown_first(client) == "from-23"
    with time_machine.travel(at("2026-12-24", "10:00"), tick=False):
        assert shown_first(client) == "from-2"


@pytest.mark.parametrize(("count", "is_by_week"), [(20, False), (21, True)])
def test_activity_month_that_is_long_is_read_by_weeks_on_a_phone(client, db, count, is_by_week):
    nanhu = make_station()
    activity = make_activity(station=nanhu)
    for number in range(count):
        make_session(activity=activity, starts_at=at("2026-11-24", f"{number}:00"))

    html = client.get(URL).content.decode()

    assert ("by-week" in html) is is_by_week
    assert ('href="#from-23">23–29日（这一周）</a>' in html) is is_by_week
    assert "2–8日" not in html  # nothing on


def test_activity_month_says_how_to_print_it(client, db):
    assert "浏览器菜单里的“打印”" not in words(client.get(URL))
    offer("读报会", at("2026-11-28"))
    assert "想印出来贴在墙上：点浏览器菜单里的“打印”" in words(client.get(URL))
