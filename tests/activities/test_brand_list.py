from datetime import date

from tests.factories import days_away, make_brand, make_centre, make_station
from tests.pages import titles, words

URL = "/brands/"


def test_brand_list_shows_brands_in_the_streets_order(client, db):
    second = make_station(name="示例东社区", position=20002)
    first = make_station(name="南湖社区", position=20001)
    make_brand(station=second, name="东边的书")
    make_brand(station=first, name="南湖夜话", slogan="坐下来说说", started_on=date(2019, 5, 1))
    make_brand(station=first, name="邻居节", started_on=date(2016, 1, 1), ended_on=date(2019, 5, 1))

    response = client.get(URL)

    assert titles(response) == ["南湖夜话", "东边的书"]
    assert "南湖夜话 坐下来说说 南湖社区，从2019年办到现在" in words(response)
    assert "以前办过的 邻居节 南湖社区，2016年到2019年" in words(response)


def test_brand_list_leaves_out_hidden_stations_and_what_has_not_begun(client, db):
    make_brand(name="没公开", station=make_station(is_public=False))
    make_brand(name="明年的", started_on=days_away(30))

    response = client.get(URL)

    assert titles(response) == []
    assert "各社区的品牌还在登记。" in words(response)


def test_brand_list_that_is_empty_offers_two_ways_on(client, db):
    make_centre(phone="0937-6000001")

    assert "最近的活动 ，或打 0937-6000001 问一声" in words(client.get(URL))


def test_brand_list_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
