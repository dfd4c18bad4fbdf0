from datetime import date

import pytest

from tests.factories import (
    days_away,
    make_activity,
    make_brand,
    make_held_session,
    make_session,
    make_station,
)
from tests.pages import titles, words


def test_brand_detail_tells_its_story_and_what_comes_next(client, db):
    nanhu = make_station(name="南湖社区")
    brand = make_brand(
        station=nanhu, name="南湖夜话", story="从一张板凳开始。", started_on=date(2019, 5, 1)
    )
    activity = make_activity(station=nanhu, brand=brand, title="这个月的夜话")
    make_session(activity=activity)
    make_held_session(activity=activity, people_served=18, story="说了楼道的灯。")
    make_session(activity=make_activity(station=nanhu, title="不是它的"))
    make_session(activity=make_activity(station=nanhu, brand=brand, title="草稿", status="draft"))

    response = client.get(brand.get_absolute_url())
    text = words(response)

    assert "从一张板凳开始。 从2019年5月办到现在。" in text
    assert titles(response) == ["这个月的夜话"]
    assert "来了18人 说了楼道的灯。" in text
    assert "不是它的" not in text
    assert "草稿" not in text


def test_brand_detail_without_a_session_offers_two_ways_on(client, db):
    brand = make_brand(station=make_station(name="南湖社区", slug="nanhu"))

    response = client.get(brand.get_absolute_url())

    assert "现在没有排新的场次。" in words(response)
    assert 'href="/activities/?station=nanhu"' in response.content.decode()
    assert "南湖社区的其他活动 ，或打 0937-6000000 问一声" in words(response)


def test_brand_detail_of_a_former_brand_says_until_when(client, db):
    brand = make_brand(started_on=date(2016, 1, 1), ended_on=date(2019, 5, 1))

    assert "从2016年1月办到2019年5月。" in words(client.get(brand.get_absolute_url()))


def test_brand_detail_tells_what_came_before_and_after(client, db):
    nanhu = make_station(name="南湖社区")
    before = make_brand(
        station=nanhu, name="读报会", started_on=date(2016, 1, 1), ended_on=date(2019, 5, 1)
    )
    now = make_brand(station=nanhu, name="微课堂", started_on=date(2019, 5, 1))
    make_brand(name="别人家的")

    of_now, of_before = (words(client.get(each.get_absolute_url())) for each in (now, before))

    assert "南湖社区以前办过的 读报会 2016年到2019年" in of_now
    assert "南湖社区还办过的 微课堂 2019年到现在" in of_before
    assert "别人家的" not in of_now


def test_brand_detail_of_a_hidden_station_or_of_the_future_is_missing(client, db):
    hidden = make_brand(station=make_station(is_public=False))
    future = make_brand(started_on=days_away(1))

    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get(future.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("pk", ["1", "99999999999999999999999", "x"])
def test_brand_detail_that_does_not_exist_is_missing(client, db, pk):
    assert client.get(f"/brands/{pk}/").status_code == 404


def test_brand_detail_refuses_other_methods(client, db):
    assert client.post(make_brand().get_absolute_url()).status_code == 405
