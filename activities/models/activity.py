"""Activities (活动): what a station does with residents, told once for all its sessions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from activities.models.brands import Brand
from practice_portal.lib import chinese_dates, lunar
from practice_portal.lib.history import History
from practice_portal.lib.phones import OfficePhoneField
from practice_portal.lib.pictures import PictureField
from practice_portal.lib.public_text import PublicCharField, PublicTextField
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from stations.models import Booking, PlatformKind, Station
from stations.public_pages import PublicPage, PublicPageQuerySet
from stations.scoping import StationScopedQuerySet
from volunteers.models import JointKind, PartnerUnit

if TYPE_CHECKING:
    from activities.models.session import Session


class Task(models.TextChoices):
    """The five tasks of civilization practice."""

    THEORY_STUDY = "theory_study", "学习实践科学理论"
    POLICY = "policy", "宣传宣讲党的政策"
    CORE_VALUES = "core_values", "培育践行主流价值"
    CULTURE_LIFE = "culture_life", "丰富活跃文化生活"
    CUSTOMS = "customs", "持续深入移风易俗"


class Festival(models.TextChoices):
    """我们的节日: the seven."""

    SPRING = "spring_festival", "春节"
    LANTERN = "lantern", "元宵"
    QINGMING = "qingming", "清明"
    DRAGON_BOAT = "dragon_boat", "端午"
    QIXI = "qixi", "七夕"
    MID_AUTUMN = "mid_autumn", "中秋"
    DOUBLE_NINTH = "double_ninth", "重阳"

    @classmethod
    def near(cls, days: Iterable[date]) -> Festival | None:
        """The festival around which the first of these days lies, by the lunar calendar."""
        names = (lunar.feast_near(day) for day in days)
        return next((FEASTS[name] for name in names if name), None)


#: What the calendar calls a feast, and the festival (我们的节日) that is kept then.
FEASTS = {
    "除夕": Festival.SPRING,
    "春节": Festival.SPRING,
    "元宵节": Festival.LANTERN,
    "清明节": Festival.QINGMING,
    "端午节": Festival.DRAGON_BOAT,
    "七夕": Festival.QIXI,
    "中秋节": Festival.MID_AUTUMN,
    "重阳节": Festival.DOUBLE_NINTH,
}


#: Where the words of an activity stand, seen from it; those of its places stand with its sessions.
WORDS = ("title", "text", "brand__name", "station__name")
PLACES = ("address", "booking__venue__name", "booking__venue__station__name")


class ActivityQuerySet(PublicPageQuerySet, StationScopedQuerySet):
    def released(self):
        """Published, and of a station that is open to residents."""
        return self.filter(status=Activity.Status.PUBLISHED, station__is_public=True)

    def published(self):
        """What residents see: those whose page the street office has not taken down."""
        return self.released().online()


class Activity(PublicPage, WorkflowModel):
    """Something a station does with residents (活动); it takes place in one or more sessions."""

    class Form(models.TextChoices):
        ACTIVITY = "activity", "活动"
        TRAINING = "training", "培训"
        TALK = "talk", "宣讲"
        EXHIBITION = "exhibition", "展览"

    class Audience(models.TextChoices):
        EVERYONE = "everyone", "所有人"
        ELDERLY = "elderly", "老人"
        CHILDREN = "children", "孩子"
        FAMILIES = "families", "大人带孩子"
        WOMEN = "women", "妇女"
        PARTY = "party", "党员"

    class Status(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已下线"

    title = PublicCharField("活动名称", max_length=40, help_text="居民一看就知道来了做什么。")
    station = models.ForeignKey(
        Station, models.PROTECT, related_name="activities", verbose_name="实践所"
    )
    cohosts = models.ManyToManyField(
        Station,
        blank=True,
        related_name="cohosted_activities",
        verbose_name="联办的实践所",
        help_text="联办的活动，全街道只算一场，每个联办的所各标一场。",
    )
    text = PublicTextField("内容", max_length=2000, help_text="做什么，来的人能得到什么。")
    platform = models.CharField("平台", max_length=12, choices=PlatformKind)
    task = models.CharField("任务", max_length=15, choices=Task, default=Task.CULTURE_LIFE)
    form = models.CharField("形式", max_length=12, choices=Form, default=Form.ACTIVITY)
    audience = models.CharField(
        "适合谁", max_length=10, choices=Audience, default=Audience.EVERYONE
    )
    brand = models.ForeignKey(
        Brand,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name="所属品牌",
    )
    festival = models.CharField("我们的节日", max_length=20, choices=Festival, blank=True)
    youngest = models.PositiveSmallIntegerField(
        "几岁起", null=True, blank=True, help_text="不限就空着。"
    )
    oldest = models.PositiveSmallIntegerField(
        "到几岁", null=True, blank=True, help_text="不限就空着。"
    )
    partners = models.ManyToManyField(
        PartnerUnit,
        blank=True,
        related_name="activities",
        verbose_name="一起办的共建单位",
        help_text="办完填了结果，就算一次联建，不用再另外登记。",
    )
    joint_kind = models.CharField("联建是哪一种", max_length=10, choices=JointKind, blank=True)
    risk_notice = PublicCharField(
        "要留意",
        max_length=200,
        blank=True,
        help_text="发布前要填。可能有的风险，如实写清楚（条例第十二条）。",
    )
    requirements = PublicCharField(
        "谁能来",
        max_length=200,
        blank=True,
        help_text="发布前要填。年龄、身体等要求，如“14岁以下要大人带”。",
    )
    bring = PublicCharField("带什么", max_length=100, blank=True)
    contact_name = PublicCharField("联系人", max_length=30, blank=True)
    contact_phone = OfficePhoneField(
        "联系电话", blank=True, help_text="空着就用实践所的办公电话，会公开印出。"
    )
    poster = PictureField("图片", upload_to="activities/", blank=True)
    question = PublicCharField(
        "报名时问一句", max_length=60, blank=True, help_text="如“自带剪刀吗？”；回答的人可以不填。"
    )
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.DRAFT, editable=False
    )

    station_path = "station"
    objects = ActivityQuerySet.as_manager()
    history = History()

    steps = {
        "publish": Step(
            "发布",
            (Status.DRAFT, Status.WITHDRAWN),
            Status.PUBLISHED,
            # Art. 12 of 志愿服务条例: true information, risks, requirements and a contact.
            requires=("text", "risk_notice", "requirements"),
            check="refuse_unready",
            waits=(Status.DRAFT,),
        ),
        "withdraw": Step(
            "下线",
            (Status.PUBLISHED,),
            Status.WITHDRAWN,
            remark="下线的原因",
            check="refuse_while_expected",
            waits=False,
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "活动"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(oldest__gte=F("youngest")) | Q(youngest=None) | Q(oldest=None),
                name="activities_activity_ages_in_order",
                violation_error_message="“到几岁”不能小于“几岁起”。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activities:activity-detail", args=[self.pk])

    def clean(self) -> None:
        if self.brand and self.brand.station_id != self.station_id:
            raise ValidationError("品牌要选同一个实践所的。")
        if self.status == self.Status.PUBLISHED:
            # What the law asks for before publishing, it asks for as long as the page is up.
            names = self.steps["publish"].requires
            missing = [name for name in names if not getattr(self, name).strip()]
            if missing:
                labels = "、".join(self._meta.get_field(name).verbose_name for name in missing)
                raise ValidationError(f"已发布的活动不能没有{labels}；不办了请先下线。")
            if self.station_id and not self.phone:
                raise ValidationError(
                    {"contact_phone": "已发布的活动要有联系电话，居民有事要找得到人。"}
                )

    def save(self, *args, **kwargs) -> None:
        """Save, and let the rooms' bookings say the same."""
        super().save(*args, **kwargs)
        says = {"purpose": self.title, "holder": self.station.name}
        for booking in Booking.objects.filter(session__activity=self).exclude(**says):
            # One by one, so that the history of changes sees it.
            booking.purpose, booking.holder = says.values()
            booking.save(update_fields=list(says))

    @classmethod
    def waiting_for(cls, name):
        """A draft is due on the day of its next session."""
        sessions = cls._meta.get_field("sessions").related_model.objects
        coming = sessions.planned().filter(activity=OuterRef("pk")).upcoming()
        starts_at = Subquery(coming.values("starts_at")[:1])
        return super().waiting_for(name).annotate(due_on=TruncDate(starts_at))

    @property
    def ages(self) -> str:
        """6到14岁, 60岁以上, 14岁以下; empty for all."""
        if self.youngest is not None and self.oldest is not None:
            return f"{self.youngest}到{self.oldest}岁"
        if self.youngest is not None:
            return f"{self.youngest}岁以上"
        return "" if self.oldest is None else f"{self.oldest}岁以下"

    @property
    def for_whom(self) -> str:
        """老人，60岁以上"""
        return "，".join(filter(None, [self.get_audience_display(), self.ages]))

    @property
    def phone(self) -> str:
        """The office phone that answers for this activity."""
        return self.contact_phone or self.station.phone

    @property
    def is_shown(self) -> bool:
        """Whether residents see it, as `published()` asks of many."""
        return self.is_released and self.station.is_public and not self.is_offline

    @property
    def is_released(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def can_be_deleted(self) -> bool:
        """A draft may vanish; what residents have read is withdrawn, what was held is kept.

        So is what the street office has taken down.
        """
        is_up = self.status == self.Status.PUBLISHED or self.is_offline
        held = self.sessions.held().exists()
        return not (is_up or held or self.sessions.filter(signups__isnull=False).exists())

    def again(
        self, first_day: date, like: Iterable[Session]
    ) -> tuple[Activity, list[tuple[Session, str]]]:
        """A draft with the same words, and sessions `like` these from `first_day` on (再办一次).

        Rooms are booked where they are free; answers the draft, and the sessions that found
        their room taken with the reason. Results, changes and sign-ups stay where they are.
        """
        like = sorted(like, key=lambda session: session.starts_at)
        shift = first_day - timezone.localdate(like[0].starts_at) if like else timedelta()
        with transaction.atomic():
            new = Activity(
                **{
                    field.attname: getattr(self, field.attname)
                    for field in self._meta.concrete_fields
                    if field.editable and not field.primary_key
                }
            )
            if self.brand and not self.brand.is_in_force(first_day):
                new.brand = None
            days = [timezone.localdate(session.starts_at + shift) for session in like]
            new.festival = Festival.near(days) or ""
            new.save()
            new.cohosts.set(self.cohosts.all())
            new.partners.set(self.partners.all())
            homeless = [
                (session, problem)
                for session, problem in (each.again(new, shift) for each in like)
                if problem
            ]
        return new, homeless

    def refuse_while_expected(self) -> None:
        """Raise IllegalStep while residents count on coming: their sessions are cancelled first."""
        coming = (
            self.sessions.planned().upcoming().filter(signups__status__in=["confirmed", "waiting"])
        )
        if session := coming.first():
            raise IllegalStep(
                f"{chinese_dates.day(session.starts_at)}这一场有人报了名，"
                "请先取消这一场、写上原因，系统会列出要打电话通知的人，然后再下线。"
            )

    def refuse_unready(self) -> None:
        """Raise IllegalStep while the street office keeps the page down, while there is no session
        or nobody to ring.
        """
        if self.is_offline:
            raise IllegalStep(self.offline_words)
        if not self.phone:
            raise IllegalStep("发布前请先填写联系电话，居民有事要找得到人。", "contact_phone")
        if not self.sessions.planned().exists():
            raise IllegalStep("发布前请至少填一个场次，写上哪天几点开始。")


class ActivityChange(StatusChange):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="changes")
