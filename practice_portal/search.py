"""What residents find by words: one entry per kind of thing, each found and shown alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from activities.models import PLACES, WORDS, Activity, Brand, RoleModel, Session
from practice_portal.lib import chinese_dates
from practice_portal.lib.markup import plain_words
from practice_portal.lib.words import excerpt, has_words, words_of
from stations.models import Article, Compound, PlatformKind, Station, Venue
from volunteers.models import Team

#: Of what has the same name, so many are named under the first.
ALIKE_SHOWN = 3


def _nowhere(row) -> str:
    return ""


@dataclass(frozen=True)
class Kind:
    """A kind of thing that can be found.

    `rows` are those that residents may see, in the order in which they are listed; `fields` are
    where its words stand, `labels` its fields with choices, whose labels are words as well.
    `texts` are what an excerpt is taken from, `note` says in a few words where and when. What has
    the same `name_field` is found once, the others are named under the first.
    """

    code: str
    label: str
    rows: Callable[[], QuerySet]
    fields: tuple[str, ...]
    title: Callable
    texts: Callable
    labels: Mapping[str, type] = field(default_factory=dict)
    note: Callable = _nowhere
    url: Callable = lambda row: row.get_absolute_url()
    name_field: str = ""

    def _matching(self, words: str) -> QuerySet:
        # Within, because a field of many rows (an activity's places) would repeat what is found.
        rows = self.rows()
        matching = rows.model._base_manager.filter(has_words(words, self.fields, self.labels))
        return rows.filter(pk__in=matching.order_by().values("pk"))

    def find(self, words: str) -> QuerySet:
        """What is found, in its order; of the same name only the first."""
        rows = self._matching(words)
        if not self.name_field:
            return rows
        place = Window(RowNumber(), partition_by=self.name_field, order_by=rows.query.order_by)
        firsts = rows.annotate(place=place).filter(place=1)
        return self.rows().filter(pk__in=firsts.order_by().values("pk"))

    def show(self, rows: Iterable, words: str) -> list[Result]:
        """The found rows as a page lists them; one query more where names may repeat."""
        rows = list(rows)
        alike = self._alike(rows, words)
        return [self._show(row, words, alike) for row in rows]

    def _alike(self, rows: list, words: str) -> list:
        if not self.name_field or not rows:
            return []
        names = {getattr(row, self.name_field) for row in rows}
        others = self._matching(words).filter(**{f"{self.name_field}__in": names})
        return list(others.exclude(pk__in=[row.pk for row in rows]))

    def _show(self, row, words: str, alike: list) -> Result:
        texts = [text for text in self.texts(row) if text]
        found = [text for text in texts if _has_one(text, words)]
        words_shown = excerpt(found[0], words) if found else ""
        others = [each for each in alike if self.title(each) == self.title(row)]
        return Result(
            self.title(row),
            self.url(row),
            self.note(row),
            words_shown,
            [(self.note(each), self.url(each)) for each in others[:ALIKE_SHOWN]],
            max(0, len(others) - ALIKE_SHOWN),
        )


@dataclass(frozen=True)
class Result:
    title: str
    url: str
    note: str
    excerpt: str
    #: Others of the same name: each one's note and address, and how many are not shown.
    alike: list[tuple[str, str]]
    alike_left_out: int


@dataclass(frozen=True)
class Found:
    """What was found of one kind: how many, and the first of them."""

    kind: Kind
    total: int
    results: list[Result]

    @property
    def has_more(self) -> bool:
        return self.total > len(self.results)


def search(words: str, first: int) -> list[Found]:
    """The kinds of which something was found, each with its first results.

    A query per kind, and one more where names may repeat.
    """
    found = []
    for kind in KINDS:
        rows = list(kind.find(words).annotate(found_in_all=Window(Count("pk")))[:first])
        if rows:
            found.append(Found(kind, rows[0].found_in_all, kind.show(rows, words)))
    return found


def _has_one(text: str, words: str) -> bool:
    return any(word.lower() in text.lower() for word in words_of(words))


# The kinds ----------------------------------------------------------------------------------------


def _activities() -> QuerySet:
    """What is still to come first, the next before the others; then what was held last."""
    sessions = Session.objects.planned().filter(activity=OuterRef("pk"))
    return (
        Activity.objects.published()
        .select_related("station")
        .annotate(
            next_at=Subquery(sessions.upcoming().values("starts_at")[:1]),
            last_at=Subquery(sessions.past().values("starts_at")[:1]),
        )
        .order_by(F("next_at").asc(nulls_last=True), F("last_at").desc(nulls_last=True), "pk")
    )


def _when(activity) -> str:
    if activity.next_at:
        when = chinese_dates.moment(activity.next_at)
    elif activity.last_at:
        when = f"{chinese_dates.day(activity.last_at)}办过"
    else:
        when = "现在没有排新的场次"
    return f"{activity.station.name}，{when}"


def _of_shown_station() -> Q:
    """Of a station that residents see, or of the centre."""
    return Q(station__in=Station.objects.public()) | Q(station__tier=Station.Tier.CENTRE)


def _at_station(row) -> str:
    """The page of its station; the centre has none of its own."""
    return row.station.get_absolute_url() if row.station.has_page else ""


def _venues() -> QuerySet:
    return Venue.objects.in_force().filter(_of_shown_station()).select_related("station")


def _brands() -> QuerySet:
    return Brand.objects.public().select_related("station")


def _teams() -> QuerySet:
    return Team.objects.public().select_related("station")


def _role_models() -> QuerySet:
    return RoleModel.objects.on_wall().select_related("station")


#: In the order of the page. A new kind of thing adds its entry.
KINDS = (
    Kind(
        "activities",
        "活动",
        _activities,
        (*WORDS, *(f"sessions__{name}" for name in PLACES)),
        title=lambda activity: activity.title,
        texts=lambda activity: [activity.text],
        labels={"platform": PlatformKind},
        note=_when,
        name_field="title",
    ),
    Kind(
        "stations",
        "实践所",
        Station.objects.public,
        ("name", "address", "intro"),
        title=lambda station: station.full_name,
        texts=lambda station: [station.intro],
        note=lambda station: station.address,
    ),
    Kind(
        "compounds",
        "小区",
        lambda: Compound.objects.filter(station__in=Station.objects.public()).select_related(
            "station"
        ),
        ("name", "aliases"),
        title=lambda compound: compound.name,
        texts=lambda compound: [compound.aliases],
        note=lambda compound: f"归{compound.station.name}",
        url=_at_station,
    ),
    Kind(
        "articles",
        "动态、通知和制度",
        lambda: Article.objects.published().select_related("station"),
        ("title", "summary", "text", "station__name"),
        title=lambda article: article.title,
        texts=lambda article: [plain_words(article.text), article.summary],
        note=lambda article: (
            f"{article.get_kind_display()}，{chinese_dates.day(article.published_at)}"
        ),
    ),
    Kind(
        "venues",
        "能用的地方",
        _venues,
        ("name", "facilities", "station__name"),
        title=str,
        texts=lambda venue: [venue.facilities],
        note=lambda venue: f"能坐{venue.capacity}人" if venue.capacity else "",
        url=_at_station,
    ),
    Kind(
        "brands",
        "一社一品",
        _brands,
        ("name", "slogan", "story", "station__name"),
        title=lambda brand: brand.name,
        texts=lambda brand: [brand.story, brand.slogan],
        note=lambda brand: brand.station.name,
    ),
    Kind(
        "teams",
        "志愿者队伍",
        _teams,
        ("name", "purpose", "partner_unit__name", "station__name"),
        title=lambda team: team.name,
        texts=lambda team: [team.purpose],
        labels={"kind": Team.Kind},
        note=lambda team: f"{team.station.name}，{team.get_kind_display()}",
    ),
    Kind(
        "role-models",
        "身边的榜样",
        _role_models,
        ("name", "deed", "station__name"),
        title=str,
        texts=lambda person: [person.deed],
        labels={"category": RoleModel.Category},
        note=lambda person: person.station.name,
    ),
)
