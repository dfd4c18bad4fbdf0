"""What a clerk sends on: the words for the chat group and a poster, made from the activity."""

from io import BytesIO

import segno
from django.db.models import Prefetch
from django.utils import timezone
from PIL import Image, ImageDraw, ImageOps

from activities.changes import Notice, notices
from activities.models import Activity, Session, SessionChange, SessionMove
from practice_portal.lib import chinese_dates
from practice_portal.lib.fonts import font
from practice_portal.lib.lunar import lunar_date

#: More dates than this make nobody come; the page has them all.
SESSIONS_SHOWN = 4


def coming_sessions(activity: Activity) -> list[Session]:
    """The planned sessions that are not over, the next first."""
    return list(activity.sessions.planned().upcoming().for_cards())


def chat_text(activity: Activity, url: str) -> str:
    """The words to paste into a chat group (发群文字), one fact a line."""
    sessions = coming_sessions(activity)
    news = _changes(activity)
    lines = [f"【{activity.station.name}】{activity.title}", *news]
    if news and not sessions:  # nothing is left to come to
        return "\n".join([*lines, f"问事打电话：{_contact(activity)}", f"看详情：{url}"])
    lines += _when_and_where(sessions)
    if words := sign_up_words(sessions, "点最后一行的网址"):
        lines.append(f"怎么来：{words}")
    if activity.requirements:
        lines.append(f"谁能来：{activity.requirements}")
    if activity.bring:
        lines.append(f"带什么：{activity.bring}")
    if activity.risk_notice:
        lines.append(f"要留意：{activity.risk_notice}")
    lines.append(f"问事打电话：{_contact(activity)}")
    lines.append(f"看详情：{url}")
    return "\n".join(lines)


def _changes(activity: Activity) -> list[str]:
    """What the group was told that is no longer so: a coming session cancelled or moved."""
    cancelled = Prefetch(
        "changes",
        SessionChange.objects.filter(step="cancel").order_by("-at", "-pk"),
        to_attr="cancellations",
    )
    coming = activity.sessions.upcoming().prefetch_related(cancelled, "moves")
    return [line for notice in notices(coming, latest_only=True) for line in _told(notice)]


def _told(notice: Notice) -> list[str]:
    """One line for one session; for many the reason once, and a line each for the first few."""
    if notice.cancelled:
        one = notice.cancelled[0].days if notice.count == 1 else notice.days
        which = "这一场" if notice.count == 1 else f"这{notice.count}场"
        return [f"取消了：{one}{which}不办了。{notice.reason}"]
    lines = [_moved(move) for move in notice.moves]
    if notice.count == 1:
        return [f"{notice.what}：{lines[0]}。{notice.reason}"]
    shown = [f"· {line}" for line in lines[:SESSIONS_SHOWN]]
    if more := notice.count - len(shown):
        shown.append(f"· 后面还有{more}场")
    return [f"{notice.count}场{notice.what}：{notice.reason}", *shown]


def _moved(move: SessionMove) -> str:
    where = f"，改在{move.place_after}" if move.has_new_place else ""
    when = f"改到{move.days_after}" if move.has_new_time else ""
    return "，".join(filter(None, [f"{move.days_before}这一场", when])) + where


def _when_and_where(sessions: list[Session]) -> list[str]:
    if not sessions:
        return ["时间：请打电话问"]
    shown, more = sessions[:SESSIONS_SHOWN], len(sessions) - SESSIONS_SHOWN
    places = list(dict.fromkeys(session.place for session in shown))
    if len(shown) == 1:
        return [f"时间：{shown[0].days}", f"地点：{places[0]}"]
    if len(places) == 1:
        days = [f"· {session.days}" for session in shown]
        tail = [f"地点：{places[0]}"]
    else:
        days = [f"· {session.days}，{session.place}" for session in shown]
        tail = []
    if more > 0:
        days.append(f"· 后面还有{more}场")
    return ["时间：", *days, *tail]


def sign_up_words(sessions: list[Session], where: str) -> str:
    """Whether one has to sign up and where, or that one can only wait; "" when all have begun.

    It is so in the moment in which the words are made, as is all that they say.
    """
    coming = [session for session in sessions if not session.has_begun]
    asking = [session for session in coming if session.needs_signup]
    if not asking:
        return "不用报名，到时候来了就行。" if coming else ""
    open_now = [session for session in asking if not session.why_no_signup()]
    if not open_now:
        return asking[0].why_no_signup()
    full = [session for session in open_now if not session.places_left]
    which = "要报名" if asking == coming else f"有{len(asking)}场要报名"
    if len(full) == len(open_now):
        return f"名额满了，可排候补。{where}，打电话也行。"
    if len(full) == 1:
        which += f"，{chinese_dates.day(full[0].starts_at)}的满了，可排候补"
    elif full:
        which += f"，其中{len(full)}场满了，可排候补"
    return f"{which}。{where}，打电话也行。"


def _contact(activity: Activity) -> str:
    return " ".join(each for each in (activity.contact_name, activity.phone) if each)


# The poster ---------------------------------------------------------------------------------------

WIDTH, HEIGHT, MARGIN = 1080, 1440, 72
RED, RED_DEEP, INK, INK_2, LINE, PAPER, BAND = (
    "#b3261e",
    "#8a1c16",
    "#1e1a17",
    "#5b534b",
    "#e2dbd1",
    "#ffffff",
    "#f6f1ea",
)
#: What the lunar date adds to the leaf.
LUNAR = 46
NOT_FIRST = "，。、；：！？）》」』”’%…—·"
BREAK_AFTER = "，。；：！？、"


def poster(activity: Activity, url: str) -> bytes:
    """A poster for phones (PNG, 1080 × 1440): title, time, place, phone and a QR code.

    Raises NoFont on a machine without a Chinese font.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    top = _masthead(draw, activity)
    top = _picture(image, activity, top)
    foot = HEIGHT - 330
    sessions = coming_sessions(activity)
    top = _title(draw, activity, top, has_picture=bool(activity.poster))
    top = _sessions(draw, sessions, top, foot)
    _facts(draw, activity, top, foot)
    _foot(image, draw, activity, url, foot, sign_up_words(sessions, "扫右边的码"))
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _masthead(draw: ImageDraw.ImageDraw, activity: Activity) -> int:
    draw.rectangle((0, 0, WIDTH, 150), fill=RED)
    name = activity.station.full_name
    size = 52
    while font(size, bold=True).getlength(name) > WIDTH - 2 * MARGIN and size > 30:
        size -= 2
    draw.text((MARGIN, 75), name, PAPER, font(size, bold=True), anchor="lm")
    return 150


def _picture(image: Image.Image, activity: Activity, top: int) -> int:
    if not activity.poster:
        return top
    height = 400
    try:
        with activity.poster.open() as file, Image.open(file) as picture:
            fitted = ImageOps.fit(picture.convert("RGB"), (WIDTH, height))
    except OSError:  # the file is gone; the words are what matters
        return top
    image.paste(fitted, (0, top))
    return top + height


def _title(draw: ImageDraw.ImageDraw, activity: Activity, top: int, *, has_picture: bool) -> int:
    most = 2 if has_picture else 4
    for size in (96, 84, 74, 66, 58):
        lines = wrapped(activity.title, font(size, bold=True), WIDTH - 2 * MARGIN)
        if len(lines) <= most:
            break
    top += 56 if has_picture else 84
    for line in lines:
        draw.text((MARGIN, top), line, INK, font(size, bold=True), anchor="lt")
        top += round(size * 1.32)
    return top + (16 if has_picture else 44)


def _sessions(draw: ImageDraw.ImageDraw, sessions: list[Session], top: int, foot: int) -> int:
    if not sessions:
        draw.text((MARGIN, top), "时间请打电话问", INK, font(44, bold=True), anchor="lt")
        return top + 80
    first = sessions[0]
    starts_at = timezone.localtime(first.starts_at)
    _leaf(draw, starts_at, top)
    left, y = MARGIN + 232, top + 6
    hours = chinese_dates.hours(first.starts_at, first.ends_at)
    for line in wrapped(hours, font(58, bold=True), WIDTH - MARGIN - left):
        draw.text((left, y), line, INK, font(58, bold=True), anchor="lt")
        y += 80
    for line in wrapped(first.place, font(42), WIDTH - MARGIN - left)[:3]:
        draw.text((left, y), line, INK, font(42), anchor="lt")
        y += 60
    house = street_address(first)
    for line in wrapped(house, font(34), WIDTH - MARGIN - left)[:2] if house else []:
        draw.text((left, y), line, INK_2, font(34), anchor="lt")
        y += 48
    y = max(y, top + 250 + LUNAR) + 24
    others = [
        session.days if session.place == first.place else f"{session.days}，{session.place}"
        for session in sessions[1:SESSIONS_SHOWN]
    ]
    if more := len(sessions) - SESSIONS_SHOWN:
        others += [f"后面还有{more}场"] if more > 0 else []
    for words in others:
        for line in wrapped(f"还有 {words}", font(38), WIDTH - 2 * MARGIN)[:2]:
            if y + 52 > foot - 12:
                return y
            draw.text((MARGIN, y), line, INK_2, font(38), anchor="lt")
            y += 54
    return y


def street_address(session: Session) -> str:
    """Where the house of its room is; a place that is no room is an address already."""
    return session.room.station.address if session.room else ""


def _facts(draw: ImageDraw.ImageDraw, activity: Activity, top: int, foot: int) -> None:
    """Who may come and what to bring, as far as there is room."""
    y = top + 16
    face = font(38)
    for label, words in (("谁能来", activity.requirements), ("带什么", activity.bring)):
        lines = wrapped(words, face, WIDTH - 2 * MARGIN - 150)[:3] if words else []
        if not lines or y + 54 * len(lines) > foot - 20:
            continue
        draw.text((MARGIN, y), label, INK_2, face, anchor="lt")
        for line in lines:
            draw.text((MARGIN + 150, y), line, INK, face, anchor="lt")
            y += 54
        y += 10


def _leaf(draw: ImageDraw.ImageDraw, day, top: int) -> None:
    """The leaf of a tear-off calendar that carries each date of the portal."""
    left, right, bottom = MARGIN, MARGIN + 190, top + 226 + LUNAR
    for below in (16, 8):
        draw.rounded_rectangle(
            (left + below // 2, top + 60, right - below // 2, bottom + below), 14, PAPER, LINE, 2
        )
    draw.rounded_rectangle((left, top, right, bottom), 14, PAPER, LINE, 3)
    draw.rounded_rectangle(
        (left, top, right, top + 64), 14, RED, corners=(True, True, False, False)
    )
    middle = (left + right) // 2
    draw.text((middle, top + 32), f"{day.month}月", PAPER, font(38, bold=True), anchor="mm")
    draw.text((middle, top + 122), str(day.day), INK, font(92, bold=True), anchor="mm")
    draw.text((middle, top + 196), chinese_dates.weekday(day), INK, font(36), anchor="mm")
    lunar, size = lunar_date(day.date()), 30
    while font(size).getlength(lunar) > right - left - 16 and size > 16:
        size -= 1
    draw.line((left + 14, top + 226, right - 14, top + 226), LINE, 2)
    draw.text((middle, top + 226 + LUNAR // 2), lunar, INK_2, font(size), anchor="mm")


def _foot(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    activity: Activity,
    url: str,
    top: int,
    sign_up: str,
) -> None:
    draw.rectangle((0, top, WIDTH, HEIGHT), fill=BAND)
    code = BytesIO()
    segno.make(url, error="m").save(code, kind="png", scale=10, border=4)
    with Image.open(code) as qr:
        side = 250
        image.paste(qr.convert("RGB").resize((side, side), Image.Resampling.NEAREST),
                    (WIDTH - MARGIN - side, top + 40))  # fmt: skip
    draw.text((MARGIN, top + 40), "问事打电话", INK_2, font(36), anchor="lt")
    draw.text((MARGIN, top + 90), activity.phone, INK, font(68, bold=True), anchor="lt")
    width = WIDTH - 3 * MARGIN - 250
    y = top + 182
    for line in wrapped(sign_up, font(34, bold=True), width)[:3] if sign_up else []:
        draw.text((MARGIN, y), line, INK, font(34, bold=True), anchor="lt")
        y += 46
    hint = "用手机扫右边的码看详情；不会扫，打电话也一样。"
    if "右边的码" in sign_up:
        hint = "右边的码也能看详情。"
    for line in wrapped(hint, font(28), width):
        if y + 28 < HEIGHT - 12:
            draw.text((MARGIN, y), line, INK_2, font(28), anchor="lt")
            y += 40


def wrapped(text: str, face, width: float) -> list[str]:
    """Lines no wider than that, and as few as possible: broken after a comma where one is near the
    end, never so that a line begins with one, nor so that the last is a single character."""
    lines = _lines(text, face, width)
    for narrower in range(int(width), int(width / 2), -8):
        if len(lines) == 1 or len(lines[-1].rstrip(NOT_FIRST)) > 1:
            break
        others = _lines(text, face, narrower)
        if len(others) > len(lines):
            break
        lines = others
    return lines


def _lines(text: str, face, width: float) -> list[str]:
    lines, line = [], ""
    for character in text:
        if line and face.getlength(line + character) > width and character not in NOT_FIRST:
            at = max((line.rfind(mark) for mark in BREAK_AFTER), default=-1) + 1
            if at * 2 < len(line):
                at = len(line)
            lines.append(line[:at])
            line = line[at:]
        line += character
    return [*lines, line]
