"""Three activities of another shape than the plan's: a weekly row, a talk on tour, an exhibition.

Made once, on the first day that the demo is loaded; what is over has its result filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from activities.kinds import defaults
from activities.models import Activity, Session
from practice_portal.demo.plan import CENTRE, at

if TYPE_CHECKING:
    from practice_portal.demo.loader import Loader


@dataclass(frozen=True)
class Row:
    """An activity with its sessions: so many days from the first load, and where."""

    key: str
    form: str
    title: str
    text: str
    stops: tuple[tuple[int, str], ...]
    starts: str
    ends: str
    lasts: int = 0  # days after the first


ROWS = (
    Row(
        "row",
        "training",
        "零基础学书法",
        "毛笔、墨汁、纸都备好，从一横一竖写起，写满六次能写一副春联。",
        tuple((7 * week + 2, "中心二楼书画室") for week in range(1, 7)),
        "19:00",
        "20:30",
    ),
    Row(
        "tour",
        "talk",
        "讲给邻居听：我们的街道",
        "宣讲团带着老照片走进院子，讲街道是怎么一点点建起来的，听完可以提问。",
        (
            (-5, "示例一号院的凉亭"),
            (9, "示例二号院的活动室"),
            (16, "示例三号院的门房前"),
            (23, "示例四号院的空地"),
        ),
        "15:00",
        "16:00",
    ),
    Row(
        "show",
        "exhibition",
        "一街老照片展",
        "五十张老照片，看得见当年的厂房、平房和街上的人，照片上的人也许您认得。",
        ((4, "中心一楼走廊"),),
        "9:00",
        "17:00",
        lasts=9,
    ),
)


def rows(loader: Loader) -> str:
    """Make the three once; fill in what is over and nobody has touched."""
    made = sum(_make(loader, row) for row in ROWS if f"activity:{row.key}" not in loader.marks)
    over = Session.objects.planned().filter(people_served=None, ends_at__date__lt=loader.today)
    found = loader.marks.unedited("rows:", over)
    for key, session in found.items():
        _fill_in(session, key)
        session.save(update_fields=["people_served", "volunteers_served", "story"])
        loader.marks.touched(key, session)
    return f"排成一串的活动：新排{made}场，补填结果{len(found)}场"


def _make(loader: Loader, row: Row) -> int:
    activity = Activity.objects.create(
        title=row.title, text=row.text, station=loader.stations[CENTRE], **defaults(row.form)
    )
    for number, (days, address) in enumerate(row.stops):
        day, key = loader.today + timedelta(days=days), f"rows:{row.key}:{number}"
        session = Session(
            activity=activity,
            starts_at=at(day, row.starts.zfill(5)),
            ends_at=at(day + timedelta(days=row.lasts), row.ends),
            address=address,
        )
        if day < loader.today:
            _fill_in(session, key)
        session.save()
        loader.marks.add(key, session)
    loader.walk(activity, "publish", at(loader.today - timedelta(days=12), "10:30"))
    loader.marks.add(f"activity:{row.key}", activity)
    return len(row.stops)


def _fill_in(session: Session, key: str) -> None:
    session.people_served = 24 + 7 * int(key.rpartition(":")[2])
    session.volunteers_served = 3
    session.story = "来的人听得认真，散场以后还围着问。"
