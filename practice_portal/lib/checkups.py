"""站点体检: what each app declares may be amiss on the site, and where it is mended.

An app's `checkups.py` lists its checks in CHECKUPS; each finds what is amiss at some stations in
one query. A new kind of row adds one entry; `of_rows` writes most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib.declarations import declarations


@dataclass(frozen=True)
class Asked:
    """What a check is asked: of which stations (a QuerySet of them), and at what moment."""

    stations: QuerySet
    now: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)


@dataclass(frozen=True)
class Finding:
    """One thing amiss at a station (by its key), in words, and the page where it is mended."""

    station_id: int
    text: str
    url: str

    @property
    def verb(self) -> str:
        """What the link says: an empty form is filled, a row is changed."""
        return "去添" if self.url.endswith("/add/") else "去改"


@dataclass(frozen=True)
class Checkup:
    """One question asked of the whole site.

    `label` names what is amiss, `advice` says what to do about it, `sound` is said when there is
    nothing.
    """

    code: str
    label: str
    sound: str
    advice: str
    find: Callable[[Asked], Iterable[Finding]]


def change_url(row) -> str:
    """The row's own form in the admin."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def of_rows(
    rows: Callable[[Asked], QuerySet],
    *,
    text: Callable = str,
    url: Callable = change_url,
) -> Callable[[Asked], list[Finding]]:
    """A check that finds rows; each belongs to a station by its model's `station_path`."""

    def find(asked: Asked) -> list[Finding]:
        found = rows(asked)
        path = found.model.station_path
        if path != "pk":
            found = found.filter(**{f"{path}__in": asked.stations})
        return [
            Finding(row.checkup_station, text(row), url(row))
            for row in found.annotate(checkup_station=F(path)).order_by(path, "pk")
        ]

    return find


#: Words beside a picture from which nobody learns what is on it: 图片1, IMG_2034.jpg, 活动照片。
SAYS_NOTHING = (
    r"^[-_.,:;#()A-Za-z0-9 \u3000、，。：；（）]*"
    r"((微信|QQ|活动|现场|手机|新建|未命名)*(图片|照片|相片|截图|配图|插图|附图|合影|留影|图|无)"
    r"[-_.,:;#()A-Za-z0-9 \u3000、，。：；（）一二三四五六七八九十第张]*)?$"
)


def without_words(
    rows: Callable[[], QuerySet], picture: str, words: tuple[str, ...], **found
) -> Callable[[Asked], list[Finding]]:
    """A check that finds pictures of which all `words` say nothing to whoever cannot see them."""
    silent = {f"{name}__regex": SAYS_NOTHING for name in words}
    return of_rows(lambda asked: rows().exclude(**{picture: ""}).filter(**silent), **found)


def lacking(rows: Callable[[Asked], QuerySet], tier: str = "station") -> Callable:
    """A check that finds the stations, or the centre, whose column has none of these rows."""

    def find(asked: Asked) -> QuerySet:
        theirs = rows(asked).filter(station=OuterRef("pk"))
        return asked.stations.filter(~Exists(theirs), tier=tier)

    return find


def add_url(name: str) -> Callable:
    """The empty form of a kind of row: `stations_venue`."""
    return lambda row: reverse(f"admin:{name}_add")


def silent_since(
    rows: Callable[[], QuerySet],
    moment: str,
    *,
    length: timedelta,
    text: str,
    url: Callable[[], str],
) -> Callable[[Asked], list[Finding]]:
    """A check that finds the street's own page when nothing on it is new; the centre mends it.

    `rows` are what the page lists, `moment` is when one was put there.
    """

    def find(asked: Asked) -> list[Finding]:
        since = {f"{moment}__gt": asked.now - length, f"{moment}__lte": asked.now}
        centre = asked.stations.filter(~Exists(rows().filter(**since)), tier="centre")
        return [Finding(pk, text, url()) for pk in centre.values_list("pk", flat=True)]

    return find


@cache
def declared() -> list[Checkup]:
    """Every check of every app, in the order of the apps."""
    return list(declarations("checkups", "CHECKUPS"))
