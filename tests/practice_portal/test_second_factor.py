"""动态码: off unless the deployment offers it; then set up, asked for, removed."""

from base64 import b32decode

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from practice_portal.lib import second_factor
from tests.factories import PASSWORD, make_user
from tests.pages import words

PAGE = "/account/second-factor/"
KEY = "3132333435363738393031323334353637383930"  # RFC 6238's own
WRONG = "没有登录成功：用户名、密码、动态码有一样不对，请再输一次。"


@pytest.fixture(autouse=True)
def morning(db):
    with time_machine.travel("2026-11-23 08:00 +0800", tick=False) as traveller:
        yield traveller


@pytest.fixture
def offered(settings):
    settings.SECOND_FACTOR = "optional"


@pytest.fixture
def person(roles, centre):
    return make_user(station=centre)


@pytest.fixture
def with_phone(person, offered, morning):
    second_factor.set_up(person, KEY, code_now())
    morning.shift(60)  # the code that set it up is used
    return person


def code_now(key: str = KEY) -> str:
    return f"{TOTP(bytes.fromhex(key)).token():06}"


def log_in(user, code: str | None = None, password: str = PASSWORD):
    data = {"username": user.username, "password": password}
    return Client().post("/admin/login/", data if code is None else {**data, "code": code})


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


# Off ----------------------------------------------------------------------------------------------


def test_second_factor_is_off_by_default(client, person, settings):
    assert settings.SECOND_FACTOR == "off"
    client.force_login(person)

    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE + "remove/").status_code == 404
    assert "动态码" not in words(Client().get("/admin/login/"))
    assert PAGE not in client.get("/admin/").content.decode()


def test_second_factor_switched_off_is_not_asked_for(with_phone, settings):
    settings.SECOND_FACTOR = "off"

    assert log_in(with_phone).status_code == 302


def test_second_factor_devices_are_not_in_the_admin():
    with pytest.raises(NoReverseMatch):
        reverse("admin:otp_totp_totpdevice_changelist")


# Log-in -------------------------------------------------------------------------------------------


def test_second_factor_is_asked_of_whoever_has_it(with_phone):
    assert log_in(with_phone).status_code == 200
    assert log_in(with_phone, "").status_code == 200
    code = code_now()
    response = log_in(with_phone, f"{code[:3]} {code[3:]}")

    assert response.status_code == 302


def test_second_factor_is_not_asked_of_others(person, offered):
    assert log_in(person).status_code == 302
    assert "没有开通动态码的，空着就行。" in words(Client().get("/admin/login/"))


def test_second_factor_wrong_is_answered_like_a_wrong_password(with_phone):
    pages = [
        log_in(with_phone, other_than(code_now())),
        log_in(with_phone),
        log_in(with_phone, code_now(), password="a-wrong-one"),
        log_in(make_user(), code_now(), password="a-wrong-one"),
    ]

    assert [page.status_code for page in pages] == [200] * 4
    assert len({words(page) for page in pages}) == 1
    assert WRONG in words(pages[0])


def test_second_factor_wrong_counts_towards_the_lock_out(with_phone):
    codes = [log_in(with_phone, other_than(code_now())).status_code for _ in range(5)]

    assert codes == [200, 200, 200, 200, 429]


def test_second_factor_code_opens_once(with_phone):
    code = code_now()

    assert [log_in(with_phone, code).status_code for _ in range(2)] == [302, 200]


def test_second_factor_of_a_colleague_does_not_open(with_phone, roles):
    colleague = make_user()
    second_factor.set_up(colleague, "aa" * 20, code_now("aa" * 20))

    assert log_in(colleague, code_now()).status_code == 200


@pytest.mark.parametrize("code", ["\0", "-1", "１２３４５６", "1e9", "字" * 10_000, "0x1F"])
def test_second_factor_bears_any_code(with_phone, code):
    assert log_in(with_phone, code).status_code == 200


# Set up and remove --------------------------------------------------------------------------------


def pending_key(client) -> str:
    page = client.get(PAGE)
    return b32decode(page.context["secret"].replace(" ", "")).hex()


def test_second_factor_is_set_up_by_scanning_or_typing(client, person, offered):
    client.force_login(person)
    key = pending_key(client)
    page = client.get(PAGE)

    assert "<svg" in page.content.decode()
    assert "style=" not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    response = client.post(PAGE, {"code": code_now(key), "password": PASSWORD}, follow=True)
    assert "动态码开通了" in words(response)
    assert TOTPDevice.objects.get().key == key
    assert LogEntry.objects.get().change_message == "开通了动态码"


@pytest.mark.parametrize(
    ("data", "field"), [({"password": "a-wrong-one"}, "password"), ({"code": "wrong"}, "code")]
)
def test_second_factor_is_not_set_up_by_a_wrong_code_or_person(
    client, person, offered, data, field
):
    client.force_login(person)
    key = pending_key(client)
    code = code_now(key)
    given = {"code": code, "password": PASSWORD, **data}
    if data.get("code"):
        given["code"] = other_than(code)

    response = client.post(PAGE, given)

    assert list(response.context["form"].errors) == [field]
    assert pending_key(client) == key
    assert not TOTPDevice.objects.exists()


def test_second_factor_that_is_set_up_is_not_replaced_or_shown(client, with_phone):
    client.force_login(with_phone)
    page = client.get(PAGE)
    client.post(PAGE, {"code": code_now(), "password": PASSWORD})

    assert "<svg" not in page.content.decode().split("<main")[1]
    assert TOTPDevice.objects.get().key == KEY


def test_second_factor_is_removed_with_the_password(client, with_phone):
    client.force_login(with_phone)
    refused = client.post(PAGE + "remove/", {"password": "a-wrong-one"})
    assert "密码不对，请再输一次。" in words(refused)
    assert TOTPDevice.objects.exists()

    client.post(PAGE + "remove/", {"password": PASSWORD})

    assert log_in(with_phone).status_code == 302


def test_second_factor_password_is_not_guessed_here(client, with_phone):
    client.force_login(with_phone)
    codes = [
        client.post(PAGE + "remove/", {"password": "a-wrong-one"}).status_code for _ in range(11)
    ]

    assert codes == [200] * 10 + [429]


# Recovery -----------------------------------------------------------------------------------------


def remove_page(user) -> str:
    return f"/admin/stations/user/{user.pk}/remove-second-factor/"


def test_second_factor_is_removed_by_the_centre_with_a_line(client, with_phone, director):
    client.force_login(director)
    assert (
        remove_page(with_phone)
        in client.get(f"/admin/stations/user/{with_phone.pk}/change/").content.decode()
    )
    client.get(remove_page(with_phone))
    assert TOTPDevice.objects.exists()

    client.post(remove_page(with_phone))

    [line] = LogEntry.objects.filter(object_id=with_phone.pk)
    assert (line.user, line.change_message) == (director, "取消了动态码")
    assert log_in(with_phone).status_code == 302


def test_second_factor_is_not_removed_by_a_station(client, with_phone, clerk):
    client.force_login(clerk)

    assert client.post(remove_page(with_phone)).status_code == 403
    assert TOTPDevice.objects.exists()


def test_second_factor_of_ones_own_is_not_removed_without_the_password(client, offered, director):
    second_factor.set_up(director, KEY, code_now())
    client.force_login(director)
    account = client.get(f"/admin/stations/user/{director.pk}/change/")
    assert remove_page(director) not in account.content.decode()

    response = client.post(remove_page(director), follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    assert "自己的动态码请在这里取消，要输一次密码。" in words(response)
    assert TOTPDevice.objects.exists()
