"""帮助: each of the twelve tasks is walked through, and every name in its lines is on the way."""

import re
from html import unescape
from io import BytesIO
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import get_resolver, reverse
from PIL import Image

from practice_portal.clerk_help import TASKS
from services.models import Demand
from stations.models import Article, Deletion, User
from tests.factories import make_entry

HELP = "/admin/help/"
HEAVIEST = 60_000  # bytes

#: In the demo street it is this one's month that has not been handed in.
CLERKS = {"month": "clerk-02"}


class Reader:
    """A clerk who does what the lines say: opens a row, follows a link, looks for a name."""

    def __init__(self, user, url: str):
        self.client = Client()
        self.client.force_login(user)
        self.pages = []
        self.open(url)

    def open(self, url: str) -> None:
        response = self.client.get(url)
        assert response.status_code == 200, url
        if response["Content-Type"].startswith("image/"):
            return  # the poster: nothing to read
        self.url, self.html = url, response.content.decode()
        self.pages.append(self.html)

    def open_first_row(self) -> None:
        row = re.search(r'<th class="field-[^"]*"><a href="([^"]+)"', self.html)
        assert row, f"{self.url} is a list without rows"
        self.open(urljoin(self.url, unescape(row[1])))

    def sees(self, name: str) -> bool:
        return any(name in names_on(html) for html in reversed(self.pages))

    def follow(self, name: str) -> None:
        """Where a link of this page or a step's button with its … leads; others are not pressed."""
        main = self.html.partition('id="content"')[2]
        link = re.search(rf'<a [^>]*?href="([^"]+)"[^>]*>\s*{re.escape(name)}\s*</a>', main)
        step = re.search(rf'name="_step_(\w+)"\s+value="{re.escape(name)}"', main)
        if link and not link[1].startswith("?"):
            self.open(urljoin(self.url, unescape(link[1])))
        elif step and name.endswith("…") and "/add/" not in self.url:
            self.open(urljoin(self.url, f"../step/{step[1]}/"))


def names_on(html: str) -> set[str]:
    """The texts between tags and on buttons, each as a whole, without a colon at its end."""
    html = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    texts = re.findall(r">([^<>]+)(?=<)", html)
    buttons = re.findall(r'<input type="submit"[^>]*?value="([^"]+)"', html, re.DOTALL)
    return {unescape(text).strip().rstrip(":：") for text in texts + buttons}


def names_in(task) -> list[str]:
    return [name for line in task.lines for name in re.findall("“([^”]+)”", line)]


@pytest.fixture
def clerk_of(demo_noon):
    return lambda slug: User.objects.get(username=CLERKS.get(slug, "clerk-nanhu"))


def delete_a_draft(clerk):
    draft = Article.objects.managed_by(clerk).filter(status="draft").first()
    Deletion.objects.keep(draft, by=clerk)


def accept_a_demand(clerk) -> str:
    demand = Demand.objects.managed_by(clerk).filter(status="submitted").first()
    demand.take("accept", by=clerk)
    return reverse("admin:services_demand_change", args=[demand.pk])


def a_line_of_a_colleague(clerk) -> str:
    line = make_entry(station=clerk.own_station)
    return reverse("admin:volunteers_serviceentry_change", args=[line.pk])


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.slug)
def test_clerk_help_names_what_is_on_the_screen(task, clerk_of):
    clerk = clerk_of(task.slug)
    if task.slug == "restore":
        delete_a_draft(clerk)
    reader = Reader(clerk, task.url)

    for name in names_in(task):
        if task.slug == "answer" and name == "办得怎样":  # after the press before
            reader.open(accept_a_demand(clerk))
        if name == "确认":  # another one opens the line
            reader.open(a_line_of_a_colleague(clerk))
        if not reader.sees(name):
            reader.open_first_row()
        assert reader.sees(name), f"“{name}” is not at {reader.url}"
        reader.follow(name)

    assert reader.sees(task.button)


def test_clerk_help_has_twelve_tasks_of_five_lines(client, clerk):
    client.force_login(clerk)

    response = client.get(HELP)

    html = response.content.decode()
    sections = re.findall(r'<section class="help-task".*?</section>', html, re.DOTALL)
    assert len(sections) == 12
    assert [section.count("<li>") for section in sections] == [5] * 12
    assert all(line.endswith("。") for task in TASKS for line in task.lines)
    contents = re.findall(r'<li>\s*<a href="#(\w+)">([^<]+)</a>', html)
    assert contents == [(task.slug, task.title) for task in TASKS]
    assert re.findall(r'<section class="help-task"\s+id="(\w+)"', html) == [
        task.slug for task in TASKS
    ]
    assert contents[0] == ("publish", "发布一场活动")
    assert contents[-1] == ("restore", "删错了，怎么找回来")
    links = [re.search(r'<a class="quick" href="([^"]+)"', section)[1] for section in sections]
    assert links[3] == "/admin/activities/session/?result=missing"
    assert {client.get(unescape(link)).status_code for link in links} == {200}


def test_clerk_help_pictures_are_small_sized_and_described(client, clerk):
    client.force_login(clerk)

    html = client.get(HELP).content.decode()

    pictures = [
        dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<img [^>]*>", html)
    ]
    assert [picture["src"] for picture in pictures] == [
        f"/static/help/{task.slug}.webp" for task in TASKS
    ]
    for picture in pictures:
        path = finders.find(picture["src"].removeprefix("/static/"))
        assert path, picture["src"]
        with open(path, "rb") as file:
            content = file.read()
        with Image.open(BytesIO(content)) as image:
            size = (str(image.width), str(image.height))
            assert image.format == "WEBP"
            assert not image.getexif()
        assert (picture["width"], picture["height"]) == size
        assert len(content) <= HEAVIEST
        assert picture["loading"] == "lazy"
    assert pictures[0]["alt"] == "“发布一场活动”的画面，红框里是“保存并发布”。"
    assert len({picture["alt"] for picture in pictures}) == 12


@pytest.mark.parametrize("role", ["clerk", "lead", "director"])
def test_clerk_help_is_open_to_every_role(client, request, role, django_assert_max_num_queries):
    client.force_login(request.getfixturevalue(role))
    client.get(HELP)

    with django_assert_max_num_queries(9):
        response = client.get(HELP)

    assert response.status_code == 200


def test_clerk_help_asks_the_stranger_to_log_in(client, db):
    response = client.get(HELP)

    assert (response.status_code, response.url) == (302, "/admin/login/?next=/admin/help/")


def test_clerk_help_is_only_read(client, clerk):
    client.force_login(clerk)

    assert client.post(HELP).status_code == 405


def test_clerk_help_opens_at_the_task_of_the_page(client, clerk):
    client.force_login(clerk)

    def link(page: str) -> str:
        return re.search(r'href="([^"]*)">帮助</a>', client.get(page).content.decode())[1]

    assert link("/admin/") == "/admin/help/"
    assert link("/admin/help/") == "/admin/help/"
    assert link("/admin/activities/activity/add/") == "/admin/help/#publish"
    assert link("/admin/stations/deletion/") == "/admin/help/#restore"
    assert link("/reports/") == "/admin/help/"


def test_clerk_help_pages_exist_and_belong_to_one_task():
    pages = [page for task in TASKS for page in task.pages]
    _, admin = get_resolver().namespace_dict["admin"]

    assert [page for page in pages if page not in admin.reverse_dict] == []
    assert len(pages) == len(set(pages))
