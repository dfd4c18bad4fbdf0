"""The demo street's news, notices, rules and fixed pages.

Each has its place in the months of the present: what is still to come is written by a later run.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFilter

from practice_portal.demo.plan import CENTRE, at
from practice_portal.demo.present import months
from practice_portal.demo.writings import FORMS, PAGES, WRITINGS, Writing
from practice_portal.lib.months import start_of
from stations.models import Article, ArticleAttachment, ArticlePicture, Station, User

if TYPE_CHECKING:
    from practice_portal.demo.loader import Loader

SIZE = (960, 600)


@dataclass(frozen=True)
class _Reviewers:
    """Who writes at a station and who reads it over; None stands for people without account."""

    writer: User | None
    readers: tuple[User | None, ...]


def articles(loader: Loader) -> str:
    """What has come due since the last run."""
    made = 0
    for writing in (*PAGES, *WRITINGS):
        key = f"article:{writing.key}"
        station = loader.stations.get(writing.slug)
        on = _day(loader, writing)
        if key in loader.marks or station is None or on >= loader.today:
            continue
        loader.marks.add(key, _write(loader, writing, station, on))
        made += 1
    return f"动态、通知、制度和页面：新写{made}篇"


def _day(loader: Loader, writing: Writing) -> date:
    """Its day in its month of the present; months are counted from the first."""
    month = months(loader)[0] + writing.month
    return min(month.first + timedelta(days=writing.day - 1), month.last)


def _write(loader: Loader, writing: Writing, station: Station, on: date) -> Article:
    article = Article.objects.create(
        station=station,
        kind=writing.kind,
        title=writing.title,
        text=writing.text,
        summary=writing.summary,
        slug=writing.page,
    )
    people = _people(loader, writing.slug)
    if people.writer:
        article.writers.add(people.writer)
    for position, caption in enumerate(writing.pictures, start=1):
        ArticlePicture.objects.create(
            article=article,
            picture=ContentFile(draw(f"{writing.key}:{position}"), name="demo.png"),
            caption=caption,
            position=position,
        )
    for name in writing.forms:
        ArticleAttachment.objects.create(
            article=article, title=name, file=ContentFile(word_file(FORMS[name]), name="demo.docx")
        )
    _review(loader, article, writing, people, at(on, "09:20"))
    return article


def _people(loader: Loader, slug: str) -> _Reviewers:
    writer, checker = loader.of_station(slug)
    director = loader.users.get("director")
    if slug == CENTRE or checker == director:
        return _Reviewers(writer, (None, director))
    return _Reviewers(writer, (checker, director))


def _review(
    loader: Loader, article: Article, writing: Writing, people: _Reviewers, moment: datetime
) -> None:
    """Handed in, read over as often as its kind needs, published; or as far as it has come."""
    if writing.stops_at == Article.Status.DRAFT:
        return
    *firsts, last = people.readers
    first = firsts[0] if article.reviews_needed > 1 else last
    if article.needs_no_review():
        loader.walk(article, "publish", moment, by=people.writer, published_at=moment)
        return
    loader.walk(article, "submit", moment - timedelta(hours=16), by=people.writer)
    if writing.stops_at == Article.Status.RETURNED:
        loader.walk(article, "return", moment, by=people.readers[-1], remark=writing.remark)
    if writing.stops_at:
        return
    moment = min(moment, start_of(loader.today))
    while article.needs_another_review():
        step = "pass_first" if article.status == Article.Status.FIRST else "pass_second"
        loader.walk(article, step, moment - timedelta(hours=1), by=first)
        first = None
    loader.walk(article, "approve", moment, by=last, published_at=moment)


# Files ------------------------------------------------------------------------------------------


def draw(key: str) -> bytes:
    """A scene of a yard with houses, trees and people, another one for each key; PNG."""
    chance = Random(f"picture:{key}")
    width, height = SIZE
    is_evening = chance.random() < 0.3
    sky = chance.choice([(247, 214, 176), (240, 190, 160)] if is_evening else SKIES)
    picture = Image.new("RGB", SIZE, sky)
    pen = ImageDraw.Draw(picture)
    horizon = int(height * chance.uniform(0.5, 0.62))
    sun = chance.randrange(80, width - 80)
    pen.ellipse((sun - 45, 60, sun + 45, 150), fill=(255, 244, 214))
    far = tuple(int(part * 0.86) for part in sky)
    ridge = [(x, horizon - chance.randrange(20, 130)) for x in range(0, width + 120, 120)]
    pen.polygon([(0, horizon), *ridge, (width, horizon)], fill=far)
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, horizon, width, height), fill=chance.choice(GROUNDS))
    x = chance.randrange(-60, 40)
    while x < width:
        x += _house(pen, chance, x, horizon)
    for _ in range(chance.randint(2, 5)):
        _tree(pen, chance, chance.randrange(40, width - 40), horizon + chance.randrange(10, 60))
    crowd = sorted(
        (chance.randrange(horizon + 120, height - 20), chance.randrange(60, width - 60))
        for _ in range(chance.randint(4, 11))
    )
    for foot, middle in crowd:
        _person(pen, chance, middle, foot)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


SKIES = [(205, 226, 240), (218, 232, 238), (190, 215, 235), (226, 234, 230)]
GROUNDS = [(214, 200, 178), (196, 206, 176), (205, 203, 198), (224, 214, 200)]
WALLS = [(178, 84, 66), (226, 208, 180), (200, 188, 172), (190, 150, 120), (234, 226, 212)]
COATS = [(179, 38, 30), (46, 92, 120), (60, 110, 70), (214, 150, 50), (96, 76, 120), (70, 70, 70)]


def _house(pen: ImageDraw.ImageDraw, chance: Random, x: int, horizon: int) -> int:
    """One block of flats with its windows; answers how much room it takes."""
    floors, across = chance.randint(2, 5), chance.randint(3, 6)
    width, top = across * 38 + 16, horizon - floors * 46 - 14
    pen.rectangle((x, top, x + width, horizon + 12), fill=chance.choice(WALLS))
    pen.rectangle((x - 6, top - 8, x + width + 6, top), fill=(110, 90, 80))
    for floor in range(floors):
        for row in range(across):
            left, upper = x + 14 + row * 38, top + 12 + floor * 46
            is_lit = chance.random() < 0.25
            glass = (255, 226, 150) if is_lit else (126, 150, 165)
            pen.rectangle((left, upper, left + 22, upper + 26), fill=glass)
    return width + chance.randrange(20, 130)


def _tree(pen: ImageDraw.ImageDraw, chance: Random, x: int, foot: int) -> None:
    tall = chance.randrange(80, 150)
    pen.rectangle((x - 5, foot - tall // 2, x + 5, foot), fill=(104, 78, 56))
    green = chance.choice([(92, 128, 80), (122, 146, 84), (196, 158, 66), (80, 116, 92)])
    for _ in range(5):
        dx, dy, r = (
            chance.randrange(-28, 29),
            chance.randrange(-30, 31),
            chance.randrange(24, 42),
        )
        middle = foot - tall * 3 // 4
        pen.ellipse((x + dx - r, middle + dy - r, x + dx + r, middle + dy + r), fill=green)


def _person(pen: ImageDraw.ImageDraw, chance: Random, x: int, foot: int) -> None:
    tall = 70 + (foot - 300) // 3
    head = tall // 6
    shoulder = foot - tall + 2 * head
    wide = tall // 5
    for side in (-1, 1):
        pen.line((x, foot - tall // 3, x + side * wide // 2, foot), fill=(50, 46, 44), width=9)
    pen.rounded_rectangle(
        (x - wide, shoulder, x + wide, foot - tall // 3), radius=10, fill=chance.choice(COATS)
    )
    if chance.random() < 0.6:  # the volunteers' red waistcoat
        pen.rectangle(
            (x - wide // 2, shoulder, x + wide // 2, foot - tall // 3), fill=(190, 40, 34)
        )
    top = foot - tall
    pen.ellipse((x - head, top, x + head, top + 2 * head), fill=(232, 196, 166))
    hair = chance.choice([(40, 36, 34), (150, 146, 142), (214, 210, 206)])
    pen.pieslice((x - head, top, x + head, top + 2 * head), 180, 360, fill=hair)


def word_file(lines: tuple[str, ...]) -> bytes:
    """A plain Word file of these lines."""
    text = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{office}/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": (
            f'<w:document xmlns:w="{office}/wordprocessingml/2006/main">'
            f"<w:body>{text}</w:body></w:document>"
        ),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            archive.writestr(name, head + content)
    return written.getvalue()
