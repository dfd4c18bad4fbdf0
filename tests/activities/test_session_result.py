"""The short form after a session: what comes of it is typed once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from activities.models import Session, Signup
from practice_portal.lib.metrics import Period, declared, figures, figures_by_station
from practice_portal.lib.workflow import IllegalStep
from stations.models import Article
from tests.factories import (
    at,
    make_activity,
    make_membership,
    make_picture_file,
    make_session,
    make_signup,
    make_team,
    make_volunteer,
)
from tests.pages import words
from volunteers.models import ServiceEntry

pytestmark = pytest.mark.django_db
STARTS = at("2026-11-21", "9:30")
RATINGS = ("activities.ratings", "activities.ratings_satisfied")


@pytest.fixture(autouse=True)
def afterwards():
    with time_machine.travel("2026-11-23 10:03 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(client, clerk):
    client.force_login(clerk)
    return client


@pytest.fixture
def lesson(station, afterwards):
    """Over since Saturday; ten people signed up, eight of whom were checked in."""
    afterwards.move_to(STARTS - timedelta(days=2))
    activity = make_activity(station=station, title="剪纸班")
    session = make_session(activity=activity, starts_at=STARTS, capacity=20)
    came = make_signup(session=session, party_size=8)
    stayed_away = make_signup(session=session, party_size=2)
    afterwards.move_to(STARTS + timedelta(minutes=5))
    came.take("check_in")
    afterwards.move_to(STARTS + timedelta(days=2))
    assert stayed_away.status == "confirmed"
    return Session.objects.get(pk=session.pk)


def url(session) -> str:
    return f"/admin/activities/session/{session.pk}/result/"


def form(**values) -> dict:
    return {"people_served": "9", "volunteers_served": "", "story": "", **values}


def test_result_form_shows_side_by_side_what_is_known(client, lesson):
    text = words(client.get(url(lesson)))

    assert "报了名的10人，签了到的8人，实到还没填" in text
    assert 'value="8"' in client.get(url(lesson)).content.decode()


def test_result_counts_of_a_smaller_party_those_who_were_there(client, lesson):
    Signup.objects.filter(party_size=8).update(arrived=5)

    assert "签了到的5人" in words(client.get(url(lesson)))


def test_result_makes_the_figure_the_hours_and_the_draft(client, clerk, lesson):
    helper = make_volunteer(station=lesson.activity.station)
    team = make_team(station=lesson.activity.station)
    make_membership(team=team, volunteer=helper)
    sent = form(
        story="大家剪了窗花。",
        makes_news="on",
        helpers=[helper.pk],
        pictures=[make_picture_file(), make_picture_file()],
        caption="居民在剪窗花",
    )

    page = client.post(url(lesson), sent, follow=True)

    assert "记下了：来了9人次，已经算进这个月的数字。" in words(page)
    lesson.refresh_from_db()
    assert (lesson.people_served, lesson.volunteers_served) == (9, 1)
    entry = ServiceEntry.objects.get()
    assert (entry.volunteer, entry.status, entry.kind) == (helper, "entered", "signed_in")
    assert (entry.hours, str(entry.served_on)) == (Decimal("2.0"), "2026-11-21")
    news = Article.objects.get()
    assert (news.status, news.kind, list(news.writers.all())) == ("draft", "news", [clerk])
    assert "来了9人次，1人次志愿者帮忙。" in news.text
    assert news.text.endswith("大家剪了窗花。")
    assert news.pictures.count() == 2


def test_result_sent_again_corrects_the_figure_and_makes_nothing_twice(client, lesson):
    helper = make_volunteer(station=lesson.activity.station)
    make_membership(team=make_team(station=lesson.activity.station), volunteer=helper)
    for people in ("9", "10"):
        sent = form(people_served=people, makes_news="on", helpers=[helper.pk])
        client.post(url(lesson), sent)

    lesson.refresh_from_db()
    assert lesson.people_served == 10
    assert ServiceEntry.objects.count() == 1
    assert Article.objects.count() == 1


def test_result_that_lies_far_from_what_is_known_asks_for_a_sentence(client, lesson):
    page = client.post(url(lesson), form(people_served="30"))
    assert page.context["form"].errors == {
        "why_far_apart": ["报了名的10人、签了到的8人，实到填的是30人，差得多，请写一句为什么。"]
    }
    lesson.refresh_from_db()
    assert lesson.people_served is None

    client.post(url(lesson), form(people_served="30", why_far_apart="隔壁学校来了一个班"))
    lesson.refresh_from_db()
    assert (lesson.people_served, lesson.why_far_apart) == (30, "隔壁学校来了一个班")


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"people_served": ""}, "people_served", "这一项要填。"),
        ({"people_served": "-1"}, "people_served", "确保该值大于或等于0。"),
        ({"helpers": ["999999"]}, "helpers", "选择一个有效的选项。 999999 不在可用的选项中。"),
    ],
)
def test_result_bad_input_keeps_nothing(client, lesson, sent, field, sentence):
    page = client.post(url(lesson), form(**sent))

    assert page.context["form"].errors[field] == [sentence]
    lesson.refresh_from_db()
    assert lesson.people_served is None


def test_result_is_asked_after_the_end_and_by_its_own_station(client, other_clerk, lesson):
    other = Client()
    other.force_login(other_clerk)
    assert other.get(url(lesson)).status_code == 302  # as if it were not there
    coming = make_session(activity=lesson.activity, starts_at=at("2026-11-28"))
    page = client.get(url(coming), follow=True)
    assert "这一场还没有办完，或者已经取消，没有结果可填。" in words(page)
    with pytest.raises(IllegalStep, match="还没有办完"):
        coming.enter_result(by=None, people_served=5)


def test_hours_of_a_sheet_that_is_keyed_in_late_are_supplementary(clerk, lesson, afterwards):
    helper = make_volunteer(station=lesson.activity.station)
    afterwards.move_to(STARTS + timedelta(days=9))
    lesson.enter_result(by=clerk, people_served=9, helpers=[helper])

    assert ServiceEntry.objects.get().kind == "supplementary"


@pytest.mark.parametrize(
    ("minutes", "hours"), [(50, "0.5"), (105, "1.5"), (120, "2.0"), (29, None), (15 * 60, "12")]
)
def test_hours_are_never_longer_than_the_event(clerk, lesson, minutes, hours):
    Session.objects.update(ends_at=STARTS + timedelta(minutes=minutes))
    lesson.refresh_from_db()

    lesson.enter_result(
        by=clerk, people_served=9, helpers=[make_volunteer(station=lesson.activity.station)]
    )

    entered = [str(line.hours) for line in ServiceEntry.objects.all()]
    assert [Decimal(each) for each in entered] == ([Decimal(hours)] if hours else [])
    assert lesson.volunteers_served == 1


def test_hours_of_what_is_open_for_days_are_asked_for(client, lesson):
    """Four days from half past nine to half past eleven: eight hours."""
    Session.objects.update(starts_at=STARTS - timedelta(days=3))
    helper = make_volunteer(station=lesson.activity.station)
    make_membership(team=make_team(station=lesson.activity.station), volunteer=helper)

    for hours, error in (
        ("", "勾了来帮忙的志愿者，请写每位帮了几小时。"),
        ("8.5", "这一场一共只开了8小时，请填得不超过它。"),
    ):
        page = client.post(url(lesson), form(helpers=[helper.pk], hours=hours))
        assert page.context["form"].errors == {"hours": [error]}
    client.post(url(lesson), form(helpers=[helper.pk], hours="3.5"))

    assert ServiceEntry.objects.get().hours == Decimal("3.5")


def test_result_says_who_is_in_the_ledger_already_and_lets_nobody_vanish(client, lesson):
    helper = make_volunteer(station=lesson.activity.station, name="赵示例")
    membership = make_membership(team=make_team(station=lesson.activity.station), volunteer=helper)
    client.post(url(lesson), form(helpers=[helper.pk]))
    membership.delete()

    assert client.get(url(lesson)).context["form"].initial["helpers"] == [helper]
    page = client.post(url(lesson), form(people_served="10"))

    assert page.context["form"].errors["helpers"][0].startswith("赵示例的时长已经记下了")
    lesson.refresh_from_db()
    assert lesson.people_served == 9


def test_numbers_that_lie_apart_are_asked_about_though_the_third_is_between(client, lesson):
    Signup.objects.filter(party_size=8).update(arrived=2)

    page = client.post(url(lesson), form(people_served="6"))

    assert page.context["form"].errors == {
        "why_far_apart": ["报了名的10人、签了到的2人，实到填的是6人，差得多，请写一句为什么。"]
    }


def test_who_was_not_ticked_off_may_say_how_it_was_all_the_same(lesson):
    lesson.record_absent()
    absent = Signup.objects.get(status="absent")

    absent.rate(4)

    assert lesson.satisfaction == (1, Decimal("4.0"))


def test_ratings_are_figures_of_the_month_in_which_the_session_ended(lesson, other_station):
    november = Period(date(2026, 11, 1), date(2026, 11, 30))
    asked = [(declared()[code], november) for code in RATINGS]
    for signup, stars in zip(Signup.objects.order_by("pk"), (5, 3), strict=True):
        signup.rate(stars)
    assert figures(asked) == [0, 0]  # not held yet, as far as anybody has said

    Session.objects.update(people_served=9)
    lesson.activity.cohosts.add(other_station)

    assert figures(asked) == [2, 1]
    host = lesson.activity.station
    assert figures_by_station(asked) == [
        {host.pk: 2, other_station.pk: 2}, {host.pk: 1, other_station.pk: 1},
    ]  # fmt: skip
    assert [line.amount for line in asked[0][0].lines(november, [host.pk])] == [2]
    december = Period(date(2026, 12, 1), date(2026, 12, 31))
    assert figures((metric, december) for metric, _ in asked) == [0, 0]


def test_satisfaction_comes_from_the_ratings(lesson):
    assert lesson.satisfaction is None
    first, second = Signup.objects.order_by("pk")
    first.rate(5)
    second.rate(4)
    assert lesson.satisfaction == (2, Decimal("4.5"))
