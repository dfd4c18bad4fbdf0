"""谁来做: organisations, teams, volunteers, and the ledger of their hours."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Count, F, Max, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib import chinese_dates
from practice_portal.lib.history import History
from practice_portal.lib.personal_data import PersonalData
from practice_portal.lib.phones import PersonalPhoneField, mask_name
from practice_portal.lib.public_text import KeptCharField, PublicCharField
from practice_portal.lib.stock import StockModel, StockQuerySet, TermQuerySet
from practice_portal.lib.workflow import StatusChange, Step, WorkflowModel
from stations.models import Station
from stations.public_pages import PublicPage, PublicPageQuerySet
from stations.scoping import StationScopedQuerySet, StreetSharedQuerySet


class StreetSharedStockQuerySet(StreetSharedQuerySet, StockQuerySet):
    """The street's own things that every station may pick."""


class Organisation(StockModel):
    """A volunteers' organisation of the street (志愿者组织机构): one head and ten centres."""

    class Kind(models.TextChoices):
        HEAD = "head", "总站"
        CENTRE = "centre", "中心"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="organisations", verbose_name="所属"
    )
    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.CENTRE)
    name = PublicCharField("名称", max_length=40, unique=True)
    position = models.PositiveSmallIntegerField("排列次序", default=0)

    station_path = "station"
    objects = StreetSharedStockQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "志愿者组织机构"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class JointKind(models.TextChoices):
    """What a station does together with a partner unit (联建)."""

    CO_CREATE = "co_create", "联创"
    CO_SOLVE = "co_solve", "联解"
    CO_CULTURE = "co_culture", "联谊"
    CO_HELP = "co_help", "联帮"


class PartnerUnit(StockModel):
    """A unit or department that builds together with the street (共建单位)."""

    class Kind(models.TextChoices):
        UNIT = "unit", "辖区单位"
        DEPARTMENT = "department", "部门"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="partner_units", verbose_name="所属"
    )
    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.UNIT)
    name = PublicCharField("名称", max_length=40, unique=True)
    position = models.PositiveSmallIntegerField("排列次序", default=0)

    station_path = "station"
    objects = StreetSharedStockQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "共建单位"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class VolunteerQuerySet(StationScopedQuerySet, StockQuerySet):
    def active(self, on=None):
        """Registered and not retired on a day."""
        return self.in_force(on)

    def backbones(self, on=None):
        on = on or timezone.localdate()
        return self.active(on).filter(backbone_since__lte=on)


class Volunteer(WorkflowModel):
    """A registered volunteer (志愿者). No ID number, no address; a phone only if they give it.

    `started_on` is the day of registration and empty while an application waits.
    """

    class Status(models.TextChoices):
        APPLIED = "applied", "待登记"
        ACTIVE = "active", "在册"
        RETIRED = "retired", "已退出"

    class Source(models.TextChoices):
        RESIDENT = "resident", "居民"
        UNIT_SECRETARY = "unit_secretary", "单位党组织负责人"
        PARTY_SCHOOL = "party_school", "党校教授"
        ELDER = "elder", "五老人员"
        LAWYER = "lawyer", "律师"
        RETIRED_CADRE = "retired_cadre", "退休老干部"
        OTHER = "other", "其他"

    PREFIX = "ZY"

    number = models.CharField("志愿者编号", max_length=12, unique=True, editable=False)
    name = models.CharField("姓名", max_length=30)
    phone = PersonalPhoneField("手机号", blank=True, help_text="可以不填；只用来通知服务安排。")
    station = models.ForeignKey(
        Station, models.PROTECT, related_name="volunteers", verbose_name="所属实践所"
    )
    source = models.CharField("身边人", max_length=20, choices=Source, default=Source.RESIDENT)
    birth_year = models.PositiveSmallIntegerField(
        "出生年份", null=True, blank=True, validators=[MinValueValidator(1920)]
    )
    skills = models.CharField("会什么", max_length=60, blank=True)
    applied_on = models.DateField("申请日期", default=timezone.localdate, editable=False)
    started_on = models.DateField("登记日期", null=True, blank=True)
    ended_on = models.DateField("退出日期", null=True, blank=True)
    backbone_since = models.DateField("成为骨干的日期", null=True, blank=True)
    has_consented = models.BooleanField("同意公开姓名", default=False)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.APPLIED, editable=False
    )

    station_path = "station"
    waits_from = "applied_on"
    objects = VolunteerQuerySet.as_manager()
    history = History("name", "phone", "birth_year")

    # Name and hours of whoever served stay: records and certificates are their right (art. 19).
    personal_data = (
        PersonalData(
            kind="application",
            what="报名当志愿者、没有登记的申请",
            after="申请",
            since="applied_on",
            rows=Q(status=Status.APPLIED),
            fields=("name", "phone", "birth_year", "skills"),
            names=("name",),
        ),
        PersonalData(
            kind="retired_volunteer",
            what="志愿者的手机号",
            after="退出志愿者队伍",
            since="ended_on",
            rows=Q(status=Status.RETIRED),
            fields=("phone",),
            texts=("skills",),
        ),
    )

    steps = {
        "register": Step(
            "登记",
            (Status.APPLIED,),
            Status.ACTIVE,
            requires=("name",),
            stamps=("started_on",),
            days=7,
        ),
        "retire": Step(
            "登记退出",
            (Status.ACTIVE,),
            Status.RETIRED,
            stamps=("ended_on",),
            waits=False,
            is_way_out=True,
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "志愿者"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="applied", started_on=None, ended_on=None)
                | Q(status="active", started_on__isnull=False, ended_on=None)
                | Q(status="retired", started_on__isnull=False, ended_on__isnull=False),
                name="volunteers_volunteer_dates_fit_status",
                violation_error_message="登记日期和退出日期要与状态一致：在册的要有登记日期。",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="volunteers_volunteer_ends_after_it_starts",
                violation_error_message="退出日期不能早于登记日期。",
            ),
        ]
        indexes = [models.Index(fields=["station", "started_on"], name="volunteers_by_station")]

    def __str__(self) -> str:
        return f"{self.name or '资料已删除'}（{self.number}）"

    def save(self, *args, **kwargs) -> None:
        """Save; a new volunteer is given the street's next number."""
        if self.number:
            return super().save(*args, **kwargs)
        for attempt in range(5):
            self.number = self._next_number()
            try:
                with transaction.atomic():
                    return super().save(*args, **kwargs)
            except IntegrityError:
                # Somebody at another desk was given the same number a moment ago.
                if attempt == 4 or not type(self).objects.filter(number=self.number).exists():
                    raise

    @classmethod
    def _next_number(cls) -> str:
        """ZY000001, ZY000002, …: they say nothing of the person."""
        latest = cls.objects.filter(number__startswith=cls.PREFIX).aggregate(Max("number"))
        digits = (latest["number__max"] or "0").removeprefix(cls.PREFIX)
        return f"{cls.PREFIX}{int(digits) + 1:06}"

    @property
    def masked(self) -> str:
        """How a volunteer is named in a record that many will read."""
        return f"{self.number} {mask_name(self.name)}"


class VolunteerChange(StatusChange):
    volunteer = models.ForeignKey(Volunteer, models.CASCADE, related_name="changes")


class TeamQuerySet(PublicPageQuerySet, StreetSharedStockQuerySet):
    """A station picks from its own teams and from the street's."""

    def known(self):
        """Those that residents may hear of: the street's, and those of stations they know."""
        of_street = Q(station__tier=Station.Tier.CENTRE)
        return self.in_force().filter(of_street | Q(station__in=Station.objects.known()))

    def public(self):
        """What residents see."""
        return self.known().online()

    def with_member_count(self):
        """Each with how many active volunteers belong to it today, as `member_count`."""
        members = Membership.objects.in_force().filter(volunteer__status=Volunteer.Status.ACTIVE)
        is_member = Q(memberships__in=members)
        return self.annotate(member_count=Count("memberships", filter=is_member))


class Team(PublicPage, StockModel):
    """A volunteers' team (队伍); a featured one is built with a partner unit (互联共转)."""

    class Kind(models.TextChoices):
        THEORY = "theory", "理论政策宣讲"
        CULTURE = "culture", "文化体育"
        EDUCATION = "education", "助学支教"
        HEALTH = "health", "医疗健身"
        SCIENCE = "science", "科学普及"
        LAW = "law", "法律服务"
        ENVIRONMENT = "environment", "卫生环保"
        RELIEF = "relief", "扶贫帮困"
        CUSTOMS = "customs", "移风易俗"
        CIVILITY = "civility", "文明引导"
        EMERGENCY = "emergency", "应急救援"
        COUNSELLING = "counselling", "心理疏导"
        NEIGHBOUR = "neighbour", "邻里守望"
        ELDERS = "elders", "五老"
        TALKS = "talks", "宣讲团"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="teams", verbose_name="实践所"
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="teams",
        verbose_name="归哪个志愿服务中心",
    )
    kind = models.CharField("类别", max_length=12, choices=Kind)
    name = PublicCharField("名称", max_length=40)
    purpose = PublicCharField("做什么", max_length=100, blank=True)
    is_featured = models.BooleanField("特色队伍", default=False)
    partner_unit = models.ForeignKey(
        PartnerUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="teams",
        verbose_name="共建单位",
        help_text="特色队伍一定要有共建单位。",
    )

    station_path = "station"
    objects = TeamQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "志愿者队伍"
        ordering = ["station__position", "is_featured", "pk"]
        constraints = [
            *StockModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(is_featured=False) | Q(partner_unit__isnull=False),
                name="volunteers_featured_team_has_a_partner",
                violation_error_message="特色队伍是和共建单位一起建的，请选上共建单位。",
            ),
            models.UniqueConstraint(
                "station",
                "name",
                name="volunteers_team_name",
                violation_error_message="这个实践所已经有同名的队伍。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("volunteers:team-detail", args=[self.pk])


class MembershipQuerySet(StationScopedQuerySet, TermQuerySet):
    """Who is in which team on a day."""


class Membership(models.Model):
    """A volunteer belongs to a team (队员)."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name="队伍")
    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="memberships", verbose_name="志愿者"
    )
    since = models.DateField("入队日期", default=timezone.localdate)
    until = models.DateField("离队日期", null=True, blank=True)

    station_path = "team__station"
    objects = MembershipQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "队员"
        ordering = ["team", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="volunteers_membership_ends_after_it_starts",
                violation_error_message="离队日期不能早于入队日期。",
            ),
            models.UniqueConstraint(
                "team",
                "volunteer",
                condition=Q(until=None),
                name="volunteers_member_once",
                violation_error_message="这位志愿者已经在队里了。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} {self.volunteer}"

    @property
    def masked(self) -> str:
        return f"{self.team} {self.volunteer.masked}"


class ServiceEntryQuerySet(StationScopedQuerySet):
    def confirmed(self):
        return self.filter(status=ServiceEntry.Status.CONFIRMED)


class ServiceEntry(WorkflowModel):
    """A line of the hours ledger (服务时长): one volunteer's service at one event.

    Who, when, how long and why never change; a correction is a new line. Only the status moves,
    and whoever entered a line does not confirm it (记录与证明办法; DESIGN §2.4).
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", "签到"
        SUPPLEMENTARY = "supplementary", "补录"

    class Status(models.TextChoices):
        ENTERED = "entered", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REJECTED = "rejected", "不予确认"

    #: Days after an event in which a paper sheet that is keyed in counts as signed in (纸质签到).
    KEYED_IN_WITHIN = timedelta(days=7)
    FIXED = ("volunteer_id", "station_id", "source", "kind", "served_on", "hours", "reason")

    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="entries", verbose_name="志愿者"
    )
    station = models.ForeignKey(
        Station, models.PROTECT, related_name="entries", verbose_name="在哪个实践所服务"
    )
    source = models.CharField("来源", max_length=60, editable=False)
    kind = models.CharField("类别", max_length=15, choices=Kind, default=Kind.SUPPLEMENTARY)
    served_on = models.DateField("服务日期")
    hours = models.DecimalField(
        "小时",
        max_digits=4,
        decimal_places=1,
        validators=[MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal("12"))],
    )
    reason = KeptCharField("做了什么", max_length=100)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="录入人",
    )
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.ENTERED, editable=False
    )

    station_path = "station"
    objects = ServiceEntryQuerySet.as_manager()
    history = History()

    steps = {
        "confirm": Step(
            "确认", (Status.ENTERED,), Status.CONFIRMED, not_by=("entered_by",), days=7
        ),
        "reject": Step("不予确认", (Status.ENTERED,), Status.REJECTED, remark="原因", waits=False),
    }

    class Meta:
        verbose_name = verbose_name_plural = "服务时长"
        ordering = ["-served_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__gt=0, hours__lte=12),
                name="volunteers_hours_of_one_day",
                violation_error_message="一条时长在0.5到12小时之间。",
            ),
            models.UniqueConstraint(
                "volunteer",
                "source",
                name="volunteers_entry_once",
                violation_error_message="这位志愿者的这次服务已经记过了。",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{chinese_dates.day(self.served_on, year=True)}{self.reason}，{self.volunteer.masked}"
        )

    @classmethod
    def _written_on(cls):
        """Lines that an event has entered in one go have no history."""
        return Coalesce(super()._written_on(), F("served_on"))

    @classmethod
    def from_db(cls, db, field_names, values):
        entry = super().from_db(db, field_names, values)
        entry._written = {name: getattr(entry, name) for name in cls.FIXED if name in field_names}
        return entry

    def save(self, *args, **kwargs) -> None:
        """Save; raises ValueError when a written line is to say something else."""
        written = getattr(self, "_written", {})
        if any(getattr(self, name) != value for name, value in written.items()):
            raise ValueError("a line of the hours ledger is never rewritten")
        super().save(*args, **kwargs)
        self._written = {name: getattr(self, name) for name in self.FIXED}

    def clean(self) -> None:
        if self.served_on and self.served_on > timezone.localdate():
            raise ValidationError({"served_on": "服务结束以后才能记时长，日期不能在今天之后。"})
        if not self.source and self.volunteer_id and self.served_on:
            self.source = f"manual-{self.served_on}-{self.reason}"[:60]
            twins = ServiceEntry.objects.filter(volunteer=self.volunteer, source=self.source)
            if twins.exclude(pk=self.pk).exists():
                raise ValidationError("这位志愿者这一天的这次服务已经记过了，不用再记。")


class ServiceEntryChange(StatusChange):
    entry = models.ForeignKey(ServiceEntry, models.CASCADE, related_name="changes")
