"""The small markup of staff texts: what it makes, and that nothing else comes through."""

import pytest

from practice_portal.lib.markup import first_words, to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("一段。\n\n两段。", "<p>一段。</p>\n<p>两段。</p>"),
        ("第一行\r\n第二行", "<p>第一行<br>第二行</p>"),
        ("## 谁来\n- 老人\n- 孩子", "<h2>谁来</h2>\n<ul><li>老人</li><li>孩子</li></ul>"),
        ("带上：\n- 笔\n然后来。", "<p>带上：</p>\n<ul><li>笔</li></ul>\n<p>然后来。</p>"),
        ("- 笔\n\n- 纸", "<ul><li>笔</li></ul>\n<ul><li>纸</li></ul>"),
        (
            "打0937-6000000问。",
            '<p>打<a class="num" href="tel:09376000000">0937-6000000</a>问。</p>',
        ),
        ("[各所](/stations/)都有", '<p><a href="/stations/">各所</a>都有</p>'),
        ("看 /activities/ 。", '<p>看 <a href="/activities/">/activities/</a> 。</p>'),
        ("和/或/没有", "<p>和/或/没有</p>"),
        ("[不是我们的](/nowhere/)", "<p>[不是我们的](/nowhere/)</p>"),
        ("[坏](javascript:alert/x/)", "<p>[坏](javascript:alert/x/)</p>"),
        ("看https://evil.example/stations/", "<p>看https://evil.example/stations/</p>"),
        ("看//evil.example/stations/", "<p>看//evil.example/stations/</p>"),
        (
            "<script>alert('1')</script>",
            "<p>&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;</p>",
        ),
        (
            '["><img src=x onerror=1>](/stations/)',
            '<p><a href="/stations/">&quot;&gt;&lt;img src=x onerror=1&gt;</a></p>',
        ),
        (
            "[0937-6000000](/stations/)",
            '<p><a href="/stations/">0937-6000000</a></p>',
        ),
    ],
)
def test_markup_makes_paragraphs_lists_heads_and_our_own_links(text, html):
    assert to_html(text) == html


def test_markup_links_our_own_site_where_its_address_is_known(settings):
    settings.SITE = {**settings.SITE, "base_url": "https://portal.example.org"}

    html = to_html("https://portal.example.org/stations/ 和 https://portal.example.org.evil/news/")

    assert html == (
        '<p><a href="/stations/">https://portal.example.org/stations/</a>'
        " 和 https://portal.example.org.evil/news/</p>"
    )


def test_markup_first_words_are_the_first_paragraphs():
    text = "## 头\n- 一\n\n看[各所](/stations/)，\n都在。\n\n第二段"

    assert first_words(text, 70) == "看各所，都在。"
    assert first_words(text, 4) == "看各所…"
    assert first_words("## 只有头", 70) == ""
