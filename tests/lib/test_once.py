"""Pressed twice, done once: the same answer, one row, and nobody else's answer."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template import Context, Template
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from practice_portal import nightly
from practice_portal.lib.models import Answer
from practice_portal.lib.once import new_key, once
from services.models import Demand
from tests.factories import make_demand, make_station
from tests.races import run_race

PEOPLE = 8


def write(request, title="做一件事"):
    demand = make_demand(station=make_station(), title=title)
    messages.success(request, f"已经收到：{title}。")
    return redirect(f"/{demand.pk}/")


def refuse(request):
    Demand.objects.update(result="刚刚报满了")
    messages.error(request, "刚刚报满了。")
    return redirect("/full/")


def ask_again(request):
    return HttpResponse("请填上手机号。")


def forbid(request):
    write(request)
    raise PermissionDenied


urlpatterns = [
    path("write/", once(write)),
    path("write/<str:title>/", once(write)),
    path("write-after-checks/", once(require_POST(write))),
    path("write-without/", write),
    path("refuse/", once(refuse)),
    path("ask-again/", once(ask_again)),
    path("forbid/", once(forbid)),
    path("", include("practice_portal.urls")),
]

pytestmark = pytest.mark.urls(__name__)


def browser(cookie="a" * 32) -> Client:
    client = Client()
    client.cookies["csrftoken"] = cookie
    return client


def press(client, address="/write/", **data) -> str:
    return client.post(address, {"once": "key", **data})["Location"]


def said(client) -> list[str]:
    return [str(each) for each in client.get("/").context["messages"]]


# One browser --------------------------------------------------------------------------------------


def test_once_answers_the_second_press_like_the_first(db):
    client = browser()

    first, second = press(client), press(client)

    demand = Demand.objects.get()
    assert first == second == f"/{demand.pk}/"
    assert said(client) == ["已经收到：做一件事。"]


def test_once_says_it_again_to_whoever_has_read_it(db):
    client = browser()
    press(client)
    said(client)

    press(client)

    assert said(client) == ["已经收到：做一件事。"]


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/write/", {"once": "another key"}),
        ("/write/", {"phone": "15412345678"}),
        ("/write/", {"once": ["key", "key"]}),
        ("/write/?from=home", {}),
        ("/write/again/", {}),
    ],
)
def test_once_takes_anything_else_for_another_press(db, address, data):
    client = browser()
    press(client)

    press(client, address, **data)

    assert Demand.objects.count() == 2


def test_once_sees_another_file(db):
    client = browser()
    for content in (b"one", b"one", b"three"):
        press(client, photo=SimpleUploadedFile("a.png", content))

    assert Demand.objects.count() == 2


def test_once_does_not_mind_another_token_of_the_same_browser(db):
    client = browser()

    assert press(client, csrfmiddlewaretoken="x") == press(client, csrfmiddlewaretoken="y")


def test_once_works_around_a_view_that_only_takes_a_form(db):
    client = browser()

    assert press(client, "/write-after-checks/") == press(client, "/write-after-checks/")
    assert client.get("/write-after-checks/").status_code == 405


def test_once_leaves_looking_alone(db):
    client = browser()
    client.get("/write/")
    client.get("/write/")

    assert Demand.objects.count() == 2
    assert Answer.objects.count() == 0


# What has done nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/refuse/", "/ask-again/", "/forbid/"])
def test_once_keeps_no_answer_that_did_nothing(db, address):
    client = browser()
    codes = {client.post(address, {"once": "key"}).status_code for _ in range(2)}

    assert len(codes) == 1
    assert Answer.objects.count() == 0


def test_once_takes_back_what_was_done_before_an_error(db):
    browser().post("/forbid/", {"once": "key"})

    assert Demand.objects.count() == 0


def test_once_commits_what_a_refusal_wrote(db):
    """As without it: a counter of tries must not be taken back."""
    make_demand()
    browser().post("/refuse/", {"once": "key"})

    assert Demand.objects.get().result == "刚刚报满了"


# Somebody else ------------------------------------------------------------------------------------


def test_once_tells_nobody_elses_answer(db):
    """Whoever has seen a key, or guessed one, gets an answer of their own."""
    mine = press(browser())

    theirs = press(browser("b" * 32))

    assert mine != theirs
    assert Demand.objects.count() == 2


def test_once_keeps_nothing_that_was_typed(db):
    press(browser(), name="宋小满", phone="15412345678")

    row = str(Answer.objects.values().get())
    assert not re.search("宋小满|15412345678|key|aaaa", row)


def test_once_prints_another_key_each_time():
    fields = {Template("{% load portal %}{% once %}").render(Context()) for _ in range(50)}

    assert len(fields) == 50
    for field in fields:
        assert re.fullmatch(r'<input type="hidden" name="once" value="[\w-]{22}">', field)


# The night ----------------------------------------------------------------------------------------


def test_once_answers_are_gone_after_a_day(db):
    client = browser()
    press(client)
    nightly.tidy()
    assert Answer.objects.count() == 1

    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1), tick=False):
        nightly.tidy()

    assert Answer.objects.count() == 0


# At the same moment -------------------------------------------------------------------------------


def press_at_once(address: str) -> list[str]:
    return run_race([lambda: press(browser(), address)] * PEOPLE)


@pytest.mark.django_db(transaction=True)
def test_once_by_many_at_once_makes_one_row():
    answers = press_at_once("/write/")

    demand = Demand.objects.get()
    assert answers == [f"/{demand.pk}/"] * PEOPLE


@pytest.mark.django_db(transaction=True)
def test_once_by_many_at_once_without_it_makes_many():
    """The control."""
    answers = press_at_once("/write-without/")

    assert len(set(answers)) == PEOPLE
    assert Demand.objects.count() == PEOPLE


@pytest.mark.django_db(transaction=True)
def test_once_by_many_at_once_without_its_unique_line_makes_many(monkeypatch):
    """The control of the rule itself: nothing but that line holds the presses apart."""
    monkeypatch.setattr(
        "practice_portal.lib.once._first_line",
        lambda press: Answer.objects.create(press=new_key()),
    )

    answers = press_at_once("/write/")

    assert len(set(answers)) == PEOPLE
