"""A person's number is shown to whoever has to ring it, and a line says so for ever."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from practice_portal.lib.phones import personal_phones
from stations.models import PhoneView, User
from stations.phone_admin import PersonalPhoneAdmin
from tests.factories import make_demand, make_phone_view, make_user, make_volunteer
from tests.pages import words

PHONE = "15412345678"
LINES = "/admin/stations/phoneview/"


def page(row, name: str, *args) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=[row.pk, *args])


def make_both(station):
    return {
        "phone": make_volunteer(station=station, phone=PHONE),
        "contact_phone": make_demand(station=station, contact_phone=PHONE),
    }.items()


def lines() -> list[tuple]:
    return [
        (v.by, v.station, v.row_type, v.row_id, v.field, v.purpose, v.words)
        for v in PhoneView.objects.order_by("pk")
    ]


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("root", password="a-long-password-of-root", name="管理员")


# Masked everywhere --------------------------------------------------------------------------------


def test_phone_is_masked_on_the_form_and_in_lists(client, clerk, station):
    client.force_login(clerk)
    for field, row in make_both(station):
        opts = row._meta
        for address in (
            page(row, "change"),
            page(row, "history"),
            reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
            page(row, "phone", field),
        ):
            response = client.get(address)
            assert response.status_code == 200
            assert PHONE not in response.content.decode(), address
        form = client.get(page(row, "change")).content.decode()
        assert "<b>154****5678</b>" in form
        assert 'placeholder="要改才填"' in form
    assert lines() == []


def test_phone_is_masked_for_whoever_may_only_look(client, station):
    looker = make_user(station=station)
    looker.user_permissions.set(
        Permission.objects.filter(codename__in=["view_volunteer", "view_demand"])
    )
    client.force_login(looker)
    for field, row in make_both(station):
        html = client.get(page(row, "change")).content.decode()
        assert "154****5678" in html
        assert PHONE not in html
        assert page(row, "phone", field) not in html
        assert client.get(page(row, "phone", field)).status_code == 403
        answer = client.post(page(row, "phone", field), {"purpose": "reply"})
        assert answer.status_code == 403
        assert PHONE not in answer.content.decode()
    assert lines() == []


def test_phone_form_of_the_admin_left_blank_keeps_the_number(client, clerk, station):
    volunteer = make_volunteer(station=station, phone=PHONE)
    client.force_login(clerk)
    form = {"station": station.pk, "name": "宋示例", "source": "resident"}

    client.post(page(volunteer, "change"), {**form, "phone": "", "skills": "会剪纸"})
    volunteer.refresh_from_db()
    assert (volunteer.phone.number, volunteer.skills) == (PHONE, "会剪纸")

    client.post(page(volunteer, "change"), {**form, "phone": "", "phone-clear": "on"})
    volunteer.refresh_from_db()
    assert volunteer.phone.number == ""


def test_phone_is_not_guessed_by_a_filter_in_the_address(client, clerk, director, station):
    """One request per digit would tell the number, and no line."""
    for _, row in make_both(station):
        opts = row._meta
        name = personal_phones(type(row))[0].name
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        for person in (clerk, director):
            client.force_login(person)
            for lookup in ("", "__startswith", "__regex", "__in"):
                assert client.get(address, {name + lookup: "154"}).status_code == 400
            assert client.get(address, {"status": "active"}).status_code == 200


# Shown for a purpose ------------------------------------------------------------------------------


def test_phone_is_shown_after_its_line_is_written(client, clerk, station):
    client.force_login(clerk)
    expected = []
    for field, row in make_both(station):
        assert page(row, "phone", field) in client.get(page(row, "change")).content.decode()

        response = client.post(page(row, "phone", field), {"purpose": "change", "words": ""})

        assert response.status_code == 200
        assert f'<a href="tel:{PHONE}">{PHONE}</a>' in response.content.decode()
        assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
        expected.append((clerk, station, row._meta.label_lower, row.pk, field, "change", ""))

    assert lines() == expected
    assert [line[2] for line in expected] == ["volunteers.volunteer", "services.demand"]


def test_phone_lines_hold_no_number_and_no_name(client, clerk, station):
    volunteer = make_volunteer(station=station, phone=PHONE, name="宋留痕")
    client.force_login(clerk)

    client.post(page(volunteer, "phone", "phone"), {"purpose": "other", "words": "送重阳糕"})

    row = PhoneView.objects.values().get()
    assert row["words"] == "送重阳糕"
    assert [value for value in row.values() if PHONE in str(value) or "宋" in str(value)] == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "这一项要填。"),
        ({"purpose": "curious"}, "选择一个有效的选项"),
        ({"purpose": "other"}, "选了“其他”，请写明为了什么事。"),
        ({"purpose": "other", "words": "   "}, "选了“其他”，请写明为了什么事。"),
        ({"purpose": "reply", "words": f"打{PHONE}"}, "说明里不要写号码，写清为了什么事就好。"),
        ({"purpose": "reply", "words": "154-1234 5678"}, "说明里不要写号码，写清为了什么事就好。"),
        ({"purpose": "reply", "words": "回电154·1234·5678"}, "说明里不要写号码"),
        ({"purpose": "reply", "words": "回电一五四一二三四五六七八"}, "说明里不要写号码"),
        ({"purpose": "reply", "words": "座机6123456"}, "说明里不要写号码"),
        ({"purpose": "reply", "words": "长" * 61}, "60"),
    ],
)
def test_phone_without_a_purpose_stays_masked(client, clerk, station, data, says):
    volunteer = make_volunteer(station=station, phone=PHONE)
    client.force_login(clerk)

    response = client.post(page(volunteer, "phone", "phone"), data)

    assert response.status_code == 200
    assert says in words(response)
    assert "tel:" not in response.content.decode()
    assert lines() == []


def test_phone_is_not_shown_when_the_line_is_not_written(client, clerk, station, monkeypatch):
    volunteer = make_volunteer(station=station, phone=PHONE)
    client.force_login(clerk)
    client.raise_request_exception = False

    def fail(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(PhoneView, "save", fail)
    response = client.post(page(volunteer, "phone", "phone"), {"purpose": "reply"})

    assert response.status_code == 500
    assert PHONE not in response.content.decode()


def test_phone_of_another_station_is_as_if_absent(client, clerk, other_station):
    client.force_login(clerk)
    for field, theirs in make_both(other_station):
        for answer in (
            client.get(page(theirs, "phone", field), follow=True),
            client.post(page(theirs, "phone", field), {"purpose": "reply"}, follow=True),
        ):
            assert answer.redirect_chain == [("/admin/", 302)]
            assert PHONE not in answer.content.decode()
            assert "154****5678" not in answer.content.decode()
    assert lines() == []


def test_phone_of_all_stations_is_shown_to_the_street_office(client, director, other_station):
    volunteer = make_volunteer(station=other_station, phone=PHONE)
    client.force_login(director)

    client.post(page(volunteer, "phone", "phone"), {"purpose": "verify"})

    assert lines() == [
        (director, other_station, "volunteers.volunteer", volunteer.pk, "phone", "verify", "")
    ]


def test_phone_page_asks_a_stranger_to_log_in(client, station):
    volunteer = make_volunteer(station=station, phone=PHONE)

    answer = client.post(page(volunteer, "phone", "phone"), {"purpose": "reply"})

    assert answer.url.startswith("/admin/login/")
    assert lines() == []


@pytest.mark.parametrize("field", ["name", "number", "pk", "__class__", "contact_phone"])
def test_phone_page_shows_phones_only(client, clerk, station, field):
    volunteer = make_volunteer(station=station, phone=PHONE)
    client.force_login(clerk)

    answer = client.post(page(volunteer, "phone", field), {"purpose": "reply"})

    assert answer.status_code == 404
    assert lines() == []


def test_phone_that_was_not_given_is_not_asked_for(client, clerk, station):
    volunteer = make_volunteer(station=station, phone="")
    client.force_login(clerk)
    assert (
        page(volunteer, "phone", "phone")
        not in client.get(page(volunteer, "change")).content.decode()
    )

    answer = client.post(page(volunteer, "phone", "phone"), {"purpose": "reply"}, follow=True)

    assert "这里没有留手机号。" in answer.content.decode()
    assert lines() == []


def test_phone_page_exists_for_every_model_with_a_personal_phone():
    with_phones = {m for m in admin.site._registry if personal_phones(m)}

    assert {m._meta.label for m in with_phones} >= {"volunteers.Volunteer", "services.Demand"}
    for model in with_phones:
        assert isinstance(admin.site._registry[model], PersonalPhoneAdmin), model


# The lines ----------------------------------------------------------------------------------------


def test_phone_lines_are_read_by_the_street_office_alone(
    client, clerk, lead, director, superuser, station
):
    view = make_phone_view(row=make_volunteer(station=station), by=clerk, words="问地址")
    codes = {}
    for person in (clerk, lead, director, superuser):
        client.force_login(person)
        codes[person.username] = [
            client.get(address).status_code
            for address in (LINES, f"{LINES}{view.pk}/change/", f"{LINES}{view.pk}/history/")
        ]

    assert codes == {
        "clerk": [403] * 3,
        "lead": [403] * 3,
        "director": [200] * 3,
        "root": [200] * 3,
    }
    client.force_login(director)
    line = f"{clerk.name} 南湖社区 志愿者{view.row_id} 的手机号 核实信息 问地址"
    assert line in words(client.get(LINES), within="main")


def test_phone_lines_are_edited_by_nobody(client, clerk, director, superuser, station):
    view = make_phone_view(row=make_volunteer(station=station))
    before = lines()
    for person in (clerk, director, superuser):
        client.force_login(person)
        assert client.get(f"{LINES}add/").status_code == 403
        assert client.post(f"{LINES}add/", {"purpose": "reply"}).status_code == 403
        assert client.post(f"{LINES}{view.pk}/change/", {"words": "改"}).status_code == 403
        assert client.get(f"{LINES}{view.pk}/delete/").status_code == 403
        assert client.post(f"{LINES}{view.pk}/delete/", {"post": "yes"}).status_code == 403
        client.post(
            LINES,
            {"action": "delete_selected", "_selected_action": [view.pk], "post": "yes"},
        )

    assert lines() == before


def test_phone_lines_refuse_to_change_and_to_go(station):
    view = make_phone_view(row=make_volunteer(station=station))
    before = lines()
    view.words = "改"

    for attempt in (
        view.save,
        view.delete,
        PhoneView.objects.get().save,
        PhoneView.objects.get().delete,
        PhoneView.objects.all().delete,
        station.phone_views.all().delete,
        lambda: PhoneView.objects.update(words="改"),
        lambda: PhoneView.objects.filter(pk=view.pk).update(words="改"),
        lambda: PhoneView.objects.bulk_update([view], ["words"]),
        lambda: PhoneView.objects.update_or_create(pk=view.pk, defaults={"words": "改"}),
    ):
        with pytest.raises(ValueError, match="written once"):
            attempt()

    assert lines() == before


def test_phone_lines_stay_when_the_row_goes(client, director, station):
    volunteer = make_volunteer(station=station)
    view = make_phone_view(row=volunteer)
    client.force_login(director)

    client.post(page(volunteer, "delete"), {"post": "yes"})

    assert PhoneView.objects.get() == view
    assert client.get(LINES).status_code == 200


def test_phone_lines_for_something_else_say_for_what(station):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_phone_view(row=make_volunteer(station=station), purpose="other")

    assert connection.in_atomic_block


def test_empty_phone_lines_say_what_is_recorded(client, director, station):
    client.force_login(director)
    empty = "还没有人看过完整的号码。"
    assert empty in client.get(LINES).content.decode()

    make_phone_view(row=make_volunteer(station=station))

    assert empty not in client.get(LINES).content.decode()
