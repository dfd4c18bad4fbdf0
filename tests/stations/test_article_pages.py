"""Residents' pages of the articles: the list, an article, rules, the fixed pages, attachments."""

import re

import pytest

from practice_portal.lib.attachments import TYPES
from tests.factories import (
    at,
    make_article,
    make_article_picture,
    make_attachment,
    make_centre,
    make_station,
)
from tests.pages import words


def listed(response) -> list[str]:
    html = response.content.decode()
    return re.findall(r'<li class="article-row">\s*<div>\s*<a [^>]*>([^<]*)</a>', html)


def news(station, title, day, **values):
    return make_article(station=station, title=title, published_at=at(day, "10:00"), **values)


@pytest.fixture
def three(station, centre):
    news(station, "暖气修好了", "2026-11-20")
    news(station, "星期四停水", "2026-11-18", kind="notice")
    news(centre, "去年的花灯", "2025-02-10")
    make_article(station=station, title="还没写完", status="draft")
    make_article(station=centre, title="借用办法", kind="rules")


# The list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["暖气修好了", "星期四停水", "去年的花灯"]),
        ("?kind=notice", ["星期四停水"]),
        ("?kind=news", ["暖气修好了", "去年的花灯"]),
        ("?station=nanhu", ["暖气修好了", "星期四停水"]),
        ("?year=2025", ["去年的花灯"]),
        ("?station=nanhu&year=2026&kind=news", ["暖气修好了"]),
        ("?station=nanhu&year=2025", []),
    ],
)
def test_article_list_is_narrowed_by_kind_station_and_year(client, three, query, expected):
    assert listed(client.get(f"/news/{query}")) == expected


def test_article_list_counts_what_each_chip_would_show(client, three):
    text = words(client.get("/news/?station=nanhu&kind=notice"))

    assert "全部 2 篇 动态 1 篇 通知公告 1 篇" in text
    assert "找到1篇，新的在前面。" in text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("station=nowhere", "没有找到您选的社区，请从列表里重新选。"),
        ("year=1999", "那一年没有动态，请从列表里重新选。"),
        ("kind=rules", "没有看懂您要哪一类，请在下面选一个。"),
    ],
)
def test_article_list_says_what_it_did_not_understand_and_shows_all(client, three, query, message):
    response = client.get(f"/news/?{query}")

    assert message in words(response)
    assert len(listed(response)) == 3


def test_article_list_turns_pages_and_keeps_what_is_chosen(client, station):
    for _ in range(16):
        make_article(station=station)

    first = client.get("/news/?kind=news")

    assert len(listed(first)) == 15
    assert 'href="?kind=news&amp;page=2"' in first.content.decode()
    assert len(listed(client.get("/news/?kind=news&page=2"))) == 1


def test_article_list_that_is_empty_says_what_to_do(client, db):
    make_centre(phone="0937-6000001")

    text = words(client.get("/news/"))

    assert "还没有发布动态和通知。" in text
    assert "最近的活动 ，或打 0937-6000001 问一声。" in text


# An article ---------------------------------------------------------------------------------------


def test_article_detail_shows_text_pictures_and_attachments(client, station):
    article = news(station, "暖气修好了", "2026-11-20", text="## 怎么修\n- 放气\n- 换阀")
    picture = make_article_picture(article=article, caption="师傅在拧阀门")
    attachment = make_attachment(article=article, title="检修记录")
    make_article(station=station, title="另一件事")

    response = client.get(f"/news/{article.pk}/")

    html = response.content.decode()
    assert "<h2>怎么修</h2>\n<ul><li>放气</li><li>换阀</li></ul>" in html
    image = re.search(r"<img[^>]*>", html)[0]
    for attribute in (
        f'src="{picture.picture.url}"',
        'alt="师傅在拧阀门"',
        'width="640"',
        'height="480"',
        'loading="lazy"',
    ):
        assert attribute in image
    assert f'href="/attachments/{attachment.pk}/">检修记录</a>' in html
    text = words(response)
    assert "11月20日（周五） 发布" in text
    assert "PDF文件，约1KB" in text
    assert "南湖社区还有 另一件事" in text
    assert "预览" not in text


@pytest.mark.parametrize("values", [{"status": "draft"}, {"status": "first_review"}])
def test_article_detail_that_is_not_published_is_staffs_preview(
    client, station, clerk, other_clerk, lead, values
):
    article = make_article(station=station, **values)
    attachment = make_attachment(article=article)
    pages = (f"/news/{article.pk}/", f"/attachments/{attachment.pk}/")

    assert [client.get(page).status_code for page in pages] == [404, 404]
    client.force_login(other_clerk)
    assert [client.get(page).status_code for page in pages] == [404, 404]
    client.force_login(clerk)
    assert [client.get(page).status_code for page in pages] == [200, 200]
    response = client.get(pages[0])
    assert "预览：还没有发布。" in words(response)
    assert "no-store" in response["Cache-Control"]


def test_article_detail_of_a_hidden_station_or_of_nothing_is_missing(client, db):
    article = make_article(station=make_station(is_public=False))

    assert client.get(f"/news/{article.pk}/").status_code == 404
    assert client.get("/news/999999/").status_code == 404


def test_article_detail_of_a_page_is_at_the_pages_own_address(client, centre):
    article = make_article(station=centre, kind="page", slug="about")

    assert client.get(f"/news/{article.pk}/").status_code == 404


def test_article_detail_escapes_what_was_typed(client, station):
    article = make_article(station=station, text="<script>alert(1)</script>")

    assert "<script>alert" not in client.get(f"/news/{article.pk}/").content.decode()


@pytest.mark.parametrize("page", ["/news/", "/rules/", "/about/"])
def test_article_pages_refuse_other_methods(client, db, page):
    assert client.post(page).status_code == 405


# Rules and fixed pages ----------------------------------------------------------------------------


def test_rules_are_listed_apart_from_the_news(client, three):
    assert listed(client.get("/rules/")) == ["借用办法"]


def test_rules_that_are_empty_say_what_to_do(client, db):
    assert "还没有放上制度文件。" in words(client.get("/rules/"))


@pytest.mark.parametrize(
    ("address", "title"),
    [("/about/", "中心简介"), ("/leading-group/", "领导小组"), ("/plan/", "实施方案")],
)
def test_page_shows_what_is_published_and_says_when_there_is_nothing(
    client, centre, address, title
):
    empty = words(client.get(address))
    assert f"{title} 这一页还在写" in empty
    make_article(station=centre, kind="page", slug=address.strip("/"), text="院子在这里。")

    assert "院子在这里。" in words(client.get(address))


def test_privacy_begins_with_the_streets_own_words(client, centre):
    table = re.compile(r"<td>.*?天</td>")
    before = client.get("/privacy/").content.decode()
    values = {"kind": "page", "slug": "privacy"}
    make_article(station=centre, text="草稿里的话。", status="draft", **values)
    make_article(station=centre, text="街道保管您的资料。", **values)

    after = client.get("/privacy/").content.decode()

    assert "<p>街道保管您的资料。</p>" in after
    assert "草稿里的话" not in after
    assert table.findall(after) == table.findall(before) != []


# Attachments --------------------------------------------------------------------------------------


def test_attachment_is_a_download_under_its_title(client, station):
    attachment = make_attachment(
        article=make_article(station=station), title="../借用 申请表<script>"
    )

    response = client.get(f"/attachments/{attachment.pk}/")

    assert response.getvalue() == b"%PDF-1.7 made by the tests"
    assert response["Content-Type"] == TYPES[".pdf"]
    assert response["X-Content-Type-Options"] == "nosniff"
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "/" not in disposition.replace("utf-8''", "")
    assert "script>" not in disposition


def test_attachment_whose_file_is_gone_is_missing(client, station):
    attachment = make_attachment(article=make_article(station=station))
    attachment.file.storage.delete(attachment.file.name)

    assert client.get(f"/attachments/{attachment.pk}/").status_code == 404
    assert client.get("/attachments/999999/").status_code == 404


# Where they are shown -----------------------------------------------------------------------------


def test_home_and_station_show_the_latest_news(client, three):
    assert listed(client.get("/")) == ["暖气修好了", "星期四停水", "去年的花灯"]
    assert listed(client.get("/stations/nanhu/")) == ["暖气修好了", "星期四停水"]


def test_home_without_news_has_no_empty_heading(client, station):
    assert "动态和通知" not in words(client.get("/"))
