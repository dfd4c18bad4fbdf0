"""What came of a session (办得怎样): typed once, and everything else comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from django.db import models, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from practice_portal.lib import chinese_dates
from practice_portal.lib.public_text import KeptCharField, PublicTextField
from practice_portal.lib.workflow import IllegalStep
from stations.models import Article, ArticlePicture
from volunteers.models import ServiceEntry, Volunteer

#: Two numbers lie far apart when they differ by more than so many people, and by more than this
#: part of the larger: a few more or less are the weather.
FEW, PART = 5, Decimal("0.2")

HALF_HOUR, MOST = Decimal("0.5"), Decimal("12")


def are_far_apart(one: int, other: int) -> bool:
    difference = abs(one - other)
    return difference > FEW and difference > PART * max(one, other)


class ResultModel(models.Model):
    """The part of a session that is filled in once it is over."""

    people_served = models.PositiveIntegerField(
        "服务群众（人次）", null=True, blank=True, help_text="办完再填；不知道就空着，不要写0。"
    )
    volunteers_served = models.PositiveIntegerField("志愿者（人次）", null=True, blank=True)
    story = PublicTextField("办得怎样", max_length=1000, blank=True)
    why_far_apart = KeptCharField(
        "人数为什么差得多",
        max_length=100,
        blank=True,
        help_text="报名、签到和实到差得多时写一句，只有工作人员看得到。",
    )
    news = models.OneToOneField(
        Article,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="session",
        verbose_name="写成的动态",
    )

    class Meta:
        abstract = True

    @property
    def signed_up(self) -> int | None:
        """For how many people somebody signed up; None where nobody had to."""
        if not self.needs_signup:
            return None
        seats = self.signups.filter(has_seat=True)
        return seats.aggregate(people=Sum("party_size", default=0))["people"]

    @property
    def checked_in(self) -> int | None:
        """How many people were checked in or counted as walk-ins; None where nobody was."""
        return self.signups.people() or None

    def lies_far_from(self, people: int) -> list[str]:
        """Which of the numbers lie far apart once so many were there, in words: 报了名的20人."""
        counted = {"报了名的": self.signed_up, "签了到的": self.checked_in}
        known = {words: number for words, number in counted.items() if number is not None}
        return [
            f"{words}{number}人"
            for words, number in known.items()
            if any(are_far_apart(number, other) for other in (people, *known.values()))
        ]

    def enter_result(
        self,
        *,
        by,
        people_served: int,
        volunteers_served: int | None = None,
        story: str = "",
        why_far_apart: str = "",
        helpers: Iterable[Volunteer] = (),
        hours: Decimal | None = None,
    ) -> None:
        """Keep what came of it, and enter each helper's hours in the ledger, once.

        `hours` are asked for where the session does not say how long a helper was there. A second
        person confirms them in the ledger. Raises IllegalStep for a session that is not over, or
        was cancelled.
        """
        if self.status != self.Status.PLANNED or not self.is_over:
            raise IllegalStep("这一场还没有办完，或者已经取消，没有结果可填。")
        helpers = list(helpers)
        with transaction.atomic():
            self.people_served = people_served
            self.volunteers_served = volunteers_served
            if helpers:
                self.volunteers_served = max(volunteers_served or 0, len(helpers))
            self.story, self.why_far_apart = story, why_far_apart
            self._history_user = by
            self.save(
                update_fields=["people_served", "volunteers_served", "story", "why_far_apart"]
            )
            if hours := self.hours or hours:
                for volunteer in helpers:
                    self._enter_hours(volunteer, hours, by)

    @property
    def source(self) -> str:
        """What the lines of the ledger say they come from."""
        return f"activities.session:{self.pk}"

    @property
    def hours(self) -> Decimal | None:
        """What a helper's line of the ledger says: how long it lasted, in full half hours.

        No line is longer than its event (DESIGN §2.4). None where that says nothing: it was over
        before half an hour, or was open for days, and nobody stands there all the time.
        """
        if self.is_daily:
            return None
        full = (self.lasted / HALF_HOUR).to_integral_value(ROUND_FLOOR) * HALF_HOUR
        return min(full, MOST) or None

    @property
    def lasted(self) -> Decimal:
        """For how many hours it was open, on all its days together."""
        days, closes_at = chinese_dates.days_open(self.starts_at, self.ends_at)
        return days * Decimal((closes_at - self.starts_at).total_seconds()) / 3600

    def _enter_hours(self, volunteer: Volunteer, hours: Decimal, by) -> None:
        lately = timezone.now() - self.ends_at < ServiceEntry.KEYED_IN_WITHIN
        kinds = ServiceEntry.Kind
        ServiceEntry.objects.get_or_create(
            volunteer=volunteer,
            source=self.source,
            defaults={
                "station": self.activity.station,
                "kind": kinds.SIGNED_IN if lately else kinds.SUPPLEMENTARY,
                "served_on": timezone.localdate(self.ends_at),
                "hours": hours,
                "reason": self.activity.title,
                "entered_by": by,
            },
        )

    @property
    def helpers_entered(self) -> QuerySet[Volunteer]:
        """Whose hours of this session stand in the ledger already."""
        return Volunteer.objects.filter(entries__source=self.source)

    def draft_news(self, *, by, pictures=(), caption: str = "") -> Article:
        """A piece of news from the result, as a draft of who filled it in; made once."""
        if self.news:
            return self.news
        title = self.activity.title
        with transaction.atomic():
            self.news = Article.objects.create(
                station=self.activity.station,
                kind=Article.Kind.NEWS,
                title=f"{title}办完了"[: Article._meta.get_field("title").max_length],
                text="\n\n".join(part for part in (self._facts(), self.story) if part),
            )
            self.news.writers.add(by)
            self.save(update_fields=["news"])
            for position, picture in enumerate(pictures, 1):
                ArticlePicture.objects.create(
                    article=self.news, picture=picture, caption=caption, position=position
                )
        return self.news

    def _facts(self) -> str:
        """11月28日（周六），南湖社区在一楼大厅办了“剪纸班”，来了20人次，3名志愿者帮忙。"""
        parts = [
            f"{chinese_dates.day(self.starts_at)}，{self.activity.station.name}"
            f"在{self.place}办了“{self.activity.title}”",
            f"来了{self.people_served}人次" if self.people_served else "",
            f"{self.volunteers_served}人次志愿者帮忙" if self.volunteers_served else "",
        ]
        return "，".join(part for part in parts if part) + "。"

    @property
    def satisfaction(self) -> tuple[int, Decimal] | None:
        """How many rated it, and their stars on average; None while nobody has."""
        stars = list(self.signups.exclude(stars=None).values_list("stars", flat=True))
        if not stars:
            return None
        return len(stars), (Decimal(sum(stars)) / len(stars)).quantize(Decimal("0.1"))
