"""Search over everything that residents can find."""

import re

import pytest
import time_machine

from practice_portal.search import KINDS
from tests.factories import (
    at,
    days_away,
    make_activity,
    make_article,
    make_brand,
    make_centre,
    make_compound,
    make_held_session,
    make_partner_unit,
    make_posting,
    make_role_model,
    make_session,
    make_station,
    make_team,
    make_venue,
)
from tests.pages import words

URL = "/search/"
SERVICES = next(kind for kind in KINDS if kind.code == "services")


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


def found(response) -> dict[str, list[str]]:
    return {
        each.kind.code: [result.title for result in each.results]
        for each in response.context["found"]
    }


def test_search_finds_every_kind_by_a_word_of_two_characters(client, db):
    nanhu = make_station(name="南湖社区", intro="院里教剪纸。")
    make_venue(station=nanhu, name="巧手屋", facilities="剪纸桌四张")
    make_brand(station=nanhu, name="剪纸人家")
    make_team(station=nanhu, name="红窗花队", purpose="教老人剪纸")
    make_role_model(station=nanhu, name="宋示例", deed="教孩子剪纸。", has_consented=True)
    make_session(activity=make_activity(station=nanhu, title="剪纸课"), starts_at=at("2026-11-28"))

    response = client.get(URL, {"q": "剪纸"})

    assert found(response) == {
        "activities": ["剪纸课"],
        "stations": ["南湖社区新时代文明实践所"],
        "venues": ["南湖社区巧手屋"],
        "brands": ["剪纸人家"],
        "teams": ["红窗花队"],
        "role-models": ["好婆婆 宋示例"],
    }
    text = words(response)
    assert "写着“剪纸”的，找到6条。" in text
    assert "活动 1条 实践所 1条 能用的地方 1条 一社一品 1条 志愿者队伍 1条 身边的榜样 1条" in text
    assert "剪纸 课 南湖社区，11月28日（周六）上午9:30" in text
    assert response["X-Robots-Tag"] == "noindex"


def test_search_shows_nothing_that_residents_may_not_see(client, db):
    hidden = make_station(name="剪纸社区", is_public=False)
    open_station = make_station()
    make_venue(station=hidden, name="剪纸屋")
    make_venue(station=open_station, name="剪纸旧屋", ended_on=days_away(-1))
    make_brand(station=hidden, name="剪纸坊")
    make_brand(station=open_station, name="剪纸明年", started_on=days_away(30))
    make_team(station=hidden, name="剪纸队")
    make_team(station=open_station, name="剪纸老队", ended_on=days_away(-1))
    make_role_model(station=open_station, deed="剪纸", has_consented=False)
    make_role_model(station=open_station, deed="剪纸", has_consented=True, recognised_on=None)
    make_role_model(station=hidden, deed="剪纸", has_consented=True)
    for status in ("draft", "withdrawn"):
        make_activity(station=open_station, title="剪纸课", status=status)
    make_activity(station=hidden, title="剪纸课")

    response = client.get(URL, {"q": "剪纸"})

    assert found(response) == {}
    assert "没有找到写着“剪纸”的。" in words(response)


def test_search_lists_what_comes_before_what_was(client, db):
    make_held_session(activity=make_activity(title="合唱旧"), starts_at=at("2026-10-01"))
    make_held_session(activity=make_activity(title="合唱刚才"), starts_at=at("2026-11-20"))
    make_session(activity=make_activity(title="合唱后"), starts_at=at("2026-12-20"))
    soon = make_activity(title="合唱先")
    make_session(activity=soon, starts_at=at("2026-11-25"))
    make_session(activity=soon, starts_at=at("2026-12-25"))

    response = client.get(URL, {"q": "合唱"})

    assert found(response) == {"activities": ["合唱先", "合唱后", "合唱刚才", "合唱旧"]}
    assert "10月1日（周四）办过" in words(response)


def test_search_finds_an_activity_once_by_any_of_its_places(client, db):
    activity = make_activity(title="量血压")
    for number in range(3):
        make_session(activity=activity, address="凉亭", days=number + 1)

    response = client.get(URL, {"q": "凉亭"})

    assert found(response) == {"activities": ["量血压"]}
    assert response.context["total"] == 1


def test_search_finds_by_what_is_chosen_and_by_all_words(client, db):
    nanhu = make_station(name="南湖社区")
    make_role_model(
        station=nanhu, name="宋示例", category="good_daughter_in_law", has_consented=True
    )
    make_team(
        station=nanhu, kind="law", name="示例队", partner_unit=make_partner_unit(name="示例所")
    )

    assert found(client.get(URL, {"q": "好媳妇"})) == {
        "services": ["推荐身边好人"],
        "role-models": ["好媳妇 宋示例"],
        "figures": ["推荐评选的道德标杆"],
    }
    assert found(client.get(URL, {"q": "法律 南湖"})) == {"teams": ["示例队"]}
    assert found(client.get(URL, {"q": "法律 东湖"})) == {}


def test_search_marks_the_word_and_escapes_the_rest(client, db):
    make_brand(name="<i>剪纸</i>", story="<script>x</script>学剪纸。")

    html = client.get(URL, {"q": "剪纸"}).content.decode()

    assert "&lt;i&gt;<mark>剪纸</mark>&lt;/i&gt;" in html
    assert "&lt;script&gt;x&lt;/script&gt;学<mark>剪纸</mark>。" in html
    assert "<script" not in html


def test_search_shows_five_of_a_kind_and_leads_to_all(client, db):
    for number in range(23):
        make_brand(name=f"剪纸{number}")

    response = client.get(URL, {"q": "剪纸"})
    all_of_them = client.get(URL, {"q": "剪纸", "kind": "brands", "page": "2"})

    assert len(found(response)["brands"]) == 5
    assert "看全部23条一社一品" in words(response)
    assert 'href="?q=%E5%89%AA%E7%BA%B8&amp;kind=brands"' in response.content.decode()
    assert "写着“剪纸”的一社一品，找到23条。" in words(all_of_them)
    assert [r.title for r in all_of_them.context["results"]] == ["剪纸20", "剪纸21", "剪纸22"]
    assert 'href="?q=%E5%89%AA%E7%BA%B8&amp;kind=brands&amp;page=1"' in all_of_them.content.decode()


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "  "}])
def test_search_without_a_word_says_how(client, db, query):
    make_brand(name="剪纸")

    response = client.get(URL, query)

    assert "写两三个字就行" in words(response)
    assert "found" not in response.context


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"q": "剪" * 31}, "您写的太长了，写两三个词就够，比如“手机”“理发”。"),
        ({"q": "剪\x00"}, "没有看懂您写的词，请重新写。"),
        ({"q": "剪纸", "kind": "x"}, "没有看懂您要看哪一类，请重新找一次。"),
    ],
)
def test_search_says_what_is_wrong(client, db, query, message):
    response = client.get(URL, query)

    assert response.status_code == 200
    assert f"{message} 改好再按一下“找”。" in words(response)


@pytest.mark.parametrize("word", ["%", "_", "\\", "'", "[", "(?"])
def test_search_takes_signs_as_they_are(client, db, word):
    make_brand(name="剪纸")

    assert found(client.get(URL, {"q": word})) == {}


def test_search_that_finds_nothing_offers_two_ways_on(client, db):
    make_centre(phone="0937-6000001")

    text = words(client.get(URL, {"q": "飞机"}))

    assert "换个短一点的词再试" in text
    assert "看最近的活动 ，或打 0937-6000001 问一声" in text


def test_search_box_is_on_every_page_but_its_own(client, db):
    assert 'action="/search/"' in client.get("/").content.decode()
    assert 'action="/search/"' not in client.get(URL).content.decode()


def test_search_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
    assert client.head(URL).status_code == 200


def test_search_names_activities_of_the_same_title_once(client, db):
    nanhu = make_station(name="南湖社区")
    activities = []
    for number in range(6):
        activities.append(make_activity(station=nanhu, title="剪纸课"))
        make_session(activity=activities[-1], starts_at=at(f"2026-12-0{number + 1}"))
    make_session(activity=make_activity(station=nanhu, title="剪纸展"), starts_at=at("2026-12-09"))
    make_session(activity=make_activity(title="说书", text="剪纸"), starts_at=at("2026-11-30"))

    response = client.get(URL, {"q": "剪纸"})
    all_of_them = client.get(URL, {"q": "剪纸", "kind": "activities"})

    assert found(response) == {"activities": ["说书", "剪纸课", "剪纸展"]}
    assert response.context["total"] == 3
    result = response.context["found"][0].results[1]
    assert result.url == activities[0].get_absolute_url()
    assert result.alike == [
        ("南湖社区，12月2日（周三）上午9:30", activities[1].get_absolute_url()),
        ("南湖社区，12月3日（周四）上午9:30", activities[2].get_absolute_url()),
        ("南湖社区，12月4日（周五）上午9:30", activities[3].get_absolute_url()),
    ]
    assert "12月4日（周五）上午9:30 ；另有2个。" in words(response)
    assert [each.title for each in all_of_them.context["results"]] == ["说书", "剪纸课", "剪纸展"]


def test_search_shows_the_words_of_an_article_and_not_its_marks(client, db):
    make_article(text="## 剪纸\n\n- 看[实践所](/stations/)那一页\n- 剪纸桌四张")

    response = client.get(URL, {"q": "剪纸"})

    [result] = response.context["found"][0].results
    assert result.excerpt == "剪纸 看实践所那一页 剪纸桌四张"


def test_search_finds_how_to_do_a_thing_and_what_explains_the_site(client, db):
    assert found(client.get(URL, {"q": "水管"})) == {"services": ["找人帮忙"]}
    assert found(client.get(URL, {"q": "隐私"})) == {"services": ["您的资料怎么保管"]}
    assert found(client.get(URL, {"q": "查询码"})) == {"services": ["查进度", "凭查询码查进度"]}
    assert found(client.get(URL, {"q": "查询码 水管"})) == {}
    all_of_them = client.get(URL, {"q": "读屏", "kind": "services"})
    assert "写着“读屏”的办事和说明，找到1条。" in words(all_of_them)
    assert 'href="/accessibility/"' in all_of_them.content.decode()


def test_search_knows_each_of_the_five_doors_and_only_pages_that_are_there(client, db):
    urls = [entry.url for entry in SERVICES.entries()]

    doors = re.findall(r'class="door"\s+href="([^"]*)"', client.get("/").content.decode())
    assert doors == urls[:5]  # of a street without a phone of its own
    assert [url for url in urls if client.get(url).status_code != 200] == []


def test_search_finds_figures_under_their_heading(client, db):
    response = client.get(URL, {"q": "道德标杆"})

    assert found(response) == {"figures": ["推荐评选的道德标杆"]}
    [result] = response.context["found"][0].results
    assert (result.url, result.note) == ("/figures/#heading-5", "怎么做")
    page = client.get("/figures/").content.decode()
    assert "推荐评选的道德标杆" in page[page.index('id="heading-5"') :]


def test_search_finds_whose_names_stand_on_the_stations_pages(client, db):
    nanhu = make_station(name="南湖社区", slug="nanhu")
    steward = make_posting(station=nanhu, name="宋示例", duty="steward")
    make_compound(station=nanhu, name="胡杨小区", steward=steward)
    make_posting(station=nanhu, name="李示例", duty="head")
    make_posting(station=nanhu, name="专示例", duty="full_time")
    make_posting(station=nanhu, name="前示例", duty="head", until=days_away(-1))
    make_posting(station=make_station(is_public=False), name="藏示例", duty="head")
    make_posting(station=make_centre(), name="主示例", duty="head")

    response = client.get(URL, {"q": "示例"})

    assert found(response)["people"] == ["李示例", "宋示例"]
    people = next(each for each in response.context["found"] if each.kind.code == "people")
    assert [(each.note, each.url) for each in people.results] == [
        ("南湖社区的负责人", "/stations/nanhu/"),
        ("南湖社区的社区管家", "/stations/nanhu/"),
    ]
    assert found(client.get(URL, {"q": "胡杨 管家"})) == {"people": ["宋示例"]}


def test_search_says_what_a_page_is_about_and_not_that_it_is_a_page(client, db):
    centre = make_centre(name="示例街道")
    make_article(
        station=centre, kind="page", slug="about", title="我们这里", published_at=at("2026-11-23")
    )
    make_article(
        station=centre, kind="page", slug="privacy", title="开头", published_at=at("2026-11-23")
    )

    response = client.get(URL, {"q": "简介"})

    assert found(response) == {"articles": ["我们这里"]}
    assert "我们这里 中心 简介 ，11月23日（周一）" in words(response)
    assert found(client.get(URL, {"q": "开头"})) == {}


@pytest.mark.parametrize("word", ["示例", "志愿者", "报名"])
def test_search_asks_as_often_whatever_it_finds(client, db, django_assert_max_num_queries, word):
    make_posting(station=make_station(), name="示例", duty="head")
    make_activity(title="示例报名志愿者")

    with django_assert_max_num_queries(11):
        client.get(URL, {"q": word})
