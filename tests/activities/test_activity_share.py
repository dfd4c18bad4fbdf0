"""发到群里: the words and the poster, for whoever may see the activity in the admin."""

from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from PIL import Image

from activities import sharing
from activities.models import Activity
from practice_portal.lib import fonts
from tests.activities.test_activity_admin import form, session
from tests.factories import (
    make_activity,
    make_picture_file,
    make_session,
    make_session_move,
    make_station,
    make_venue,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
SATURDAY = datetime(2026, 11, 28, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def activity(station):
    return make_activity(
        station=station,
        title="学做面果子",
        requirements="谁都能来",
        risk_notice="油锅烫，请听师傅的。",
        bring="围裙",
        contact_name="示例专干",
        contact_phone="0937-6000000",
    )


def share(activity, page="share"):
    return reverse(f"admin:activities_activity_{page}", args=[activity.pk])


def test_chat_text_says_all_that_people_ask_in_the_group(activity, station):
    venue = make_venue(station=station, name="一楼大厅")
    make_session(activity=activity, venue=venue, starts_at=SATURDAY)

    assert sharing.chat_text(activity, "https://wm.example/activities/1/").splitlines() == [
        f"【{station.name}】学做面果子",
        "时间：11月28日（周六）上午9:30–11:30",
        f"地点：{station.name}一楼大厅",
        "怎么来：不用报名，到时候来了就行。",
        "谁能来：谁都能来",
        "带什么：围裙",
        "要留意：油锅烫，请听师傅的。",
        "问事打电话：示例专干 0937-6000000",
        "看详情：https://wm.example/activities/1/",
    ]


def test_chat_text_lists_a_few_of_many_sessions_and_says_which_is_cancelled(activity, clerk):
    for days in (-7, 5, 12, 19, 26, 33):
        make_session(activity=activity, days=days, address="3号楼前")
    activity.sessions.planned().upcoming()[0].take("cancel", by=clerk, remark="下雪")

    text = sharing.chat_text(activity, "https://wm.example/")

    assert text.splitlines()[1:8] == [
        "取消了：11月28日（周六）上午9:30–11:30这一场不办了。下雪",
        "时间：",
        "· 12月5日（周六）上午9:30–11:30",
        "· 12月12日（周六）上午9:30–11:30",
        "· 12月19日（周六）上午9:30–11:30",
        "· 12月26日（周六）上午9:30–11:30",
        "地点：3号楼前",
    ]


def test_chat_text_of_what_is_cancelled_asks_nobody_to_come(activity, clerk, station):
    make_session(activity=activity, starts_at=SATURDAY).take("cancel", by=clerk, remark="下雪。")

    assert sharing.chat_text(activity, "https://wm.example/").splitlines() == [
        f"【{station.name}】学做面果子",
        "取消了：11月28日（周六）上午9:30–11:30这一场不办了。下雪。",
        "问事打电话：示例专干 0937-6000000",
        "看详情：https://wm.example/",
    ]


@pytest.mark.parametrize(
    ("place_before", "hours", "words"),
    [
        (
            "3号楼前",
            24,
            "时间变了：11月28日（周六）上午9:30–11:30这一场，"
            "改到11月29日（周日）上午9:30–11:30。老师病了。",
        ),
        (
            "5号楼前",
            0,
            "地点变了：11月28日（周六）上午9:30–11:30这一场，改在3号楼前。老师病了。",
        ),
        (
            "5号楼前",
            24,
            "时间和地点都变了：11月28日（周六）上午9:30–11:30这一场，"
            "改到11月29日（周日）上午9:30–11:30，改在3号楼前。老师病了。",
        ),
    ],
)
def test_chat_text_says_what_has_moved(activity, place_before, hours, words):
    starts_at = SATURDAY + timedelta(hours=hours)
    moved = make_session(activity=activity, starts_at=starts_at, address="3号楼前")
    make_session_move(
        session=moved,
        starts_before=SATURDAY,
        ends_before=SATURDAY + timedelta(hours=2),
        place_before=place_before,
        reason="老师病了。",
    )

    assert sharing.chat_text(activity, "https://wm.example/").splitlines()[1] == words


WEEK = timedelta(days=7)
CLOSED = "报名在11月23日（周一）上午11:00截止了。想来请打电话问问还有没有位子。"


@pytest.mark.parametrize(
    ("sessions", "words"),
    [
        ([{}], "不用报名，到时候来了就行。"),
        ([{"capacity": 20}], "要报名。扫码，打电话也行。"),
        ([{"capacity": 2, "seats_taken": 2}], "名额满了，可排候补。扫码，打电话也行。"),
        ([{"capacity": 20}, {}], "有1场要报名。扫码，打电话也行。"),
        (
            [{"capacity": 2, "seats_taken": 2}, {"capacity": 20}],
            "要报名，11月28日（周六）的满了，可排候补。扫码，打电话也行。",
        ),
        (
            [{"capacity": 2, "seats_taken": 2}] * 2 + [{"capacity": 20}],
            "要报名，其中2场满了，可排候补。扫码，打电话也行。",
        ),
        ([{"capacity": 20, "signup_closes_at": NOW - timedelta(hours=1)}], CLOSED),
        (
            [{"capacity": 20, "signup_opens_at": NOW + timedelta(hours=1)}],
            "还没有开始报名，11月23日（周一）下午1:00起可以报。",
        ),
        ([{"starts_at": NOW - timedelta(hours=1), "capacity": 20}], ""),
        ([], ""),
    ],
)
def test_sign_up_words_say_where_or_that_it_is_full(activity, sessions, words):
    for number, values in enumerate(sessions):
        make_session(activity=activity, **{"starts_at": SATURDAY + number * WEEK, **values})

    assert sharing.sign_up_words(sharing.coming_sessions(activity), "扫码") == words


def test_chat_text_says_where_to_sign_up(activity):
    make_session(activity=activity, starts_at=SATURDAY, capacity=20)

    assert (
        "怎么来：要报名。点最后一行的网址，打电话也行。"
        in sharing.chat_text(activity, "https://wm.example/").splitlines()
    )


def poster_texts(activity, monkeypatch) -> list[str]:
    """What is written on the poster, in its order."""
    written, draw = [], sharing.ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        sharing.ImageDraw.ImageDraw,
        "text",
        lambda self, at, text, *args, **kwargs: (
            written.append(text) or draw(self, at, text, *args, **kwargs)
        ),
    )
    sharing.poster(activity, "https://wm.example/")
    return written


def test_poster_has_the_lunar_date_the_address_and_where_to_sign_up(activity, station, monkeypatch):
    station.address = "示例路8号"
    station.save()
    venue = make_venue(station=station, name="一楼大厅")
    make_session(activity=activity, venue=venue, starts_at=SATURDAY, capacity=20)

    written = poster_texts(activity, monkeypatch)

    leaf = written.index("11月")
    assert written[leaf : leaf + 4] == ["11月", "28", "周六", "农历十月二十"]
    assert f"{station.name}一楼大厅" in written
    assert written[written.index(f"{station.name}一楼大厅") + 1] == "示例路8号"
    assert "要报名。扫右边的码，打电话也行。" in "".join(written)


def test_poster_of_what_is_full_offers_to_wait(activity, monkeypatch):
    make_session(activity=activity, starts_at=SATURDAY, capacity=2, seats_taken=2, address="院里")

    written = poster_texts(activity, monkeypatch)

    assert "名额满了，可排候补。扫右边的码，打电话也行。" in "".join(written)
    assert written[written.index("院里") + 1] == "谁能来"


def test_share_page_has_no_poster_of_what_is_cancelled(client, clerk, activity):
    make_session(activity=activity, starts_at=SATURDAY).take("cancel", by=clerk, remark="下雪。")
    client.force_login(clerk)

    page = client.get(share(activity)).content.decode()

    assert "所以没有海报" in page
    assert share(activity, "poster") not in page


def test_share_page_has_the_words_and_the_poster(client, clerk, activity):
    make_session(activity=activity, starts_at=SATURDAY, address="3号楼前")
    client.force_login(clerk)

    page = client.get(share(activity)).content.decode()

    assert f"http://testserver{activity.get_absolute_url()}</textarea>" in page
    assert 'data-copy="chat-text"' in page
    assert share(activity, "poster") in page


def test_poster_is_a_picture_whose_code_leads_to_the_page(client, clerk, activity):
    make_session(activity=activity, starts_at=SATURDAY, address="3号楼前")
    client.force_login(clerk)

    answer = client.get(share(activity, "poster"))

    assert answer["Content-Type"] == "image/png"
    with Image.open(BytesIO(answer.content)) as image:
        assert image.size == (1080, 1440)
        assert image.format == "PNG"


def test_poster_changes_with_what_it_says(activity):
    make_session(activity=activity, starts_at=SATURDAY, address="3号楼前")
    url = "https://wm.example/activities/1/"
    first = sharing.poster(activity, url)

    assert sharing.poster(activity, url) == first
    for name, words in [
        ("title", "学做馒头"),
        ("bring", "水杯"),
        ("contact_phone", "0937-6000001"),
    ]:
        setattr(activity, name, words)
        assert sharing.poster(activity, url) != first, name
        activity.refresh_from_db()
    assert sharing.poster(activity, "https://wm.example/activities/2/") != first


@pytest.mark.parametrize(
    "title", ["好", "一" * 40, "，" * 40, "Tai chi with a very long English word"]
)
def test_poster_has_room_for_any_title(activity, title):
    activity.title = title
    for days in range(5, 15):
        make_session(activity=activity, days=days, address="很长的地点说明" * 14)

    assert sharing.poster(activity, "https://wm.example/")


def test_poster_shows_the_activity_picture_and_does_without_it(activity):
    plain = sharing.poster(activity, "https://wm.example/")
    activity.poster = make_picture_file()
    activity.save()
    activity = Activity.objects.get(pk=activity.pk)
    with_picture = sharing.poster(activity, "https://wm.example/")
    activity.poster.storage.delete(activity.poster.name)

    assert with_picture != plain
    activity = Activity.objects.get(pk=activity.pk)
    assert sharing.poster(activity, "https://wm.example/")


def test_wrapped_breaks_after_a_comma_and_never_begins_with_one():
    face = fonts.font(20)

    assert sharing.wrapped("看戈壁和雪山：拿手机拍照片", face, 200) == [
        "看戈壁和雪山：",
        "拿手机拍照片",
    ]
    assert sharing.wrapped("一二三四五六七八九十，十一", face, 200)[0] == "一二三四五六七八九十，"


def test_wrapped_leaves_no_single_character_on_a_line():
    face = fonts.font(20)

    assert sharing.wrapped("一二三四五六七八九十一", face, 200) == ["一二三四五六七八九", "十一"]
    assert sharing.wrapped("一二三四五六七八九十一。", face, 200) == [
        "一二三四五六七八九",
        "十一。",
    ]


def test_share_is_only_of_what_residents_can_open(client, clerk, station):
    draft = make_activity(station=station, status="draft")
    client.force_login(clerk)

    for page in ("share", "poster"):
        answer = client.get(share(draft, page), follow=True)
        assert "请先发布" in answer.content.decode()
    assert share(draft) not in client.get(share(draft, "change")).content.decode()


@pytest.mark.parametrize("page", ["share", "poster"])
def test_share_of_another_station_is_as_if_absent(client, other_clerk, activity, page):
    client.force_login(other_clerk)

    assert client.get(share(activity, page)).url == reverse("admin:index")
    assert client.get(share(activity, page).replace(str(activity.pk), "0")).status_code == 302


@pytest.mark.parametrize("page", ["share", "poster"])
def test_share_is_only_read(client, clerk, activity, page):
    client.force_login(clerk)

    assert client.post(share(activity, page)).status_code == 405


def test_poster_without_a_font_says_so(client, clerk, activity, monkeypatch):
    fonts._found.cache_clear()
    monkeypatch.setattr(fonts, "PLACES", ())
    client.force_login(clerk)

    answer = client.get(share(activity, "poster"), follow=True)

    fonts._found.cache_clear()
    assert "没有装中文字体" in answer.content.decode()


def test_publishing_offers_to_pass_it_on(client, clerk, station):
    client.force_login(clerk)

    page = client.post(
        "/admin/activities/activity/add/",
        form(station, sessions=[session()], contact_phone="0937-6000000", _step_publish="发布"),
        follow=True,
    )

    assert "文字和海报都已经写好" in page.content.decode()
    assert page.content.decode().count(share(Activity.objects.get())) == 2


def test_share_page_of_a_station_elsewhere_names_that_station(activity):
    activity.station = make_station(name="别的社区")

    assert sharing.chat_text(activity, "x").startswith("【别的社区】")
