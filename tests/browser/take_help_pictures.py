"""The pictures of the clerks' help page, in static/help/: `make help-pictures`.

Of the demo street, so that nobody real is in them: each task is walked up to its main button, the
button is framed in red and cut out with the fields that belong to it. Run again when a
screen has changed; test_clerk_help.py says when a picture or a name on the way is missing.
"""

import io

import pytest
from PIL import Image, ImageDraw

from practice_portal.clerk_help import PICTURE_HEIGHT, PICTURE_WIDTH
from tests.browser.conftest import ROOT

FOLDER = ROOT / "static" / "help"
HEAVIEST = 60_000  # bytes
GROUND, QUIET = "#fdfbf8", "#81776c"
BUTTON_ROOM = 96  # pixels for the button where the fields begin the picture
ROUND = 12  # pixels left free around what is shown
LINE = 40  # of which less is not worth showing
ROW = "the first row"

COMING = "/admin/activities/session/?result=coming"
PUBLISHED = "/admin/activities/activity/?status__exact=published"

#: Each task's start, what is pressed on the way, the main button, and the field that the picture
#: begins with where fields and button are further apart than a picture is high.
WALKS = {
    "publish": ("/admin/activities/activity/add/", [], "保存并发布", "活动名称"),
    "move": (COMING, [ROW], "保存", "日期"),
    "cancel": (COMING, [ROW, "取消这一场…"], "取消这一场", ""),
    "result": ("/admin/activities/session/?result=missing", [ROW], "保存", "服务群众"),
    "share": (PUBLISHED, [ROW, "发到群里"], "复制文字", "发群的文字"),
    "again": (PUBLISHED, [ROW, "再办一次"], "抄一份", ""),
    "article": ("/admin/stations/article/add/", [], "保存并提交审核", "类别"),
    "demand": ("/admin/services/demand/add/", [], "保存并受理", "要什么"),
    "answer": ("/admin/services/demand/", [ROW, "看居民手机号"], "看号码", ""),
    "hours": ("/admin/volunteers/serviceentry/add/", [], "保存", "志愿者"),
    "month": ("/admin/reports/monthlysummary/", [ROW], "保存并提交", "亮点"),
    "restore": ("/admin/stations/deletion/", [ROW, "恢复"], "恢复", ""),
}

#: In the demo street it is this one's month that has not been handed in.
CLERKS = {"month": "clerk-02"}


@pytest.fixture
def width() -> int:
    return 1280


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "timezone_id": "Asia/Shanghai"}


def press(page, name: str):
    """The button or the link with this name."""
    named = page.locator("#content").get_by_role("button", name=name, exact=True)
    return named.or_(page.locator("#content").get_by_role("link", name=name, exact=True)).first


def delete_a_draft(page) -> None:
    """So that there is something in the recycle bin."""
    page.goto("/admin/stations/article/?status__exact=draft")
    page.locator("#result_list tbody th a").first.click()
    press(page, "删除").click()
    press(page, "确实要删除").click()
    page.get_by_text("删错了不要紧").wait_for()


def walk(page, start: str, steps: list) -> None:
    page.goto(start)
    for step in steps:
        if step == ROW:
            page.locator("#result_list tbody th a").first.click()
        else:
            press(page, step).click()
        page.wait_for_load_state()


def make_ready(page) -> None:
    """What the machine brings in goes out: its language in date fields, its own address."""
    page.evaluate(
        """() => {
            document.activeElement.blur();
            for (const field of document.querySelectorAll("[type=date], [type=time]")) {
                const [empty, shown] = field.type === "date"
                    ? ["年/月/日", field.value.replaceAll("-", "/")]
                    : ["--:--", field.value.slice(0, 5)];
                const width = field.offsetWidth;
                field.type = "text";
                field.value = shown || empty;
                field.style.width = `${width}px`;
            }
            for (const text of document.querySelectorAll("textarea[readonly]"))
                text.value = text.value.replace(location.origin, "https://portal.example.org");
        }"""
    )


def measure(page, button: str) -> dict:
    """Frame the button; where it ends, and where the lines above it begin, in the page's pixels."""
    return press(page, button).evaluate(
        """button => {
            button.style.outline = "4px solid #b3261e";
            button.style.outlineOffset = "4px";
            const box = each => each.getBoundingClientRect();
            const main = document.querySelector("#content");
            const parts = main.querySelectorAll("h1, h2, p, label, tr, summary, .submit-row");
            return {
                left: box(document.querySelector("#content-main")).left,
                bottom: box(button).bottom + scrollY,
                tops: [...parts].map(part => box(part).top + scrollY),
            };
        }"""
    )


def cut_out(page, button: str, first: str = "") -> Image.Image:
    """The button and what stands above it; with `first`, from this label on, and the gap marked."""
    make_ready(page)
    found = measure(page, button)
    left, bottom = int(found["left"]) - ROUND, int(found["bottom"]) + 2 * ROUND
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    picture = Image.new("RGB", (PICTURE_WIDTH, PICTURE_HEIGHT), GROUND)

    def paste(at: int, top: int, height: int) -> None:
        picture.paste(shot.crop((left, top, left + PICTURE_WIDTH, top + height)), (0, at))

    if first:
        label = page.locator("#content label:visible", has_text=first).first
        upper = PICTURE_HEIGHT - BUTTON_ROOM
        top = label.evaluate("label => label.getBoundingClientRect().top + scrollY")
        top = int(top) - 2 * ROUND + 4
        paste(0, top, upper)
        paste(upper, bottom - BUTTON_ROOM, BUTTON_ROOM)
        draw = ImageDraw.Draw(picture)
        cut = [line - top for line in found["tops"] if 0 <= top + upper - line < LINE]
        draw.rectangle((0, min([upper, *cut]) - ROUND, PICTURE_WIDTH, upper + ROUND), fill=GROUND)
        for x in range(ROUND, PICTURE_WIDTH, 2 * ROUND):
            draw.ellipse((x, upper - 2, x + 4, upper + 2), fill=QUIET)
    else:
        top = min(top for top in found["tops"] if top - ROUND >= bottom - PICTURE_HEIGHT)
        paste(0, int(top) - ROUND, bottom - int(top) + ROUND)
    return picture


@pytest.mark.parametrize("slug", WALKS)
def test_take_help_picture(page, log_in, slug):
    start, steps, button, first = WALKS[slug]
    log_in(CLERKS.get(slug, "clerk-nanhu"))
    if slug == "restore":
        delete_a_draft(page)

    walk(page, start, steps)
    FOLDER.mkdir(exist_ok=True)
    cut_out(page, button, first).save(FOLDER / f"{slug}.webp", quality=80, method=6)

    assert (FOLDER / f"{slug}.webp").stat().st_size <= HEAVIEST
