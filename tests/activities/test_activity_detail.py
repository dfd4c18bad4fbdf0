import re
from urllib.parse import quote

import pytest
import time_machine

from activities.models import Session
from tests.factories import (
    at,
    make_activity,
    make_brand,
    make_centre,
    make_held_session,
    make_session,
    make_station,
    make_venue,
)
from tests.pages import titles, words

NOW = at("2026-11-24", "10:00")


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


def test_activity_detail_answers_what_one_asks_before_going(client, db):
    nanhu = make_station(name="南湖社区", address="示例路8号", phone="0937-6000009")
    activity = make_activity(
        station=nanhu,
        title="学做面果子",
        text="做三样面果子。\n\n做好的带回家。",
        audience="families",
        bring="围裙一条",
        risk_notice="有蒸锅，请看好孩子。",
        requirements="6岁以上。",
        contact_name="示例联系人",
        brand=make_brand(station=nanhu, name="面香里"),
        cohosts=[make_station(name="示例东社区"), make_station(name="没公开", is_public=False)],
    )
    hall = make_venue(station=nanhu, name="一楼大厅")
    make_session(activity=activity, starts_at=at("2026-11-28"), venue=hall, capacity=20)

    response = client.get(activity.get_absolute_url())
    text = words(response)

    assert "南湖社区新时代文明实践所 ，和示例东社区一起办 学做面果子" in text
    assert "没公开" not in text
    assert "<p>做好的带回家。</p>" in response.content.decode()
    assert "什么时候 11月28日（周六） 上午9:30–11:30 在哪里 南湖社区一楼大厅 ，示例路8号" in text
    assert "https://uri.amap.com/search?keyword=" + quote("示例路8号") in response.content.decode()
    assert (
        "适合谁 大人带孩子 带什么 围裙一条 要留意 有蒸锅，请看好孩子。 谁能来 6岁以上。 "
        "问谁 示例联系人， 0937-6000009 所属品牌 面香里"
    ) in text
    assert "报名 11月 28 周六 上午9:30–11:30 南湖社区一楼大厅 还剩20个名额" in text
    assert 'href="tel:09376000009"' in response.content.decode()
    assert "btn btn-primary btn-lg w-100" in response.content.decode()


def test_activity_detail_without_capacity_needs_no_signup(client, db):
    activity = make_activity()
    make_session(activity=activity)

    text = words(client.get(activity.get_absolute_url()))

    assert "不用报名，来了就行" in text
    assert "打电话问一声 0937-6000000" in text
    assert "报名还没有开通" not in text


def test_activity_detail_puts_the_change_before_the_text(client, db):
    activity = make_activity(text="一起包饺子。")
    make_session(activity=activity, starts_at=at("2026-12-05"))
    session = make_session(activity=activity, starts_at=at("2026-11-28"))
    session.take("cancel", remark="师傅生病了，改到下周。")

    text = words(client.get(activity.get_absolute_url()))

    notice = "11月28日（周六）这一场取消了： 师傅生病了，改到下周。 11月24日（周二）上午10:00通知"
    assert notice in text
    assert text.index(notice) < text.index("一起包饺子。")
    assert "什么时候 12月5日（周六） 上午9:30–11:30" in text
    assert "11月 28 取消了" in text
    assert "已取消" in text


def test_activity_detail_tells_what_was(client, db):
    activity = make_activity()
    make_held_session(
        activity=activity, starts_at=at("2026-10-25"), people_served=31, story="石榴最像。"
    )
    cancelled = make_session(activity=activity, starts_at=at("2026-11-24", "8:00"))
    cancelled.status = "cancelled"
    cancelled.ends_at = at("2026-11-24", "9:00")
    cancelled.save()

    text = words(client.get(activity.get_absolute_url()))

    assert "办过的 10月25日（周日） 来了31人 石榴最像。" in text
    assert "11月24日" not in text
    assert "什么时候 现在没有排新的场次" in text
    assert "这个活动现在没有排新的场次。什么时候再办，打电话问一声最快。" in text


def test_activity_detail_shows_what_else_the_station_has(client, db):
    nanhu = make_station(name="南湖社区")
    activity = make_activity(station=nanhu)
    make_session(activity=activity)
    make_session(activity=make_activity(station=nanhu, title="读报会"), days=2)
    make_session(activity=make_activity(station=nanhu, title="草稿", status="draft"), days=2)
    make_session(activity=make_activity(title="别家的"), days=2)

    response = client.get(activity.get_absolute_url())

    assert titles(response) == ["读报会"]
    assert "南湖社区还有" in words(response)


def test_activity_detail_of_the_centre_links_to_no_station_page(client, db):
    activity = make_activity(station=make_centre())

    response = client.get(activity.get_absolute_url())

    assert "钢城街道新时代文明实践中心" in words(response)
    assert "/stations/centre/" not in response.content.decode()


def test_activity_detail_escapes_what_staff_typed(client, db):
    activity = make_activity(title="<b>粗</b>", text="<script>x</script>")

    html = client.get(activity.get_absolute_url()).content.decode()

    assert "<script>" not in html
    assert "&lt;b&gt;粗&lt;/b&gt;" in html


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_activity_detail_that_is_not_published_is_missing(client, db, status):
    activity = make_activity(status=status)

    assert client.get(activity.get_absolute_url()).status_code == 404


def test_activity_detail_of_a_hidden_station_is_missing(client, db):
    activity = make_activity(station=make_station(is_public=False))

    assert client.get(activity.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("pk", ["1", "0", "99999999999999999999999", "x", "-1"])
def test_activity_detail_that_does_not_exist_is_missing(client, db, pk):
    assert client.get(f"/activities/{pk}/").status_code == 404


def test_activity_detail_refuses_other_methods(client, db):
    activity = make_activity()

    assert client.post(activity.get_absolute_url()).status_code == 405


def test_activity_detail_puts_what_moved_before_the_text(client, db):
    nanhu = make_station(name="南湖社区", address="示例路8号")
    hall = make_venue(station=nanhu, name="一楼大厅")
    activity = make_activity(station=nanhu, text="一起包饺子。")
    make_session(activity=activity, starts_at=at("2026-11-28"))
    session = Session.objects.get()
    session.move_reason = "给合唱队让地方。"
    session.starts_at, session.ends_at = at("2026-11-29"), at("2026-11-29", "11:30")
    session.save()
    session.hold(hall)

    text = words(client.get(activity.get_absolute_url()))

    notice = (
        "时间和地点都变了： 11月28日（周六）上午9:30–11:30这一场，改到 "
        "11月29日（周日）上午9:30–11:30 ，由“示例路8号”改到 “南湖社区一楼大厅” 。给合唱队让地方。 "
        "11月24日（周二）上午10:00更新"
    )
    assert notice in text
    assert text.index(notice) < text.index("一起包饺子。")
    assert text.count("更新") == 1


@pytest.mark.parametrize(
    ("status", "is_public", "expected"),
    [
        ("draft", True, "预览：还没有发布。"),
        ("withdrawn", True, "预览：已经下线。"),
        ("published", False, "预览：这个社区还没有对居民公开。"),
    ],
)
def test_activity_detail_is_previewed_by_those_who_manage_it(
    client, clerk, station, status, is_public, expected
):
    station.is_public = is_public
    station.save()
    activity = make_activity(station=station, status=status)
    client.force_login(clerk)

    response = client.get(activity.get_absolute_url())

    assert f"{expected} 这一页只有管这个活动的工作人员看得到。 回去改" in words(response)
    assert f"/admin/activities/activity/{activity.pk}/change/" in response.content.decode()


def test_activity_detail_that_is_published_is_no_preview(client, clerk, station):
    activity = make_activity(station=station)
    client.force_login(clerk)

    assert "预览" not in words(client.get(activity.get_absolute_url()))


def test_activity_detail_is_not_previewed_by_another_station(client, other_clerk, station):
    activity = make_activity(station=station, status="draft")
    client.force_login(other_clerk)

    assert client.get(activity.get_absolute_url()).status_code == 404


def test_activity_detail_is_previewed_by_the_street_office(client, director, station):
    activity = make_activity(station=station, status="draft")
    client.force_login(director)

    assert client.get(activity.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("status", "expected", "other"),
    [("draft", ">预览</a>", "在网站上看"), ("published", ">在网站上看</a>", ">预览</a>")],
)
def test_activity_form_leads_to_its_page(client, clerk, station, status, expected, other):
    activity = make_activity(station=station, status=status)
    client.force_login(clerk)

    html = client.get(f"/admin/activities/activity/{activity.pk}/change/").content.decode()

    assert f'href="{activity.get_absolute_url()}"{expected}' in html
    assert other not in html


def test_activity_detail_asks_nobody_to_sign_up_for_what_is_on(client, db):
    activity = make_activity()
    make_session(activity=activity, starts_at=NOW, capacity=20)

    text = words(client.get(activity.get_absolute_url()))

    assert "正在办" in text
    assert "想来请打电话问问还有没有位子。" in text
    assert "打电话报名" not in text
    assert "不用报名" not in text


def test_activity_detail_keeps_the_phrases_of_a_title_together(client, db):
    activity = make_activity(title="<b>流感</b>疫苗：怎么打，谁能打“吗？”")

    html = client.get(activity.get_absolute_url()).content.decode()

    assert (
        "<h1><span>&lt;b&gt;流感&lt;/b&gt;疫苗：</span>"
        "<span>怎么打，</span><span>谁能打“吗？”</span></h1>"
    ) in re.sub(r"\s*\n\s*", "", html)


@pytest.mark.parametrize(
    ("values", "words_of_whom"),
    [
        ({"requirements": "谁都能来"}, "谁能来 谁都能来"),
        ({"requirements": ""}, "适合谁 所有人"),
        ({"requirements": "大人带着", "youngest": 6}, "适合谁 所有人，6岁以上 谁能来 大人带着"),
        ({"requirements": "谁都能来", "audience": "elderly"}, "适合谁 老人 谁能来 谁都能来"),
    ],
)
def test_activity_detail_says_once_for_whom_it_is(client, db, values, words_of_whom):
    text = words(client.get(make_activity(risk_notice="", **values).get_absolute_url()))

    assert words_of_whom in text
    assert ("适合谁" in text) is ("适合谁" in words_of_whom)
