"""How clerks type a session: one day, two times, and a room."""

from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.models import Session
from practice_portal.lib import chinese_dates
from stations.models import Booking, Venue

ONE_DAY = timedelta(days=1)
LONGEST_NIGHT = timedelta(hours=8)


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **kwargs):
        super().__init__(format="%H:%M", **kwargs)


class SessionForm(forms.ModelForm):
    """A session by its day, its hours and its place; a taken room is refused with the next gap."""

    day = forms.DateField(label="日期", widget=DateInput())
    starts = forms.TimeField(label="几点开始", widget=TimeInput())
    ends = forms.TimeField(label="几点结束", widget=TimeInput())
    venue = forms.ModelChoiceField(
        Venue.objects.none(), label="阵地", required=False, empty_label="不在阵地办"
    )

    class Meta:
        model = Session
        fields = ["address", "capacity"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        session = self.instance
        if session.pk:
            starts, ends = (
                timezone.localtime(session.starts_at),
                timezone.localtime(session.ends_at),
            )
            self.initial |= {
                "day": starts.date(),
                "starts": starts.time(),
                "ends": ends.time(),
                "venue": self._room_held(),
            }
        if session.status == Session.Status.CANCELLED:
            for field in self.fields.values():
                field.disabled = True

    def _room_held(self) -> int | None:
        booking = self.instance.booking
        is_held = booking and booking.status == Booking.Status.CONFIRMED
        return booking.venue_id if is_held else None

    def clean(self):
        cleaned = super().clean()
        if not all(cleaned.get(name) is not None for name in ("day", "starts", "ends")):
            return cleaned
        session = self.instance
        day, nights = cleaned["day"], self._nights()
        starts_at = timezone.make_aware(datetime.combine(day, cleaned["starts"]))
        ends_at = timezone.make_aware(datetime.combine(day + nights, cleaned["ends"]))
        if ends_at <= starts_at and ends_at + ONE_DAY - starts_at <= LONGEST_NIGHT:
            ends_at += ONE_DAY  # 晚上10:00 to 凌晨0:30
        if ends_at <= starts_at:
            raise ValidationError({"ends": "结束时间须晚于开始时间。"})
        session.starts_at, session.ends_at = starts_at, ends_at
        self._refuse_taken_room(cleaned.get("venue"))
        self._refuse_more_than_fit(cleaned)
        return cleaned

    def _nights(self) -> timedelta:
        """An exhibition keeps the number of days it lasts."""
        session = self.instance
        if not session.pk or session.ends_at - session.starts_at < ONE_DAY:
            return timedelta(0)
        local = timezone.localdate
        return local(session.ends_at) - local(session.starts_at)

    def _refuse_more_than_fit(self, cleaned: dict) -> None:
        venue, capacity = cleaned.get("venue"), cleaned.get("capacity")
        if venue and capacity and venue.capacity and capacity > venue.capacity:
            self.add_error(
                "capacity", f"{venue.name}能坐{venue.capacity}人，名额请不要超过它，或者换个地方。"
            )

    def _refuse_taken_room(self, venue: Venue | None) -> None:
        if venue is None:
            return
        session = self.instance
        booking = Booking(
            pk=session.booking_id,
            venue=venue,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            status=Booking.Status.CONFIRMED,
        )
        try:
            booking.clean()
        except ValidationError as error:
            raise ValidationError({"venue": error.messages}) from error

    def _save_m2m(self):
        super()._save_m2m()
        if "venue" in self.changed_data:
            self.instance.hold(self.cleaned_data["venue"])


class SessionFormSet(forms.BaseInlineFormSet):
    """The sessions of one form; two of them may want the same room before either is saved."""

    def save_existing(self, form, obj, commit=True):
        """Without the status, which a colleague may have moved since the page was opened."""
        if not commit:
            return super().save_existing(form, obj, commit)
        obj.save(update_fields=obj.fields_of_forms())
        form._save_m2m()
        return obj

    def clean(self):
        super().clean()
        if any(form.instance.people_served is not None for form in self.deleted_forms):
            raise ValidationError("填过结果的场次不能删除，它已经算在数字里了。")
        wanted = [
            (form.cleaned_data["venue"], form.instance.starts_at, form.instance.ends_at)
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("venue") and form not in self.deleted_forms
        ]
        for number, (venue, starts_at, ends_at) in enumerate(wanted):
            for other, other_starts, other_ends in wanted[:number]:
                if venue == other and starts_at < other_ends and other_starts < ends_at:
                    raise ValidationError(
                        f"这两场用了同一个阵地，时间也重叠：{chinese_dates.moment(starts_at)}的"
                        f"{venue.name}。请给其中一场换个时间或地方。"
                    )
