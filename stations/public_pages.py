"""Pages that residents read, each of a row, and how the street office takes one down (一键下线).

A model becomes such a page by three lines: it inherits `PublicPage`, its QuerySet inherits
`PublicPageQuerySet` and asks `online()` in whatever residents' lists ask, and its view gets the
row by `page_or_404` (stations/showing.py). Lists have no row of their own: they list what is
online.
"""

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from practice_portal.lib.chinese_dates import moment
from practice_portal.lib.history import name_of
from practice_portal.lib.public_text import KEPT, KeptCharField, refusal
from practice_portal.lib.workflow import IllegalStep
from practice_portal.lib.written_once import WrittenOnce


class PublicPageQuerySet(models.QuerySet):
    def online(self):
        """Without what the street office has taken down."""
        return self.filter(taken_down=None)

    def offline(self):
        """What the street office has taken down, the latest first, with when, by whom and why."""
        found = self.filter(taken_down__isnull=False).select_related("taken_down__by")
        return found.order_by("-taken_down__at", "-taken_down")


class PublicPage(models.Model):
    """A row with a page of its own, which the street office can take down and put back.

    `taken_down` is the line that says when, by whom and why; empty, the page is online. Only
    `take_down` and `put_back` write it: a form that was open meanwhile puts nothing back.
    """

    taken_down = models.ForeignKey(
        "stations.PageChange",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="街道下线",
    )

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        """Save everything else."""
        if not self._state.adding:
            names = kwargs.get("update_fields")
            if names is None:
                deferred = self.get_deferred_fields()
                fields = [f for f in self._meta.concrete_fields if not f.primary_key]
                names = [field.name for field in fields if field.attname not in deferred]
            kwargs["update_fields"] = set(names) - {"taken_down", "taken_down_id"}
        super().save(*args, **kwargs)

    @property
    def is_released(self) -> bool:
        """Whether its own staff have put it before the residents."""
        return True

    @property
    def is_offline(self) -> bool:
        return self.taken_down_id is not None

    @property
    def offline_words(self) -> str:
        """What the page's own staff read about it."""
        line = self.taken_down
        return (
            f"街道{moment(line.at)}下线了这一页，居民现在看不到。原因：{line.reason}。"
            "改好以后请告诉街道，由街道恢复上线。"
        )

    def page_changes(self):
        """When the page was taken down and put back, the latest first."""
        lines = PageChange.objects.filter(page_type=self._meta.label_lower, page_id=self.pk)
        return lines.select_related("by")

    def take_down(self, *, by, reason: str) -> None:
        """Take the page off the site at once; raises IllegalStep and then changes nothing."""
        self._turn(PageChange.Act.TAKE_DOWN, by, reason)

    def put_back(self, *, by, reason: str) -> None:
        """Show the page again; raises IllegalStep and then changes nothing."""
        self._turn(PageChange.Act.PUT_BACK, by, reason)

    def _turn(self, act: "PageChange.Act", by, reason: str) -> None:
        reason = reason.strip().rstrip("。")
        if not reason:
            raise IllegalStep(f"{act.label}要写原因，好让社区知道怎么办。")
        if problem := refusal(reason, self, where=KEPT):
            raise IllegalStep(problem)
        with transaction.atomic():
            self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update())
            if self.is_offline == (act == PageChange.Act.TAKE_DOWN):
                raise IllegalStep(f"刚刚已经有人把这一页{act.label}了，不用再办。")
            line = PageChange.objects.create(
                act=act,
                by=by,
                reason=reason,
                page_type=self._meta.label_lower,
                page_id=self.pk,
                page_name=name_of(self),
            )
            self.taken_down = line if act == PageChange.Act.TAKE_DOWN else None
            self._history_user = by  # whom the history of changes names
            try:
                super().save(update_fields=["taken_down"])
            finally:
                del self._history_user


def public_pages() -> dict[str, type[PublicPage]]:
    """Every kind of page with a row behind it, by the short name that addresses use."""
    models = [model for model in apps.get_models() if issubclass(model, PublicPage)]
    return {model._meta.model_name: model for model in models}


class PageChange(WrittenOnce):
    """A page was taken down or put back (下线和恢复记录): which, by whom, when and why."""

    class Act(models.TextChoices):
        TAKE_DOWN = "take_down", "下线"
        PUT_BACK = "put_back", "恢复上线"

    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人"
    )
    act = models.CharField("做了什么", max_length=10, choices=Act)
    reason = KeptCharField("原因", max_length=200)
    page_type = models.CharField("哪一类", max_length=60)
    page_id = models.BigIntegerField("编号")
    page_name = models.CharField("哪一页", max_length=100)

    class Meta:
        verbose_name = verbose_name_plural = "下线和恢复记录"
        ordering = ["-at", "-pk"]
        default_permissions = ("view", "add")
        indexes = [models.Index(fields=["page_type", "page_id"], name="stations_page_changes")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="stations_page_change_says_why",
                violation_error_message="请写原因。",
            )
        ]

    def __str__(self) -> str:
        return f"{moment(self.at)}{self.get_act_display()}：{self.reason}"

    @property
    def page(self) -> PublicPage | None:
        """The row, unless it has been deleted since."""
        return apps.get_model(self.page_type)._base_manager.filter(pk=self.page_id).first()

    @property
    def kind(self) -> str:
        return str(apps.get_model(self.page_type)._meta.verbose_name)
