import pytest
from django.core.exceptions import ValidationError

from practice_portal.lib.phones import mask_name, mask_phone, tidy_mobile, tidy_office_phone
from stations.models import Station
from tests.factories import make_station, make_volunteer
from volunteers.models import Volunteer


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800000000", "138****0000"),
        ("15412345678", "154****5678"),
        ("0937-6000000", "093****0000"),
        ("12345", "****"),
        ("1380000000", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_mask_phone_shows_seven_digits_at_most(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [("宋示例", "宋**"), ("李明", "李**"), (" 王 ", "王**"), ("", ""), ("  ", ""), (None, "")],
)
def test_mask_name_keeps_the_surname_and_hides_the_length(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    "typed",
    [
        "13800000000",
        " 138 0000 0000 ",
        "138-0000-0000",
        "138—0000–0000",
        "+8613800000000",
        "+86 138 0000 0000",
        "008613800000000",
        "（+86）138 0000 0000",
        "１３８００００００００",
        "＋８６　１３８　００００　００００",
        "138.0000.0000",
        "\u202d13800000000\u202c",  # as the address book of a phone copies it
        "138\u200b00000000",
    ],
)
def test_tidy_mobile_reads_what_people_type(typed):
    assert tidy_mobile(typed) == "13800000000"


@pytest.mark.parametrize(
    "typed",
    [
        "1380000000",
        "138000000000",
        "12800000000",
        "23800000000",
        "0937-6000000",
        "+8513800000000",
        "1380000000a",
        "138+00000000",
        "٠١٣٨٠٠٠٠٠٠٠٠",
        "13800000000,13900000000",
        "",
    ],
)
def test_tidy_mobile_refuses_in_one_sentence(typed):
    with pytest.raises(ValidationError) as refused:
        tidy_mobile(typed)

    assert refused.value.messages == ["手机号是1开头的11位数字，请再看一遍。"]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("0937-6000000", "0937-6000000"),
        ("09376000000", "0937-6000000"),
        ("（0937）6000000", "0937-6000000"),
        ("０９３７－６００００００", "0937-6000000"),
        ("010 1234 5678", "010-12345678"),
        ("02112345678", "021-12345678"),
        ("0755-12345678", "0755-12345678"),
        ("138 0000 0000", "13800000000"),
    ],
)
def test_tidy_office_phone_prints_area_and_number(typed, printed):
    assert tidy_office_phone(typed) == printed


@pytest.mark.parametrize(
    "typed", ["6000000", "0937-600000", "0937-600000000", "0037-6000000", "010-123456", "电话", ""]
)
def test_tidy_office_phone_refuses_in_one_sentence(typed):
    with pytest.raises(ValidationError) as refused:
        tidy_office_phone(typed)

    assert refused.value.messages == ["请填区号加座机号（如0937-6000000），或者11位手机号。"]


def test_phone_fields_keep_the_tidy_number(db):
    station = make_station(phone="（0937）6000000")
    volunteer = make_volunteer(station=station, phone="+86 154 0000 0000")

    assert Station.objects.get().phone == "0937-6000000"
    assert Volunteer.objects.get().phone == "15400000000"
    assert list(Volunteer.objects.filter(phone="154-0000-0000")) == [volunteer]


def test_phone_fields_clean_tidies_the_instance(db):
    station = make_station()
    station.phone = "0937 6000000"

    station.full_clean()

    assert station.phone == "0937-6000000"


def test_phone_fields_may_stay_empty(db):
    station = make_station(phone="")
    make_volunteer(station=station, phone="")

    assert list(Volunteer.objects.filter(phone="").values_list("phone", flat=True)) == [""]


def test_phone_field_is_searched_by_its_last_digits(db):
    volunteer = make_volunteer(phone="15400001234")

    assert list(Volunteer.objects.filter(phone__endswith="1234")) == [volunteer]
    assert list(Volunteer.objects.filter(phone__icontains="000012")) == [volunteer]
