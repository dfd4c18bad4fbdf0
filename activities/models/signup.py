"""Sign-ups (报名) without an account, the waiting list (候补), and whom to ring (电话通知).

The places of a session are given out here and nowhere else. Whoever gives or takes one holds the
session's row (`Session.locked`, `Session.reserve`) before any sign-up's, so that of forty people
who press at once exactly as many get a place as there are; the database refuses to count more
than fit (`activities_session_not_oversold`), whatever the code believes.
"""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Least, TruncDate
from django.urls import reverse
from django.utils import timezone

from activities.models.session import Session
from practice_portal.lib import chinese_dates
from practice_portal.lib.codes import grouped_code, new_code
from practice_portal.lib.history import History
from practice_portal.lib.personal_data import PersonalData
from practice_portal.lib.phones import PersonalPhoneField, mask_name
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from stations.models import Station
from stations.scoping import StationScopedQuerySet

#: A group that is larger rings up.
LARGEST_PARTY = 50


def new_key() -> str:
    """What makes the link of a sign-up: 128 bits, which nobody guesses."""
    return secrets.token_urlsafe(16)


def _is_over_on() -> TruncDate:
    return TruncDate("session__ends_at")


class SignupQuerySet(StationScopedQuerySet):
    def waiting(self):
        """Those who wait for a place, in their order."""
        return self.filter(status=Signup.Status.WAITING).order_by("pk")

    def seated(self):
        """Those who have a seat and have not come yet."""
        return self.filter(status=Signup.Status.CONFIRMED)

    def coming(self):
        """Those who have a seat, and those who wait for one."""
        return self.filter(status__in=Signup.COMING)

    def announced(self):
        """Those who signed up, beside those who just came."""
        return self.exclude(channel=Signup.Channel.WALK_IN)

    def walk_ins(self):
        """Those who just came, and were not counted by mistake."""
        return self.attended().filter(channel=Signup.Channel.WALK_IN)

    def attended(self):
        return self.filter(status=Signup.Status.ATTENDED)

    def people(self) -> int:
        """How many came: person-times, of a smaller party those who were there."""
        came = Coalesce("arrived", "party_size")
        return self.attended().aggregate(people=Sum(came, default=0))["people"]

    def of_phone(self, phone: str):
        """What somebody has signed up for, and not cancelled."""
        return self.exclude(status=Signup.Status.CANCELLED).filter(phone=phone)

    def beside(self, session: Session):
        """Those for other sessions that take place at the same time."""
        return self.exclude(session=session).filter(
            session__status=Session.Status.PLANNED,
            session__starts_at__lt=session.ends_at,
            session__ends_at__gt=session.starts_at,
        )

    def with_session(self):
        return self.select_related(
            "session__activity__station", "session__booking__venue__station", "community"
        )

    def sign_up(self, session: Session, signup: "Signup", *, by=None) -> "Signup":
        """Give a party its seats, or a place in the waiting list when they are not to be had.

        Staff (`by`) enter who rings up, also while nobody can sign up online. Raises
        ValidationError, and keeps nothing, when the party cannot come at all: sign-up is closed,
        the session is smaller than the party, or its phone has signed up already.
        """
        signup.session = session
        if by is not None:
            signup._history_user = by
        if reason := session.why_no_signup(by_staff=by is not None):
            raise ValidationError(reason, code="closed")
        if signup.party_size > session.places_for_signup:
            raise ValidationError(
                {
                    "party_size": f"这一场能报的一共{session.places_for_signup}个位子，"
                    f"坐不下{signup.party_size}人。人多请打电话商量。"
                },
                code="too_large",
            )
        try:
            with transaction.atomic():
                signup.has_seat = session.reserve(signup.party_size)
                if not signup.has_seat:
                    # From here on the row is held, and nobody frees a place. Somebody may have
                    # freed one since the look above, and found nobody waiting for it.
                    locked = Session.locked(session.pk)
                    if reason := locked.why_no_signup(by_staff=by is not None):
                        raise ValidationError(reason, code="closed")
                    signup.has_seat = locked.reserve(signup.party_size)
                seated, waiting = Signup.Status.CONFIRMED, Signup.Status.WAITING
                signup.status = seated if signup.has_seat else waiting
                signup.save(force_insert=True)
                if signup.has_seat and session.signups.waiting().exists():
                    left = Session.locked(session.pk).places_left
                    signup.pass_over(session.signups.waiting(), free=left + signup.party_size)
        except IntegrityError:
            if not self.of_phone(signup.phone).filter(session=session).exists():
                raise
            raise ValidationError({"phone": Signup.TAKEN}, code="twice") from None
        return signup

    def walk_in(self, session: Session, signup: "Signup", *, by) -> "Signup":
        """Count a party that came without having signed up; it takes nobody's seat."""
        if timezone.localdate() < timezone.localdate(session.starts_at):
            raise ValidationError("活动那天才能记直接来的人。", code="too_early")
        if session.status != Session.Status.PLANNED:
            raise ValidationError("这一场取消了，不能记人。", code="closed")
        if reason := session.why_no_check_in:
            raise ValidationError(reason, code="too_late")
        signup.session, signup.channel = session, Signup.Channel.WALK_IN
        signup.status, signup.checked_in_at = Signup.Status.ATTENDED, timezone.now()
        signup._history_user = by
        signup.save(force_insert=True)
        return signup


class Signup(WorkflowModel):
    """A party that wants to come to a session (报名), by one phone; children come as a number.

    `has_seat` says whether it takes up seats of the session: those who just come on the day, and
    whoever was let in from the waiting list, do not.
    """

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", "已报上"
        WAITING = "waiting", "候补"
        CANCELLED = "cancelled", "已取消"
        ATTENDED = "attended", "来了"
        ABSENT = "absent", "没来"

    class Channel(models.TextChoices):
        WEB = "web", "网上报名"
        PHONE = "phone", "打电话、到所里报名"
        WALK_IN = "walk_in", "没报名，直接来的"

    COMING = (Status.CONFIRMED, Status.WAITING)
    TAKEN = (
        "这个手机号已经报过这一场了。要改人数或者取消，请打开报名时给您的那一页，"
        "或者到“查进度”用报名码和手机号查；找不到报名码，请打电话。"
    )

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="signups", verbose_name="场次"
    )
    #: Two ways to find it again: a link nobody guesses, and a code to read aloud (with the phone).
    key = models.CharField("链接", max_length=22, unique=True, default=new_key, editable=False)
    code = models.CharField("报名码", max_length=8, unique=True, default=new_code, editable=False)
    name = models.CharField("姓名", max_length=30, blank=True)
    phone = PersonalPhoneField("手机号", blank=True)
    party_size = models.PositiveSmallIntegerField(
        "一共几个人",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(LARGEST_PARTY)],
    )
    children = models.PositiveSmallIntegerField("其中14岁以下的孩子", default=0)
    community = models.ForeignKey(
        Station,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="signups_of_residents",
        verbose_name="住在哪个社区",
    )
    answer = models.CharField("回答", max_length=100, blank=True)
    channel = models.CharField(
        "怎么报的", max_length=10, choices=Channel, default=Channel.WEB, editable=False
    )
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.CONFIRMED, editable=False
    )
    has_seat = models.BooleanField("占名额", default=False, editable=False)
    signed_up_at = models.DateTimeField("报名时间", default=timezone.now, editable=False)
    consented_at = models.DateTimeField("同意保存", null=True, blank=True, editable=False)
    checked_in_at = models.DateTimeField("签到时间", null=True, blank=True, editable=False)
    arrived = models.PositiveSmallIntegerField(
        "来了几个人",
        null=True,
        blank=True,
        editable=False,
        validators=[MinValueValidator(1), MaxValueValidator(LARGEST_PARTY)],
        help_text="空着就是报名的都来了。",
    )
    stars = models.PositiveSmallIntegerField("几颗星", null=True, blank=True, editable=False)
    words = models.CharField("评价的话", max_length=200, blank=True, editable=False)
    rated_at = models.DateTimeField("评价时间", null=True, blank=True, editable=False)

    station_path = "session__activity__station"
    waits_from = "signed_up_at"
    objects = SignupQuerySet.as_manager()
    history = History("key", "code", "name", "phone", "answer", "words", "has_seat")

    personal_data = (
        PersonalData(
            kind="signup",
            what="报名时留下的姓名和手机号",
            after="活动结束",
            since=_is_over_on,
            fields=("name", "phone", "answer"),
            names=("name",),
            texts=("words",),
        ),
    )

    steps = {
        "promote": Step(
            "补上", (Status.WAITING,), Status.CONFIRMED, then="take_seats", waits=False
        ),
        "check_in": Step(
            "签到",
            (Status.CONFIRMED, Status.WAITING, Status.ABSENT),
            Status.ATTENDED,
            stamps=("checked_in_at",),
            check="refuse_other_days",
            waits=False,
        ),
        "uncheck": Step(
            "撤回签到", (Status.ATTENDED,), Status.CONFIRMED, when="is_seated", waits=False
        ),
        "wait_again": Step(
            "撤回候补的签到", (Status.ATTENDED,), Status.WAITING, when="came_unseated", waits=False
        ),
        "uncount": Step(
            "撤回直接来的", (Status.ATTENDED,), Status.CANCELLED, when="is_walk_in", waits=False
        ),
        "cancel": Step("取消报名", COMING, Status.CANCELLED, then="give_up_seats", waits=False),
        "miss": Step("记为没来", (Status.CONFIRMED,), Status.ABSENT, waits=False),
    }

    class Meta:
        verbose_name = verbose_name_plural = "报名"
        ordering = ["session", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "phone"],
                condition=~Q(status="cancelled") & ~Q(phone=""),
                name="activities_signup_once_per_phone",
                violation_error_message="这个手机号已经报过这一场了。",
            ),
            models.CheckConstraint(
                condition=Q(party_size__gte=1, children__lte=F("party_size")),
                name="activities_signup_children_are_of_the_party",
                violation_error_message="孩子也算在一共几个人里，不能比总人数多。",
            ),
            models.CheckConstraint(
                condition=Q(status="confirmed", has_seat=True)
                | Q(status__in=["waiting", "cancelled"], has_seat=False)
                | Q(status__in=["attended", "absent"]),
                name="activities_signup_seat_goes_with_status",
            ),
            models.CheckConstraint(
                condition=Q(arrived=None) | Q(arrived__gte=1, status="attended"),
                name="activities_signup_arrived_when_attended",
                violation_error_message="来了几个人，至少填1。",
            ),
            models.CheckConstraint(
                condition=Q(stars=None) | Q(stars__range=(1, 5)),
                name="activities_signup_one_to_five_stars",
                violation_error_message="请选1到5颗星。",
            ),
        ]
        indexes = [
            models.Index(fields=["phone"], name="activities_signup_phone"),
            models.Index(fields=["session", "status"], name="activities_signup_of_session"),
        ]

    def __str__(self) -> str:
        return f"{self.masked}报名{self.session}"

    def get_absolute_url(self) -> str:
        return reverse("activities:signup-detail", args=[self.key])

    @property
    def masked(self) -> str:
        """How a resident is named where many may read: 宋**，2人."""
        return f"{mask_name(self.name) or '一位居民'}，{self.party_size}人"

    @property
    def phone_tail(self) -> str:
        """What tells two families of one name apart: 尾号5678, as the mask shows it."""
        return f"尾号{str(self.phone)[-4:]}" if self.phone else ""

    @property
    def name_and_size(self) -> str:
        """宋**，来了1人（报2人）"""
        if self.arrived is None:
            return self.masked
        name = mask_name(self.name) or "一位居民"
        return f"{name}，来了{self.arrived}人（报{self.party_size}人）"

    @property
    def grouped_code(self) -> str:
        return grouped_code(self.code)

    # Steps ----------------------------------------------------------------------------------------

    def take(self, name: str, **values) -> None:
        """As every step, with the session held first: always in this order, so nobody deadlocks."""
        with transaction.atomic():
            Session.locked(self.session_id)
            super().take(name, **values)

    def promote(self) -> None:
        """From the waiting list onto seats that are free, and onto the list of whom to ring."""
        self.take("promote", has_seat=True)
        Call.objects.ask_for(self, Call.About.PROMOTED)

    def cancel(self, *, by=None) -> None:
        """Not coming: the seats go to those who wait, in the same transaction.

        `by` is who was rung up; residents themselves may do it until the session begins.
        """
        if by is None and (reason := self.why_no_change):
            raise IllegalStep(reason)
        self.take("cancel", by=by, has_seat=False)

    def pass_over(self, waiting: Iterable["Signup"], *, free: int) -> None:
        """Write down who waits for more than the `free` places, of which this party takes some."""
        for party in waiting:
            if party.party_size > free:
                party.passings.create(by=self, free=free, wanted=party.party_size)

    def take_seats(self) -> None:
        Session.locked(self.session_id).count_seats()

    def give_up_seats(self) -> None:
        """Nobody need ring a party that does not come; its seats go to those who wait."""
        self.calls.drop_open()
        session = Session.locked(self.session_id)
        session.count_seats()
        session.give_free_places()

    # On the day -----------------------------------------------------------------------------------

    def is_walk_in(self) -> bool:
        return self.channel == self.Channel.WALK_IN

    def is_seated(self) -> bool:
        return self.has_seat

    def came_unseated(self) -> bool:
        """Still in the waiting list, and let in."""
        return not self.has_seat and not self.is_walk_in()

    @property
    def came(self) -> int:
        """How many of the party were there."""
        return self.arrived or self.party_size

    def check_in(self, *, arrived: int | None = None, by=None) -> bool:
        """They are here (签到): all of them, or `arrived` of them.

        False when it has been said before: `checked_in_at` is the time of the first. Raises
        IllegalStep when it cannot be; a party noted as absent may still turn out to have come.
        """
        if arrived == self.party_size:
            arrived = None
        try:
            self.take("check_in", by=by, arrived=arrived)
        except IllegalStep:
            if self.status != self.Status.ATTENDED:
                raise
            return False
        return True

    def undo_check_in(self, *, by) -> None:
        """A wrong tick: everything as it was before; raises IllegalStep when there is none."""
        step = next(name for name in ("uncount", "uncheck", "wait_again") if self._undoes(name))
        self.take(step, by=by, checked_in_at=None, arrived=None)

    def _undoes(self, name: str) -> bool:
        return getattr(self, self.steps[name].when)()

    def refuse_other_days(self) -> None:
        """Raise IllegalStep when nobody has come yet, or when it is too late to say so."""
        if reason := self.session.why_no_check_in:
            raise IllegalStep(reason)

    # The size of the party ------------------------------------------------------------------------

    def resize(self, party_size: int, children: int, *, by=None) -> None:
        """Come with more or with fewer; raises IllegalStep, and changes nothing, when it cannot be.

        A smaller party frees seats for those who wait; a larger one needs free ones. Who waits
        keeps the place in the list.
        """
        if by is not None:
            self._history_user = by
        try:
            with transaction.atomic():
                session = Session.locked(self.session_id)
                self.refresh_from_db(from_queryset=Signup._base_manager.select_for_update())
                self.session = session
                self._refuse_size(party_size, children, by)
                if self.has_seat and party_size > self.party_size:
                    self.pass_over(session.signups.waiting(), free=session.places_left)
                self.party_size, self.children = party_size, children
                self.save(update_fields=["party_size", "children"])
                session.count_seats()
                session.give_free_places()
        except IllegalStep:
            self.refresh_from_db()
            raise
        self.refresh_from_db()  # smaller, it may have moved up

    def _refuse_size(self, party_size: int, children: int, by) -> None:
        if self.status not in self.COMING:
            raise IllegalStep(f"这个报名现在是“{self.get_status_display()}”，不能再改人数。")
        if by is None and (reason := self.why_no_change):
            raise IllegalStep(reason)
        if not 1 <= party_size <= LARGEST_PARTY or not 0 <= children <= party_size:
            raise IllegalStep("人数请填1到50；孩子也算在一共几个人里，不能比总人数多。")
        places = self.session.places_for_signup
        if party_size > places:
            raise IllegalStep(f"这一场能报的一共{places}个位子，坐不下{party_size}人。")
        more = party_size - self.party_size
        if self.has_seat and more > self.session.places_left:
            left = self.session.places_left
            have = f"只剩{left}个位子" if left else "没有空位子了"
            raise IllegalStep(
                f"现在{have}，加不了{more}人，您原来的{self.party_size}个位子还在。"
                "多出来的人想来，请打电话问问。"
            )

    # What the page says ---------------------------------------------------------------------------

    @property
    def why_no_change(self) -> str:
        """Why the resident cannot change or cancel any more; empty while it can be done."""
        if self.session.status == Session.Status.CANCELLED:
            return "这一场取消了，不用再改。"
        if self.session.has_begun:
            return "这一场已经开始了，不能在网上改或取消。有事请打电话。"
        if self.status not in self.COMING:
            return f"这个报名现在是“{self.get_status_display()}”，不用再改。"
        return ""

    @property
    def position(self) -> int:
        """Which one in the waiting list, from 1."""
        ahead = self.session.signups.waiting().filter(pk__lt=self.pk)
        return ahead.count() + 1

    @property
    def can_be_rated(self) -> bool:
        """Whoever had a seat, once it is over; nobody is asked about what did not take place.

        Also who was noted as absent: being ticked off is a condition of nothing (DESIGN §2.1).
        """
        seated = (self.Status.CONFIRMED, self.Status.ATTENDED, self.Status.ABSENT)
        session = self.session
        took_place = session.is_over and session.status == session.Status.PLANNED
        return took_place and self.status in seated

    def rate(self, stars: int, words: str = "") -> None:
        """What the resident thought of it; a second thought replaces the first."""
        if not self.can_be_rated:
            raise IllegalStep("活动办完了，来过的人才能评价。")
        self.stars, self.words, self.rated_at = stars, words, timezone.now()
        self.clean_fields(exclude=[f.name for f in self._meta.fields if f.name != "stars"])
        self.save(update_fields=["stars", "words", "rated_at"])


class SignupChange(StatusChange):
    signup = models.ForeignKey(Signup, models.CASCADE, related_name="changes")


class PassedOver(models.Model):
    """Somebody in the waiting list was passed over (候补被越过): too many people for what was free.

    Written down for the staff, who are asked why.
    """

    signup = models.ForeignKey(
        Signup, models.CASCADE, related_name="passings", verbose_name="谁被越过"
    )
    by = models.ForeignKey(Signup, models.CASCADE, related_name="+", verbose_name="谁补上了")
    at = models.DateTimeField("什么时候", default=timezone.now)
    free = models.PositiveSmallIntegerField("空出几个位子")
    wanted = models.PositiveSmallIntegerField("要几个位子")

    station_path = "signup__session__activity__station"
    objects = StationScopedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "候补被越过"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted__gt=F("free")), name="activities_passed_over_did_not_fit"
            )
        ]

    def __str__(self) -> str:
        return f"{chinese_dates.moment(self.at)}空出{self.free}个位子，{self.wanted}人坐不下"


class CallQuerySet(StationScopedQuerySet):
    def open(self):
        return self.filter(status=Call.Status.WAITING)

    def with_session(self):
        return self.select_related(
            "signup__session__activity__station", "signup__session__booking__venue__station"
        )

    def ask_for(self, signup: Signup, about: str) -> None:
        """Put a sign-up on the list of whom to ring; for the same thing only once at a time."""
        if about == Call.About.CANCELLED:
            signup.calls.drop_open()  # what else was to be said is of no use any more
        if signup.phone or signup.name:
            self.get_or_create(signup=signup, about=about, status=Call.Status.WAITING)

    def ask_for_all(self, session: Session, about: str) -> None:
        """Everybody who comes to a session, or waits for a place in it."""
        for signup in session.signups.coming():
            self.ask_for(signup, about)

    def take_back(self, session: Session, about: str, since: datetime) -> None:
        """What was to be told is not so any more: told again to those who were told it."""
        calls = self.filter(signup__session=session, about=about, asked_at__gte=since)
        calls.drop_open()
        for call in calls.filter(status=Call.Status.TOLD, signup__status__in=Signup.COMING):
            self.ask_for(call.signup, about)

    def drop_open(self) -> None:
        """Nobody need ring about these any more; who was told this moment was told."""
        for call in self.open():
            with suppress(IllegalStep):
                call.take("drop")


class Call(WorkflowModel):
    """Somebody who has signed up is to be rung (电话通知), because it changed by our doing.

    It stands in the clerk's list until it is ticked: 已告知 or 打不通 (DESIGN §2.9). What is to be
    said is read off the session when it is read, so that it is never older than the facts.
    """

    class About(models.TextChoices):
        MOVED = "moved", "时间或地点变了"
        CANCELLED = "cancelled", "这一场取消了"
        PROMOTED = "promoted", "候补补上了"

    class Status(models.TextChoices):
        WAITING = "waiting", "等通知"
        TOLD = "told", "已告知"
        UNREACHABLE = "unreachable", "打不通"
        DROPPED = "dropped", "不用打了"

    signup = models.ForeignKey(
        Signup, models.CASCADE, related_name="calls", verbose_name="通知谁", editable=False
    )
    about = models.CharField("为什么事", max_length=10, choices=About, editable=False)
    asked_at = models.DateTimeField("什么时候记下的", default=timezone.now, editable=False)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.WAITING, editable=False
    )

    station_path = "signup__session__activity__station"
    waits_from = "asked_at"
    objects = CallQuerySet.as_manager()
    history = History()

    steps = {
        "tell": Step(
            "告知",
            (Status.WAITING, Status.UNREACHABLE),
            Status.TOLD,
            waits=(Status.WAITING,),
            days=1,
            is_on_page=True,
        ),
        "not_reached": Step("打不通", (Status.WAITING,), Status.UNREACHABLE, waits=False),
        "drop": Step("不用打了", (Status.WAITING,), Status.DROPPED, waits=False),
    }

    class Meta:
        verbose_name = verbose_name_plural = "电话通知"
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["signup", "about"],
                condition=Q(status="waiting"),
                name="activities_call_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.signup.masked}：{self.get_about_display()}"

    def get_absolute_url(self) -> str:
        """The list of its session, on which it stands with the others."""
        return reverse("admin:activities_session_calls", args=[self.signup.session_id])

    @classmethod
    def waiting_for(cls, name: str):
        """One of each session stands for all of it: thirty people are one thing to do.

        It is to be done by tomorrow, and before the session begins.
        """
        of_session = cls.objects.open().filter(signup__session=OuterRef("signup__session"))
        first = of_session.order_by("asked_at", "pk").values("pk")[:1]
        count = of_session.order_by().values("signup__session").annotate(n=Count("pk")).values("n")
        return (
            super()
            .waiting_for(name)
            .filter(pk=Subquery(first))
            .annotate(
                in_session=Subquery(count),
                due_on=Least(
                    TruncDate(F("asked_at") + timedelta(days=cls.steps[name].days)),
                    TruncDate("signup__session__starts_at"),
                ),
            )
        )

    @property
    def title(self) -> str:
        """How the calls of a session are called in 待办."""
        session = self.signup.session
        what = f"{chinese_dates.day(session.starts_at)}{session.activity.title}"
        return f"{what}：{getattr(self, 'in_session', 1)}位要打电话通知"

    @property
    def words_to_say(self) -> str:
        """What the clerk says on the phone, in one breath."""
        session = self.signup.session
        title, days = session.activity.title, session.days
        if self.about == self.About.CANCELLED:
            line = session.changes.filter(step="cancel").last()
            reason = f"：{line.remark}" if line and line.remark else ""
            return f"您报的“{title}”{days}这一场取消了{reason}，请不要跑空。"
        if self.about == self.About.PROMOTED:
            return (
                f"您候补的“{title}”有位子了：{days}，在{session.place}，"
                f"给您留了{self.signup.party_size}个位子。要是不来了，请告诉我们一声。"
            )
        move = session.moves.first()
        before = f"，原来是{move.days_before}，在{move.place_before}" if move else ""
        return f"您报的“{title}”改了：现在是{days}，在{session.place}{before}。"


class CallChange(StatusChange):
    call = models.ForeignKey(Call, models.CASCADE, related_name="changes")
