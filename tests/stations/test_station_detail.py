from datetime import date, timedelta

import pytest
import time_machine

from tests.factories import (
    at,
    days_away,
    make_activity,
    make_brand,
    make_centre,
    make_compound,
    make_holiday,
    make_membership,
    make_partner_unit,
    make_platform,
    make_posting,
    make_session,
    make_station,
    make_team,
    make_venue,
    make_volunteer,
)
from tests.pages import titles, words


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


@pytest.fixture
def nanhu(db):
    return make_station(
        name="南湖社区", slug="nanhu", phone="0937-6000009", address="示例路8号", intro="欢迎来。"
    )


def test_station_detail_says_how_to_find_and_ring_it(client, nanhu):
    make_posting(station=nanhu, name="示例负责人甲", duty="head")
    make_posting(station=nanhu, name="前任", duty="head", until=days_away(0))
    make_posting(station=nanhu, name="普通职员", duty="full_time")

    response = client.get("/stations/nanhu/")

    assert (
        "南湖社区 新时代文明实践所 现在开着，到下午6:00 欢迎来。 电话 0937-6000009 "
        "地址 示例路8号 用手机地图打开 开放时间 周一至周五 上午8:30–下午6:00 "
        "负责人 示例负责人甲 我住南湖社区，首页先看这里的 近期活动"
    ) in words(response)
    assert 'href="tel:09376000009"' in response.content.decode()


def test_station_detail_lists_its_venues_with_their_platforms(client, nanhu):
    hall = make_venue(station=nanhu, name="一楼大厅", capacity=60, facilities="投影、坡道")
    make_venue(station=nanhu, name="阅览室", capacity=None, former_use="车库")
    make_venue(station=nanhu, name="文明实践广场", kind="plaza", capacity=None)
    make_venue(station=nanhu, name="拆了的", ended_on=days_away(0))
    theory = make_platform(station=nanhu, kind="theory", name="钢城讲堂")
    gone = make_platform(station=nanhu, kind="science", name="没了的", ended_on=days_away(0))
    hall.platforms.add(theory, gone)

    text = words(client.get("/stations/nanhu/"))

    assert (
        "能用的地方 阵地 能坐多少人 有什么 平台 一楼大厅 60人 投影、坡道 理论宣讲 "
        "阅览室 原来是车库 未填 未填 都能用 文明实践广场 露天 未填 都能用"
    ) in text
    assert "特色平台 钢城讲堂 理论宣讲" in text
    assert "拆了的" not in text
    assert "没了的" not in text


def test_station_detail_counts_the_members_of_its_teams(client, nanhu):
    unit = make_partner_unit(name="示例供热公司")
    watch = make_team(station=nanhu, name="邻里守望队")
    make_team(station=nanhu, name="修理队", is_featured=True, partner_unit=unit)
    make_team(station=nanhu, name="散了的队", ended_on=days_away(0))
    for _ in range(2):
        make_membership(team=watch)
    make_membership(team=watch, until=days_away(0))
    make_membership(team=watch, volunteer=make_volunteer(status="retired"))
    make_membership(team=watch, volunteer=make_volunteer(status="applied"))

    text = words(client.get("/stations/nanhu/"))

    assert "志愿者队伍 邻里守望队 2人 修理队 特色 人数未填 和示例供热公司一起建" in text
    assert "散了的队" not in text


@time_machine.travel(at("2026-11-24", "10:00"), tick=False)
def test_station_detail_shows_the_next_six_sessions_and_how_many_there_are(client, nanhu):
    for number in range(8):
        activity = make_activity(station=nanhu, title=f"第{number + 1}场")
        make_session(activity=activity, starts_at=at("2026-11-25") + timedelta(days=number))
    joint = make_activity(title="一起办的", cohosts=[nanhu])
    make_session(activity=joint, starts_at=at("2026-11-24", "14:00"))
    make_session(activity=make_activity(title="别家的"), starts_at=at("2026-11-24", "14:00"))
    draft = make_activity(station=nanhu, title="草稿", status="draft")
    make_session(activity=draft, starts_at=at("2026-11-24", "14:00"))

    response = client.get("/stations/nanhu/")

    assert titles(response) == ["一起办的", "第1场", "第2场", "第3场", "第4场", "第5场"]
    assert "全部9场" in words(response)
    assert (
        "周一 23 日 没有 今天 24 日 1场 周三 25 日 1场 周四 26 日 1场 "
        "周五 27 日 1场 周六 28 日 1场 周日 29 日 1场"
    ) in words(response)
    assert 'href="/activities/?on=2026-11-25&amp;station=nanhu"' in response.content.decode()


def test_station_detail_shows_its_brand_in_force(client, nanhu):
    make_brand(station=nanhu, name="老品牌", ended_on=days_away(-1))
    make_brand(station=nanhu, name="南湖夜话", slogan="坐下来说说")

    text = words(client.get("/stations/nanhu/"))

    assert "一社一品 南湖夜话 坐下来说说 从2018年办到现在" in text
    assert "老品牌" not in text


def test_station_detail_that_has_nothing_yet_says_what_to_do(client, db):
    make_centre()
    make_station(slug="new", name="新社区", phone="", opening_hours="", address="")

    text = words(client.get("/stations/new/"))

    assert "电话 还没有登记，请打 0937-6000001 问一声" in text
    assert "新社区还没有排出新的活动。 可以看看 别的社区的活动 ，或打 0937-6000001 问一声" in text
    assert "还没有登记能用的地方。" in text


@pytest.mark.parametrize(
    "values",
    [
        {"is_public": False},
        {"ended_on": date(2026, 11, 24)},
        {"started_on": date(2026, 11, 25)},
    ],
)
def test_station_detail_that_is_not_public_is_missing(client, db, values):
    make_station(slug="hidden", **values)

    assert client.get("/stations/hidden/").status_code == 404


def test_station_detail_of_the_centre_or_of_nothing_is_missing(client, db):
    make_centre(slug="centre")

    assert client.get("/stations/centre/").status_code == 404
    assert client.get("/stations/nowhere/").status_code == 404


def test_station_detail_refuses_other_methods(client, nanhu):
    assert client.post("/stations/nanhu/").status_code == 405


def test_station_detail_names_its_stewards_with_their_compounds(client, nanhu):
    first = make_posting(station=nanhu, name="示例管家甲", duty="steward", phone="0937-6000011")
    gone = make_posting(station=nanhu, name="走了的", duty="steward", until=days_away(0))
    make_posting(station=nanhu, name="示例管家乙", duty="steward")
    make_compound(station=nanhu, name="示例一期", steward=first)
    make_compound(station=nanhu, name="示例二期", steward=first)
    make_compound(station=nanhu, name="示例三期", steward=gone)

    response = client.get("/stations/nanhu/")

    assert (
        "社区管家 示例一期、示例二期：示例管家甲， 0937-6000011 示例管家乙 其他小区 示例三期"
    ) in words(response)
    assert "走了的" not in words(response)
    assert 'href="tel:09376000011"' in response.content.decode()


def test_station_detail_tells_what_it_has_done_this_month(client, nanhu):
    def held(title, day, **values):
        activity = make_activity(title=title, **{"station": nanhu, **values.pop("activity", {})})
        make_session(activity=activity, starts_at=at(day), **{"people_served": 20, **values})

    held("上月的", "2026-10-30")
    held("前月的", "2026-09-30")
    held("月初的", "2026-11-01", volunteers_served=3)
    held("联办的", "2026-11-20", activity={"station": make_station(), "cohosts": [nanhu]})
    held("没填的", "2026-11-21", people_served=None)
    held("取消的", "2026-11-22", people_served=None, status="cancelled")
    held("草稿的", "2026-11-22", activity={"status": "draft"})

    text = words(client.get("/stations/nanhu/"))

    assert (
        "办过的活动 这个月到今天办了2场，来了40人次，志愿者帮忙3人次。 "
        "联办的 11月20日（周五），20人次 月初的 11月1日（周日），20人次 "
        "上月的 10月30日（周五），20人次 能用的地方"
    ) in text


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at("2026-11-24", "18:00"), "今天已下班，明天上午8:30开"),
        (at("2026-11-27", "18:00"), "今天已下班，周一上午8:30开"),
        (at("2026-10-01", "10:00"), "今天国庆节放假，10月8日（周四）上午8:30开"),
        (at("2026-10-10", "10:00"), "现在开着，到下午6:00"),
    ],
)
def test_station_detail_says_whether_it_is_open_now(client, nanhu, moment, expected):
    nanhu.opening_hours = "周一至周五 上午8:30–下午6:00；法定节假日休息"
    nanhu.save()
    make_holiday(first_on=date(2026, 10, 1), last_on=date(2026, 10, 7))
    make_holiday(first_on=date(2026, 10, 10), is_working=True)

    with time_machine.travel(moment, tick=False):
        assert f"实践所 {expected} 欢迎来" in words(client.get("/stations/nanhu/"))


def test_station_detail_leads_to_the_map_without_saying_from_where(client, nanhu):
    html = client.get("/stations/nanhu/").content.decode()

    there = "https://uri.amap.com/search?keyword=%E5%98%89%E5%B3%AA%E5%85%B3%E5%B8%82%E7%A4%BA"
    assert there in html
    assert html.count("uri.amap.com") == html.count('rel="noreferrer">用手机地图打开') == 1


def test_station_detail_offers_to_be_the_visitors_own(client, nanhu):
    assert (
        'href="/where/set/?to=nanhu&amp;next=/"' in client.get("/stations/nanhu/").content.decode()
    )
    client.cookies["near"] = "nanhu"

    assert "您选的就是南湖社区，换一个" in words(client.get("/stations/nanhu/"))
