"""学什么: party members' study, in the room and online."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from practice_portal.lib import chinese_dates
from practice_portal.lib.history import History
from practice_portal.lib.months import MonthField
from practice_portal.lib.public_text import PublicCharField
from stations.models import Station
from stations.scoping import StationScopedQuerySet


class StudySessionQuerySet(StationScopedQuerySet):
    def held(self):
        """What counts: with the number of people that is filled in once it is over."""
        return self.filter(attended__isnull=False)


class StudySession(models.Model):
    """Party members study together (学习)."""

    class Form(models.TextChoices):
        CENTRAL_GROUP = "central_group", "中心组学习"
        THREE_MEETINGS = "three_meetings", "三会一课"
        THEME_DAY = "theme_day", "主题党日"
        READING_CLASS = "reading_class", "读书班"

    class Method(models.TextChoices):
        LECTURE = "lecture", "专家辅导"
        SEMINAR = "seminar", "专题研讨"
        VISIT = "visit", "参观学习"
        SELF_STUDY = "self_study", "自学"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="study_sessions", verbose_name="实践所"
    )
    form = models.CharField("形式", max_length=15, choices=Form, default=Form.THREE_MEETINGS)
    method = models.CharField("方法", max_length=15, choices=Method, default=Method.SEMINAR)
    topic = PublicCharField("学什么", max_length=60)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    speaker = PublicCharField("主讲人", max_length=30, blank=True)
    attended = models.PositiveIntegerField(
        "到场（人）", null=True, blank=True, help_text="学完再填；不知道就空着，不要写0。"
    )

    station_path = "station"
    objects = StudySessionQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "学习"
        ordering = ["-starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="learning_study_ends_after_it_starts",
                violation_error_message="结束时间须晚于开始时间。",
            )
        ]

    def __str__(self) -> str:
        day = chinese_dates.day(self.starts_at, year=True)
        return f"{day}{self.get_form_display()}：{self.topic}"


class OnlineStudy(models.Model):
    """How many party members of a station study on a platform in a month (线上学习).

    The one headcount that is typed: the platforms are not ours, and nothing finer is asked.
    """

    class Platform(models.TextChoices):
        XUEXI = "xuexi", "学习强国"
        GANSU = "gansu", "甘肃党建"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="online_studies", verbose_name="实践所"
    )
    month = MonthField("月份")
    platform = models.CharField("平台", max_length=10, choices=Platform)
    people = models.PositiveIntegerField("党员（人）", validators=[MinValueValidator(1)])

    station_path = "station"
    objects = StationScopedQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "线上学习"
        ordering = ["-month", "station__position", "platform"]
        constraints = [
            models.UniqueConstraint(
                "station",
                "month",
                "platform",
                name="learning_online_study_once",
                violation_error_message="这个月这个平台的人数已经填过了。",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="learning_online_study_month",
                violation_error_message="月份记作当月一日。",
            ),
            models.CheckConstraint(
                condition=Q(people__gte=1),
                name="learning_online_study_people",
                violation_error_message="人数至少是1；不知道就不要填这一行。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.month.label} {self.get_platform_display()}"
