"""One session from the clerk's idea to the month's figure, each step on the page where it is done.

The clerk sits at the office's screen, the residents hold phones, the director has a window of
their own:

- the clerk publishes an activity with one session of two seats (发布活动) that begins in two hours;
- 秦 signs up with two (报名 on the activity's page); 尤 does, too, finds it full and is first of
  those who wait (候补);
- 秦 cancels on the page that was theirs to keep, and 尤's own page says at once that there is room;
- the clerk is sent to ring 尤 (报名和签到 › 报名名单 › 打电话通知) and ticks 已告知;
- nobody waits two hours for a test: the clerk brings the session forward to the hour that has just
  ended, on its form;
- the clerk ticks 尤's name and counts three who just came (点名签到), and keys the paper sheet in
  by keyboard alone (录签到表), which knows that 尤 was here;
- 待办 asks for the result; the short form makes the news draft, and the director's month has one
  session and five people more than before.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.browser.conftest import log_in_as

SHANGHAI = ZoneInfo("Asia/Shanghai")
TITLE = "从报名办到数字的剪纸课"


def _fill_hours(page, prefix: str, starts: datetime, ends: datetime) -> None:
    """Day and hours as clerks type them; past midnight the end is the next morning's."""
    page.locator(f"#id_{prefix}day").fill(f"{starts:%Y-%m-%d}")
    page.locator(f"#id_{prefix}starts").fill(f"{starts:%H:%M}")
    page.locator(f"#id_{prefix}ends").fill(f"{ends:%H:%M}")


def _publish(clerk, starts: datetime) -> None:
    clerk.get_by_role("link", name="发布活动").click()
    clerk.get_by_label("活动名称").fill(TITLE)
    clerk.get_by_label("内容").fill("学剪一对窗花，红纸剪刀都备好了。")
    clerk.get_by_text("发布前看一眼").click()
    clerk.locator("#id_risk_notice").fill("剪刀要慢慢用，孩子由大人看着。")
    _fill_hours(clerk, "sessions-0-", starts, starts + timedelta(hours=1))
    clerk.locator("#sessions-0").get_by_text("怎么找到").click()
    clerk.locator("#id_sessions-0-capacity").fill("2")
    clerk.locator("#id_sessions-0-address").fill("南湖社区门前")
    clerk.get_by_role("button", name="保存并发布").click()
    clerk.get_by_text(f"“{TITLE}”已发布。").wait_for()


def _sign_up(resident, day: datetime, name: str, phone: str, button: str) -> None:
    """Find the activity in the list of that day, open it, sign up with two."""
    resident.goto(f"/activities/?on={day:%Y-%m-%d}")
    resident.get_by_role("link", name=TITLE).click()
    resident.locator("main").get_by_role("link", name=button, exact=True).click()
    resident.get_by_label("姓名", exact=True).fill(name)
    resident.get_by_label("手机号", exact=True).fill(phone)
    resident.get_by_label("一共来几个人").fill("2")
    resident.get_by_label("我同意").check()
    resident.get_by_role("button", name=re.compile("交报名|排候补")).click()
    resident.wait_for_url("**/signups/**")


def _figures(director, month: str) -> tuple[int, int]:
    """Sessions and people of the whole street in that month, as its page says them."""
    director.goto(f"/reports/{month}/")
    return tuple(
        int(
            director.locator(f"tfoot a[href='/reports/{month}/lines/activities.{code}/']")
            .inner_text()
            .replace(",", "")
        )
        for code in ("sessions_held", "people_served")
    )


def test_activity_goes_all_the_way_from_idea_to_figure(new_page):
    now = datetime.now(SHANGHAI)
    starts, ended = now + timedelta(hours=2), now - timedelta(minutes=1)
    month = f"{ended:%Y-%m}"
    clerk, director = new_page(1280), new_page(1280)
    qin, you = new_page(390), new_page(390)
    log_in_as(director, "director")
    sessions, people = _figures(director, month)

    log_in_as(clerk, "clerk-nanhu")
    _publish(clerk, starts)

    _sign_up(qin, starts, "秦大妈", "15400000001", "报名")
    assert qin.locator("h1").inner_text() == "报上名了"
    _sign_up(you, starts, "尤师傅", "15400000002", "排候补")
    assert you.locator("h1").inner_text() == "排上候补了，第1位"

    qin.get_by_role("link", name="去不了了，取消").click()
    qin.get_by_role("button", name="确定，取消报名").click()
    qin.get_by_role("heading", name="已经取消报名").wait_for()
    you.reload()
    assert you.locator("h1").inner_text() == "报上名了"

    clerk.goto("/admin/")
    clerk.get_by_role("link", name="报名和签到").click()
    clerk.get_by_role("link", name=re.compile(f"报名名单.*{TITLE}")).click()
    clerk.get_by_role("link", name="打电话通知（1位）").click()
    call = clerk.locator("ul.calls li")
    assert "尤**" in call.inner_text()
    assert "有位子了" in call.inner_text()
    clerk.get_by_role("button", name="看这1位的号码").click()
    call.get_by_role("link", name="15400000002").wait_for()
    call.get_by_role("button", name="已告知").click()
    clerk.get_by_text("尤**，2人：已告知。").wait_for()
    assert clerk.get_by_text("都通知到了").is_visible()

    clerk.goto("/admin/activities/session/")
    clerk.get_by_role("link", name=TITLE).click()
    _fill_hours(clerk, "", ended - timedelta(hours=1), ended)
    clerk.locator("#id_reason").fill("老师要早走，提前办了")
    clerk.get_by_role("button", name="保存", exact=True).click()
    clerk.get_by_role("link", name=TITLE, exact=True).click()
    clerk.get_by_role("link", name="点名签到").click()
    clerk.get_by_role("button", name="尤**，2人").click()
    clerk.get_by_text("签到了：尤**，2人。").wait_for()
    clerk.get_by_label("来了几个人").fill("3")
    clerk.get_by_role("button", name="记下").click()
    assert "一共来了5人" in clerk.locator("#content-main").inner_text()
    clerk.get_by_role("link", name="打印签到表").click()
    code = clerk.locator("tr", has_text="尤").locator(".sheet-code").inner_text()
    clerk.go_back()
    clerk.get_by_role("link", name="录签到表").click()
    clerk.wait_for_url("**/key-in/")
    clerk.keyboard.type(code)  # without a hand on the mouse
    clerk.keyboard.press("Tab")
    clerk.keyboard.press("Enter")
    clerk.get_by_text(re.compile("尤.*已经签过到")).wait_for()

    clerk.goto("/admin/")
    clerk.get_by_role("link", name=re.compile(f"去填结果.*{TITLE}")).click()
    assert "报了名的2人，签了到的5人" in clerk.locator("#content-main").inner_text()
    assert clerk.get_by_label("服务群众").input_value() == "5"
    clerk.get_by_label("办得怎样").fill("每人剪了一对窗花，带回家贴上了。")
    clerk.get_by_role("button", name="交上去").click()
    clerk.get_by_role("link", name="打开看看").click()
    assert clerk.get_by_label("标题").input_value() == f"{TITLE}办完了"
    assert "来了5人次" in clerk.locator("#id_text").input_value()
    assert "带回家贴上了" in clerk.locator("#id_text").input_value()

    assert _figures(director, month) == (sessions + 1, people + 5)
    director.locator(f"tfoot a[href='/reports/{month}/lines/activities.people_served/']").click()
    row = director.locator("tr", has_text=TITLE)
    assert "南湖社区" in row.inner_text()
    assert row.locator("td").last.inner_text() == "5"
