"""How clerks type a session: one day, two times, and a room."""

from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.models import Session, SessionMove
from activities.times import moments
from practice_portal.lib import chinese_dates
from practice_portal.lib.day_fields import CalendarDayField
from practice_portal.lib.public_text import refusal
from stations.models import Booking, Venue


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **kwargs):
        super().__init__(format="%H:%M", **kwargs)


class ActivityForm(forms.ModelForm):
    def clean(self):
        cleaned = super().clean()
        has_partners = bool(cleaned.get("partners"))
        if has_partners and not cleaned.get("joint_kind"):
            self.add_error("joint_kind", "选了共建单位，请再选联建是哪一种。")
        elif cleaned.get("joint_kind") and not has_partners and "partners" in cleaned:
            self.add_error("partners", "选了哪一种联建，请再勾是和哪个单位一起办的。")
        return cleaned


class SessionForm(forms.ModelForm):
    """A session by its day, its hours and its place; a taken room is refused with the next gap."""

    day = CalendarDayField(label="日期", widget=DateInput())
    starts = forms.TimeField(label="几点开始", widget=TimeInput())
    ends = forms.TimeField(label="几点结束", widget=TimeInput())
    last_day = CalendarDayField(
        label="最后一天",
        required=False,
        widget=DateInput(),
        help_text="只有一连办几天的展览才填；每天都是上面的几点到几点，不用报名。",
    )
    venue = forms.ModelChoiceField(
        Venue.objects.none(), label="阵地", required=False, empty_label="不在阵地办"
    )

    reason = forms.CharField(
        label="为什么改",
        required=False,
        widget=forms.TextInput({"size": 50}),
        max_length=SessionMove._meta.get_field("reason").max_length,
        help_text="可以不填。改了时间或地点，网页上会写明原来和现在，连同这句话。",
    )

    class Meta:
        model = Session
        fields = [
            *("address", "capacity", "walk_in_places"),
            *("signup_opens_at", "signup_closes_at"),
        ]

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
                "venue": session.room and session.room.pk,
            }
            if session.is_daily:
                self.initial["last_day"] = ends.date()
        if not (session.pk and session.activity.is_shown and not session.is_over):
            self.fields["reason"].widget = forms.HiddenInput()  # residents know of nothing to move
        if session.status == Session.Status.CANCELLED:
            for field in self.fields.values():
                field.disabled = True

    def clean_walk_in_places(self) -> int:
        return self.cleaned_data["walk_in_places"] or 0

    def clean_reason(self) -> str:
        reason = self.cleaned_data["reason"].strip()
        if problem := refusal(reason, self.instance):
            raise ValidationError(problem)
        self.instance.move_reason = reason
        return reason

    def clean(self):
        cleaned = super().clean()
        if not all(cleaned.get(name) is not None for name in ("day", "starts", "ends")):
            return cleaned
        session = self.instance
        last_day = self._last_day(cleaned)
        starts_at, ends_at = moments(cleaned["day"], cleaned["starts"], cleaned["ends"], last_day)
        self._keep_window(cleaned, starts_at)
        session.starts_at, session.ends_at = starts_at, ends_at
        self._refuse_taken_room(cleaned.get("venue"))
        self._refuse_more_than_fit(cleaned)
        return cleaned

    def _keep_window(self, cleaned: dict, starts_at: datetime) -> None:
        """Moved, sign-up closes as many days before as it did, unless told otherwise."""
        session, names = self.instance, ("signup_opens_at", "signup_closes_at")
        if session.pk and not any(name in self.changed_data for name in names):
            session.shift_window(starts_at)
            cleaned |= {name: getattr(session, name) for name in names if name in self.fields}

    def _last_day(self, cleaned: dict) -> date | None:
        """An exhibition that is moved keeps the number of days it lasts, unless told otherwise."""
        last_day = cleaned.get("last_day")
        is_moved = "day" in self.changed_data and "last_day" not in self.changed_data
        if last_day and self.instance.pk and is_moved:
            return cleaned["day"] + (last_day - self.initial["day"])
        return last_day

    def _refuse_more_than_fit(self, cleaned: dict) -> None:
        venue, capacity = cleaned.get("venue"), cleaned.get("capacity")
        if capacity and self.instance.is_daily:
            self.add_error("capacity", "一连办几天的不用报名，名额请空着。")
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
