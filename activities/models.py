"""做什么: brands, activities with their sessions, and role models."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib import chinese_dates
from practice_portal.lib.history import History
from practice_portal.lib.months import start_of
from practice_portal.lib.phones import OfficePhoneField
from practice_portal.lib.pictures import PictureField
from practice_portal.lib.public_text import PublicCharField, PublicTextField
from practice_portal.lib.stock import StockModel
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from stations.models import Booking, OfStationStockQuerySet, PlatformKind, Station, Venue
from stations.scoping import StationScopedQuerySet


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


class Brand(StockModel):
    """A community's own branded activity (一社一品); one in force per station, history kept."""

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="brands", verbose_name="实践所"
    )
    name = PublicCharField("品牌名称", max_length=40)
    slogan = PublicCharField("一句话", max_length=60, blank=True)
    story = PublicTextField("品牌故事", max_length=2000, blank=True)
    picture = PictureField("图片", upload_to="brands/", blank=True)

    station_path = "station"
    objects = OfStationStockQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "一社一品"
        ordering = ["station__position", "-started_on", "pk"]
        constraints = [
            *StockModel.Meta.constraints,
            models.UniqueConstraint(
                "station",
                condition=Q(ended_on=None),
                name="activities_one_brand_in_force",
                violation_error_message="这个实践所已有正在办的品牌，请先给旧品牌填上结束日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        others = Brand.objects.filter(station=self.station_id).exclude(pk=self.pk)
        beside = others.filter(Q(ended_on=None) | Q(ended_on__gt=self.started_on))
        if self.ended_on:
            beside = beside.filter(started_on__lt=self.ended_on)
        if other := beside.first():
            raise ValidationError(
                f"这段时间已有品牌“{other}”，一个实践所同时只办一个，请改开始或结束日期。"
            )

    def get_absolute_url(self) -> str:
        return reverse("activities:brand-detail", args=[self.pk])


class ActivityQuerySet(StationScopedQuerySet):
    def published(self):
        """What residents see: published, and of a station that residents see."""
        return self.filter(status=Activity.Status.PUBLISHED, station__is_public=True)


class Activity(WorkflowModel):
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
        ),
        "withdraw": Step("下线", (Status.PUBLISHED,), Status.WITHDRAWN, remark="下线的原因"),
    }

    class Meta:
        verbose_name = verbose_name_plural = "活动"
        ordering = ["-pk"]

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

    def save(self, *args, **kwargs) -> None:
        """Save, and let the rooms' bookings say the same."""
        super().save(*args, **kwargs)
        Booking.objects.filter(session__activity=self).update(
            purpose=self.title, holder=self.station.name
        )

    @property
    def phone(self) -> str:
        """The office phone that answers for this activity."""
        return self.contact_phone or self.station.phone

    @property
    def can_be_deleted(self) -> bool:
        """A draft may vanish; what residents have read is withdrawn, what was held is kept."""
        is_up = self.status == self.Status.PUBLISHED
        return not is_up and not self.sessions.held().exists()

    def refuse_unready(self) -> None:
        """Raise IllegalStep while there is no session or nobody to ring."""
        if not self.phone:
            raise IllegalStep("发布前请先填写联系电话，居民有事要找得到人。")
        if not self.sessions.planned().exists():
            raise IllegalStep("发布前请至少填一个场次，写上哪天几点开始。")


class ActivityChange(StatusChange):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="changes")


def on_days(first: date, last: date) -> Q:
    """The sessions that take place on these days, both counted, by the street's clock."""
    after = start_of(last + timedelta(days=1))
    return Q(starts_at__lt=after, ends_at__gt=start_of(first))


class SessionQuerySet(StationScopedQuerySet):
    def planned(self):
        return self.filter(status=Session.Status.PLANNED)

    def published(self):
        """What residents see; cancelled sessions stay visible, and say so."""
        return self.filter(
            activity__status=Activity.Status.PUBLISHED, activity__station__is_public=True
        )

    def upcoming(self, now=None):
        """Not over yet, the next first."""
        return self.filter(ends_at__gt=now or timezone.now()).order_by("starts_at", "pk")

    def on_days(self, first: date, last: date):
        return self.filter(on_days(first, last))

    def past(self, now=None):
        return self.filter(ends_at__lte=now or timezone.now()).order_by("-starts_at", "-pk")

    def held(self):
        """What counts: not cancelled, and with the result that is filled in once it is over."""
        return self.planned().filter(people_served__isnull=False)

    def hosted_by(self, station):
        """The sessions a station holds, alone or with others."""
        cohosted = Activity.cohosts.through.objects.filter(
            activity=OuterRef("activity"), station=station
        )
        return self.filter(Q(activity__station=station) | Exists(cohosted))

    def for_cards(self):
        """With all that a card shows."""
        return self.select_related("activity__station", "booking__venue__station")


class Session(WorkflowModel):
    """One meeting of an activity (场次), in a venue or at an address.

    An activity counts in the month in which its session *ended*, and only once its result is
    filled in. `people_served` are person-times; unknown is blank, not 0.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", "按计划"
        CANCELLED = "cancelled", "已取消"

    activity = models.ForeignKey(
        Activity, models.CASCADE, related_name="sessions", verbose_name="活动"
    )
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    booking = models.OneToOneField(
        Booking,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="session",
        verbose_name="阵地预约",
    )
    address = PublicCharField(
        "地点说明",
        max_length=100,
        blank=True,
        help_text="不在阵地办时填，如“3号楼前空地”；和阵地都不填，就是在实践所。",
    )
    capacity = models.PositiveSmallIntegerField(
        "名额",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="空着表示不用报名，来了就行。",
    )
    people_served = models.PositiveIntegerField(
        "服务群众（人次）", null=True, blank=True, help_text="办完再填；不知道就空着，不要写0。"
    )
    volunteers_served = models.PositiveIntegerField("志愿者（人次）", null=True, blank=True)
    story = PublicTextField("办得怎样", max_length=1000, blank=True)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.PLANNED, editable=False
    )

    station_path = "activity__station"
    objects = SessionQuerySet.as_manager()
    history = History()

    steps = {
        "cancel": Step(
            "取消这一场",
            (Status.PLANNED,),
            Status.CANCELLED,
            remark="取消的原因（居民会在网页上看到）",
            has_public_remark=True,
            check="refuse_after_the_end",
            then="give_back_the_room",
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "场次"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="activities_session_ends_after_it_starts",
                violation_error_message="结束时间须晚于开始时间。",
            ),
            models.CheckConstraint(
                condition=Q(status="planned") | Q(people_served=None),
                name="activities_cancelled_session_has_no_result",
                violation_error_message="取消了的场次没有结果可填。",
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], name="activities_session_ends"),
            models.Index(fields=["starts_at"], name="activities_session_starts"),
        ]

    def __str__(self) -> str:
        is_cancelled = self.status == self.Status.CANCELLED
        day = chinese_dates.day(self.starts_at, year=True)
        return f"{day}{self.activity.title}{'（已取消）' * is_cancelled}"

    def get_absolute_url(self) -> str:
        return self.activity.get_absolute_url()

    def clean(self) -> None:
        if self.people_served is not None and self.ends_at and not self.is_over:
            raise ValidationError(
                "这一场还没有结束，办完以后再填人次；填过人次的，日子不能改到以后。"
            )

    def save(self, *args, **kwargs) -> None:
        """Save, and keep the room for as long as the session now lasts."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            booking = self.booking
            if (
                booking
                and booking.status == Booking.Status.CONFIRMED
                and (booking.starts_at, booking.ends_at) != (self.starts_at, self.ends_at)
            ):
                self.hold(booking.venue)

    def hold(self, venue: Venue | None) -> None:
        """Book a venue for this session, or give back the one it has.

        Raises ValidationError, and keeps things as they were, when the room is taken.
        """
        with transaction.atomic():
            if venue is None:
                self.give_back_the_room()
                return
            if self.status == self.Status.CANCELLED:
                raise ValidationError("取消了的场次不能再占用阵地。")
            booking = self.booking
            if booking is None or booking.status != Booking.Status.CONFIRMED:
                booking = Booking(status=Booking.Status.CONFIRMED)  # a cancelled one stays history
            booking.venue = venue
            booking.starts_at, booking.ends_at = self.starts_at, self.ends_at
            booking.purpose = self.activity.title
            booking.holder = self.activity.station.name
            booking.save()
            if self.booking_id != booking.pk:
                self.booking = booking
                super().save(update_fields=["booking"])

    def give_back_the_room(self) -> None:
        booking = self.booking
        if booking:
            self.booking = None
            super().save(update_fields=["booking"])
            booking.delete()

    def open_steps(self) -> dict[str, Step]:
        """What is over is not cancelled any more."""
        return {} if self.ends_at and self.is_over else super().open_steps()

    def refuse_after_the_end(self) -> None:
        """Raise IllegalStep when there is nothing left to cancel."""
        if self.is_over:
            raise IllegalStep("这一场已经结束，不能再取消。")

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def is_on(self) -> bool:
        return self.starts_at <= timezone.now() < self.ends_at

    @property
    def place(self) -> str:
        """Where to go, in words; an address beside a room says how to find it."""
        if self.booking and self.booking.status == Booking.Status.CONFIRMED:
            room = str(self.booking.venue)
            return f"{room}，{self.address}" if self.address else room
        return self.address or self.activity.station.address or self.activity.station.name

    @property
    def days(self) -> str:
        """11月28日（周六）上午9:30–11:30"""
        return chinese_dates.day(self.starts_at) + chinese_dates.hours(self.starts_at, self.ends_at)


@receiver(post_delete, sender=Session)
def give_back_the_room_of_a_deleted_session(instance, **kwargs) -> None:
    """However it went: alone, in a list, or along with its activity."""
    Booking.objects.filter(pk=instance.booking_id).delete()


class SessionChange(StatusChange):
    session = models.ForeignKey(Session, models.CASCADE, related_name="changes")


class RoleModel(models.Model):
    """A person or a family that neighbours look up to (道德标杆); a family counts as one."""

    class Category(models.TextChoices):
        MORAL_MODEL = "moral_model", "道德模范"
        GOOD_PERSON = "good_person", "雄关好人"
        MOTHER_IN_LAW = "good_mother_in_law", "好婆婆"
        DAUGHTER_IN_LAW = "good_daughter_in_law", "好媳妇"
        CIVILIZED_FAMILY = "civilized_family", "文明家庭"
        BEAUTIFUL_FAMILY = "beautiful_family", "最美家庭"

    #: The categories of which the centre's own publication counts 110.
    RECOMMENDED = (
        Category.MOTHER_IN_LAW,
        Category.DAUGHTER_IN_LAW,
        Category.CIVILIZED_FAMILY,
        Category.BEAUTIFUL_FAMILY,
    )

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="role_models", verbose_name="实践所"
    )
    name = PublicCharField("姓名或家庭", max_length=30)
    is_family = models.BooleanField("是家庭", default=False)
    category = models.CharField("称号", max_length=25, choices=Category)
    deed = PublicTextField("事迹", max_length=1000, blank=True)
    nominated_on = models.DateField("推荐日期", default=timezone.localdate)
    recognised_on = models.DateField("评定日期", null=True, blank=True)
    has_consented = models.BooleanField("本人同意公开", default=False)

    station_path = "station"
    objects = StationScopedQuerySet.as_manager()
    history = History("name", "deed")

    class Meta:
        verbose_name = verbose_name_plural = "道德标杆"
        ordering = ["-recognised_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(recognised_on=None) | Q(recognised_on__gte=F("nominated_on")),
                name="activities_role_model_recognised_after_nomination",
                violation_error_message="评定日期不能早于推荐日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.name}"
