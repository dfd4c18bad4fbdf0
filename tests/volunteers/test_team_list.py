from datetime import date

import pytest

from practice_portal.lib.dots import Block, Dots
from tests.factories import (
    days_away,
    make_centre,
    make_membership,
    make_organisation,
    make_partner_unit,
    make_station,
    make_team,
    make_volunteer,
)
from tests.pages import titles, words

URL = "/teams/"


@pytest.fixture
def nanhu(db):
    make_centre()
    return make_station(name="南湖社区", slug="nanhu", position=901, phone="0937-6000002")


def test_team_list_shows_the_teams_by_kind_and_the_featured_ones(client, nanhu):
    school = make_partner_unit(name="示例学校")
    make_team(station=nanhu, kind="elders", name="示例五老队")
    make_team(station=nanhu, kind="theory", name="示例宣讲队", purpose="讲二十分钟的小课。")
    make_team(
        station=nanhu, kind="theory", name="示例同讲队", is_featured=True, partner_unit=school
    )

    response = client.get(URL)

    assert titles(response) == ["示例宣讲队", "示例五老队", "示例同讲队"]
    text = words(response)
    assert "找到3支队伍，其中1支是和单位一起建的特色队伍。" in text
    assert (
        "理论政策宣讲 1支 示例宣讲队 示例宣讲队 讲二十分钟的小课。 南湖社区 五老 1支 示例五老队"
    ) in text
    assert "特色队伍 1支 示例同讲队 示例同讲队 南湖社区，和示例学校一起建" in text
    assert response.content.decode().count('<details class="fold">') == 3
    narrowed = client.get(URL, {"kind": "elders"}).content.decode()
    assert narrowed.count('<details class="fold" open>') == 1


def test_team_list_leaves_out_what_is_over_hidden_or_yet_to_come(client, nanhu):
    make_team(station=nanhu, name="示例从前队", ended_on=days_away(0))
    make_team(station=nanhu, name="示例明天队", started_on=days_away(1))
    make_team(station=make_station(is_public=False), name="示例藏着队")
    make_team(station=make_centre(), name="示例街道队")

    assert titles(client.get(URL)) == ["示例街道队"]


def test_team_list_is_narrowed_by_station_and_kind(client, nanhu):
    make_team(station=nanhu, kind="law", name="示例法律队")
    make_team(station=nanhu, kind="elders", name="示例五老队")
    make_team(kind="law", name="示例邻社区法律队")

    response = client.get(URL, {"station": "nanhu", "kind": "law"})

    assert titles(response) == ["示例法律队"]
    assert "筛选：南湖社区，法律服务" in words(response)
    assert "找到1支队伍。" in words(response)


def test_team_list_says_what_to_do_where_there_is_none(client, nanhu):
    make_team(station=nanhu, kind="law")

    response = client.get(URL, {"station": "nanhu", "kind": "elders"})

    assert "南湖社区还没有登记这样的队伍。" in words(response)
    assert "打 0937-6000002 问一声" in words(response)


def test_team_list_says_so_on_an_empty_street(client, db):
    text = words(client.get(URL))

    assert "各社区的队伍还在登记。" in text
    assert "志愿者还在登记，登记了第一位，这里就有数字。" in text
    assert "<svg viewBox" not in text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"station": "nowhere"}, "没有找到您选的社区，请从列表里重新选。"),
        ({"kind": "\x00"}, "没有找到您选的类别，请从列表里重新选。"),
        ({"kind": "x" * 5000}, "没有找到您选的类别，请从列表里重新选。"),
    ],
)
def test_team_list_says_what_is_wrong_with_a_filter(client, nanhu, query, message):
    make_team(station=nanhu, name="示例邻里队")

    response = client.get(URL, query)

    assert f"{message} 下面先给您看全部队伍。" in words(response)
    assert titles(response) == ["示例邻里队"]


def test_team_list_counts_ten_hundred_thousand_from_rows(client, nanhu):
    make_organisation(kind="head")
    make_organisation(name="示例法律中心")
    for _ in range(3):
        make_volunteer(station=nanhu)
    make_volunteer(station=nanhu, backbone_since=date(2020, 1, 1))
    make_volunteer(station=nanhu, status="retired")
    make_volunteer(station=nanhu, status="applied")

    response = client.get(URL)

    picture = response.context["picture"]
    assert [(f["metric"].code, f["value"]) for f in picture["figures"]] == [
        ("volunteers.organisations", 1),
        ("volunteers.backbones", 1),
        ("volunteers.registered", 4),
    ]
    assert picture["dots"] == Dots(count=4, marked=1, columns=121)
    assert "4个点，每个点是一名志愿者，其中1个红点是骨干" in words(response)
    assert "示例法律中心" in words(response)


def test_dots_are_as_many_as_people():
    dots = Dots(count=25, marked=12, columns=10)

    assert dots.marked_blocks == [Block(0, 0, 40, 4), Block(0, 4, 8, 4)]
    assert dots.other_blocks == [Block(8, 4, 32, 4), Block(0, 8, 20, 4)]
    assert (dots.width, dots.height) == (40, 12)
    drawn = [*dots.marked_blocks, *dots.other_blocks]
    assert sum(block.width * block.height for block in drawn) == 25 * 16


def test_dots_of_nobody_are_none():
    dots = Dots(count=0, marked=0, columns=10)

    assert (dots.marked_blocks, dots.other_blocks, dots.height) == ([], [], 0)


def test_team_list_counts_the_members_of_today(client, nanhu):
    team = make_team(station=nanhu, name="示例邻里队")
    make_membership(team=team)
    make_membership(team=team)
    make_membership(team=team, until=days_away(0))
    make_membership(team=team, volunteer=make_volunteer(status="retired"))

    assert "示例邻里队 南湖社区，2人" in words(client.get(URL))


def test_team_list_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
