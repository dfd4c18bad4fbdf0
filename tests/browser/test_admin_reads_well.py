"""The admin for eyes in their fifties, and a form that is left open over the session's end."""

import re

import pytest

from tests.browser.conftest import PASSWORD, log_in_as
from tests.browser.notes import noted, take_notes
from tests.browser.pages import CLERK, WORKPLACE, clerk_pages, session_pages

#: Pages on the staff sheet, whose smallest type is 15 px; the admin's is 16.
IN_STAFF_TYPE = re.compile("^/(reports|account)/|/(sheet|screen)/$")


@pytest.fixture(scope="module", params=[False, True], ids=["normal", "large"])
def walk(request, new_page) -> dict:
    """What was noted of the workplace's main pages, in normal and in large text."""
    page = new_page(700, large=request.param)
    at_log_in = take_notes(page, "/admin/login/")
    log_in_as(page, "director")
    page.goto("/reports/")
    month = page.locator("main a[href^='/reports/2']").first.get_attribute("href")
    seen = {path: look(page, path) for path in [*WORKPLACE, *session_pages(page), month]}
    clerk = new_page(700, large=request.param)
    log_in_as(clerk, CLERK)
    seen |= {f"{CLERK}: {path}": look(clerk, path) for path in clerk_pages(clerk)}
    return {"/admin/login/": at_log_in} | seen


def look(page, path: str):
    return take_notes(page, path, least=15 if IN_STAFF_TYPE.search(path) else 16)


def test_axe_finds_nothing_in_the_workplace(walk):
    assert noted(walk, "violations") == {}


def test_admin_sets_nothing_smaller_than_16_px(walk):
    assert noted(walk, "too_small") == {}


def test_admin_start_page_fits_the_screen(page, log_in, width):
    log_in("director")
    page.goto("/admin/")

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.get_by_role("heading", name="待办").is_visible()


def test_form_left_open_over_the_sessions_end_comes_back_as_it_was(page, log_in, width):
    log_in("clerk-nanhu")
    page.goto("/admin/services/demand/add/")
    page.get_by_label("要什么").fill(f"登录到时间了{width}")
    page.get_by_label("说明").fill("第一行\n第二行")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="保存", exact=True).click()

    page.get_by_text("刚才填的没有丢").wait_for()
    page.get_by_label("用户名").fill("clerk-nanhu")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name="回到刚才填的表").click()

    page.get_by_text("这张表还没有保存").wait_for()
    assert page.get_by_label("说明").input_value() == "第一行\n第二行"
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text(f"登录到时间了{width}”存好了。").wait_for()
