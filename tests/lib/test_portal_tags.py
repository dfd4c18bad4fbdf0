import pytest
import time_machine
from django.template import Context, Template
from django.test import RequestFactory

from practice_portal.lib.templatetags import portal
from tests.factories import at

NOW = at("2026-11-24", "10:00")


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at("2026-11-24", "14:00"), "今天下午2:00"),
        (at("2026-11-25", "0:30"), "明天凌晨0:30"),
        (at("2026-11-26", "9:00"), "后天上午9:00"),
        (at("2026-11-27", "9:00"), "11月27日（周五）上午9:00"),
        (at("2026-11-23", "9:00"), "11月23日（周一）上午9:00"),
        (at("2027-01-02", "9:00"), "2027年1月2日（周六）上午9:00"),
    ],
)
def test_soon_says_the_day_as_people_do(moment, words):
    assert portal.soon(moment) == words


@time_machine.travel(NOW, tick=False)
def test_leaf_day_is_today_or_the_weekday_on_the_streets_clock():
    assert portal.leaf_day(at("2026-11-24", "0:10")) == "今天"
    assert portal.leaf_day(at("2026-11-25", "0:10")) == "周三"


def test_query_with_changes_one_parameter_and_keeps_the_others():
    request = RequestFactory().get("/", {"station": "nanhu", "page": "2"})
    template = Template('{% load portal %}{% query_with page="" on="2026-11-24" %}')

    assert template.render(Context({"request": request})) == "?station=nanhu&amp;on=2026-11-24"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "2027年1月12日（周二）晚上7:00–9:30",
            '<span class="whole">2027年1月12日（周二）</span>'
            '<span class="whole">晚上7:00–9:30</span>',
        ),
        ("周一至周六 上午8:30–下午6:00", '周一至周六 <span class="whole">上午8:30–下午6:00</span>'),
        ("<b>3号楼</b>", "&lt;b&gt;3号楼&lt;/b&gt;"),
        ("", ""),
    ],
)
def test_whole_keeps_a_date_and_a_span_of_time_in_one_line(text, html):
    assert Template("{% load portal %}{{ text|whole }}").render(Context({"text": text})) == html


@pytest.mark.parametrize(
    ("title", "html"),
    [
        ("钢城街道新时代文明实践中心", "钢城街道<wbr>新时代文明实践中心"),
        ("新时代文明实践中心", "新时代文明实践中心"),
        ("读报会：<新>", "<span>读报会：</span><span>&lt;新&gt;</span>"),
        ("读<报>", "读&lt;报&gt;"),
    ],
)
def test_phrases_part_a_title_where_it_may_be_parted(title, html):
    assert Template("{% load portal %}{{ t|phrases }}").render(Context({"t": title})) == html
