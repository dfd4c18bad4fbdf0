import copy
import json
import pickle

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import ValidationError
from django.template import Context, Template

from practice_portal.lib.phones import (
    PersonalPhone,
    mask_name,
    mask_phone,
    personal_phones,
    tidy_mobile,
    tidy_office_phone,
)
from services.models import Demand
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


# The mask is the default --------------------------------------------------------------------------


def test_personal_phone_is_its_mask_in_every_text(db):
    row = make_volunteer(phone="15412345678")
    stored = Volunteer.objects.get()

    for phone in (row.phone, stored.phone, Volunteer.objects.values_list("phone", flat=True)[0]):
        assert str(phone) == "154****5678"
        assert repr(phone) == "'154****5678'"
        assert f"{phone} {phone:>12}" == "154****5678  154****5678"
        assert "%s %r" % (phone, phone) == "154****5678 '154****5678'"  # noqa: UP031
        assert "{}".format(phone) == "154****5678"  # noqa: UP032
        assert phone.number == phone == "15412345678"
        assert type(phone.number) is str


@pytest.mark.parametrize(
    "template",
    ["{{ row.phone }}", "{{ row.phone|safe }}", "{{ row.phone|masked }}", "{{ row.phone|upper }}"],
)
def test_personal_phone_is_its_mask_in_templates(template):
    row = Volunteer(phone="15412345678")

    text = Template("{% load portal %}" + template).render(Context({"row": row}))

    assert text == "154****5678"


def test_personal_phone_of_nobody_is_empty():
    assert str(Volunteer(phone="").phone) == str(PersonalPhone("")) == ""
    assert not Volunteer().phone


def test_personal_phone_survives_copies_saves_and_backups(db):
    row = make_volunteer(phone="15412345678")

    assert copy.deepcopy(row.phone).number == "15412345678"
    assert pickle.loads(pickle.dumps(row)).phone.number == "15412345678"
    assert Volunteer.objects.defer("phone").get().phone.number == "15412345678"
    dump = serializers.serialize("json", [row])
    assert json.loads(dump)[0]["fields"]["phone"] == "15412345678"

    Volunteer.objects.get().save()
    Volunteer.objects.update(skills="会剪纸")
    Volunteer.objects.filter(phone=row.phone).update(phone=row.phone)
    assert Volunteer.objects.filter(phone="15412345678").count() == 1


def test_personal_phone_masked_is_never_saved_as_a_number():
    row = Volunteer(phone="154****5678")

    with pytest.raises(ValidationError):
        Volunteer._meta.get_field("phone").clean(str(row.phone), row)


def test_personal_phones_are_found():
    assert [field.name for field in personal_phones(Demand)] == ["contact_phone"]
    assert personal_phones(Station) == []


class VolunteerPhoneForm(forms.ModelForm):
    class Meta:
        model = Volunteer
        fields = ["phone"]


def saved(row, **data) -> tuple:
    """What is stored after the form, whether it counts as changed, and its errors."""
    form = VolunteerPhoneForm(data, instance=Volunteer.objects.get(pk=row.pk))
    if form.is_valid():
        form.save()
    row.refresh_from_db()
    return row.phone.number, form.changed_data, list(form.errors)


def test_phone_form_shows_the_mask_and_an_empty_box(db):
    form = VolunteerPhoneForm(instance=make_volunteer(phone="15412345678"))

    html = form.as_p()

    assert "15412345678" not in html
    assert "<b>154****5678</b>" in html
    assert 'placeholder="要改才填"' in html
    assert 'name="phone-clear"' in html
    assert "value=" not in html


def test_phone_form_of_nobody_is_a_plain_box():
    html = VolunteerPhoneForm().as_p()

    assert 'type="tel"' in html
    assert "要改才填" not in html
    assert "phone-clear" not in html


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"phone": ""}, ("15412345678", [], [])),
        ({"phone": "  "}, ("15412345678", [], [])),
        ({}, ("15412345678", [], [])),
        ({"phone": "+86 154 8765 4321"}, ("15487654321", ["phone"], [])),
        ({"phone": "", "phone-clear": "on"}, ("", ["phone"], [])),
        ({"phone": "15487654321", "phone-clear": "on"}, ("15487654321", ["phone"], [])),
        ({"phone": "154****5678"}, ("15412345678", ["phone"], ["phone"])),
        ({"phone": "12"}, ("15412345678", ["phone"], ["phone"])),
        ({"phone": "15412345678"}, ("15412345678", [], [])),
    ],
)
def test_phone_form_left_blank_changes_nothing(db, data, expected):
    assert saved(make_volunteer(phone="15412345678"), **data) == expected


def test_phone_form_shows_what_was_typed_wrong_and_still_no_number(db):
    row = make_volunteer(phone="15412345678")

    html = VolunteerPhoneForm({"phone": "1548765"}, instance=row).as_p()

    assert 'value="1548765"' in html
    assert "15412345678" not in html


def test_phone_form_that_requires_a_number_accepts_the_one_there_is(db):
    row = make_volunteer(phone="15412345678")

    def form(data, instance=None):
        form = VolunteerPhoneForm(data, instance=instance)
        form.fields["phone"].required = form.fields["phone"].widget.is_required = True
        return form

    assert form({"phone": ""}, row).is_valid()
    assert not form({"phone": ""}).is_valid()
    assert "phone-clear" not in form({}, row).as_p()
    assert " required" not in form({}, row).as_p()
