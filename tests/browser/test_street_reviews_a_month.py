"""The street office draws up a month, returns a summary, and approves it once it is mended."""

from datetime import date


def _month(months_ago: int) -> tuple[str, str]:
    years, month = divmod(date.today().month - 1 - months_ago, 12)
    year, month = date.today().year + years, month + 1
    return f"{year}-{month:02}", f"{year}年{month}月"


def test_street_draws_up_returns_and_approves_a_month(page, log_in, width):
    # A month that the demo street has no summaries of; one for each width.
    month, label = _month(6 if width == 390 else 7)

    log_in("director")
    page.goto("/reports/")
    page.get_by_label("月份").fill(month)
    page.get_by_role("button", name="起草").click()
    page.get_by_text("总结起草好了，共15份").wait_for()

    log_in("clerk-nanhu")
    page.goto(f"/reports/{month}/nanhu/")
    page.get_by_role("link", name="写文字，提交").click()
    page.get_by_label("亮点").fill("读报会有了固定的读者。")
    page.get_by_role("button", name="保存并提交").click()
    page.get_by_text(f"“南湖社区 {label}总结”已提交。").wait_for()

    log_in("director")
    page.goto(f"/reports/{month}/nanhu/")
    assert "读报会有了固定的读者。" in page.locator("main").inner_text()
    page.get_by_role("link", name="退回，写意见").click()
    page.get_by_role("button", name="退回并附意见").click()
    page.get_by_text("退回时请写上意见").wait_for()
    page.get_by_role("textbox", name="意见").fill("请写写下月打算。")
    page.get_by_role("button", name="退回并附意见").click()
    page.get_by_text(f"南湖社区 {label}总结已退回。").wait_for()

    log_in("clerk-nanhu")
    page.goto(f"/reports/{month}/nanhu/")
    assert "请写写下月打算。" in page.locator("main").inner_text()
    page.get_by_role("link", name="写文字，提交").click()
    page.get_by_label("下月打算").fill("办两场手机课。")
    page.get_by_role("button", name="保存并提交").click()
    page.get_by_text("已提交。").wait_for()

    log_in("director")
    page.goto(f"/reports/{month}/")
    review = page.locator("section", has=page.get_by_role("heading", name="等您审的"))
    review.locator("summary", has_text="南湖社区").click()
    assert "办两场手机课。" in review.inner_text()
    review.get_by_role("link", name="通过这一份").first.click()
    page.get_by_role("button", name="确认通过，冻结数字").click()
    page.get_by_text(f"南湖社区 {label}总结已通过。").wait_for()
    if width == 390:
        row = page.locator("details.slip", has_text="南湖社区").first
        row.locator("summary").click()
        figure = row.locator("dd a").first
    else:
        row = page.locator("tr", has=page.get_by_role("link", name="南湖社区")).first
        figure = row.locator("td a").first
    assert "已通过" in row.inner_text()
    figure.click()
    page.get_by_text("这是通过时的记录，已经冻结。").wait_for()
