"""A resident finds what is on this week at one station, and whom to ring."""

import re


def test_resident_finds_this_weeks_activity_of_one_station(page, width):
    page.goto("/")
    page.get_by_role("link", name="南湖社区", exact=True).first.click()
    page.wait_for_url("**/stations/nanhu/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    card = page.locator(".activity-card").first
    title = card.locator("h3 a").inner_text()
    card.locator("h3 a").click()

    assert page.locator("h1").inner_text() == title
    body = page.locator("main").inner_text()
    assert "南湖社区" in body
    assert re.search(r"\d+月\d+日（周.）(上午|下午|晚上)\d+:\d\d", body)
    assert page.locator("main a[href^='tel:']").count() >= 1


def test_resident_filters_the_list_by_station(page, width):
    page.goto("/activities/")
    page.locator("details.filter-bar:not(.follow) summary").click()
    page.get_by_label("社区").select_option(label="南湖社区")
    page.get_by_role("button", name="筛选").click()

    page.wait_for_url("**station=nanhu**")
    assert page.locator(".activity-card").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_large_text_stays_on_from_page_to_page(page, width):
    page.goto("/activities/")
    page.get_by_role("link", name="大字版").click()

    assert "large-text" in page.locator("html").get_attribute("class")
    page.goto("/stations/")
    assert "large-text" in page.locator("html").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="标准版").click()
    assert "large-text" not in (page.locator("html").get_attribute("class") or "")
