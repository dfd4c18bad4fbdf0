"""总结: what a month adds up to, handed in by a station and approved by the street office."""

from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib import metrics
from practice_portal.lib.history import History
from practice_portal.lib.metrics import Line, Metric
from practice_portal.lib.months import Month, MonthField
from practice_portal.lib.personal_data import Quotes
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from stations.models import Station
from stations.scoping import StationScopedQuerySet

#: The first stations were built after this.
FIRST_MONTH = Month(2018, 1)


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
    highlights = models.TextField("亮点", max_length=1000, blank=True)
    problems = models.TextField("问题", max_length=1000, blank=True)
    next_plan = models.TextField("下月打算", max_length=1000, blank=True)
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
        ),
        "return": Step(
            "退回",
            (Status.SUBMITTED,),
            Status.RETURNED,
            permission="reports.review_monthlysummary",
            remark="退回的意见",
        ),
        "approve": Step(
            "通过",
            (Status.SUBMITTED,),
            Status.APPROVED,
            permission="reports.review_monthlysummary",
            not_by="submit",
            then="freeze",
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
        return [Line(line.source, line.text, metric.tidy(line.amount)) for line in lines]

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
