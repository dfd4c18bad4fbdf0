from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, Resolver404, path, register_converter, resolve, reverse

from learning.models import OnlineStudy
from practice_portal.lib.months import Month, MonthConverter, MonthField, MonthFormField
from tests.factories import at, make_online_study

OCTOBER = Month(2026, 10)


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (0, "2026-10"),
        (1, "2026-11"),
        (2, "2026-12"),
        (3, "2027-01"),
        (15, "2028-01"),
        (-9, "2026-01"),
        (-10, "2025-12"),
        (-22, "2024-12"),
    ],
)
def test_month_plus_months_crosses_years(months, expected):
    assert str(OCTOBER + months) == expected
    assert str(OCTOBER - -months) == expected
    assert OCTOBER + months - months == OCTOBER


def test_month_order_is_by_time():
    months = [Month(2026, 2), Month(2025, 12), Month(2026, 11), Month(2026, 1)]

    assert [str(month) for month in sorted(months)] == ["2025-12", "2026-01", "2026-02", "2026-11"]


def test_month_knows_its_edges_on_the_streets_clock():
    february = Month(2028, 2)

    assert (february.first, february.last) == (date(2028, 2, 1), date(2028, 2, 29))
    assert february.start == datetime(2028, 1, 31, 16, tzinfo=UTC)
    assert february.end == datetime(2028, 2, 29, 16, tzinfo=UTC)
    assert february.label == "2028年2月"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (date(2026, 10, 31), "2026-10"),
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 16, tzinfo=UTC), "2026-11"),
    ],
)
def test_month_of_a_moment_goes_by_shanghai(moment, expected):
    assert str(Month.of(moment)) == expected
    assert moment in Month.parse(expected)
    assert moment not in Month.parse(expected) + 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-1",
        "2026-00",
        "2026-13",
        "2026-10-01",
        "2026-10\n",
        " 2026-10",
        "2026/10",
        "２０２６-１０",
        "٢٠٢٦-١٠",
        "1899-12",
        "9999-01",
        "0000-01",
        "-026-10",
    ],
)
def test_month_parse_refuses(text):
    with pytest.raises(ValueError):
        Month.parse(text)


@pytest.mark.parametrize("year_month", [(2026, 0), (2026, 13), (1899, 12), (9999, 1)])
def test_month_out_of_range_is_none(year_month):
    with pytest.raises(ValueError):
        Month(*year_month)


def test_month_parse_and_str_are_inverse():
    assert Month.parse("2026-10") == OCTOBER
    assert str(Month.parse("2026-01")) == "2026-01"


# The field ----------------------------------------------------------------------------------------


def test_month_field_comes_back_as_a_month(station):
    study = make_online_study(station=station, month=OCTOBER)

    assert OnlineStudy.objects.get().month == OCTOBER
    assert OnlineStudy.objects.values_list("month", flat=True).get() == OCTOBER
    study.refresh_from_db()
    assert study.month == OCTOBER


@pytest.mark.parametrize("value", [OCTOBER, date(2026, 10, 17), "2026-10", "2026-10-17"])
def test_month_field_takes_any_day_of_the_month_and_keeps_the_first(station, value):
    make_online_study(station=station, month=value)

    assert OnlineStudy.objects.get().month == OCTOBER
    assert OnlineStudy.objects.filter(month__day=1, month__month=10, month__year=2026).exists()


def test_month_field_lookups_take_months(station):
    for number in range(-1, 2):
        make_online_study(station=station, month=OCTOBER + number)

    def found(**lookup):
        rows = OnlineStudy.objects.filter(**lookup).order_by("month")
        return [str(row.month) for row in rows]

    assert found(month=OCTOBER) == ["2026-10"]
    assert found(month=date(2026, 10, 31)) == ["2026-10"]
    assert found(month__lt=OCTOBER) == ["2026-09"]
    assert found(month__gte=OCTOBER) == ["2026-10", "2026-11"]
    assert found(month__in=[OCTOBER, OCTOBER + 1]) == ["2026-10", "2026-11"]
    assert found(month__range=(OCTOBER - 1, OCTOBER)) == ["2026-09", "2026-10"]


@pytest.mark.parametrize("value", ["2026-13", "２０２６-10", "soon", "0001-01-01", "9999-12-31"])
def test_month_field_refuses_what_is_no_month(value):
    with pytest.raises(ValidationError):
        MonthField().to_python(value)


def test_month_field_clean_answers_a_month():
    assert MonthField().clean("2026-10", None) == OCTOBER


def test_month_field_form_shows_and_reads_the_same(station):
    study = make_online_study(station=station, month=OCTOBER)
    field = OnlineStudy._meta.get_field("month").formfield()

    assert isinstance(field, MonthFormField)
    assert field.prepare_value(study.month) == "2026-10"
    assert field.clean("2026-10") == OCTOBER
    assert not field.has_changed(study.month, "2026-10")
    assert field.has_changed(study.month, "2026-11")
    assert 'type="month"' in field.widget.render("month", field.prepare_value(study.month))


@pytest.mark.parametrize("value", ["2026-13", "2026-1", "２０２６-10", "10月", "9999-01"])
def test_month_form_field_says_how_to_write_a_month(value):
    with pytest.raises(ValidationError) as refused:
        MonthFormField().clean(value)

    assert refused.value.messages == ["请按“2026-10”的样子填写月份。"]


def test_month_form_field_may_stay_empty():
    assert MonthFormField(required=False).clean("") is None


# The URL ------------------------------------------------------------------------------------------

register_converter(MonthConverter, "tested_month")


@pytest.fixture
def urls():
    return (path("months/<tested_month:month>/", lambda request, month: None, name="month"),)


def test_month_converter_reads_and_writes(urls):
    assert reverse("month", urls, args=[OCTOBER]) == "/months/2026-10/"
    assert resolve("/months/2026-10/", urls).kwargs == {"month": OCTOBER}


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "2026-10\n", "２０２６-10", "1899-12", "x"])
def test_month_converter_refuses(urls, text):
    with pytest.raises(Resolver404):
        resolve(f"/months/{text}/", urls)


def test_month_converter_writes_no_far_month(urls):
    with pytest.raises(NoReverseMatch):
        reverse("month", urls, args=[Month(2100, 1)])


def test_month_converter_reads_whatever_its_pattern_lets_through():
    assert MonthConverter().to_python("1900-01") == Month(1900, 1)
    assert at("1900-01-31") in Month(1900, 1)
