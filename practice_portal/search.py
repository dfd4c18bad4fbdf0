"""What residents find by words: one entry per kind of thing, each found and shown alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from activities.models import PLACES, WORDS, Activity, Brand, RoleModel, Session
from practice_portal.lib import chinese_dates, metrics
from practice_portal.lib.markup import plain_words
from practice_portal.lib.metrics import Heading
from practice_portal.lib.words import excerpt, has_words, words_of
from stations.models import Article, Compound, PlatformKind, Posting, Station, Venue
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

    def first(self, words: str, most: int) -> tuple[list, int]:
        """The first of what is found, and how many there are in all; one query."""
        rows = list(self.find(words).annotate(found_in_all=Window(Count("pk")))[:most])
        return rows, rows[0].found_in_all if rows else 0

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
class Entry:
    """Something with a page, or a place on one, that is no row: a service, a figure."""

    title: str
    text: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class FixedKind:
    """A kind whose things stand in the code and not in the database; found and shown alike."""

    code: str
    label: str
    entries: Callable[[], list[Entry]]

    def find(self, words: str) -> list[Entry]:
        return [
            entry
            for entry in self.entries()
            if all(_has_one(f"{entry.title} {entry.text}", word) for word in words_of(words))
        ]

    def first(self, words: str, most: int) -> tuple[list[Entry], int]:
        found = self.find(words)
        return found[:most], len(found)

    def show(self, entries: Iterable[Entry], words: str) -> list[Result]:
        return [
            Result(entry.title, entry.url, entry.note, excerpt(entry.text, words), [], 0)
            for entry in entries
        ]


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

    kind: Kind | FixedKind
    total: int
    results: list[Result]

    @property
    def has_more(self) -> bool:
        return self.total > len(self.results)


def search(words: str, first: int) -> list[Found]:
    """The kinds of which something was found, each with its first results.

    A query per kind of rows, and one more where names may repeat.
    """
    found = []
    for kind in KINDS:
        rows, total = kind.first(words, first)
        if rows:
            found.append(Found(kind, total, kind.show(rows, words)))
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


def _services() -> list[Entry]:
    """The five doors and what explains the site, in residents' words."""
    return [
        Entry(title, text, reverse(name, args=arguments))
        for title, text, name, *arguments in SERVICES
    ]


def _figures() -> list[Entry]:
    """What the centre publishes; each is found under its heading on the page of figures."""
    places = {heading: number for number, heading in enumerate(Heading, start=1)}
    return [
        Entry(
            metric.label,
            metric.explanation,
            f"{reverse('figures')}#heading-{places[metric.heading]}",
            metric.heading.label,
        )
        for metric in metrics.published()
    ]


def _people() -> QuerySet:
    """Whose names stand on the pages of the stations."""
    return (
        Posting.objects.in_force()
        .filter(
            duty__in=[Posting.Duty.HEAD, Posting.Duty.STEWARD], station__in=Station.objects.public()
        )
        .select_related("station")
        .order_by("station__position", "duty", "since", "pk")
    )


def _articles() -> QuerySet:
    """The opening words of 您的资料怎么保管 are a part of that page, which is found by itself."""
    return Article.objects.published().exclude(slug=Article.Page.PRIVACY).select_related("station")


def _kind_of_article(article) -> str:
    """动态 or 通知公告; of a page with an address of its own what it is about."""
    is_page = article.kind == Article.Kind.PAGE
    return article.get_slug_display() if is_page else article.get_kind_display()


#: Title, words by which it is found as well, and the page's name with its arguments.
SERVICES = (
    ("报名活动", "看看最近有什么，哪些来了就行，怎么报名、签到。", "activities:activity-list"),
    (
        "找人帮忙",
        "理发、量血压、修水管、陪就医：打哪个电话，怎么说，志愿者多久上门。",
        "door",
        "help",
    ),
    (
        "反映问题",
        "路灯不亮、井盖松动、邻里纠纷：向社区反映，打哪个电话，多久有回音。",
        "door",
        "report",
    ),
    ("查进度", "您说的事，办到哪一步了：打电话问，或者凭查询码自己看。", "door", "progress"),
    ("打电话", "各社区实践所的电话、地址和开放时间。", "stations:station-list"),
    (
        "凭查询码查进度",
        "看您报的名、请人帮忙和反映问题办到哪一步，改人数、取消报名。",
        "services:my",
    ),
    ("您住哪个小区", "找您住的小区归哪个社区，以后先看附近的活动。", "where"),
    (
        "推荐身边好人",
        "推荐好婆婆、好媳妇、文明家庭、最美家庭：写三五句就行。",
        "activities:role-model-nominate",
    ),
    ("身边好人公示", "正在公示的名单，怎么提意见。", "activities:role-model-notice"),
    ("您的资料怎么保管", "隐私：留您的什么资料，谁看得到，留多久，怎么看、怎么删。", "privacy"),
    (
        "无障碍说明",
        "大字版、键盘、读屏、打印：看不清、听不清、手不方便怎么用这个网站。",
        "accessibility",
    ),
)


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
    FixedKind("services", "办事和说明", _services),
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
        "people",
        "负责人和社区管家",
        _people,
        ("name", "station__name", "compounds__name"),
        title=lambda posting: posting.name,
        texts=_nowhere,
        labels={"duty": Posting.Duty},
        note=lambda posting: f"{posting.station.name}的{posting.get_duty_display()}",
        url=_at_station,
    ),
    Kind(
        "articles",
        "动态、通知和制度",
        _articles,
        ("title", "summary", "text", "station__name"),
        labels={"slug": Article.Page},
        title=lambda article: article.title,
        texts=lambda article: [plain_words(article.text), article.summary],
        note=lambda article: (
            f"{_kind_of_article(article)}，{chinese_dates.day(article.published_at)}"
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
    FixedKind("figures", "数字", _figures),
)
