"""The pages for what goes wrong: in Chinese, with a way on, and with the right number."""

import re

import pytest
from django.db import InterfaceError, OperationalError
from django.template.loader import render_to_string
from django.test import Client

from practice_portal import views
from tests.pages import words

#: Shown even while the database is away: no request, no context, no query.
STATIC = ["500.html", "503.html"]
PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", *STATIC]


@pytest.mark.parametrize("template", PAGES)
def test_error_page_needs_neither_request_nor_database(template):
    html = render_to_string(template)

    assert '<html lang="zh-CN">' in html
    assert re.search(r'href="/">\s*(回|再打开)首页', html)
    assert re.search(r"<h1>\s*[一-鿿]", html)


@pytest.mark.parametrize("template", STATIC)
def test_error_page_of_ours_leans_on_nothing(template):
    source = render_to_string(template)

    assert "<form" not in source
    assert source == render_to_string(template, {"centre": "x", "large_text": True, "user": "x"})


def home_that_raises(error, monkeypatch):
    def lunar_date(day):
        raise error

    monkeypatch.setattr(views, "lunar_date", lunar_date)
    return Client(raise_request_exception=False).get("/")


def test_error_500_says_that_it_is_ours(db, monkeypatch):
    response = home_that_raises(RuntimeError("13800000000"), monkeypatch)

    assert response.status_code == 500
    assert "页面出错了， 是我们的问题" in words(response)
    assert "回首页" in words(response)
    assert "13800000000" not in response.content.decode()


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_error_503_while_the_database_is_away(db, monkeypatch, error):
    response = home_that_raises(error("connection refused"), monkeypatch)

    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "网站正在恢复" in words(response)
    assert "再打开首页" in words(response)


def test_error_400_for_an_address_that_nobody_typed(client, director):
    client.force_login(director)

    response = client.get("/admin/volunteers/volunteer/?phone__startswith=154")

    assert response.status_code == 400
    assert "没有看懂这次请求" in words(response)
    assert "回首页" in words(response)


def test_error_403_for_a_page_of_others(client, clerk):
    client.force_login(clerk)

    response = client.get("/admin/stations/user/")

    assert response.status_code == 403
    assert "这个页面您现在不能看" in words(response)
    assert "回首页" in words(response)


def test_error_403_for_a_form_from_elsewhere(db):
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})

    assert response.status_code == 403
    assert "请再提交一次" in words(response)


def test_error_404_in_the_admin_too(client, clerk):
    client.force_login(clerk)

    response = client.get("/admin/nothing/")

    assert response.status_code == 404
    assert "没有找到这个页面" in words(response)
