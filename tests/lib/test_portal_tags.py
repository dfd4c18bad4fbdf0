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
