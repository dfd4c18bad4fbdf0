import time_machine

from tests.factories import at, days_away, make_centre, make_compound, make_station
from tests.pages import titles, words

URL = "/stations/"


@time_machine.travel(at("2026-11-24", "10:00"), tick=False)
def test_station_list_is_in_the_streets_order(client, db):
    make_station(name="示例东社区", position=20002)
    make_station(
        name="南湖社区",
        position=20001,
        phone="0937-6000009",
        opening_hours="周一至周六 上午8:30–下午6:00",
        address="示例路8号",
    )

    response = client.get(URL)

    assert titles(response) == ["南湖社区", "示例东社区"]
    assert "2个社区实践所" in words(response)
    assert (
        "南湖社区 0937-6000009 现在开着，到下午6:00 周一至周六 上午8:30–下午6:00 示例路8号"
        in words(response)
    )
    assert 'href="tel:09376000009"' in response.content.decode()


def test_station_list_by_compound_says_whose_it_is(client, db):
    nanhu = make_station(name="南湖社区", position=20001, phone="0937-6000009", opening_hours="")
    make_compound(station=nanhu, name="示例花园", position=2)
    make_compound(station=nanhu, name="示例小院", aliases="老八栋", position=1)
    make_compound(station=make_station(is_public=False), name="看不见的")

    make_station(name="示例东社区", position=20002, phone="", opening_hours="")

    text = words(client.get(URL, {"by": "compound"}))

    assert (
        "南湖社区 0937-6000009 示例小院 也叫老八栋 示例花园 "
        "示例东社区 电话还没有登记 小区还没有登记"
    ) in text
    assert text.count("0937-6000009") == 1
    assert "看不见的" not in text
    assert "示例小院" in words(client.get(URL, {"by": "x"}))


def test_station_list_leaves_out_what_residents_do_not_see(client, db):
    make_centre()
    make_station(name="待确认社区01", is_public=False)
    make_station(name="关了的", ended_on=days_away(0))
    make_station(name="明年开的", started_on=days_away(1))

    response = client.get(URL)

    assert titles(response) == []
    assert "各社区的实践所还在登记" in words(response)
    assert "打 0937-6000001 问一声" in words(response)


def test_station_list_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
