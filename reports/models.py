"""总结: what a month adds up to, handed in by a station and approved by the street office."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib import metrics
from practice_portal.lib.history import History
from practice_portal.lib.metrics import Line, Metric
from practice_portal.lib.months import FIRST_MONTH, Month, MonthField
from practice_portal.lib.personal_data import Quotes
from practice_portal.lib.public_text import KeptCharField, KeptTextField
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from stations.models import PlatformKind, Station
from stations.scoping import StationScopedQuerySet


class MonthlySummaryQuerySet(StationScopedQuerySet):
    def draw_up(self, month: Month, stations=None) -> list["MonthlySummary"]:
        """A draft for every station and for the centre itself, or for those of a QuerySet.

        Those that exist stay as they are. Raises ValueError for a month that has not begun, or
        before there were stations.
        """
        if not FIRST_MONTH <= month <= Month.current():
            raise ValueError("there is nothing to sum up in such a month")
        if stations is None:
            stations = Station.objects.in_month(month)
        with transaction.atomic():
            has_one = self.filter(month=month).values("station")
            for station in stations.exclude(pk__in=has_one):
                self.get_or_create(station=station, month=month)
        return list(
            self.filter(month=month).select_related("station").order_by("station__position")
        )

    def frozen_months(self, station_ids, months) -> set[Month]:
        """Which of these months are approved at one of these stations."""
        approved = self.filter(
            station__in=station_ids, month__in=months, status=MonthlySummary.Status.APPROVED
        )
        return set(approved.order_by().values_list("month", flat=True))


class MonthlySummary(WorkflowModel):
    """A station's month (月度总结), or the centre's own; approval freezes its figures.

    Before approval the figures are counted anew whenever they are looked at. Approval copies
    each figure and the lines behind it; rows may change afterwards, and the difference is shown
    as a correction (更正).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "未交"
        SUBMITTED = "submitted", "等街道审"
        RETURNED = "returned", "退回，等修改"
        APPROVED = "approved", "已通过"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="summaries", verbose_name="实践所"
    )
    month = MonthField("月份")
    highlights = KeptTextField("亮点", max_length=1000, blank=True)
    problems = KeptTextField("问题", max_length=1000, blank=True)
    next_plan = KeptTextField("下月打算", max_length=1000, blank=True)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.DRAFT, editable=False
    )

    station_path = "station"
    objects = MonthlySummaryQuerySet.as_manager()
    history = History()

    steps = {
        "submit": Step(
            "提交",
            (Status.DRAFT, Status.RETURNED),
            Status.SUBMITTED,
            check="refuse_before_the_end",
            days=5,
        ),
        "return": Step(
            "退回",
            (Status.SUBMITTED,),
            Status.RETURNED,
            permission="reports.review_monthlysummary",
            remark="退回的意见",
            waits=False,
            is_on_page=True,
        ),
        "approve": Step(
            "通过",
            (Status.SUBMITTED,),
            Status.APPROVED,
            permission="reports.review_monthlysummary",
            not_by=("submit",),
            then="freeze",
            days=3,
            is_on_page=True,
            to_do="去审",
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "月度总结"
        ordering = ["-month", "station__position"]
        permissions = [("review_monthlysummary", "可以审月度总结（退回、通过）")]
        constraints = [
            models.UniqueConstraint(
                "station",
                "month",
                name="reports_one_summary_a_month",
                violation_error_message="这个月的总结已经有了。",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="reports_summary_month",
                violation_error_message="月份记作当月一日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.month.label}总结"

    def get_absolute_url(self) -> str:
        return reverse("reports:summary-detail", args=[self.month, self.station.slug])

    @classmethod
    def waiting_for(cls, name):
        """A draft waits from the day after its month, however early or late it was drawn up."""
        rows = super().waiting_for(name)
        if name != "submit":
            return rows
        this = Month.current()
        drafts = [
            When(month=this - ago, status=cls.Status.DRAFT, then=Value((this - ago + 1).first))
            for ago in range(1, 13)
        ]
        return rows.filter(month__lt=this).annotate(
            waits_on=Case(*drafts, default=F("waits_on"), output_field=models.DateField())
        )

    def lines_url(self, metric: Metric) -> str:
        """The page of the rows behind a figure."""
        args = [self.month, self.station.slug, metric.code]
        return reverse("reports:summary-lines", args=args)

    @property
    def is_frozen(self) -> bool:
        return self.status == self.Status.APPROVED

    @property
    def can_be_written(self) -> bool:
        """The station writes until it hands in, and again when it is returned."""
        return self.status in (self.Status.DRAFT, self.Status.RETURNED)

    def refuse_before_the_end(self) -> None:
        """Raise IllegalStep while the month is not over."""
        if timezone.localdate() <= self.month.last:
            raise IllegalStep(f"{self.month.label}还没过完，下月1日起再提交。")

    def live_lines(self, metric: Metric) -> list[Line]:
        """The rows behind a figure as they are now."""
        return metric.lines(metric.period(self.month.last, self.month.first), [self.station_id])

    def frozen_lines(self, metric: Metric) -> list[Line]:
        """The rows behind a figure as they were approved."""
        lines = FrozenLine.objects.filter(figure__summary=self, figure__code=metric.code)
        return [
            Line(line.source, line.text or "（原来的记录已经删除）", metric.tidy(line.amount))
            for line in lines
        ]

    def freeze(self) -> None:
        """Copy every figure and the lines behind it."""
        for position, metric in enumerate(metrics.monthly()):
            lines = self.live_lines(metric)
            figure = self.figures.create(
                code=metric.code,
                label=metric.label,
                unit=metric.unit,
                position=position,
                value=metric.total_of(lines),
            )
            FrozenLine.objects.bulk_create(
                FrozenLine(figure=figure, source=line.source, text=line.text, amount=line.amount)
                for line in lines
            )


class MonthlySummaryChange(StatusChange):
    summary = models.ForeignKey(MonthlySummary, models.CASCADE, related_name="changes")


class PlanQuerySet(StationScopedQuerySet):
    def adopted(self):
        return self.filter(adopted_on__isnull=False)


class Plan(models.Model):
    """How many sessions a station means to hold in a month, platform by platform (计划).

    A station is compared with its own plan, its own last month and its own year before, and with
    nobody else (DESIGN §2.1, after 整治形式主义为基层减负若干规定, 2024). It is off until adopted.
    """

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="plans", verbose_name="实践所"
    )
    month = MonthField("月份")
    adopted_on = models.DateField("采用日期", null=True, blank=True, editable=False)

    station_path = "station"
    objects = PlanQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "月计划"
        ordering = ["-month", "station__position"]
        constraints = [
            models.UniqueConstraint(
                "station",
                "month",
                name="reports_one_plan_a_month",
                violation_error_message="这个月的计划已经有了，到列表里打开它改就行。",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="reports_plan_month",
                violation_error_message="月份记作当月一日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.month.label}计划"

    def clean(self) -> None:
        if self.station_id and self.month and self.is_frozen:
            raise ValidationError(f"{self.month.label}的总结已通过，这个月的计划不能再改。")

    @property
    def is_frozen(self) -> bool:
        """Approved with its month: what was planned is not rewritten afterwards."""
        return bool(MonthlySummary.objects.frozen_months([self.station_id], [self.month]))

    def begin_like_the_last(self) -> None:
        """A line for every platform, with the numbers and words of the station's plan before."""
        before = Plan.objects.filter(station=self.station_id, month__lt=self.month).first()
        lines = {line.platform: line for line in before.lines.all()} if before else {}
        for platform in PlatformKind:
            line = lines.get(platform) or PlanLine()
            self.lines.create(platform=platform, sessions=line.sessions, words=line.words)


class PlanLineQuerySet(StationScopedQuerySet):
    def adopted(self, month: Month):
        """The lines that the figures of a month stand beside."""
        adopted = Plan.objects.adopted().filter(month=month)
        return self.filter(plan__in=adopted, sessions__gt=0)


class PlanLine(models.Model):
    """What a plan says of one platform; a blank number says that nothing is planned."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="lines", verbose_name="月计划")
    platform = models.CharField("平台", max_length=12, choices=PlatformKind)
    sessions = models.PositiveSmallIntegerField(
        "几场", null=True, blank=True, validators=[MaxValueValidator(99)]
    )
    words = KeptCharField("做什么（可以不写）", max_length=100, blank=True)

    station_path = "plan__station"
    objects = PlanLineQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "计划的场次"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                "plan",
                "platform",
                name="reports_plan_platform_once",
                violation_error_message="这个平台已经有一行了。",
            ),
            models.CheckConstraint(
                condition=Q(sessions__lte=99),
                name="reports_plan_sessions",
                violation_error_message="一个月最多写99场。",
            ),
            models.CheckConstraint(
                condition=Q(platform__in=PlatformKind.values),
                name="reports_plan_platform",
                violation_error_message="请选一个平台。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_platform_display())


class FrozenFigure(models.Model):
    """A figure as it was when its month was approved; never edited."""

    summary = models.ForeignKey(MonthlySummary, models.CASCADE, related_name="figures")
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=40)
    unit = models.CharField(max_length=10)
    position = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint("summary", "code", name="reports_figure_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.value}"


class FrozenLine(models.Model):
    """One row behind a frozen figure, in the words of that day."""

    figure = models.ForeignKey(FrozenFigure, models.CASCADE, related_name="lines")
    source = models.CharField(max_length=60)
    text = models.TextField()
    amount = models.DecimalField(max_digits=10, decimal_places=2)

    quotes_rows = Quotes(source="source", texts=("text",))

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint("figure", "source", name="reports_line_once")]

    def __str__(self) -> str:
        return self.text
