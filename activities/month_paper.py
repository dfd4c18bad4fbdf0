"""A month on one sheet of A4 (打印版): for the notice board and the kitchen wall.

A station's is a calendar of one side. What a square has no room for becomes a list of the days,
which the whole street needs on both sides of its sheet. The type is the largest that fits; what
fits in no size is cut, and the sheet says so and where the rest is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import md5
from math import ceil
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from activities.models import Session
from activities.weeks import Day, MonthCalendar
from practice_portal.lib import chinese_dates
from practice_portal.lib.fonts import NoFont, font
from practice_portal.lib.qr import qr_svg
from stations.models import Station

SHEET = Path(settings.BASE_DIR) / "static" / "month_paper.css"

MM = 0.3528  # a point in millimetres
LEADING = 1.28
# What the sheet leaves, in millimetres: see the sizes in month_paper.css.
GRID_WIDTH, GRID_HEIGHT, SQUARE_LEAST = 37.0, 139.0, 11.0
COLUMN_WIDTH, COLUMN_HEIGHT, COLUMNS = 92.0, 229.0, 2
GRID_SIZES = (18, 17, 16, 15, 14, 13, 12, 11.5, 11)
LIST_SIZES = (16, 15, 14, 13, 12, 11.5, 11, 10.5, 10)
SMALLEST = 9.5


class NoPaper(Exception):
    """This machine lacks what typesetting needs; the message is for staff."""


@dataclass(frozen=True)
class Line:
    """One session on one day."""

    when: str
    title: str
    where: str = ""
    news: str = ""
    is_off: bool = False

    def height(self, width: float) -> int:
        """So many lines, each as wide as so many characters."""
        words = " ".join(filter(None, [self.when, self.title, self.news, self.where]))
        return ceil(1.02 * _width(words) / width)


@dataclass(frozen=True)
class PaperDay:
    """A day with its lines; `more` are those that had no room."""

    day: Day
    lines: list[Line]
    more: int = 0

    def height(self, width: float) -> int:
        return sum(line.height(width) for line in self.lines) + bool(self.more)

    def cut(self, most: int) -> PaperDay:
        if len(self.lines) <= most:
            return self
        return PaperDay(self.day, self.lines[:most], len(self.lines) - most)


@dataclass(frozen=True)
class Plan:
    """How the sheet is laid out: as a calendar's `weeks`, or in columns on one or two `sides`."""

    size: float
    weeks: list[tuple[float, list[PaperDay | None]]] = field(default_factory=list)
    sides: list[list[list[PaperDay]]] = field(default_factory=list)
    is_cut: bool = False

    @property
    def pages(self) -> int:
        return max(1, len(self.sides))


def _width(words: str) -> float:
    """In characters' widths; Latin letters and digits take a little more than half of one."""
    return sum(1 if unicodedata.east_asian_width(each) in "WFA" else 0.56 for each in words)


class MonthPaper:
    """The sheet of a month of one station, or of the street when there is none."""

    def __init__(self, calendar: MonthCalendar, station: Station | None, address: str):
        self.calendar, self.station, self.address = calendar, station, address
        self.usual_place = self._usual_place() if station else ""
        self.days = {
            day.on: PaperDay(day, [self._line(session, day.on) for session in day.sessions])
            for week in calendar.weeks
            for day in week
            if day
        }

    def _usual_place(self) -> str:
        """Where most of it is: it is said once, above."""
        planned = [
            session.place
            for day in self._calendar_days()
            for session in day.sessions
            if session.status == Session.Status.PLANNED
        ]
        return max(dict.fromkeys(planned), key=planned.count, default="")

    def _calendar_days(self) -> list[Day]:
        return [day for week in self.calendar.weeks for day in week if day]

    def _line(self, session: Session, on: date) -> Line:
        if session.status == Session.Status.CANCELLED:
            where = "" if self.station else self._where(session)
            return Line("取消了", session.activity.title, where, is_off=True)
        is_first = timezone.localdate(session.starts_at) == on
        changed = [
            "时间" * bool(session.has_new_time),
            "地点" * bool(session.has_new_place),
        ]
        news = "和".join(filter(None, changed))
        return Line(
            chinese_dates.clock(session.starts_at) if is_first else "接着办",
            session.activity.title,
            self._where(session),
            f"（{news}改了）" if news else "",
        )

    def _where(self, session: Session) -> str:
        if self.station:
            return "" if session.place == self.usual_place else session.place
        house = session.booking.venue.station if session.booking else session.activity.station
        return house.name

    # How it fits -----------------------------------------------------------------------------

    def plans(self) -> Iterator[Plan]:
        """From the largest type to the smallest, and then with less and less of it."""
        for size in GRID_SIZES:
            yield from self._grid(size)
        days = [day for day in self.days.values() if day.lines]
        most_sides = 1 if self.station else 2
        for sides in range(1, most_sides + 1):
            for size in (*LIST_SIZES, SMALLEST):
                yield from self._list(size, sides, days)
        for most in range(max(len(day.lines) for day in days) - 1, 0, -1):
            yield from self._list(SMALLEST, most_sides, [day.cut(most) for day in days])
        for last in range(len(days) - 1, 0, -1):  # then as far into the month as it goes
            cut = [day.cut(1) for day in days[:last]]
            yield from self._list(SMALLEST, most_sides, cut, is_cut=True)

    def _grid(self, size: float) -> Iterator[Plan]:
        width, line = GRID_WIDTH / (size * MM), size * MM * LEADING
        weeks = [
            [day and self.days[day.on] for day in week] for week in self.calendar.weeks if any(week)
        ]
        heights = [
            max(SQUARE_LEAST, 2.5 + line * (1 + max(day.height(width) for day in week if day)))
            for week in weeks
        ]
        rest = GRID_HEIGHT - sum(heights)
        if rest >= 0:
            spread = [height + rest / len(weeks) for height in heights]
            yield Plan(size, weeks=list(zip(spread, weeks, strict=True)))

    def _list(
        self, size: float, sides: int, days: list[PaperDay], *, is_cut: bool = False
    ) -> Iterator[Plan]:
        width, room = COLUMN_WIDTH / (size * MM), COLUMN_HEIGHT / (size * MM * LEADING)
        columns, used = [[]], 0.0
        for day in days:
            height = 1.4 + day.height(width)
            if columns[-1] and used + height > room:
                columns.append([])
                used = 0
            columns[-1].append(day)
            used += height
            if used > room:
                return
        if len(columns) <= sides * COLUMNS:
            starts = range(0, len(columns), COLUMNS)
            pages = [columns[start : start + COLUMNS] for start in starts]
            is_cut = is_cut or any(day.more for day in days)
            yield Plan(size, sides=pages, is_cut=is_cut)

    # What comes of it ------------------------------------------------------------------------

    def html(self, plan: Plan, request) -> str:
        context = {
            "plan": plan,
            "calendar": self.calendar,
            "station": self.station,
            "usual_place": self.usual_place,
            "address": self.address,
            "qr": qr_svg(self.address),
            "today": timezone.localdate(),
        }
        return render_to_string("activities/month_paper.html", context, request)

    def fingerprint(self, request) -> str:
        """The same as long as the sheet is."""
        plan = next(self.plans())
        parts = [*_styles(plan), self.html(plan, request)]
        return md5("".join(parts).encode(), usedforsecurity=False).hexdigest()

    def pdf(self, request) -> bytes:
        """Typeset it, with the first plan that is no longer than it promised.

        Raises NoPaper on a machine without a Chinese font or without Pango.
        """
        try:
            font(10)
            from weasyprint import CSS, HTML  # a second, and libraries of the system
            from weasyprint.urls import URLFetcher
        except (NoFont, OSError) as error:
            raise NoPaper(str(error)) from error
        nothing = URLFetcher(allowed_protocols=())  # all that it needs is in it
        for plan in self.plans():
            html = HTML(string=self.html(plan, request), url_fetcher=nothing)
            styles = [CSS(string=style, url_fetcher=nothing) for style in _styles(plan)]
            document = html.render(stylesheets=styles)
            if len(document.pages) <= plan.pages:
                break
        return document.write_pdf()


def _styles(plan: Plan) -> list[str]:
    """The sheet of the paper, with what only the plan knows."""
    heights = [
        f".week-{number} td {{height: {height:.1f}mm}}"
        for number, (height, _) in enumerate(plan.weeks, start=1)
    ]
    page = "@page {size: A4 landscape}" if plan.weeks else "@page {size: A4}"
    return [
        SHEET.read_text(encoding="utf-8"),
        "\n".join([page, f".days {{font-size: {plan.size}pt}}", *heights]),
    ]
