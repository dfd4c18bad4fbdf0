import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from activities.forms import span_of
from tests.factories import (
    at,
    days_away,
    make_activity,
    make_brand,
    make_centre,
    make_session,
    make_station,
    make_venue,
)
from tests.pages import titles, words

URL = "/activities/"
NOW = at("2026-11-24", "10:00")  # a Tuesday


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


def offer(title, starts_at, **values):
    session = {name: values.pop(name) for name in ("capacity", "ends_at") if name in values}
    return make_session(
        activity=make_activity(title=title, **values), starts_at=starts_at, **session
    )


def test_activity_list_shows_sessions_in_the_order_of_time(client, db):
    offer("读报会", at("2026-12-20"))
    offer("量血压", at("2026-11-24", "14:00"))
    offer("正在包饺子", at("2026-11-24", "9:30"))
    offer("早上打完的太极", at("2026-11-24", "7:00"))

    response = client.get(URL)

    assert titles(response) == ["正在包饺子", "量血压", "读报会"]
    assert "找到3场活动，按时间先后排。" in words(response)
    assert "今天 2 场 本周末 0 场 下周 0 场 两周内 2 场 全部 3 场" in words(response)


def test_activity_list_card_says_when_where_and_who_can_come(client, db):
    station = make_station(name="南湖社区")
    activity = make_activity(station=station, title="学做面果子", audience="elderly")
    hall = make_venue(station=station, name="一楼大厅")
    make_session(activity=activity, starts_at=at("2026-11-28"), venue=hall, capacity=20)

    text = words(client.get(URL))

    assert ("11月 28 周六 学做面果子 上午9:30–11:30 南湖社区一楼大厅 还剩20个名额 适合老人") in text


def test_activity_list_without_capacity_says_that_one_may_just_come(client, db):
    offer("量血压", at("2026-11-24", "14:00"))

    assert "今天 量血压 下午2:00–4:00" in words(client.get(URL))
    assert "不用报名，来了就行" in words(client.get(URL))


def test_activity_list_shows_only_what_residents_may_see(client, db):
    offer("草稿", at("2026-11-28"), status="draft")
    offer("下线了", at("2026-11-28"), status="withdrawn")
    offer("没公开", at("2026-11-28"), station=make_station(is_public=False))
    offer("街道的", at("2026-11-28"), station=make_centre())

    response = client.get(URL)

    assert titles(response) == ["街道的"]
    assert "全部 1 场" in words(response)


def test_activity_list_marks_a_cancelled_session_and_does_not_count_it(client, db):
    session = offer("包饺子", at("2026-11-28"))
    session.take("cancel", remark="停电")
    offer("读报会", at("2026-11-29"))

    text = words(client.get(URL))

    assert "取消了 包饺子 上午9:30–11:30" in text
    assert "已取消" in text
    assert "找到1场活动，按时间先后排；另有1场取消了。" in text
    assert "本周末 1 场" in text


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("today", ["二"]),
        ("weekend", ["六", "日"]),
        ("next_week", ["下周一", "下周日"]),
        ("two_weeks", ["二", "六", "日", "下周一", "下周日"]),
        ("", ["二", "六", "日", "下周一", "下周日", "再往后"]),
    ],
)
def test_activity_list_by_the_days_people_say(client, db, days, expected):
    for title, starts_at in [
        ("二", at("2026-11-24", "18:00")),
        ("六", at("2026-11-28")),
        ("日", at("2026-11-29", "21:30")),
        ("下周一", at("2026-11-30", "0:00")),
        ("下周日", at("2026-12-06")),
        ("再往后", at("2026-12-08", "0:00")),
    ]:
        offer(title, starts_at, ends_at=starts_at + timedelta(hours=1))

    response = client.get(URL, {"days": days})

    assert titles(response) == expected
    current = [chip["count"] for chip in response.context["chips"] if chip["is_current"]]
    assert current == [len(expected)]


def test_span_of_on_a_sunday_is_still_this_weekend():
    sunday = date(2026, 11, 29)

    assert span_of("weekend", sunday) == (date(2026, 11, 28), sunday)
    assert span_of("next_week", sunday) == (date(2026, 11, 30), date(2026, 12, 6))


def test_activity_list_of_one_day_shows_the_whole_day(client, db):
    offer("早上的", at("2026-11-24", "7:00"))
    offer("下午的", at("2026-11-24", "14:00"))
    offer("三天的展览", at("2026-11-23"), ends_at=at("2026-11-25"))
    offer("明天的", at("2026-11-25", "0:00"))

    response = client.get(URL, {"on": "2026-11-24"})

    assert titles(response) == ["三天的展览", "早上的", "下午的"]
    assert "活动：11月24日（周二）" in words(response)
    assert "已经办完" in words(response)
    assert not any(chip["is_current"] for chip in response.context["chips"])


def test_activity_list_of_one_station_has_what_it_holds_with_others(client, db):
    nanhu = make_station(name="南湖社区", slug="nanhu")
    offer("南湖的", at("2026-11-25"), station=nanhu)
    offer("一起办的", at("2026-11-26"), cohosts=[nanhu])
    offer("别家的", at("2026-11-27"))

    response = client.get(URL, {"station": "nanhu"})

    assert titles(response) == ["南湖的", "一起办的"]
    assert "筛选：南湖社区，所有平台" in words(response)
    assert "全部 2 场" in words(response)


def test_activity_list_of_one_platform(client, db):
    offer("合唱", at("2026-11-25"), platform="culture")
    offer("讲座", at("2026-11-26"), platform="theory")

    response = client.get(URL, {"platform": "theory"})

    assert titles(response) == ["讲座"]
    assert "筛选：全街道，理论宣讲" in words(response)


def test_activity_list_links_keep_the_filter(client, db):
    nanhu = make_station(name="南湖社区", slug="nanhu")
    activity = make_activity(station=nanhu)
    for day in range(45):
        make_session(activity=activity, days=1 + day % 13)

    response = client.get(URL, {"station": "nanhu", "days": "two_weeks", "page": "2"})
    html = response.content.decode()

    assert "第2页，共3页" in words(response)
    assert 'href="?station=nanhu&amp;days=two_weeks&amp;page=1"' in html
    assert 'href="?station=nanhu&amp;days=two_weeks&amp;page=3"' in html
    assert 'href="?station=nanhu&amp;days=weekend"' in html
    assert '<input type="hidden" name="days" value="two_weeks">' in html
    assert html.count('class="activity-card"') == 20


@pytest.mark.parametrize(("page", "shown"), [("0", 2), ("99", 2), ("x", 1), ("9" * 5000, 1)])
def test_activity_list_answers_to_a_page_that_is_not_there(client, db, page, shown):
    activity = make_activity()
    for day in range(21):
        make_session(activity=activity, days=day + 1)

    response = client.get(URL, {"page": page})

    assert response.status_code == 200
    assert response.context["page"].number == shown


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"station": "nowhere"}, "没有找到您选的社区，请从列表里重新选。"),
        ({"station": "x\x00y"}, "没有找到您选的社区，请从列表里重新选。"),
        ({"station": "x" * 60_000}, "没有找到您选的社区，请从列表里重新选。"),
        ({"platform": "magic"}, "没有找到您选的平台，请从列表里重新选。"),
        ({"on": "28.11.2026"}, "没有看懂您要的日子，请按“2026-11-28”的样子填写。"),
        ({"on": "2026-02-30"}, "没有看懂您要的日子，请按“2026-11-28”的样子填写。"),
        ({"on": "\x00"}, "没有看懂您要的日子，请按“2026-11-28”的样子填写。"),
        ({"on": "0001-01-01"}, "只能看2018年以来、今后一年以内的日子，请换一天。"),
        ({"on": "9999-12-31"}, "只能看2018年以来、今后一年以内的日子，请换一天。"),
        ({"days": "soon"}, "没有看懂您要哪几天，请在下面选一个。"),
        ({"until": "2026-13-01"}, "没有看懂您要的日子，请按“2026-11-28”的样子填写。"),
        ({"on": "2026-11-28", "until": "2026-11-27"}, "后一个日子比前一个早，请换一下。"),
        ({"audience": "x"}, "没有看懂适合谁，请从列表里重新选。"),
        ({"q": "剪" * 31}, "您写的太长了，写两三个词就够，比如“手机”“剪纸”。"),
        ({"q": "剪\x00纸"}, "没有看懂您写的词，请重新写。"),
    ],
)
def test_activity_list_says_what_is_wrong_and_shows_everything(client, db, query, message):
    nanhu = make_station(slug="nanhu")
    offer("合唱", at("2026-11-25"))

    response = client.get(URL, {**query, "page": "1"} if "station" in query else query)

    assert response.status_code == 200
    assert f"{message} 下面先给您看全部活动。" in words(response)
    assert titles(response) == ["合唱"]
    # The way out of it does not carry the mistake along.
    assert [chip["query"] for chip in response.context["chips"]] == [
        "days=today",
        "days=weekend",
        "days=next_week",
        "days=two_weeks",
        "",
    ]
    assert nanhu.name in words(response)


def test_activity_list_of_a_hidden_station_is_as_if_there_were_none(client, db):
    make_station(slug="hidden", is_public=False)

    assert "没有找到您选的社区" in words(client.get(URL, {"station": "hidden"}))


def chips(response) -> list[str]:
    nav = re.search(
        r'<nav class="chips" aria-label="按日子看">.*?</nav>', response.content.decode(), re.S
    )
    links = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', nav[0], re.S)
    return [(unescape(link), re.sub(r"<[^>]+>", "", label).strip()) for link, label in links]


@pytest.mark.parametrize("cookie", ["nanhu", "nanhu.999"])
def test_activity_list_offers_the_community_that_was_chosen_first(client, db, cookie):
    nanhu, other = make_station(name="南湖社区", slug="nanhu"), make_station()
    offer("今天的", at("2026-11-24", "14:00"), station=nanhu)
    offer("一起办的", at("2026-11-28"), station=other, cohosts=[nanhu])
    offer("取消了的", at("2026-11-28"), station=nanhu).take("cancel", remark="停电")
    offer("办过了的", at("2026-11-23"), station=nanhu)
    offer("别家的", at("2026-11-28"), station=other)
    client.cookies["near"] = cookie

    assert chips(client.get(URL))[0] == ("?station=nanhu", "只看南湖社区 2场")
    today = client.get(URL, {"days": "today", "audience": "everyone"})
    assert chips(today)[0] == ("?station=nanhu&audience=everyone&days=today", "只看南湖社区 1场")
    day = client.get(URL, {"on": "2026-11-23"})
    assert chips(day)[0] == ("?station=nanhu&on=2026-11-23", "只看南湖社区 1场")
    assert "只看" not in words(client.get(URL, {"station": "nanhu"}))


@pytest.mark.parametrize("cookie", ["", "nowhere", "hidden"])
def test_activity_list_offers_no_community_that_is_not_there(client, db, cookie):
    make_station(slug="hidden", is_public=False)
    client.cookies["near"] = cookie

    assert "只看" not in words(client.get(URL))


def test_activity_list_that_is_empty_says_what_to_do(client, db):
    text = words(client.get(URL))

    assert "没有找到活动。" in text
    assert "还没有排出新的活动。 什么时候办、想让办什么，请到 社区实践所 来问一声。" in text
    make_brand(ended_on=days_away(-1))
    assert "各社区常年办的" not in words(client.get(URL))
    make_brand()
    assert "可以看看 各社区常年办的 ，或到 社区实践所 来问一声。" in words(client.get(URL))


def test_activity_list_with_nothing_on_a_day_offers_two_ways_on(client, db):
    make_centre(phone="0937-6000001")
    offer("合唱", at("2026-11-25"))

    response = client.get(URL, {"on": "2026-11-28"})

    assert "11月28日（周六）没有安排活动。" in words(response)
    assert "看街道的全部活动 ，或打 0937-6000001 问一声" in words(response)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"on": "2026-11-28"}, "南湖社区11月28日（周六）没有安排活动。"),
        ({"days": "weekend"}, "南湖社区本周末没有安排活动。"),
        ({"audience": "elderly", "days": "weekend"}, "南湖社区本周末没有这样的活动。"),
        ({"q": "血压", "days": "weekend"}, "没有找到写着“血压”的活动。"),
    ],
)
def test_activity_list_with_nothing_near_offers_what_the_others_have(client, db, asked, sentence):
    nanhu = make_station(name="南湖社区", slug="nanhu")
    offer("剪窗花", at("2026-11-25"), station=nanhu, audience="elderly")
    offer("量血压", at("2026-11-28"), audience="elderly")
    offer("另一天的血压", at("2026-12-05"), audience="elderly")

    response = client.get(URL, {"station": nanhu.slug, **asked})
    html = response.content.decode()

    assert sentence in words(response)
    assert titles(response) == ["量血压"]
    assert "别的社区有这些" in words(response)
    everywhere = QueryDict(re.search(r'href="\?([^"]*)">看全街道', unescape(html)).group(1))
    assert everywhere.dict() == asked


def test_activity_list_offers_others_neither_cancelled_nor_over_nor_beside_something(client, db):
    nanhu = make_station(name="南湖社区", slug="nanhu")
    offer("南湖周三的", at("2026-11-25"), station=nanhu)
    offer("别处周三的", at("2026-11-25"))
    offer("今天早上的", at("2026-11-24", "7:00"))

    beside = client.get(URL, {"station": "nanhu", "on": "2026-11-25"})
    over = client.get(URL, {"station": "nanhu", "on": "2026-11-24"})
    called_off = make_activity(title="取消了的")
    make_session(activity=called_off, starts_at=at("2026-11-28"), status="cancelled")
    cancelled = client.get(URL, {"station": "nanhu", "on": "2026-11-28"})

    assert titles(beside) == ["南湖周三的"]
    assert titles(over) == titles(cancelled) == []
    assert "别的社区" not in words(beside) + words(over) + words(cancelled)


def test_activity_list_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
    assert client.head(URL).status_code == 200
    assert reverse("activities:activity-list") == URL


def test_activity_list_of_several_days_shows_them_whole(client, db):
    offer("前一天的", at("2026-11-25", "23:00"), ends_at=at("2026-11-26", "0:00"))
    offer("第一天的", at("2026-11-26", "0:00"))
    offer("最后一天的", at("2026-11-28", "23:00"))
    offer("后一天的", at("2026-11-29", "0:00"))

    response = client.get(URL, {"on": "2026-11-26", "until": "2026-11-28"})

    assert titles(response) == ["第一天的", "最后一天的"]
    assert "活动：11月26日（周四）到11月28日（周六）" in words(response)
    assert "筛选：全街道，所有平台，11月26日（周四）到11月28日（周六）" in words(response)
    assert titles(client.get(URL, {"until": "2026-11-25"})) == ["前一天的"]


def test_activity_list_for_whom(client, db):
    offer("合唱", at("2026-11-25"), audience="elderly")
    offer("讲座", at("2026-11-26"))

    response = client.get(URL, {"audience": "elderly"})

    assert titles(response) == ["合唱"]
    assert "筛选：全街道，所有平台，适合老人" in words(response)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("剪纸", ["剪窗花"]),
        ("窗花", ["剪窗花"]),
        ("  窗花  红纸 ", ["剪窗花"]),
        ("窗花 合唱", []),
        ("巧手", ["剪窗花"]),
        ("二楼", ["剪窗花"]),
        ("空地", ["合唱"]),
        ("南湖", ["剪窗花"]),
        ("ktv", ["合唱"]),
        ("%", []),
        ("_", []),
    ],
)
def test_activity_list_by_words_of_title_text_brand_and_place(client, db, typed, expected):
    nanhu = make_station(name="南湖社区")
    brand = make_brand(station=nanhu, name="巧手坊")
    room = make_venue(station=nanhu, name="二楼活动室")
    paper = make_activity(title="剪窗花", text="一张红纸，学剪纸。", station=nanhu, brand=brand)
    make_session(activity=paper, starts_at=at("2026-11-25"), venue=room)
    song = make_activity(title="合唱", text="像KTV一样。")
    make_session(activity=song, starts_at=at("2026-11-26"), address="3号楼前空地")

    assert titles(client.get(URL, {"q": typed})) == expected


def test_activity_list_without_what_was_typed_offers_the_whole_site(client, db):
    make_centre(phone="0937-6000001")

    response = client.get(URL, {"q": "<b>"})

    assert "没有找到写着“&lt;b&gt;”的活动。" in response.content.decode()
    assert 'href="/search/?q=%3Cb%3E"' in response.content.decode()
    assert "打 0937-6000001 问一声" in words(response)


def test_activity_list_has_the_month_beside_it(client, db):
    nanhu = make_station(name="南湖社区", slug="nanhu")
    offer("合唱", at("2026-11-28"), station=nanhu)
    offer("取消的", at("2026-11-29"), station=nanhu).take("cancel", remark="停电")
    offer("别家的", at("2026-11-28"))

    response = client.get(URL, {"station": "nanhu", "q": "合唱"})
    html = response.content.decode()

    assert "23 十五 24 十六 25 十七 26 十八 27 十九 28 日 1场 29 廿一 30 廿二" in words(response)
    assert "?station=nanhu&amp;q=%E5%90%88%E5%94%B1&amp;on=2026-11-28" in html
    assert 'href="/activities/2026-11/?station=nanhu&amp;q=%E5%90%88%E5%94%B1"' in html


def test_activity_list_marks_what_was_moved(client, db):
    session = offer("合唱", at("2026-11-28"), audience="elderly")
    session = type(session).objects.get(pk=session.pk)
    session.starts_at, session.ends_at = at("2026-11-29"), at("2026-11-29", "11:00")
    session.save()

    text = words(client.get(URL))

    assert "合唱 上午9:30–11:00" in text
    assert "时间改了 不用报名，来了就行" in text
    assert "适合老人 " not in text.split("时间改了")[1][:30]
