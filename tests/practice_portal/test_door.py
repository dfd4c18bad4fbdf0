import re

import pytest

from tests.factories import make_centre, make_station
from tests.pages import words


@pytest.mark.parametrize(
    ("door", "heading", "steps"),
    [
        ("help", "找人帮忙", ["先想好这几样", "打电话，或到社区来说", "等社区回话", "志愿者上门"]),
        (
            "report",
            "反映问题",
            ["看清楚这几样", "打电话，或到社区来说", "社区找管这件事的部门", "办完了告诉您"],
        ),
        (
            "progress",
            "查进度",
            [
                "想一想当时怎么说的",
                "打电话，或到社区来问",
                "听工作人员说到了哪一步",
                "觉得办得不好，可以再说",
            ],
        ),
    ],
)
def test_door_says_in_four_steps_how_to_do_it_by_phone(client, db, door, heading, steps):
    make_centre(phone="0937-6000001")
    make_station(name="南湖社区", phone="0937-6000009", position=20001)
    make_station(name="示例东社区", phone="", position=20002)
    make_station(name="没公开", is_public=False)

    response = client.get(f"/doors/{door}/")
    text, html = words(response), response.content.decode()

    assert f"要办什么事 {heading} " in text
    assert re.findall("<h3>(.*)</h3>", html) == steps
    assert "打电话 0937-6000001" in text
    assert 'href="tel:09376000001"' in html
    assert "南湖社区 0937-6000009 示例东社区 电话还没有登记" in text
    assert "没公开" not in text


def test_door_of_a_resident_who_has_chosen_rings_the_own_community_first(client, db):
    make_centre(phone="0937-6000001", address="街道办一楼")
    make_station(
        slug="nanhu",
        name="南湖社区",
        phone="0937-6000009",
        opening_hours="周一至周六 上午8:30–下午6:00",
        address="南湖社区一楼",
    )
    client.cookies["near"] = "nanhu"

    text = words(client.get("/doors/help/"))

    assert (
        "打给您选的南湖社区。有人接的时间：周一至周六 上午8:30–下午6:00。 打电话 0937-6000009 "
        "没人接，就打给街道的中心： 0937-6000001 也可以上门来说：南湖社区一楼" in text
    )


def test_door_of_a_chosen_community_without_a_phone_rings_the_centre(client, db):
    make_centre(phone="0937-6000001")
    make_station(slug="nanhu", name="南湖社区", phone="")
    client.cookies["near"] = "nanhu"

    text = words(client.get("/doors/help/"))

    assert "打给街道的中心，说是哪个社区的就行。" in text
    assert "打给您选的" not in text


def test_door_answers_on_an_empty_database(client, db):
    response = client.get("/doors/help/")

    assert response.status_code == 200
    assert "各社区的电话还在登记。" in words(response)


@pytest.mark.parametrize("door", ["x", "Help", "help-me"])
def test_door_that_does_not_exist_is_missing(client, db, door):
    response = client.get(f"/doors/{door}/")

    assert response.status_code == 404
    assert "没有找到这个页面" in words(response)


def test_door_refuses_other_methods(client, db):
    assert client.post("/doors/help/").status_code == 405
