"""Sessions (场次): when and where an activity takes place, and what came of it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from activities.models.activity import PLACES, WORDS, Activity
from activities.models.results import ResultModel
from practice_portal.lib import chinese_dates
from practice_portal.lib.history import History
from practice_portal.lib.months import start_of
from practice_portal.lib.public_text import PublicCharField
from practice_portal.lib.words import has_words
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from stations.models import Booking, Venue
from stations.scoping import StationScopedQuerySet
from volunteers.models import ServiceEntry

#: A sheet that is keyed in so long after the session counts as signed in (DESIGN §2.4).
KEYED_IN_WITHIN = ServiceEntry.KEYED_IN_WITHIN


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
            activity__status=Activity.Status.PUBLISHED,
            activity__station__is_public=True,
            activity__taken_down=None,
        )

    def upcoming(self, now=None):
        """Not over yet, the next first."""
        return self.filter(ends_at__gt=now or timezone.now()).order_by("starts_at", "pk")

    def on_days(self, first: date, last: date):
        return self.filter(on_days(first, last))

    def past(self, now=None):
        return self.filter(ends_at__lte=now or timezone.now()).order_by("-starts_at", "-pk")

    def read_by(self, user):
        """Those that somebody's station holds, alone or with others."""
        if user.is_at_centre:
            return self.managed_by(user)
        cohosted = Activity.cohosts.through.objects.filter(
            activity=OuterRef("activity"), station__in=user.station_ids
        )
        return self.managed_by(user) | self.filter(Exists(cohosted))

    def just_ended(self):
        """Those of the last days: who signed up and did not come can be noted."""
        now = timezone.now()
        return self.planned().filter(ends_at__lte=now, ends_at__gt=now - 2 * KEYED_IN_WITHIN)

    def held(self):
        """What counts: not cancelled, and with the result that is filled in once it is over."""
        return self.planned().filter(people_served__isnull=False)

    def joint(self):
        """The joint work (联建) that was done: held together with a partner unit, typed once."""
        return self.held().exclude(activity__joint_kind="")

    def with_words(self, words: str):
        """Those in whose activity or place every one of the words occurs."""
        fields = [*(f"activity__{name}" for name in WORDS), *PLACES]
        return self.filter(has_words(words, fields))

    def hosted_by(self, station):
        """The sessions a station holds, alone or with others."""
        cohosted = Activity.cohosts.through.objects.filter(
            activity=OuterRef("activity"), station=station
        )
        return self.filter(Q(activity__station=station) | Exists(cohosted))

    def for_cards(self):
        """With all that a card shows."""
        moves = Session._meta.get_field("moves").related_model.objects
        moves = moves.filter(session=OuterRef("pk"))
        return self.select_related("activity__station", "booking__venue__station").annotate(
            has_new_time=Exists(moves.of_time()), has_new_place=Exists(moves.of_place())
        )


class Session(ResultModel, WorkflowModel):
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
    walk_in_places = models.PositiveSmallIntegerField(
        "给没报名的留几个位子", default=0, blank=True, help_text="名额里留出来的，网上报不走。"
    )
    signup_opens_at = models.DateTimeField(
        "几时开始报名", null=True, blank=True, help_text="空着就是一发布就能报。"
    )
    signup_closes_at = models.DateTimeField(
        "几时报名截止", null=True, blank=True, help_text="空着就是到开始为止。"
    )
    #: Of the capacity; counted by the sign-ups themselves (signup.py), never typed.
    seats_taken = models.PositiveSmallIntegerField("已报人数", default=0, editable=False)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.PLANNED, editable=False
    )

    station_path = "activity__station"
    deleted_along = ("booking",)
    #: What the sign-ups count up here; an older copy of the row never writes it.
    counted = ("seats_taken",)
    objects = SessionQuerySet.as_manager()
    history = History("seats_taken")

    #: Why it is moved, in words for residents; set before saving, kept with the move.
    move_reason = ""
    _is_being_watched = False
    _is_news = False  # made a moment ago, and known to nobody yet

    steps = {
        "cancel": Step(
            "取消这一场",
            (Status.PLANNED,),
            Status.CANCELLED,
            remark="取消的原因（居民会在网页上看到）",
            has_public_remark=True,
            check="refuse_after_the_end",
            then="end_early",
            waits=False,
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
            models.CheckConstraint(
                condition=Q(capacity=None, seats_taken=0, walk_in_places=0)
                | Q(capacity__gte=F("seats_taken") + F("walk_in_places")),
                name="activities_session_not_oversold",
                violation_error_message="名额不能少于已经报名的人数加上留出来的位子。",
            ),
            models.CheckConstraint(
                condition=Q(signup_closes_at=None) | Q(signup_closes_at__lte=F("starts_at")),
                name="activities_session_signup_closes_before_it_starts",
                violation_error_message="报名最晚到开始为止，请把截止时间改早一点。",
            ),
            models.CheckConstraint(
                condition=Q(signup_opens_at=None)
                | Q(signup_opens_at__lt=Coalesce("signup_closes_at", "starts_at")),
                name="activities_session_signup_opens_before_it_closes",
                violation_error_message="开始报名的时间要比截止早。",
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], name="activities_session_ends"),
            # Of each published activity what is still to come, whatever has been in ten years.
            models.Index(fields=["activity", "ends_at"], name="activities_session_to_come"),
            models.Index(fields=["starts_at"], name="activities_session_starts"),
        ]

    def __str__(self) -> str:
        is_cancelled = self.status == self.Status.CANCELLED
        day = chinese_dates.day(self.starts_at, year=True)
        return f"{day}{self.activity.title}{'（已取消）' * is_cancelled}"

    def get_absolute_url(self) -> str:
        return self.activity.get_absolute_url()

    def clean(self) -> None:
        if not self._state.adding:
            self._know_seats_taken()
        if self.people_served is not None and self.ends_at and not self.is_over:
            raise ValidationError(
                "这一场还没有结束，办完以后再填人次；填过人次的，日子不能改到以后。"
            )
        if not self._state.adding and not self.has_begun:
            self._refuse_hopeless_waiting()

    def _refuse_hopeless_waiting(self) -> None:
        """Raise ValidationError while somebody waits whom so few places could never seat."""
        for party in self.signups.waiting():
            if party.party_size > self.places_for_signup:
                raise ValidationError(
                    f"候补里的{party.masked}要{party.party_size}个位子，"
                    "名额改成这样就永远排不上了。"
                    "请先打电话商量，到报名名单里改人数或取消，再改名额。"
                )

    def save(self, *args, **kwargs) -> None:
        """Save, keep the room for as long as the session now lasts, and give away what is free.

        The seats taken are the sign-ups' to count.
        """
        self._is_news = self._is_news or self._state.adding
        self._fit_window()
        is_new = self._state.adding
        if not is_new:
            names = kwargs.get("update_fields") or self._names_loaded()
            kwargs["update_fields"] = set(names) - {*self.counted}
        with transaction.atomic(), self._telling_residents():
            super().save(*args, **kwargs)
            if self.capacity and not is_new:
                self.give_free_places()
            booking = self.booking
            if (
                booking
                and booking.status == Booking.Status.CONFIRMED
                and (booking.starts_at, booking.ends_at) != (self.starts_at, self.ends_at)
            ):
                self.hold(booking.venue)

    def _names_loaded(self) -> set[str]:
        unread = self.get_deferred_fields()
        fields = self._meta.concrete_fields
        return {field.name for field in fields if not field.primary_key} - unread

    def shift_window(self, starts_at: datetime) -> None:
        """To be moved to then, it closes as many days before as it did; open, it stays open."""
        shift = timezone.localdate(starts_at) - timezone.localdate(self.starts_at)
        if self.signup_closes_at:
            self.signup_closes_at += shift
        if self.signup_opens_at and self.signup_opens_at > timezone.now():
            self.signup_opens_at += shift

    def take_signups_like(self, other: Session) -> None:
        """Keep as many places for those who just come, and open and close as many days before."""
        if not (self.capacity and other.capacity):
            return
        shift = timezone.localdate(self.starts_at) - timezone.localdate(other.starts_at)
        self.walk_in_places = min(other.walk_in_places, self.capacity - 1)
        self.signup_opens_at = other.signup_opens_at and other.signup_opens_at + shift
        self.signup_closes_at = other.signup_closes_at and other.signup_closes_at + shift

    def _fit_window(self) -> None:
        """Moved to an earlier hour, it cannot be signed up for after it has begun."""
        if self.signup_closes_at and self.signup_closes_at > self.starts_at:
            self.signup_closes_at = self.starts_at
        if self.signup_opens_at and self.signup_opens_at >= (
            self.signup_closes_at or self.starts_at
        ):
            self.signup_opens_at = None

    # Places ---------------------------------------------------------------------------------------

    @classmethod
    def locked(cls, pk: int) -> Session:
        """The session with its seats as they are, held until the transaction ends."""
        return cls.objects.select_for_update().get(pk=pk)

    def _know_seats_taken(self) -> None:
        """How many have signed up by now; held until the form that asks is saved."""
        with transaction.atomic():
            rows = Session.objects.select_for_update().filter(pk=self.pk)
            self.seats_taken = rows.values_list("seats_taken", flat=True).get()

    def reserve(self, places: int) -> bool:
        """Take so many places at once, or none: one statement, which locks, looks and counts."""
        with_room = Session.objects.planned().filter(
            pk=self.pk, capacity__gte=F("seats_taken") + F("walk_in_places") + places
        )
        return bool(with_room.update(seats_taken=F("seats_taken") + places))

    def count_seats(self) -> None:
        """Count anew who has a seat, after one was given up or a party has changed its size."""
        seated = self.signups.filter(has_seat=True)
        self.seats_taken = seated.aggregate(seats=Sum("party_size", default=0))["seats"]
        Session.objects.filter(pk=self.pk).update(seats_taken=self.seats_taken)

    def give_free_places(self) -> None:
        """What is free goes to those who wait, in their order: to the first whose party fits.

        Whoever is passed over for a smaller party behind is written down, and why.
        """
        if self.status != self.Status.PLANNED or self.has_begun:
            return
        waiting = list(self.signups.waiting())
        if not waiting:
            return
        session = Session.locked(self.pk)
        too_large = []
        for signup in waiting:
            free = session.places_left
            if not free:
                return
            if signup.party_size > free:
                too_large.append(signup)
                continue
            signup.pass_over(too_large, free=free)
            signup.promote()
            session.seats_taken += signup.party_size

    @property
    def places_for_signup(self) -> int:
        """What can be signed up for; the rest is for those who just come."""
        return (self.capacity or 0) - self.walk_in_places

    @property
    def places_left(self) -> int:
        return max(self.places_for_signup - self.seats_taken, 0)

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def needs_signup(self) -> bool:
        return self.capacity is not None

    @property
    def closes_at(self) -> datetime:
        """Until when one can sign up."""
        return self.signup_closes_at or self.starts_at

    def why_no_signup(self, *, by_staff: bool = False) -> str:
        """Why nobody can sign up now, as a sentence; empty while one can.

        Staff may still enter somebody until the session is over, but not for what residents know
        nothing of: nobody would be told when it moves.
        """
        now = timezone.now()
        if not self.activity.is_released:
            return "这个活动居民还看不到，发布以后才能报名。"
        if self.status == self.Status.CANCELLED:
            return "这一场取消了，不用报名了。"
        if self.ends_at <= now:
            return "这一场已经办完了，不能再报名。"
        if not self.needs_signup:
            return "这一场不用报名，到时候直接来就行。"
        if by_staff:
            return ""
        if self.starts_at <= now:
            return "这一场已经开始了，不能在网上报名。想来请打电话问问还有没有位子。"
        if now >= self.closes_at:
            closed = chinese_dates.moment(self.closes_at)
            return f"报名在{closed}截止了。想来请打电话问问还有没有位子。"
        if self.signup_opens_at and now < self.signup_opens_at:
            return f"还没有开始报名，{chinese_dates.moment(self.signup_opens_at)}起可以报。"
        return ""

    # On the day -----------------------------------------------------------------------------------

    @property
    def why_no_check_in(self) -> str:
        """Why nobody can be checked in now, as a sentence; empty while one can."""
        now = timezone.now()
        if self.status == self.Status.CANCELLED:
            return "这一场取消了，不用签到。"
        if timezone.localdate(now) < timezone.localdate(self.starts_at):
            return "活动那天才能签到。"
        if now > self.ends_at + KEYED_IN_WITHIN:
            return f"活动结束{KEYED_IN_WITHIN.days}天以后，不能再录签到了。"
        return ""

    def record_absent(self) -> int:
        """Note who signed up and was not there (没来), and how many parties they are.

        Only where the coming was ticked off at all, and only to know it: nobody is punished, and
        whoever turns out to have come is checked in all the same.
        """
        if not self.is_over or not self.signups.announced().attended().exists():
            return 0
        absent = 0
        for signup in self.signups.seated():
            with suppress(IllegalStep):  # ticked this moment
                signup.take("miss")
                absent += 1
        return absent

    def hold(self, venue: Venue | None) -> None:
        """Book a venue for this session, or give back the one it has.

        Raises ValidationError, and keeps things as they were, when the room is taken.
        """
        with transaction.atomic(), self._telling_residents():
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

    def move(self, starts_at, ends_at, venue: Venue | None, reason: str = "") -> None:
        """Move it to other hours and another room (None: no room) in one; residents hear it once.

        Raises ValidationError, and keeps things as they were, when the room is taken.
        """
        with transaction.atomic(), self._telling_residents():
            self.shift_window(starts_at)
            self.starts_at, self.ends_at, self.move_reason = starts_at, ends_at, reason
            self.hold(venue)  # first, so that the room it leaves is not asked for at the new hours
            self.save(update_fields=self.fields_of_forms())

    def again(self, activity: Activity, shift: timedelta) -> tuple[Session, str]:
        """The same hours and place so many days later; and why the room could not be had, or ""."""
        new = Session(
            activity=activity,
            starts_at=self.starts_at + shift,
            ends_at=self.ends_at + shift,
            address=self.address,
            capacity=self.capacity,
        )
        new.take_signups_like(self)
        new.save()
        if not self.booking:
            return new, ""
        try:
            new.hold(self.booking.venue)
        except ValidationError as error:
            return new, "".join(error.messages)
        return new, ""

    def end_early(self) -> None:
        """Give back the room; whoever signed up has to be told."""
        self.give_back_the_room()
        self.ask_for_calls("cancelled")

    def ask_for_calls(self, about: str) -> None:
        """Put everybody who signed up on the list of whom to ring."""
        self._calls.ask_for_all(self, about)

    def take_back_calls(self, about: str, since: datetime) -> None:
        """It stays as it was: whoever was not rung yet need not be, whoever was is rung again."""
        self._calls.take_back(self, about, since)

    @property
    def _calls(self):
        return self.signups.model._meta.get_field("calls").related_model.objects

    def give_back_the_room(self) -> None:
        booking = self.booking
        if booking:
            self.booking = None
            super().save(update_fields=["booking"])
            booking.delete()

    @contextmanager
    def _telling_residents(self):
        """Write down in public when what happens inside moves a session that residents know.

        Every door leads through here: forms, the room's booking, whatever moves sessions later.
        A cancelled session says so itself; what is over is corrected and not moved.
        """
        if self._is_news or self._is_being_watched:
            yield
            return
        stored = Session.objects.select_related("activity__station", "booking__venue__station")
        known = stored.filter(activity__status=Activity.Status.PUBLISHED).filter(pk=self.pk).first()
        self._is_being_watched = True
        try:
            yield
        finally:
            self._is_being_watched = False
        if known and not known.is_over and self.status == self.Status.PLANNED:
            self.moves.record(known, self)

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
    def is_daily(self) -> bool:
        """Whether it is open for days, at the same hours each (展览)."""
        return chinese_dates.is_daily(self.starts_at, self.ends_at)

    @property
    def room(self) -> Venue | None:
        """The venue that it holds."""
        booking = self.booking
        is_held = booking and booking.status == Booking.Status.CONFIRMED
        return booking.venue if is_held else None

    @property
    def place(self) -> str:
        """Where to go, in words; an address beside a room says how to find it."""
        if room := self.room:
            return f"{room}，{self.address}" if self.address else str(room)
        return self.address or self.activity.station.address or self.activity.station.name

    @property
    def map_address(self) -> str:
        """What a map finds: the house of the room, else of the station; “院里” is on no map."""
        room = self.room
        return (room or self.activity).station.address

    @property
    def days(self) -> str:
        """11月28日（周六）上午9:30–11:30, of an exhibition its first and last day"""
        return chinese_dates.span(self.starts_at, self.ends_at)


@receiver(post_delete, sender=Session)
def give_back_the_room_of_a_deleted_session(instance, **kwargs) -> None:
    """However it went: alone, in a list, or along with its activity."""
    Booking.objects.filter(pk=instance.booking_id).delete()


class SessionChange(StatusChange):
    session = models.ForeignKey(Session, models.CASCADE, related_name="changes")
