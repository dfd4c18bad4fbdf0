import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from practice_portal.lib import metrics
from tests.factories import make_entry, make_station, make_whistle

pytestmark = pytest.mark.django_db


def figures(*arguments: str) -> str:
    out = StringIO()
    call_command("figures", *arguments, stdout=out)
    return out.getvalue()


def by_code(*arguments: str) -> dict[str, dict]:
    return {row["code"]: row for row in json.loads(figures(*arguments, "--json"))}


def test_figures_as_json_have_the_fields_of_the_facts():
    make_station(started_on=date(2019, 12, 31))

    rows = by_code("--on", "2020-04-25")

    assert rows["stations.built"] == {
        "code": "stations.built",
        "heading": "1 建什么",
        "label": "社区新时代文明实践所",
        "unit": "个",
        "since": None,
        "on": "2020-04-25",
        "value": 1,
    }
    assert list(rows) == [metric.code for metric in metrics.published()]


def test_figures_say_since_when_a_flow_counts():
    make_whistle(status="solved", raised_on=date(2019, 2, 1), solved_on=date(2019, 3, 1))
    code = "services.resident_problems_solved"

    own = by_code("--on", "2020-04-25")[code]
    asked = by_code("--on", "2020-04-25", "--since", "2020-01-01")[code]

    assert (own["since"], own["value"]) == ("2019-01-01", 1)
    assert (asked["since"], asked["value"]) == ("2020-01-01", 0)


def test_figures_of_a_stock_have_no_beginning():
    assert by_code("--since", "2020-01-01", "--on", "2020-04-25")["venues.fixed"]["since"] is None


def test_figures_all_have_the_monthly_ones_too_and_hours_are_not_rounded():
    make_entry(status="confirmed", kind="signed_in", served_on=date(2020, 4, 1), hours="1.5")

    rows = by_code("--on", "2020-04-25", "--all")

    assert set(rows) == set(metrics.declared())
    assert rows["volunteers.hours_signed_in"]["value"] == 1.5
    assert isinstance(rows["volunteers.registered"]["value"], int)


def test_figures_unknown_is_null():
    rows = by_code("--on", "2020-04-25")

    assert rows["learning.online_party_members"]["value"] is None
    assert rows["stations.built"]["value"] == 0


def test_figures_as_a_table_stand_under_their_headings():
    out = figures("--on", "2020-04-25")

    assert "1 建什么" in out
    assert "社区新时代文明实践所" in out
    assert "不详" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--on", "2020-04-31"],
        ["--on", "20200425"],
        ["--on", "2020-W17-6"],
        ["--since", "yesterday"],
        ["--on", "2020-04-25", "--since", "2020-04-26"],
    ],
    ids=" ".join,
)
def test_figures_refuses_a_bad_day_in_one_sentence(arguments):
    with pytest.raises(CommandError) as refusal:
        figures(*arguments)

    assert str(refusal.value).count("\n") == 0
