from datetime import date

import pytest

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


@pytest.fixture
def nanhu(db):
    make_centre()
    return make_station(
        name="南湖社区", slug="nanhu", phone="0937-6000002", opening_hours="周一至周六"
    )


def test_team_detail_says_what_the_team_does_and_how_to_join(client, nanhu):
    team = make_team(
        station=nanhu,
        kind="education",
        name="示例校社同讲队",
        purpose="和学校的老师一起讲课。",
        is_featured=True,
        partner_unit=make_partner_unit(name="示例学校"),
        organisation=make_organisation(name="示例助学中心"),
        started_on=date(2019, 2, 1),
    )
    make_membership(team=team)
    make_team(station=nanhu, name="示例另一队")

    response = client.get(f"/teams/{team.pk}/")

    text = words(response)
    assert "<title>示例校社同讲队 - " in response.content.decode()
    assert "示例校社同讲队 和学校的老师一起讲课。 做哪一类事 助学支教 特色队伍" in text
    assert "哪个社区 南湖社区 有多少人 1人 和谁一起建 示例学校 归哪里带 示例助学中心" in text
    assert "哪年成立 2019年2月" in text
    assert "打电话 0937-6000002" in text
    assert titles(response) == ["示例另一队"]


def test_team_detail_names_no_member(client, nanhu):
    team = make_team(station=nanhu)
    make_membership(team=team, volunteer=make_volunteer(name="宋秘密"))
    make_membership(team=team, volunteer=make_volunteer(name="宋公开", has_consented=True))

    html = client.get(f"/teams/{team.pk}/").content.decode()

    assert "有多少人" in html
    assert "宋" not in html


def test_team_detail_of_the_whole_street_gives_the_centres_phone(client, nanhu):
    team = make_team(station=make_centre())

    text = words(client.get(f"/teams/{team.pk}/"))

    assert "哪个社区 全街道 有多少人 还没有登记" in text
    assert "打电话 0937-6000001" in text


def test_team_detail_of_what_residents_do_not_see_is_not_there(client, nanhu):
    over = make_team(station=nanhu, ended_on=days_away(0))
    hidden = make_team(station=make_station(is_public=False))

    codes = [client.get(f"/teams/{pk}/").status_code for pk in (over.pk, hidden.pk, 987654321)]

    assert codes == [404, 404, 404]


def test_team_detail_refuses_other_methods(client, nanhu):
    assert client.post(f"/teams/{make_team(station=nanhu).pk}/").status_code == 405
