"""What all pages share: the frame, the pages for errors, the static files."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories import make_centre, make_station
from tests.pages import words

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
STATIC = Path(settings.BASE_DIR, "static")


def test_frame_has_a_skip_link_language_and_title(client, db):
    make_centre()

    html = client.get("/activities/").content.decode()

    assert '<html lang="zh-CN">' in html
    assert "<title>活动 - 钢城街道新时代文明实践中心</title>" in html
    assert '<a class="skip-link" href="#main">跳到正文</a>' in html
    assert '<main id="main"' in html


def test_frame_begins_with_large_text_and_then_the_way_to_the_text(client, db):
    make_centre()

    html = client.get("/activities/").content.decode()

    links = re.findall(r'<a [^>]*href="([^"]*)"', html.split("<body>")[1])
    assert links[:2] == ["/large-text/?on=1&amp;next=%2Factivities%2F", "#main"]


def test_frame_footer_shows_only_what_is_configured(client, db, settings):
    make_centre()
    nothing = words(client.get("/privacy/"), within="footer")
    settings.SITE = settings.SITE | {
        "operator": "钢城街道办事处",
        "site_code": "6202000001",
        "icp_number": "陇ICP备00000000号-1",
        "psb_number": "甘公网安备62020002000001号",
    }
    everything = client.get("/privacy/")

    assert not re.search("主办单位|网站标识码|备", nothing)
    assert words(everything, within="footer").endswith(
        "主办单位：钢城街道办事处 网站标识码： 6202000001 陇ICP备00000000号-1 "
        "甘公网安备62020002000001号"
    )
    html = everything.content.decode()
    assert 'href="https://beian.miit.gov.cn/"' in html
    assert 'href="https://beian.mps.gov.cn/#/query/webSearch?code=62020002000001"' in html


def test_frame_has_no_public_address_where_none_is_configured(client, db):
    html = client.get("/activities/").content.decode()

    assert not re.search('rel="canonical"|og:url|og:image', html)
    assert '<meta property="og:title" content="活动 - 新时代文明实践中心">' in html


def test_frame_has_a_share_card_with_the_public_address(client, db, settings):
    settings.SITE = settings.SITE | {"base_url": "https://portal.example.org"}

    html = client.get("/activities/?days=today").content.decode()

    assert '<link rel="canonical" href="https://portal.example.org/activities/">' in html
    assert '<meta property="og:url" content="https://portal.example.org/activities/">' in html
    picture = re.search(r'og:image" content="https://portal.example.org/static/(.*)"', html)[1]
    assert (STATIC / picture).read_bytes().startswith(b"\x89PNG")


def test_frame_writes_what_somebody_typed_into_the_card_as_text(client, db):
    station = make_station(slug="nanhu", intro='<b>不是</b>粗体，"引号"也在。' + "长" * 300)

    html = client.get(station.get_absolute_url()).content.decode()

    description = re.search(r'<meta name="description" content="(.*)">', html)[1]
    assert "&lt;b&gt;不是&lt;/b&gt;粗体，&quot;引号&quot;也在。" in description
    assert description.endswith("长…")


@pytest.mark.parametrize("name", ["favicon.ico", "apple-touch-icon.png", "share.png"])
def test_frame_icons_are_there_and_small(name):
    assert 1000 < (STATIC / "icons" / name).stat().st_size < 15_000


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/", "首页"),
        ("/activities/", "活动"),
        ("/doors/help/", "服务"),
        ("/stations/", "实践所"),
        ("/brands/", "一社一品"),
        ("/figures/", "数字"),
    ],
)
def test_frame_marks_where_one_is(client, db, address, current):
    html = client.get(address).content.decode()
    nav = re.search(r'<nav class="nav-main".*?</nav>', html, re.DOTALL)[0]

    assert re.findall(r"<a [^>]*aria-current=[^>]*>([^<]*)</a>", nav) == [current]


def test_frame_says_who_is_not_found_and_where_to_go(client, db):
    make_centre()

    response = client.get("/nothing-here/")

    assert response.status_code == 404
    assert "没有找到这个页面" in words(response)
    assert "回首页 看最近的活动 打电话问 0937-6000001" in words(response)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_frame_has_no_inline_style_or_script(path):
    html = path.read_text(encoding="utf-8")

    assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son[a-z]+=", html)


def test_frame_draws_every_icon_it_names():
    drawn = set(re.findall(r'<symbol id="i-([a-z]+)"', (STATIC / "icons.svg").read_text()))
    named = set()
    for path in TEMPLATES:
        named |= set(re.findall(r'{% icon "([a-z]+)" %}', path.read_text(encoding="utf-8")))

    assert named - drawn == set()


def test_frame_sheet_names_no_other_host_and_no_map():
    for path in STATIC.rglob("*.css"):
        css = path.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in css
        assert not re.search(r"url\(\s*['\"]?(https?:)?//", css)
        assert "@import" not in css
