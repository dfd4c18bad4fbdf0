"""A clerk types an activity with its session, publishes it, and the resident sees it at once."""

from datetime import date, timedelta


def test_clerk_publishes_and_the_resident_sees_it_at_once(page, log_in, width):
    title = f"浏览器里发布的读报会{width}"
    day = date.today() + timedelta(days=3)

    log_in("clerk-nanhu")
    page.get_by_role("link", name="发布活动").click()
    page.get_by_label("活动名称").fill(title)
    page.get_by_label("内容").fill("一起读这个星期的报纸，读完聊聊天，茶水备好了。")
    page.get_by_text("发布前看一眼").click()
    assert page.locator("#id_requirements").input_value() == "谁都能来，14岁以下要大人带。"
    page.locator("#id_risk_notice").fill("地面刚拖过会滑，请慢走。")
    page.locator("#id_sessions-0-day").fill(day.isoformat())
    page.locator("#id_sessions-0-starts").fill("06:10")
    page.locator("#id_sessions-0-ends").fill("07:00")
    page.locator("#sessions-0").get_by_text("怎么找到").click()
    page.locator("#id_sessions-0-address").fill("南湖社区门前")
    page.get_by_role("button", name="保存并发布").click()
    page.get_by_text(f"“{title}”已发布。").wait_for()

    page.context.clear_cookies()
    page.goto(f"/activities/?on={day.isoformat()}")
    page.get_by_role("link", name=title).click()

    assert page.locator("h1").inner_text() == title
    assert "上午6:10–7:00" in page.locator("main").inner_text()
    assert "地面刚拖过会滑，请慢走。" in page.locator("main").inner_text()


def test_clerk_is_told_what_is_missing_and_loses_nothing(page, log_in, width):
    title = f"还缺内容的活动{width}"
    log_in("clerk-nanhu")
    page.goto("/admin/activities/activity/add/")
    page.get_by_label("活动名称").fill(title)
    page.get_by_label("内容").fill("教大家写毛笔字，纸墨备好了。")
    page.get_by_text("发布前看一眼").click()
    page.locator("#id_requirements").fill("")
    page.locator("#id_risk_notice").fill("")
    page.locator("#id_sessions-0-day").fill((date.today() + timedelta(days=4)).isoformat())
    page.locator("#id_sessions-0-starts").fill("06:10")
    page.locator("#id_sessions-0-ends").fill("07:00")
    page.get_by_role("button", name="保存并发布").click()

    page.get_by_text("发布前请先填写要留意、谁能来。").wait_for()
    assert page.get_by_label("活动名称").input_value() == title
    assert page.locator("#id_sessions-0-starts").input_value() == "06:10"
    assert page.locator(".field-risk_notice.errors").is_visible()
    assert page.locator(".field-requirements.errors").is_visible()
