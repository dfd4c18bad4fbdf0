import re
from datetime import date

import pytest
import time_machine

from tests.factories import (
    at,
    make_centre,
    make_online_study,
    make_role_model,
    make_station,
    make_venue,
    make_volunteer,
)
from tests.pages import words

URL = "/figures/"


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


def of(response) -> dict[str, tuple]:
    """Each figure's value, and the value on the day of publication where it is shown."""
    return {
        figure.metric.code: (figure.value, figure.when_published)
        for heading in response.context["headings"]
        for figure in heading["figures"]
    }


def test_figures_stand_under_the_five_headings(client, db):
    response = client.get(URL)

    labels = [f"{h['number']} {h['label']}" for h in response.context["headings"]]
    assert labels == ["一 建什么", "二 学什么", "三 谁来做", "四 做什么", "五 怎么做"]
    assert [len(h["figures"]) for h in response.context["headings"]] == [5, 1, 7, 0, 3]
    assert "截至今天，2026年11月24日。" in words(response)


def test_figures_lead_on_to_what_was_counted(client, db):
    html = client.get(URL).content.decode().split("<main")[1].split("</main>")[0]

    ways = re.findall(r'<div class="block-head mb-0">.*?</div>', html, re.DOTALL)
    assert [re.findall(r'href="([^"]*)"', way) for way in ways] == [
        ["/stations/"],
        [],
        ["/teams/"],
        ["/brands/"],
        [],
    ]


def test_figures_are_counted_from_rows_and_explained(client, db):
    nanhu = make_station(started_on=date(2019, 3, 1), is_pilot=True)
    make_venue(station=nanhu)
    for _ in range(3):
        make_volunteer(station=nanhu, started_on=date(2019, 6, 1))
    for _ in range(1200):
        make_volunteer(station=nanhu, started_on=date(2021, 6, 1))
    make_role_model(station=nanhu, recognised_on=date(2020, 4, 26), nominated_on=date(2020, 1, 1))

    response = client.get(URL)
    text = words(response)

    shown = of(response)
    assert shown["stations.built"] == (1, None)
    assert shown["volunteers.registered"] == (1203, 3)
    assert shown["honours.role_models"] == (1, 0)
    assert (
        "文明实践志愿者 1,203 人 登记在册的人数，含骨干；退出的不算。 2020年4月25日： 3人"
    ) in text
    assert text.count("2020年4月25日：") == 1


def test_figures_on_the_day_of_publication_need_no_second_number(client, db):
    make_volunteer(started_on=date(2020, 4, 25))

    response = client.get(URL, {"on": "2020-04-25"})

    assert of(response)["volunteers.registered"] == (1, None)
    assert "截至2020年4月25日。" in words(response)
    assert "回到今天" in words(response)


def test_figures_leave_the_unknown_blank(client, db):
    unknown = client.get(URL)
    make_online_study(people=30)

    assert of(unknown)["learning.online_party_members"] == (None, None)
    assert "参加线上学习的党员 未填" in words(unknown)
    assert of(client.get(URL))["learning.online_party_members"] == (30, None)


def test_figures_of_a_new_street_are_blank_and_no_zeros(client, db):
    make_centre()

    assert {value for value, _ in of(client.get(URL)).values() if value is not None} == {0}
    assert [code for code, (value, _) in of(client.get(URL)).items() if value == 0] == [
        "stations.built"
    ]


def test_figures_are_zero_where_something_was_entered_on_another_day(client, db):
    make_volunteer(started_on=date(2021, 6, 1))
    make_venue(kind="plaza")
    make_station(is_pilot=True, started_on=date(2021, 1, 1))

    shown = of(client.get(URL, {"on": "2020-04-25"}))

    assert shown["volunteers.registered"] == (0, None)
    assert shown["venues.fixed"] == (0, None)
    assert shown["stations.pilot"] == (0, None)
    assert shown["volunteers.teams"] == (None, None)


def test_figures_say_how_many_stations_are_still_to_come(client, db):
    make_station()
    make_station(is_public=False, started_on=date(2019, 1, 1))

    assert "2 个 每个社区一个，街道的中心不算在内。其中1个还在登记名字和电话。" in words(
        client.get(URL)
    )
    assert "还在登记" not in words(client.get(URL, {"on": "2020-04-25"}))


def test_figures_say_where_nothing_was_published(client, db):
    make_centre()

    assert (
        "这一项没有公布过数字，所以空着。 想知道办了些什么，看 活动 ，或打 0937-6000001"
        in words(client.get(URL))
    )


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("2026-11-25", "将来的数字还没有，请选今天或以前的一天。"),
        ("9999-12-31", "将来的数字还没有，请选今天或以前的一天。"),
        ("0001-01-01", "2018年以前还没有中心，请选晚一点的一天。"),
        ("tomorrow", "没有看懂您要的日子，请按“2020-04-25”的样子填写。"),
        ("\x00", "没有看懂您要的日子，请按“2020-04-25”的样子填写。"),
        ("1" * 60_000, "没有看懂您要的日子，请按“2020-04-25”的样子填写。"),
    ],
)
def test_figures_say_what_is_wrong_with_a_day(client, db, on, message):
    response = client.get(URL, {"on": on})

    assert response.status_code == 200
    assert f"{message} 下面先给您看今天的。" in words(response)
    assert "截至今天，2026年11月24日。" in words(response)


def test_figures_of_today_may_be_asked_for_by_date(client, db):
    response = client.get(URL, {"on": "2026-11-24"})

    assert "截至今天，2026年11月24日。" in words(response)
    assert "回到今天" not in words(response)


def test_figures_refuse_other_methods(client, db):
    assert client.post(URL).status_code == 405
