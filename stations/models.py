"""建什么: the centre and its stations, who works there, and the rooms they share."""

import json
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Func, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from practice_portal.lib import attachments, chinese_dates, personal_data, undo
from practice_portal.lib.attachments import AttachmentField
from practice_portal.lib.history import History, name_of
from practice_portal.lib.markup import first_words
from practice_portal.lib.months import Month
from practice_portal.lib.personal_data import PersonalData
from practice_portal.lib.phones import OfficePhoneField
from practice_portal.lib.pictures import PictureField
from practice_portal.lib.public_text import PublicCharField, PublicTextField
from practice_portal.lib.reviews import ReviewedModel
from practice_portal.lib.stock import StockModel, StockQuerySet, TermQuerySet
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from practice_portal.lib.written_once import WrittenOnce, WrittenOnceQuerySet
from stations import hours
from stations.public_pages import PublicPage, PublicPageQuerySet
from stations.scoping import StationScopedQuerySet, StreetSharedQuerySet, is_staff

PLACEHOLDER = "待确认"


class User(AbstractUser):
    """A member of staff (账号). Residents and volunteers have none."""

    first_name = None
    last_name = None
    name = models.CharField("姓名", max_length=30)

    history = History("password", "last_login")

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "账号"

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @cached_property
    def stations(self) -> list["Station"]:
        """The stations this user works at today."""
        posts = Posting.objects.in_force().filter(user=self)
        return list(Station.objects.filter(pk__in=posts.values("station")))

    @property
    def station_ids(self) -> list[int]:
        return [station.pk for station in self.stations]

    @property
    def own_station(self) -> "Station | None":
        """The station, where there is only one."""
        return self.stations[0] if len(self.stations) == 1 else None

    @property
    def sees_one_station(self) -> bool:
        return self.own_station is not None and not self.is_at_centre

    @property
    def is_at_centre(self) -> bool:
        """The street office's own staff (and superusers) manage the rows of all stations."""
        return self.is_superuser or any(station.is_centre for station in self.stations)


class StationQuerySet(PublicPageQuerySet, StationScopedQuerySet, StockQuerySet):
    def stations(self):
        """The communities' stations, without the centre."""
        return self.filter(tier=Station.Tier.STATION)

    def known(self):
        """Whom residents deal with: the stations that are open and have their real name."""
        return self.stations().in_force().filter(is_public=True)

    def public(self):
        """What residents see: those of them whose page the street office has not taken down."""
        return self.known().online()

    def with_those_to_come(self):
        """What residents see, and the stations that still wait for their real name."""
        return self.stations().in_force().online()

    def in_month(self, month: Month):
        """Those in force on any day of a month."""
        return self.filter(
            Q(ended_on=None) | Q(ended_on__gt=month.first), started_on__lte=month.last
        )

    def centre(self):
        """The street's centre, or None before it is set up."""
        return self.filter(tier=Station.Tier.CENTRE).first()


class Station(PublicPage, StockModel):
    """A community's practice station (实践所), or the street's centre (中心)."""

    class Tier(models.TextChoices):
        CENTRE = "centre", "中心"
        STATION = "station", "实践所"

    tier = models.CharField("层级", max_length=10, choices=Tier, default=Tier.STATION)
    name = PublicCharField("名称", max_length=30, unique=True, help_text="如“南湖社区”。")
    slug = models.SlugField("网址代号", unique=True, help_text="网址里用的英文或拼音，如 nanhu。")
    position = models.PositiveSmallIntegerField("排列次序", unique=True)
    address = PublicCharField("地址", max_length=100, blank=True)
    phone = OfficePhoneField("办公电话", blank=True, help_text="印在网页上，居民可以直接拨打。")
    opening_hours = PublicCharField(
        "开放时间",
        max_length=100,
        blank=True,
        validators=[hours.check],
        help_text=f"网页会照着写“现在开着”“今天已下班”。{hours.EXAMPLE}",
    )
    intro = PublicTextField("简介", max_length=1000, blank=True)
    photo = PictureField("照片", upload_to="stations/", blank=True)
    is_pilot = models.BooleanField("首批试点", default=False)
    is_public = models.BooleanField("对居民公开", default=True)

    station_path = "pk"
    objects = StationQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "实践所"
        ordering = ["position"]
        constraints = [
            *StockModel.Meta.constraints,
            models.UniqueConstraint(
                "tier",
                condition=Q(tier="centre"),
                name="stations_one_centre",
                violation_error_message="一个街道只有一个中心。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def from_db(cls, db, field_names, values):
        station = super().from_db(db, field_names, values)
        if {"name", "is_public"} <= set(field_names) and station.is_public:
            station._public_name = station.name
        return station

    def clean(self) -> None:
        was_public_so = getattr(self, "_public_name", None) == self.name
        if self.is_public and PLACEHOLDER in self.name and not was_public_so:
            raise ValidationError({"is_public": "这个社区还没有正式名称，请先改名，再对居民公开。"})

    def get_absolute_url(self) -> str:
        return reverse("stations:station-detail", args=[self.slug])

    @property
    def has_page(self) -> bool:
        """Whether residents can open its page now; asked wherever a page links to a station."""
        is_known = not self.is_centre and self.is_public and self.is_in_force()
        return is_known and not self.is_offline

    @property
    def is_centre(self) -> bool:
        return self.tier == self.Tier.CENTRE

    @property
    def kind_name(self) -> str:
        """What such a house is called on this street's ladder: 新时代文明实践所."""
        return settings.LADDER[self.tier]

    @property
    def full_name(self) -> str:
        return f"{self.name}{self.kind_name}"

    @property
    def map_url(self) -> str:
        """Finds the address in the phone's map app; nothing is asked for before it is pressed."""
        words = urlencode({"keyword": f"{settings.CITY}{self.address}", "callnative": 1})
        return f"https://uri.amap.com/search?{words}"


class PostingQuerySet(StationScopedQuerySet, TermQuerySet):
    """Who works where on a day."""


class Posting(models.Model):
    """Who works at a station, as what, from when to when (任职); it opens the station's rows."""

    class Duty(models.TextChoices):
        HEAD = "head", "负责人"
        FULL_TIME = "full_time", "专职"
        PART_TIME = "part_time", "兼职"
        STEWARD = "steward", "社区管家"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="postings", verbose_name="实践所"
    )
    name = PublicCharField("姓名", max_length=30)
    phone = OfficePhoneField(
        "办公电话",
        blank=True,
        help_text="负责人和社区管家的印在网页上；空着就印实践所的。不要填个人手机。",
    )
    duty = models.CharField("职务", max_length=10, choices=Duty, default=Duty.FULL_TIME)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="postings",
        verbose_name="账号",
        help_text="填了账号，这个账号就能管理这个实践所的内容。",
    )
    since = models.DateField("任职日期", default=timezone.localdate)
    until = models.DateField("离任日期", null=True, blank=True)

    station_path = "station"
    objects = PostingQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        ordering = ["station__position", "since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="stations_posting_ends_after_it_starts",
                violation_error_message="离任日期不能早于任职日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.station} {self.name}（{self.get_duty_display()}）"


class Compound(models.Model):
    """A residential compound (小区): by its name a resident finds the station."""

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="compounds", verbose_name="实践所"
    )
    name = PublicCharField("小区名称", max_length=30)
    aliases = PublicCharField(
        "别的叫法",
        max_length=100,
        blank=True,
        help_text="老名字、居民平时的叫法，用顿号隔开；找小区时也找得到。",
    )
    steward = models.ForeignKey(
        Posting,
        models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to={"duty": Posting.Duty.STEWARD},
        related_name="compounds",
        verbose_name="社区管家",
    )
    position = models.PositiveSmallIntegerField("排列次序", default=0)

    station_path = "station"
    objects = StationScopedQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "小区"
        ordering = ["station__position", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                "station",
                "name",
                name="stations_compound_name",
                violation_error_message="这个社区已经有同名的小区。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.steward and self.steward.station_id != self.station_id:
            raise ValidationError({"steward": "社区管家要选这个社区自己的。"})

    def answers_to(self, words: str) -> bool:
        """Whether these words are part of its name, of its other names, or of its station's."""
        called = (self.name, self.aliases, self.station.name)
        return any(words in "".join(each.split()).casefold() for each in called)


class HolidayQuerySet(StreetSharedQuerySet):
    def calendar(self, today: date) -> hours.Calendar:
        """What the days from one on are called, as far as opening hours look ahead; one query."""
        last = today + timedelta(days=hours.LOOK_AHEAD)
        known = list(self.filter(first_on__lte=last, last_on__gte=today))

        def on(day: date) -> hours.DayOff | None:
            row = next((each for each in known if each.first_on <= day <= each.last_on), None)
            return row and hours.DayOff(row.name, is_working=row.is_working)

        return on


class Holiday(models.Model):
    """A public holiday or a day worked for one (节假日), as the State Council announces them."""

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="holidays", verbose_name="所属"
    )
    name = PublicCharField("节日", max_length=10, help_text="如“国庆节”。")
    first_on = models.DateField("第一天")
    last_on = models.DateField("最后一天", help_text="只有一天的，和第一天填一样。")
    is_working = models.BooleanField(
        "是补班", default=False, help_text="为了连休而上班的周末；这天的开放时间照周一的算。"
    )

    station_path = "station"
    objects = HolidayQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "节假日"
        ordering = ["-first_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="stations_holiday_ends_after_it_starts",
                violation_error_message="最后一天不能早于第一天。",
            ),
            models.UniqueConstraint(
                "first_on",
                name="stations_holiday_first_on",
                violation_error_message="这一天已经登记过了，请改原来那一条。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}{'补班' if self.is_working else '放假'}"

    def clean(self) -> None:
        if not (self.first_on and self.last_on):
            return  # the fields have already complained
        others = Holiday.objects.exclude(pk=self.pk)
        beside = others.filter(first_on__lte=self.last_on, last_on__gte=self.first_on).first()
        if beside:
            raise ValidationError(f"和“{beside}”的日子重叠了，请改日期。")


class PlatformKind(models.TextChoices):
    """The five platforms of practice, and the local sixth."""

    THEORY = "theory", "理论宣讲"
    EDUCATION = "education", "教育服务"
    CULTURE = "culture", "文化服务"
    SCIENCE = "science", "科技与科普服务"
    FITNESS = "fitness", "健身体育服务"
    CONVENIENCE = "convenience", "便民服务"


class OfStationStockQuerySet(StationScopedQuerySet, StockQuerySet):
    """Things a station has for a while."""


class VenueQuerySet(OfStationStockQuerySet):
    def offered_to(self, user):
        """One's own rooms, then those of the centre that it shares, the square among them."""
        if not is_staff(user):
            return self.none()
        shared = self.filter(station__tier=Station.Tier.CENTRE, is_shared=True)
        offered = self.managed_by(user) | shared
        if user.is_at_centre:
            return offered
        is_shared = Case(When(station__tier=Station.Tier.CENTRE, then=1), default=0)
        return offered.order_by(is_shared, *self.model._meta.ordering)


class Venue(StockModel):
    """A room or a square that people meet in (阵地)."""

    class Kind(models.TextChoices):
        FIXED = "fixed", "固定阵地"
        PLAZA = "plaza", "文明实践广场"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="venues", verbose_name="实践所"
    )
    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.FIXED)
    name = PublicCharField("名称", max_length=30)
    capacity = models.PositiveSmallIntegerField(
        "能坐多少人", null=True, blank=True, validators=[MinValueValidator(1)]
    )
    facilities = PublicCharField("有什么", max_length=100, blank=True)
    former_use = PublicCharField("原来是什么", max_length=50, blank=True)
    is_shared = models.BooleanField("居民和队伍可以借用", default=True)

    station_path = "station"
    objects = VenueQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "阵地"
        ordering = ["station__position", "kind", "pk"]
        constraints = [
            *StockModel.Meta.constraints,
            models.UniqueConstraint(
                "station",
                "name",
                name="stations_venue_name",
                violation_error_message="这个实践所已经有同名的阵地。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station}{self.name}" if self.kind == self.Kind.FIXED else self.name

    def next_free(self, starts_at: datetime, length: timedelta) -> datetime:
        """The next moment from which the room is free for that long, between 8:00 and 21:00."""
        candidate = starts_at
        for booking in (
            self.bookings.occupying().filter(ends_at__gt=starts_at).order_by("starts_at")
        ):
            candidate = self._within_hours(candidate, length)
            if booking.starts_at >= candidate + length:
                return candidate
            candidate = max(candidate, booking.ends_at)
        return self._within_hours(candidate, length)

    @staticmethod
    def _within_hours(candidate: datetime, length: timedelta) -> datetime:
        local = timezone.localtime(candidate)
        opens = timezone.make_aware(datetime.combine(local.date(), time(8)))
        closes = opens + timedelta(hours=13)
        if candidate < opens:
            return opens
        fits = candidate + length <= closes or length > timedelta(hours=13)
        return candidate if fits else opens + timedelta(days=1)


class Platform(StockModel):
    """A featured platform (特色平台): what a station does with its rooms."""

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="platforms", verbose_name="实践所"
    )
    kind = models.CharField("类别", max_length=12, choices=PlatformKind)
    name = PublicCharField("名称", max_length=30)
    venues = models.ManyToManyField(
        Venue, blank=True, related_name="platforms", verbose_name="用哪些阵地"
    )

    station_path = "station"
    objects = OfStationStockQuerySet.as_manager()
    history = History()

    class Meta(StockModel.Meta):
        verbose_name = verbose_name_plural = "特色平台"
        ordering = ["station__position", "kind", "pk"]

    def __str__(self) -> str:
        return f"{self.station}{self.name}"


class NoOverlap(ExclusionConstraint):
    """An exclusion constraint where the database knows such a thing, and silence elsewhere.

    One migration serves PostgreSQL and SQLite; on SQLite `Booking.save` asks under the write
    lock of an immediate transaction.
    """

    def constraint_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            return super().constraint_sql(model, schema_editor)
        return None

    def create_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            return super().create_sql(model, schema_editor)
        return None

    def remove_sql(self, model, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            return super().remove_sql(model, schema_editor)
        return None

    def check(self, model, connection):
        return []

    def validate(self, model, instance, exclude=None, using="default"):
        """`Booking.clean` says it better: who holds the room, and when it is free."""


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class BookingQuerySet(StationScopedQuerySet):
    def overlapping(self, starts_at: datetime, ends_at: datetime):
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)

    def occupying(self):
        """The bookings that keep others out; a request does not, before it is confirmed."""
        return self.filter(status=Booking.Status.CONFIRMED)


class Booking(WorkflowModel):
    """A stretch of time in a venue (阵地预约): the only thing that occupies a room."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "待答复"
        CONFIRMED = "confirmed", "已确认"
        DECLINED = "declined", "未同意"
        CANCELLED = "cancelled", "已取消"

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="bookings", verbose_name="阵地")
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    purpose = PublicCharField("用途", max_length=60)
    holder = PublicCharField("使用单位或队伍", max_length=40)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.REQUESTED, editable=False
    )

    station_path = "venue__station"
    objects = BookingQuerySet.as_manager()
    history = History()

    steps = {
        "confirm": Step(
            "确认", (Status.REQUESTED,), Status.CONFIRMED, check="refuse_clash", days=2
        ),
        "decline": Step(
            "不同意",
            (Status.REQUESTED,),
            Status.DECLINED,
            remark="原因",
            waits=False,
            is_way_out=True,
        ),
        "cancel": Step(
            "取消",
            (Status.REQUESTED, Status.CONFIRMED),
            Status.CANCELLED,
            waits=False,
            is_way_out=True,
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "阵地预约"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="stations_booking_ends_after_it_starts",
                violation_error_message="结束时间须晚于开始时间。",
            ),
            NoOverlap(
                name="stations_booking_no_overlap",
                expressions=[
                    ("venue", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="confirmed"),
            ),
        ]
        indexes = [models.Index(fields=["venue", "starts_at"], name="stations_booking_times")]

    def __str__(self) -> str:
        return f"{chinese_dates.moment(self.starts_at)}{self.venue}"

    def clean(self) -> None:
        if not (self.venue_id and self.starts_at and self.ends_at):
            return  # the fields have already complained
        if not self.venue.is_in_force(timezone.localdate(self.starts_at)):
            raise ValidationError("这个阵地那天已经不用了，请换一个。")
        if self.status == self.Status.CONFIRMED or self._state.adding:
            clash = self._clash()
            if clash:
                raise ValidationError(self._clash_message(clash))

    def refuse_clash(self) -> None:
        """Raise IllegalStep when the room is taken."""
        clash = self._clash()
        if clash:
            raise IllegalStep(self._clash_message(clash))

    def save(self, *args, **kwargs) -> None:
        """Save; raises ValidationError when a confirmed booking would overlap another."""
        if self.status != self.Status.CONFIRMED:
            return super().save(*args, **kwargs)
        try:
            # On SQLite the outermost block is BEGIN IMMEDIATE: nobody writes between the
            # question and the answer. On PostgreSQL whoever wants the room queues at its row (two
            # who meet at the exclusion constraint end in a deadlock); for what goes past this
            # method the constraint has the last word.
            with transaction.atomic():
                Venue.objects.select_for_update(no_key=True).get(pk=self.venue_id)
                clash = self._clash()
                if clash:
                    raise ValidationError(self._clash_message(clash))
                super().save(*args, **kwargs)
        except IntegrityError as error:
            if "stations_booking_no_overlap" not in str(error):
                raise
            raise ValidationError("该阵地在这段时间刚刚被别人订走，请换一个时间。") from error

    @property
    def belongs_to_an_event(self) -> bool:
        """Whether something above holds this booking, and moves or gives it back itself."""
        events = [relation for relation in self._meta.related_objects if relation.one_to_one]
        return any(hasattr(self, relation.get_accessor_name()) for relation in events)

    def _clash(self) -> "Booking | None":
        others = self.venue.bookings.occupying().exclude(pk=self.pk)
        return others.overlapping(self.starts_at, self.ends_at).order_by("starts_at").first()

    def _clash_message(self, clash: "Booking") -> str:
        free = self.venue.next_free(self.starts_at, self.ends_at - self.starts_at)
        return f"{clash.in_words}最近的空档从{chinese_dates.moment(free)}开始。"

    @property
    def in_words(self) -> str:
        """Who has the room when, and for what."""
        day = timezone.localdate(self.starts_at)
        is_one_day = day == timezone.localdate(self.ends_at)
        until = (chinese_dates.clock if is_one_day else chinese_dates.moment)(self.ends_at)
        return (
            f"{self.venue.name}在{chinese_dates.moment(self.starts_at)}到{until}"
            f"已由{self.holder}用于“{self.purpose}”。"
        )


class BookingChange(StatusChange):
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="changes")


class PhoneViewQuerySet(WrittenOnceQuerySet, StationScopedQuerySet):
    def record(self, row: models.Model, field: str, *, by, purpose: str, words: str = ""):
        """Write down that somebody is about to be shown a person's number."""
        rows = type(row)._base_manager.filter(pk=row.pk)
        return self.create(
            by=by,
            station_id=rows.values_list(row.station_path, flat=True).get(),
            row_type=row._meta.label_lower,
            row_id=row.pk,
            field=field,
            purpose=purpose,
            words=words,
        )


class PhoneView(WrittenOnce):
    """Somebody was shown a person's number (查看号码记录): who, when, whose and what for.

    The number itself is not in it, nor the person's name; the street office reads these lines.
    """

    class Purpose(models.TextChoices):
        CHANGE = "change", "通知活动变动"
        REPLY = "reply", "回复需求"
        VERIFY = "verify", "核实信息"
        OTHER = "other", "其他"

    at = models.DateTimeField("时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="谁看的"
    )
    station = models.ForeignKey(
        Station, models.PROTECT, related_name="phone_views", verbose_name="实践所"
    )
    row_type = models.CharField("哪一类", max_length=60)
    row_id = models.BigIntegerField("编号")
    field = models.CharField("哪个号码", max_length=60)
    purpose = models.CharField("为了什么", max_length=10, choices=Purpose)
    words = models.CharField("说明", max_length=60, blank=True)

    station_path = "station"
    objects = PhoneViewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "查看号码记录"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(purpose="other") | ~Q(words=""),
                name="stations_phone_view_says_what_for",
                violation_error_message="选了“其他”，请写明为了什么事。",
            )
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.by}：{self.row_name}"

    @property
    def row_name(self) -> str:
        return f"{apps.get_model(self.row_type)._meta.verbose_name}{self.row_id}"

    @property
    def field_name(self) -> str:
        return str(apps.get_model(self.row_type)._meta.get_field(self.field).verbose_name)


class DeletionQuerySet(StationScopedQuerySet):
    def keep(self, obj: models.Model, *, by) -> "Deletion":
        """Write down what is about to be deleted; call it in the transaction of the deletion."""
        rows = type(obj)._base_manager.filter(pk=obj.pk)
        station = rows.values_list(obj.station_path, flat=True).get()
        if isinstance(obj, Station):
            station = Station.objects.centre().pk
        return self.create(
            station_id=station,
            row_type=obj._meta.label_lower,
            name=name_of(obj)[:100],
            contents=undo.snapshot(obj),
            counted_from=_counted_from(obj),
            by=by,
        )

    def holding(
        self, model: type[models.Model], **values
    ) -> "tuple[Deletion, models.Model] | None":
        """What can still be put back and holds a row with these values, and the row as it was."""
        found = self.filter(contents__contains=f'"{model._meta.label_lower}"')
        for word in (value for value in values.values() if isinstance(value, str)):
            found = found.filter(contents__contains=json.dumps(word, ensure_ascii=False))
        for deletion in found:
            for row in undo.rows_in(deletion.contents, model):
                if all(getattr(row, name) == value for name, value in values.items()):
                    return deletion, row
        return None


def _counted_from(obj: models.Model) -> date:
    """Today; earlier, when the personal data in it would have been forgotten sooner."""
    today = timezone.localdate()
    days = settings.KEEP_TIMES["deletion"]
    ends = [end - timedelta(days=days) for end in personal_data.ends_of(obj)]
    return min([today, *ends])


class Deletion(models.Model):
    """Something that was deleted in the admin, and can be put back for 30 days (回收站).

    Its words are blanked when the time is over, and at once when it has been put back.
    """

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="deletions", verbose_name="实践所"
    )
    row_type = models.CharField("哪一类", max_length=60)
    name = models.CharField("删掉的内容", max_length=100)
    contents = models.TextField("内容", blank=True)
    at = models.DateTimeField("删除时间", default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="谁删的"
    )
    counted_from = models.DateField("从哪天起计算保存时间")
    restored_at = models.DateTimeField("恢复时间", null=True)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="谁恢复的",
    )

    personal_data = (
        PersonalData(
            kind="deletion",
            what="工作人员误删、还可以恢复的内容",
            after="删除",
            since="counted_from",
            fields=("contents", "name"),
        ),
    )

    station_path = "station"
    objects = DeletionQuerySet.as_manager()

    class Meta:
        verbose_name = "回收站内容"
        verbose_name_plural = "回收站"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind}“{self.name}”" if self.name else self.kind

    @property
    def masked(self) -> str:
        """Without its words, where it is kept for good."""
        return f"回收站里的{self.kind}"

    @property
    def kind(self) -> str:
        return str(apps.get_model(self.row_type)._meta.verbose_name)

    @property
    def last_day(self) -> date:
        """Until when it can be put back, that day included."""
        return self.counted_from + timedelta(days=settings.KEEP_TIMES["deletion"])

    @property
    def is_restorable(self) -> bool:
        return bool(self.contents) and self.restored_at is None

    @classmethod
    def keys_kept(cls, model: type[models.Model]) -> set:
        """The rows of a model that can still be put back."""
        (data,) = cls.personal_data
        since = timezone.localdate() - timedelta(days=data.days)
        label = f'"{model._meta.label_lower}"'
        texts = cls.objects.filter(contents__contains=label, counted_from__gte=since)
        found = texts.values_list("contents", flat=True)
        return {row.pk for text in found for row in undo.rows_in(text, model)}

    @classmethod
    def names_of_kept_files(cls) -> set[str]:
        held = cls.objects.exclude(contents="").iterator()
        return {name for deletion in held for _, name in deletion.kept_files()}

    def kept_files(self) -> list[tuple[models.FileField, str]]:
        """What lies on the disk only because it can still be put back."""
        return undo.files_in(self.contents) if self.contents else []

    def forget(self, row: models.Model, data: PersonalData) -> None:
        """Blank whose one of the rows was, everywhere and at once; it can still be put back."""
        names = tuple(getattr(row, name) for name in data.names)

        def clean(text: str) -> str:
            return personal_data.cleaned(text, names)

        with transaction.atomic():
            self.refresh_from_db(from_queryset=Deletion.objects.select_for_update())
            if self.contents:
                self.contents = undo.without(self.contents, row, data.fields, clean)
            self.name = clean(self.name)
            self.save(update_fields=["contents", "name"])
            personal_data.forget_gone(type(row), data, row.pk, names)

    def restore(self, *, by) -> models.Model:
        """Put it back; raises NotRestored, with the reason, and changes nothing."""
        with transaction.atomic():
            self.refresh_from_db(from_queryset=Deletion.objects.select_for_update())
            if not self.is_restorable:
                raise undo.NotRestored("这一项已经恢复过，或者过了能恢复的日子。")
            row = undo.put_back(self.contents, by=by)
            self.contents = self.name = ""  # both live on in the row
            self.restored_at, self.restored_by = timezone.now(), by
            self.save()
        return row


class ArticleQuerySet(PublicPageQuerySet, StationScopedQuerySet):
    def released(self):
        """Published, by a station that is open to residents; the newest first."""
        shown = self.filter(status=Article.Status.PUBLISHED, station__is_public=True)
        return shown.order_by("-published_at", "-pk")

    def published(self):
        """What residents see: those whose page the street office has not taken down."""
        return self.released().online()

    def readable_by(self, user):
        """What a visitor may open: what is released, and staff their own as a preview."""
        released = Q(pk__in=self.released().order_by().values("pk"))
        mine = Q(pk__in=self.managed_by(user).values("pk"))
        return self.filter(released | mine)

    def news(self):
        """News and notices: what has a date and passes."""
        return self.filter(kind__in=Article.NEWS)

    def for_rows(self):
        """With all that a list shows."""
        return self.select_related("station")


class Article(PublicPage, ReviewedModel):
    """A text on the site (文章): a piece of news, a notice, a rule, or one of the fixed pages."""

    class Kind(models.TextChoices):
        NEWS = "news", "动态"
        NOTICE = "notice", "通知公告"
        RULES = "rules", "制度文件"
        PAGE = "page", "页面"

    class Page(models.TextChoices):
        """The pages with an address of their own."""

        ABOUT = "about", "中心简介"
        LEADING_GROUP = "leading-group", "领导小组"
        PLAN = "plan", "实施方案"
        PRIVACY = "privacy", "您的资料怎么保管（开头的话）"

    NEWS = (Kind.NEWS, Kind.NOTICE)

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="articles", verbose_name="实践所"
    )
    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.NEWS)
    title = PublicCharField("标题", max_length=60, help_text="一句话说清什么事，居民看了就懂。")
    text = PublicTextField(
        "正文",
        max_length=10_000,
        help_text="空一行就是另起一段。",
    )
    summary = PublicCharField(
        "摘要", max_length=120, blank=True, help_text="列表里标题下面的一句话；空着就用正文开头。"
    )
    slug = models.CharField(
        "哪一个页面",
        max_length=20,
        choices=Page,
        blank=True,
        help_text="类别是“页面”的才选；每个页面网上只有一篇。",
    )

    station_path = "station"
    objects = ArticleQuerySet.as_manager()
    history = History()

    steps = ReviewedModel.steps_of_review("stations.review_article")

    class Meta:
        verbose_name = verbose_name_plural = "文章"
        ordering = ["-pk"]
        permissions = [("review_article", "审核文章")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="page") & ~Q(slug="") | ~Q(kind="page") & Q(slug=""),
                name="stations_article_page_has_its_address",
                violation_error_message="类别是“页面”的要选哪一个页面，其他类别的不选。",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="stations_article_published_some_time",
                violation_error_message="已发布的文章要有发布时间。",
            ),
            models.UniqueConstraint(
                "slug",
                condition=Q(status="published") & ~Q(slug=""),
                name="stations_article_one_of_a_page",
                violation_error_message="这个页面网上已经有一篇，请先把那一篇下线。",
            ),
        ]
        indexes = [models.Index(fields=["kind", "published_at"], name="stations_article_dates")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Its page; a fixed page that is not published has its preview among the articles."""
        if self.slug and self.is_published:
            is_ours = self.slug != self.Page.PRIVACY  # which is the roof's
            return reverse(f"stations:{self.slug}" if is_ours else self.slug)
        return reverse("stations:article-detail", args=[self.pk])

    def clean(self) -> None:
        if not self.station_id:
            return  # the field has already complained
        if self.kind == self.Kind.PAGE and not self.station.is_centre:
            raise ValidationError("固定页面由街道中心来写，请换一个类别。")
        of_another_kind = Article.objects.filter(pk=self.pk).exclude(kind=self.kind)
        if self.is_published and self.needs_review() and of_another_kind.exists():
            raise ValidationError("这一类要先审核，请先下线，改好再提交审核。")

    @property
    def is_released(self) -> bool:
        return self.is_published

    @property
    def review_kind(self) -> str:
        return self.kind

    @property
    def is_news(self) -> bool:
        return self.kind in self.NEWS

    @property
    def lead(self) -> str:
        """The line below the title in a list."""
        return self.summary or first_words(self.text, 70)

    @property
    def can_be_deleted(self) -> bool:
        """A draft may vanish; what residents have read is withdrawn and kept."""
        is_draft = self.status in self.WRITING and self.published_at is None
        return is_draft and not self.is_offline

    def refuse_unready(self) -> None:
        """Raise IllegalStep while the street keeps it down, or when the page has its text."""
        if self.is_offline:
            raise IllegalStep(self.offline_words)
        others = Article.objects.filter(status=self.Status.PUBLISHED, slug=self.slug)
        if self.slug and (other := others.exclude(pk=self.pk).first()):
            raise IllegalStep(f"这个页面网上已经有一篇“{other}”，请先把那一篇下线，再发布这一篇。")


class ArticleChange(StatusChange):
    article = models.ForeignKey(Article, models.CASCADE, related_name="changes")


class ArticlePicture(models.Model):
    """A picture of an article (图片) with the words that stand for it."""

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="pictures", verbose_name="文章"
    )
    picture = PictureField(
        "图片", upload_to="articles/", width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField("宽", null=True, editable=False)
    height = models.PositiveIntegerField("高", null=True, editable=False)
    caption = PublicCharField(
        "图片说明",
        max_length=80,
        help_text="写清照片上是谁、在做什么：印在图下面，看不见图的人也靠它。",
    )
    position = models.PositiveSmallIntegerField("次序", default=1)

    station_path = "article__station"
    objects = StationScopedQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "图片"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.caption


class ArticleAttachment(models.Model):
    """A file to download from an article (附件)."""

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="attachments", verbose_name="文章"
    )
    title = PublicCharField("附件名称", max_length=60, help_text="如“活动室借用申请表”。")
    file = AttachmentField("文件", upload_to="attachments/", help_text="PDF或Word、Excel、PPT。")
    bytes = models.PositiveIntegerField("字节数", editable=False)

    station_path = "article__station"
    objects = StationScopedQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def save(self, *args, **kwargs) -> None:
        self.bytes = self.file.size
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("stations:attachment", args=[self.pk])

    @property
    def kind_name(self) -> str:
        return attachments.kind_name(self.file.name)

    @property
    def size_name(self) -> str:
        return attachments.size_name(self.bytes)
