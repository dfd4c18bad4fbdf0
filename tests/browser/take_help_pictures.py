"""The pictures of the clerks' help page, in static/help/: `make help-pictures`.

Of the demo street, so that nobody real is in them: each task is walked up to its main button in a
window as narrow as a picture, its fields are filled in, the button is framed in red, and whole rows
are cut out: from the field that matters on, and the button's own row. Run again when a screen has
changed; test_clerk_help.py says when a picture or a name on the way is missing.
"""

import io

import pytest
from PIL import Image, ImageDraw

from practice_portal.clerk_help import PICTURE_HEIGHT, PICTURE_WIDTH
from tests.browser.conftest import ROOT
from tests.browser.pages import CLERK

FOLDER = ROOT / "static" / "help"
HEAVIEST = 60_000  # bytes
GROUND, QUIET = "#fdfbf8", "#81776c"
MARGIN = 15  # pixels beside the content in a narrow window
ROUND = 12  # pixels left free around what is shown
GAP = 28  # pixels for the dots where rows are left out
TALLEST = 88  # pixels of a text that is typed: three lines
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
    "article": ("/admin/stations/article/add/", [], "保存并提交审核", "标题"),
    "demand": ("/admin/services/demand/add/", [], "保存并受理", "要什么"),
    "answer": ("/admin/services/demand/", [ROW, "看居民手机号"], "看号码", ""),
    "hours": ("/admin/volunteers/serviceentry/add/", [], "保存", "志愿者"),
    "month": ("/admin/reports/monthlysummary/", [ROW], "保存并提交", "亮点"),
    "restore": ("/admin/stations/deletion/", [ROW, "恢复"], "恢复", ""),
}

#: What is filled in on the last page, by the field's label; nothing of it is sent.
FILLED = {
    "publish": {
        "活动名称": "一起包饺子，送给独居老人",
        "内容": "面和馅都备好，来了洗手就包。包好的先送给院里独居的老人，每人再带走一盒。",
    },
    "move": {"为什么改": "老师上午要开会，挪到下午。"},
    "cancel": {"取消的原因": "老师家里有急事，这一场不办了；下周三照旧。"},
    "result": {
        "服务群众": "36",
        "志愿者（人次）": "4",
        "办得怎样": "来的多是三号楼的老人，现场剪了窗花带回家，都说下回还来。",
    },
    "again": {"第一场改到哪一天": "2026-12-12"},
    "article": {
        "标题": "院里的暖气修好了",
        "正文": "昨天夜里，三号楼的暖气不热。师傅带着两名志愿者修到十点，老人睡了个暖和觉。",
    },
    "demand": {
        "要什么": "想请人上门给老人理发",
        "说明": "老人85岁，腿脚不便。周四、周五下午都方便。",
    },
    "hours": {"服务日期": "2026/11/28", "小时": "2.5", "做了什么": "给三号楼两位老人理发。"},
    "month": {
        "亮点": "剪纸班从每月一场办到每周一场，来的人多了一半。",
        "问题": "活动室冬天冷，老人坐不住。",
        "下月打算": "和物业说好添两台暖风机，元旦前办一场联欢。",
    },
}

CLERKS = {"month": CLERK}


@pytest.fixture
def width() -> int:
    return PICTURE_WIDTH - 2 * ROUND + 2 * MARGIN


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "timezone_id": "Asia/Shanghai"}


def press(page, name: str):
    """The button or the link with this name."""
    named = page.locator("#content").get_by_role("button", name=name, exact=True)
    return named.or_(page.locator("#content").get_by_role("link", name=name, exact=True)).first


def delete_a_draft(page) -> None:
    """So that there is something in the recycle bin."""
    page.goto("/admin/stations/article/add/")
    page.get_by_label("标题").fill("花灯班的竹架子扎好了")
    page.get_by_label("正文").fill("师傅带着大家扎了十二个竹架子。")
    press(page, "保存").click()
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


def fill_in(page, slug: str) -> None:
    for label, words in FILLED.get(slug, {}).items():
        page.locator("#content :is(input, textarea)").and_(page.get_by_label(label)).first.fill(
            words
        )
    for person in page.locator(".field-volunteer .select2-selection").all():
        person.click()
        page.locator(".select2-results__option[role=option]").first.click()
    for purpose in page.get_by_label("回复需求").all():
        purpose.check()


def make_ready(page) -> None:
    """What the machine brings in goes out: its language in date fields, its own address."""
    page.evaluate(
        """tallest => {
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
            for (const text of document.querySelectorAll("textarea")) {
                text.value = text.value.replace(location.origin, "https://portal.example.org");
                if (text.readOnly) continue;
                text.style.height = `${Math.min(text.offsetHeight, tallest)}px`;
            }
        }""",
        TALLEST,
    )


def measure(page, button: str) -> dict:
    """Frame the button; the rows that can be shown, in the page's pixels, and which has it."""
    return press(page, button).evaluate(
        """button => {
            button.style.outline = "4px solid #b3261e";
            button.style.outlineOffset = "4px";
            const rows = [...document.querySelectorAll(
                "#content :is(h1, h2, p, tr, summary, .words, .form-row, .submit-row, textarea, "
                + ".object-tools, .readonly)"
            )].filter(one => one.checkVisibility() && one.offsetHeight
                && !one.parentElement.closest("tr, p, .form-row, .submit-row, summary"));
            return {
                left: document.querySelector("#content-main").getBoundingClientRect().left,
                rows: rows.map(row => {
                    const box = row.getBoundingClientRect();
                    return {
                        top: box.top + scrollY,
                        bottom: box.bottom + scrollY,
                        words: row.innerText.trim(),
                        has_button: row.contains(button),
                        cut: row.contains(button)
                            ? button.getBoundingClientRect().bottom + scrollY : null,
                    };
                }).sort((one, other) => one.top - other.top),
            };
        }"""
    )


def chosen(rows: list[dict], first: str) -> list[list[dict]]:
    """The rows of a picture: those that end with the button's, or as many as fit and then that."""
    last = next(place for place, row in enumerate(rows) if row["has_button"])
    button = rows[last]
    if first:
        button["bottom"] = button[
            "cut"
        ]  # the other buttons are left out where fields need the room

    def height(shown: list[dict]) -> float:
        return shown[-1]["bottom"] - shown[0]["top"] + 2 * ROUND if shown else 0

    if not first:
        begin = next(
            place for place in range(last + 1) if height(rows[place : last + 1]) <= PICTURE_HEIGHT
        )
        return [rows[begin : last + 1]]
    begin = next(place for place, row in enumerate(rows) if row["words"].startswith(first))
    if height(rows[begin : last + 1]) <= PICTURE_HEIGHT:
        return [rows[begin : last + 1]]
    room = PICTURE_HEIGHT - height([button]) - GAP
    end = max(place for place in range(begin + 1, last + 1) if height(rows[begin:place]) <= room)
    return [rows[begin:end], [button]]


def cut_out(page, button: str, first: str = "") -> Image.Image:
    """Whole rows up to the button's; where some are left out, dots say so."""
    make_ready(page)
    found = measure(page, button)
    left = int(found["left"]) - ROUND
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    picture = Image.new("RGB", (PICTURE_WIDTH, PICTURE_HEIGHT), GROUND)
    draw, at = ImageDraw.Draw(picture), 0
    for rows in chosen(found["rows"], first):
        if at:
            for x in range(ROUND, PICTURE_WIDTH, 2 * ROUND):
                draw.ellipse((x, at + GAP // 2 - 2, x + 4, at + GAP // 2 + 2), fill=QUIET)
            at += GAP
        top, bottom = int(rows[0]["top"]) - ROUND, int(rows[-1]["bottom"]) + ROUND
        picture.paste(shot.crop((left, top, left + PICTURE_WIDTH, bottom)), (0, at))
        at += bottom - top
    return picture


@pytest.mark.parametrize("slug", WALKS)
def test_take_help_picture(page, log_in, slug):
    start, steps, button, first = WALKS[slug]
    log_in(CLERKS.get(slug, "clerk-nanhu"))
    if slug == "restore":
        delete_a_draft(page)

    walk(page, start, steps)
    fill_in(page, slug)
    FOLDER.mkdir(exist_ok=True)
    cut_out(page, button, first).save(FOLDER / f"{slug}.webp", quality=80, method=6)

    assert (FOLDER / f"{slug}.webp").stat().st_size <= HEAVIEST
