"""What all pages share: the frame, the pages for errors, the static files."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories import make_centre
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

    assert not re.search(r"<style|<script|\sstyle=|\son[a-z]+=", html)


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
