"""我住哪个小区: found by two characters, kept in a cookie, changed and taken back."""

import pytest

from tests.factories import make_centre, make_compound, make_station
from tests.pages import words

URL, SET = "/where/", "/where/set/"


@pytest.fixture
def nanhu(db):
    return make_station(name="南湖社区", slug="nanhu", position=20001)


@pytest.fixture
def compound(nanhu):
    return make_compound(station=nanhu, name="示例胡杨小区", aliases="老八栋、 3号院")


def found(client, q) -> str:
    return words(client.get(URL, {"q": q})).split("按社区找")[0].split("找小区")[-1].strip()


@pytest.mark.parametrize(
    "q", ["胡杨", "老八", "3号", "３号", " 老 八 栋 ", "胡杨花园", "胡杨小区", "杨小"]
)
def test_where_finds_a_compound_by_two_characters(client, compound, q):
    make_compound(station=compound.station, name="示例白杨里")

    assert found(client, q) == ("找到这些，哪个是您的？ 示例胡杨小区 南湖社区，也叫老八栋、 3号院")


def test_where_finds_a_community_by_its_name(client, nanhu):
    make_station(name="示例东社区")

    assert found(client, "南湖") == "找到这些，哪个是您的？ 南湖社区"


def test_where_names_the_community_before_its_compounds(client, nanhu):
    make_compound(station=nanhu, name="示例胡杨小区")

    assert found(client, "南湖") == "找到这些，哪个是您的？ 南湖社区 示例胡杨小区 南湖社区"


@pytest.mark.parametrize("q", ["没有", "小区小区", "%%", "__", "胡%"])
def test_where_that_finds_nothing_says_what_to_do(client, compound, q):
    make_centre(phone="0937-6000001")

    text = words(client.get(URL, {"q": q}))

    assert (
        f"没有找到“{q}” 换两个字试试，或在下面按社区找。 还是找不到，请打 0937-6000001 问" in text
    )


def test_where_asks_for_a_second_character(client, compound):
    text = words(client.get(URL, {"q": "胡"}))

    assert "一个字太少了，请再打一个字。" in text
    assert "没有找到" not in text


def test_where_bears_words_that_are_too_long(client, compound):
    text = words(client.get(URL, {"q": "胡" * 21, "next": "/stations/"}))

    assert "名字太长了，打两三个字就行。" in text


def test_where_lists_public_stations_in_the_streets_order(client, compound):
    first = make_station(name="示例北社区", slug="north", position=20000)
    other = make_compound(station=first, name="示例花园")
    make_compound(station=make_station(is_public=False), name="看不见的")

    response = client.get(URL, {"next": "/stations/"})
    text, html = words(response), response.content.decode()

    assert text.endswith(
        "按社区找 示例北社区 1个小区 示例花园 选整个示例北社区 "
        "南湖社区 1个小区 示例胡杨小区 选整个南湖社区"
    )
    assert f'href="/where/set/?to=north.{other.pk}&amp;next=%2Fstations%2F"' in html
    assert 'href="/where/set/?to=nanhu&amp;next=%2Fstations%2F"' in html


def test_where_of_a_street_without_stations_says_whom_to_ring(client, db):
    make_centre(phone="0937-6000001")

    assert "各社区的小区还在登记" in words(client.get(URL))


def test_where_shows_the_choice_and_takes_it_back(client, compound):
    client.cookies["near"] = f"nanhu.{compound.pk}"

    response = client.get(URL, {"next": "/stations/"})

    assert "您现在选的是示例胡杨小区（南湖社区）。" in words(response)
    assert 'href="/where/set/?to=&amp;next=%2Fstations%2F"' in response.content.decode()


def test_where_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
    assert client.post(SET).status_code == 405


def test_where_set_keeps_the_choice_for_a_year_and_goes_back(client, compound):
    wish = f"nanhu.{compound.pk}"

    response = client.get(SET, {"to": wish, "next": "/stations/?by=compound"})

    assert (response.status_code, response["Location"]) == (302, "/stations/?by=compound")
    cookie = response.cookies["near"]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == (wish, 31_536_000, "/")
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert client.get(SET, {"to": "nanhu"}, secure=True).cookies["near"]["secure"] is True


def test_where_set_of_nothing_forgets(client, nanhu):
    client.get(SET, {"to": "nanhu"})

    response = client.get(SET, {"to": ""})

    assert response["Location"] == "/"
    assert (response.cookies["near"].value, response.cookies["near"]["max-age"]) == ("", 0)


def test_where_set_of_another_stations_compound_is_the_community(client, compound):
    make_station(slug="north")

    response = client.get(SET, {"to": f"north.{compound.pk}"})

    assert response.cookies["near"].value == "north"


@pytest.mark.parametrize("to", ["hidden", "nowhere", "\x00", "x" * 61, "nanhu;", "/", None])
def test_where_set_of_what_is_not_there_changes_nothing(client, nanhu, to):
    make_station(slug="hidden", is_public=False)
    client.cookies["near"] = "nanhu"

    response = client.get(SET, {"to": to, "next": "/stations/"} if to else {"to": "nowhere"})

    assert response.status_code == 302
    assert "near" not in response.cookies


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1", "\x00"]
)
def test_where_never_leads_away(client, nanhu, there):
    assert client.get(SET, {"to": "nanhu", "next": there})["Location"] == "/"
    assert "evil" not in client.get(URL, {"next": there}).content.decode().split("<main")[1]
