"""What a published activity says: for what ages, with which unit, where a talk has been."""

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from activities.models import Activity, Session
from tests.factories import at, make_activity, make_held_session, make_partner_unit, make_session
from tests.pages import untouched, words

PLAIN = {
    "title": "邻居理发日",
    "text": "理发师傅来社区，老人先来，不收钱。",
    "sessions-0-day": "2026-11-28",
    "sessions-0-starts": "09:30",
    "sessions-0-ends": "11:30",
}


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(at("2026-11-23", "12:00"), tick=False):
        yield


def save(client, clerk, **typed):
    client.force_login(clerk)
    add = reverse("admin:activities_activity_add")
    empty = untouched(client.get(add), "activity_form")
    return client.post(add, empty | PLAIN | typed | {"_save": "保存"}, follow=True)


@pytest.mark.parametrize(
    ("youngest", "oldest", "expected"),
    [
        (6, 14, "孩子，6到14岁"),
        (60, None, "孩子，60岁以上"),
        (None, 14, "孩子，14岁以下"),
        (0, 3, "孩子，0到3岁"),
        (None, None, "孩子"),
    ],
)
def test_activity_says_for_what_ages(youngest, oldest, expected):
    activity = Activity(audience="children", youngest=youngest, oldest=oldest)

    assert activity.for_whom == expected


def test_activity_ages_are_in_order(client, clerk, station):
    answer = save(client, clerk, youngest="14", oldest="6")

    assert "“到几岁”不能小于“几岁起”。" in answer.content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_activity(station=station, youngest=14, oldest=6)


def test_activity_with_a_partner_unit_says_so_and_is_joint_work_once_held(client, clerk, station):
    unit = make_partner_unit(name="示例医院")
    refused = save(client, clerk, partners=[unit.pk])
    assert "选了共建单位，请再选联建是哪一种。" in refused.content.decode()
    refused = save(client, clerk, joint_kind="co_help")
    assert "请再勾是和哪个单位一起办的" in refused.content.decode()

    save(client, clerk, partners=[unit.pk], joint_kind="co_help", _step_publish="保存并发布")

    activity = Activity.objects.get()
    text = words(client.get(activity.get_absolute_url()))
    assert "一起办的 示例医院（联帮）" in text
    assert not Session.objects.joint().exists()
    held = make_held_session(activity=activity)
    make_held_session(activity=make_activity(station=station))
    assert list(Session.objects.joint()) == [held]
    new, _ = activity.again(at("2026-12-05").date(), [])
    assert list(new.partners.all()) == [unit]


@pytest.mark.parametrize(
    ("day", "festival", "expected"),
    [
        ("2027-02-13", "", "lantern"),  # 初八, a week before 元宵, and a week after 春节
        ("2027-02-05", "", "spring_festival"),
        ("2027-02-05", "lantern", "lantern"),
        ("2026-11-28", "", ""),
    ],
)
def test_new_activity_around_a_festival_is_taken_to_be_for_it(
    client, clerk, station, day, festival, expected
):
    answer = save(client, clerk, **{"sessions-0-day": day, "festival": festival})

    assert Activity.objects.get().festival == expected
    assert ("已经替您选上" in answer.content.decode()) is (expected != festival)


def test_touring_talk_says_where_it_has_been_and_where_it_goes(client, station):
    talk = make_activity(station=station, form="talk")
    for day, address in (
        ("2026-11-10", "示例一院"),
        ("2026-11-03", "示例二院"),
        ("2026-12-01", "示例三院"),
        ("2026-12-08", "示例四院"),
    ):
        make_session(activity=talk, starts_at=at(day), address=address)
    make_session(activity=talk, starts_at=at("2026-12-09"), address="示例五院", status="cancelled")

    answer = client.get(talk.get_absolute_url())

    assert (
        "走到哪里了 已经去过2处 11月3日（周二），南湖社区，示例二院 "
        "11月10日（周二），南湖社区，示例一院 "
        "还要去2处 12月1日（周二），南湖社区，示例三院 12月8日（周二），南湖社区，示例四院 "
    ) in words(answer)
    talk.form = "activity"
    talk.save()
    assert "走到哪里了" not in words(client.get(talk.get_absolute_url()))


def test_exhibition_reads_by_its_days_on_card_and_page(client, station):
    show = make_activity(station=station, form="exhibition", title="剪纸展")
    make_session(
        activity=show, starts_at=at("2026-11-28", "9:00"), ends_at=at("2026-12-05", "17:00")
    )
    late = make_activity(station=station, title="看星星")
    make_session(
        activity=late, starts_at=at("2026-11-28", "22:00"), ends_at=at("2026-11-29", "0:30")
    )

    assert "11月28日（周六） 到12月5日（周六），每天上午9:00–下午5:00" in words(
        client.get(show.get_absolute_url())
    )
    listed = words(client.get(reverse("activities:activity-list")))
    assert "剪纸展 到12月5日（周六），每天上午9:00–下午5:00" in listed
    assert "看星星 晚上10:00–11月29日凌晨0:30" in listed
