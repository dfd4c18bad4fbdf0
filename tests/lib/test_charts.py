"""Charts: the numbers that stand in the SVG, literally."""

import re
import xml.etree.ElementTree as ET
from decimal import Decimal

from practice_portal.lib.charts import Bar, Chart

SVG = "{http://www.w3.org/2000/svg}"


def chart(*bars, **values):
    values = {"code": "held", "title": "活动场次", "unit": "场", **values}
    return Chart(bars=[Bar(label, value) for label, value in bars], **values)


def drawn(svg):
    """The bars of a chart: what is said of each, how wide it is, and whether it is now."""
    root = ET.fromstring(svg)
    texts = [each.text for each in root.iter(f"{SVG}text")]
    rects = [(each.get("class"), each.get("width")) for each in root.iter(f"{SVG}rect")]
    return list(zip(texts[::2], texts[1::2], strict=True)), rects


def test_chart_writes_every_value_on_and_draws_to_scale():
    texts, bars = drawn(chart(("8月", 1200), ("9月", 300), ("10月", 600)).svg)

    assert texts == [("8月", "1,200"), ("9月", "300"), ("10月", "600")]
    assert bars == [("was", "42%"), ("was", "10.5%"), ("now", "21%")]


def test_chart_draws_no_bar_for_nothing_and_for_what_is_not_known():
    texts, bars = drawn(chart(("8月", None), ("9月", 0), ("10月", Decimal("7.5"))).svg)

    assert texts == [("8月", "未填"), ("9月", "0"), ("10月", "7.5")]
    assert bars == [("now", "42%")]


def test_chart_bears_nothing_at_all():
    assert drawn(chart().svg) == ([], [])
    assert drawn(chart(("10月", None)).svg) == ([("10月", "未填")], [])
    assert drawn(chart(("10月", Decimal(0))).svg) == ([("10月", "0")], [])


def test_chart_is_said_in_words():
    root = ET.fromstring(chart(("9月", None), ("10月", 1300)).svg)

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "held-t held-d"
    assert root.find(f"{SVG}title").text == "活动场次（场）"
    assert root.find(f"{SVG}desc").text == "9月未填，10月1,300场"
    assert {each.get("id") for each in root} >= {"held-t", "held-d"}


def test_chart_has_no_inline_style_and_no_script():
    svg = chart(("<b>9月</b>", 3), title="<script>")

    assert not re.search(r"style=|<script|<b>", svg.svg)
