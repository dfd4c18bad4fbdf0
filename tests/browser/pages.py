"""The pages of the running portal that are walked, one of each kind."""

import re
import urllib.request
from html import unescape
from urllib.parse import quote, unquote, urljoin, urlsplit

#: Not pages: they answer with a redirect, a picture, a file, or are for staff.
NOT_PAGES = re.compile(
    r"^/(large-text|where/set|attachments|static|media|admin|account|reports|healthz)|\.[a-z]+$"
)

#: Pages that no link leads to: what a form asks for, what is still to come, what is not there.
WITHOUT_LINK = [
    "/activities/?station=nanhu&days=two_weeks",
    "/activities/?station=nowhere&audience=elderly",
    f"/activities/?q={quote('没有这回事')}",
    "/stations/?by=compound",
    "/search/",
    f"/search/?q={quote('读报')}",
    f"/search/?q={quote('没有这回事')}",
    f"/where/?q={quote('小区')}",
    f"/where/?q={quote('没有这回事')}",
    "/leading-group/",
    "/plan/",
    "/no-such-page/",
]

#: What an activity's card says of a session whose page looks otherwise than most.
STATES = {"moved": "改了</span>", "cancelled": "已取消</span>", "full": "满了，可排候补"}

#: The main pages of the workplace, for whoever runs the street; the clerk's are among them.
WORKPLACE = [
    "/admin/",
    "/admin/activities/activity/",
    "/admin/activities/activity/add/",
    "/admin/activities/activity/1/change/",
    "/admin/activities/activity/1/share/",
    "/admin/activities/session/",
    "/admin/learning/onlinestudy/",
    "/admin/services/demand/",
    "/admin/services/demand/add/",
    "/admin/stations/article/add/",
    "/admin/stations/deletion/",
    "/admin/stations/platform/add/",
    "/admin/stations/platform/1/delete/",
    "/admin/stations/user/add/",
    "/admin/volunteers/team/1/change/",
    "/admin/volunteers/volunteer/",
    "/admin/password_change/",
    "/account/handover/",
    "/reports/",
    "/reports/check-up/",
    "/reports/pages/",
]


#: What a clerk sees otherwise than the street office does: a form without the choice of stations.
CLERKS = [
    "/admin/",
    "/admin/activities/activity/add/",
    "/admin/activities/session/desk/",
    "/admin/learning/onlinestudy/",
    "/admin/services/demand/add/",
    "/admin/stations/article/add/",
    "/admin/stations/platform/add/",
    "/reports/",
]

#: In the demo street it is this clerk's month that has not been handed in.
CLERK = "clerk-02"


def clerk_pages(page) -> list[str]:
    """The main pages for a clerk who is logged in, the form of the month to hand in among them."""
    page.goto("/admin/reports/monthlysummary/")
    month = page.locator("#result_list tbody th a").first.get_attribute("href")
    return [*CLERKS, urlsplit(urljoin(page.url, month)).path]


def _html(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read().decode()


def _links(address: str) -> list[str]:
    links = re.findall(r'<a [^>]*href="([^"]*)"', _html(address))
    return [urljoin(address, unescape(link)) for link in links]


def _kind(path: str) -> str:
    """What a path has in common with its likes: /activities/3/ is /activities/….

    /activities/2026-11/ is /activities/month: another page than that of one activity.
    """
    parts = path.strip("/").split("/")
    if parts[0] == "doors" or len(parts) < 2:
        return path
    if parts[0] == "role-models" and not parts[1].isdigit():
        return path
    name = "month" if re.fullmatch(r"\d{4}-\d\d", parts[1]) else "…"
    return "/".join([parts[0], name, *parts[2:]])


def linked_pages(portal: str) -> list[str]:
    """The paths of the public pages, in the order in which one comes upon them from home."""
    found, waiting = {}, ["/"]
    while waiting:
        path = waiting.pop(0)
        if _kind(path) in found:
            continue
        found[_kind(path)] = path
        for link in _links(portal + path):
            parts = urlsplit(link)
            if link.startswith(portal) and not NOT_PAGES.search(parts.path):
                waiting.append(parts.path)
    return list(found.values())


def activity_pages(portal: str) -> dict[str, str]:
    """An activity that was moved, one cancelled, one full, one of many sessions, one that is over.

    A street that has none of a kind has no such page.
    """
    found, seen, address = {}, set(), "/activities/"
    while address:
        html = _html(portal + address)
        for card in re.findall(r'<article class="activity-card">.*?</article>', html, re.DOTALL):
            path = re.search(r'href="(/activities/\d+/)"', card)[1]
            for state, mark in STATES.items():
                if mark in card:
                    found.setdefault(state, path)
            if path in seen:
                found.setdefault("of many sessions", path)
            seen.add(path)
        following = re.search(r'rel="next"\s+href="(\?[^"]*)"', html)
        address = following and f"/activities/{unescape(following[1])}"
    for link in _links(portal + "/stations/nanhu/") if seen else []:
        path = urlsplit(link).path
        if re.fullmatch(r"/activities/\d+/", path) and path not in seen:
            found.setdefault("over", path)
    return found


def public_pages(portal: str) -> list[str]:
    """The paths of every public page, also of those that no link leads to."""
    pages = [*linked_pages(portal), *activity_pages(portal).values(), *WITHOUT_LINK]
    return list(dict.fromkeys(pages))


def picture_name(path: str) -> str:
    """What a page's picture is called: words that tell, no sign that a file name may not have."""
    return re.sub(r"[^\w-]+", "-", unquote(path)).strip("-") or "home"


def own_pages(page, signup_form: str) -> list[str]:
    """Sign up as a resident does; one's own page (我的报名) and those that lead from it."""
    page.goto(signup_form)
    page.get_by_label("姓名", exact=True).fill("秦大妈")
    page.get_by_label("手机号", exact=True).fill("15400000003")
    page.get_by_label("我同意").check()
    page.get_by_role("button", name=re.compile("交报名|排候补")).click()
    page.wait_for_url("**/signups/**")
    own = urlsplit(page.url).path
    return [own, f"{own}change/", f"{own}cancel/"]


def session_pages(page) -> list[str]:
    """The clerks' pages of a session that is signed up for, and of one that wants its result."""
    page.goto("/admin/activities/session/desk/")
    row = page.locator("tr", has_text="位子").last
    one = row.locator("a[href$='/signups/']").get_attribute("href").removesuffix("signups/")
    page.goto(f"{one}signups/")
    party = page.locator("a.quick[href*='/signups/']").last.get_attribute("href")
    page.goto(f"{one}change/")
    reschedule = page.locator("a[href*='/reschedule/']").first.get_attribute("href")
    page.goto("/admin/activities/session/?result=missing")
    over = page.locator("#result_list tbody th a").first.get_attribute("href")
    over = urlsplit(urljoin(page.url, over)).path
    return [
        "/admin/activities/session/desk/",
        *(
            f"{one}{name}/"
            for name in ("signups", "check-in", "key-in", "sheet", "screen", "calls")
        ),
        party,
        "/admin/activities/call/ring/",
        urljoin(over, "../result/"),
        reschedule,
        urljoin(reschedule, "../row/"),
        urljoin(reschedule, "../again/"),
        "/admin/activities/activity/plan/",
    ]
