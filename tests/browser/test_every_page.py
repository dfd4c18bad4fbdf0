"""Every public page, walked: narrow, large, printed, by axe, and as heavy as a first visit is."""

import re

import pytest

from tests.browser.notes import noted, take_notes
from tests.browser.pages import activity_pages

KB = 1024


@pytest.fixture(scope="module", params=[False, True], ids=["normal", "large"])
def is_large(request) -> bool:
    return request.param


@pytest.fixture(scope="module")
def walk(paths, new_page, is_large) -> dict:
    """What was noted of each page, in normal and in large text."""
    page = new_page(700, large=is_large)
    return {path: take_notes(page, path) for path in paths}


def test_walk_finds_every_kind_of_page(paths):
    assert {"/", "/activities/", "/stations/", "/teams/", "/brands/", "/figures/"} <= set(paths)
    assert {"/news/", "/rules/", "/about/", "/where/", "/search/", "/my/"} <= set(paths)
    assert {"/doors/help/", "/privacy/", "/accessibility/"} <= set(paths)
    assert {"/role-models/", "/role-models/notice/", "/role-models/nominate/"} <= set(paths)
    assert [path.split("/")[-2] for path in paths[1:3]] == ["change", "cancel"]
    assert any(path.endswith("/signup/") for path in paths)
    kinds = {path.split("/")[1] for path in paths if path.count("/") == 3}
    assert {"activities", "stations", "brands", "teams", "news"} <= kinds
    assert any(re.fullmatch(r"/activities/\d+-\d+/", path) for path in paths)


def test_walk_comes_upon_every_state_of_an_activity_and_upon_lists_that_are_narrowed(paths, portal):
    states = activity_pages(portal)

    assert set(states) == {"moved", "cancelled", "full", "of many sessions", "over"}
    assert set(states.values()) <= set(paths)
    assert {"/activities/?station=nanhu&days=two_weeks", "/stations/?by=compound"} <= set(paths)


def test_page_taken_down_and_page_that_is_not_there_are_walked_as_such(paths, new_page):
    page = new_page(390)

    assert [page.goto(path).status for path in paths[-2:]] == [404, 410]


def test_axe_finds_nothing_on_any_page(walk):
    assert noted(walk, "violations") == {}


def test_every_page_needs_no_sideways_scrolling(walk):
    assert noted(walk, "too_wide") == {}


def test_every_page_sets_nothing_smaller_than_15_px(walk):
    assert noted(walk, "too_small") == {}


def test_large_text_is_22_pixels_on_every_page(walk, is_large):
    assert {notes.body for notes in walk.values()} == {"22px" if is_large else "17px"}


def test_every_page_begins_with_the_large_text_button(walk, is_large):
    assert {notes.first_stop for notes in walk.values()} == {"标准版" if is_large else "大字版"}


def test_every_page_prints_in_11_points_without_navigation_forms_and_buttons(walk):
    assert noted(walk, "on_paper") == {}
    for notes in walk.values():
        assert float(notes.paper_body.removesuffix("px")) == pytest.approx(11 / 72 * 96, abs=0.1)


def test_printed_page_keeps_the_phone_that_was_on_a_button(new_page):
    page = new_page(700)
    page.emulate_media(media="print")
    page.goto("/stations/nanhu/")

    button = page.locator("a.btn[href^='tel:']").first
    assert button.is_visible()
    assert button.evaluate("one => getComputedStyle(one).color") == "rgb(30, 26, 23)"


def _first_visit(page, path: str) -> list[dict]:
    """What a browser with an empty cache asks for, each with its bytes on the wire."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked, sizes = {}, {}
    session.on(
        "Network.requestWillBeSent",
        lambda event: asked.update({event["requestId"]: event["request"]["url"]}),
    )
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.goto(path, wait_until="networkidle")
    return [
        {"url": url, "bytes": sizes.get(request, 0)}
        for request, url in asked.items()
        if not url.startswith("data:")  # a picture that came along within a sheet
    ]


def test_first_visit_of_every_page_is_light(paths, portal, new_page):
    heavy, foreign = {}, {}
    for path in paths:
        page = new_page(390)
        visit = _first_visit(page, path)
        photos = [one for one in visit if "/media/" in one["url"]]
        # The icon of the tab is a picture; headless Chromium asks for it like a browser does.
        icons = [one for one in visit if "favicon" in one["url"]]
        others = [one for one in visit if one not in photos + icons]
        weight = sum(one["bytes"] for one in visit if one not in photos)
        assert weight > 5 * KB, "nothing was measured"
        if weight > 40 * KB or len(others) > 4:
            heavy[path] = (weight, [one["url"] for one in others])
        if outside := [one["url"] for one in visit if not one["url"].startswith(portal)]:
            foreign[path] = outside
        page.context.close()

    assert heavy == {}
    assert foreign == {}


def test_sheets_and_pages_are_sent_compressed(portal, new_page):
    page = new_page(390)
    encodings = {}
    page.on(
        "response",
        lambda answer: encodings.update(
            {answer.url.removeprefix(portal): answer.headers.get("content-encoding")}
        ),
    )
    page.goto("/", wait_until="networkidle")

    sheets = {url: coding for url, coding in encodings.items() if url.endswith(".css")}
    assert len(sheets) == 2
    assert set(sheets.values()) <= {"br", "gzip"}
    assert encodings["/"] in {"br", "gzip"}


def test_sheets_hold_nothing_that_no_page_uses(paths, new_page):
    """Most of what is loaded is used somewhere: no framework comes along for one button."""
    page = new_page(1280)
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    headers = {}
    session.on(
        "CSS.styleSheetAdded",
        lambda event: headers.update({event["header"]["styleSheetId"]: event["header"]}),
    )
    used: dict[str, set] = {}
    lengths: dict[str, float] = {}
    session.send("CSS.startRuleUsageTracking")
    for path in paths:
        page.goto(path)
        for rule in session.send("CSS.takeCoverageDelta")["coverage"]:
            header = headers[rule["styleSheetId"]]
            name = header["sourceURL"].rsplit("/", 1)[-1].split(".")[0]
            lengths[name] = header["length"]
            if rule["used"]:
                used.setdefault(name, set()).add((rule["startOffset"], rule["endOffset"]))

    shares = {
        name: round(sum(end - start for start, end in spans) / lengths[name], 2)
        for name, spans in used.items()
    }
    assert set(shares) == {"bootstrap", "portal"}
    # Coverage knows no hover, print or error, nor the staff's forms; whole, Bootstrap has 0.04.
    assert min(shares.values()) > 0.3, shares
