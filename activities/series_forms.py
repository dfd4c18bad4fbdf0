"""What a clerk is asked when many sessions are made or changed at once."""

import re
from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from activities import series
from activities.admin_forms import DateInput, TimeInput
from activities.models import Activity, Session, SessionMove
from activities.series import Change, Scope
from activities.times import FURTHEST, moments
from practice_portal.lib.day_fields import CalendarDayField
from practice_portal.lib.public_text import refusal
from practice_portal.lib.sheets import read_day
from stations.models import Venue

WRONG_DAY = {"invalid": "请写成 2026-12-05。"}
ADDRESS_LENGTH = Session._meta.get_field("address").max_length
REASON_LENGTH = SessionMove._meta.get_field("reason").max_length


def public_words(text: str, row) -> str:
    text = text.strip()
    if problem := refusal(text, row):
        raise ValidationError(problem)
    return text


class FoldingForm(forms.Form):
    """A form that folds away what is seldom asked for, unless something is wrong with it."""

    folded: tuple[str, ...] = ()

    @property
    def is_unfolded(self) -> bool:
        return any(self[name].errors or name in self.changed_data for name in self.folded)


class RowForm(FoldingForm):
    """A row of sessions by a rule (排很多场)."""

    WEEKLY, FORTNIGHTLY, PICKED = "weekly", "fortnightly", "picked"

    every = forms.ChoiceField(
        label="怎么排",
        choices=[
            (WEEKLY, "每周一场"),
            (FORTNIGHTLY, "隔周一场"),
            (PICKED, "自己挑日子（写在“挑哪几天”里）"),
        ],
        initial=WEEKLY,
        widget=forms.RadioSelect,
    )
    day = CalendarDayField(
        label="第一场哪一天", required=False, widget=DateInput(), error_messages=WRONG_DAY
    )
    times = forms.IntegerField(
        label="一共几场",
        required=False,
        min_value=1,
        max_value=series.MOST,
        help_text="几场和到哪一天，填一个就行。",
    )
    until = CalendarDayField(
        label="或者排到哪一天", required=False, widget=DateInput(), error_messages=WRONG_DAY
    )
    picked = forms.CharField(
        label="挑哪几天",
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 4, "cols": 40}),
        help_text="一行写一天，如“12月5日”或“2026-12-05”；只有自己挑日子才填。",
    )
    starts = forms.TimeField(label="几点开始", widget=TimeInput())
    ends = forms.TimeField(label="几点结束", widget=TimeInput())
    venue = forms.ModelChoiceField(
        Venue.objects.none(), label="阵地", required=False, empty_label="不在阵地办"
    )
    skips_holidays = forms.BooleanField(label="放假的日子跳过", required=False, initial=True)
    capacity = forms.IntegerField(
        label="名额",
        required=False,
        min_value=1,
        max_value=32767,
        help_text="空着表示不用报名，来了就行。",
    )
    address = forms.CharField(
        label="地点说明",
        required=False,
        max_length=ADDRESS_LENGTH,
        widget=forms.TextInput({"size": 50}),
    )
    folded = ("picked", "capacity", "address")

    def __init__(self, activity: Activity, venues, *args, **kwargs):
        self.activity = activity
        self.lines: list[series.Line] = []
        super().__init__(*args, initial=_like_the_last(activity), **kwargs)
        self.fields["venue"].queryset = venues.select_related("station")

    def clean_address(self) -> str:
        return public_words(self.cleaned_data["address"], self.activity)

    def clean_picked(self) -> list[date]:
        words = [each for each in re.split(r"[\s，,、；;]+", self.cleaned_data["picked"]) if each]
        days = sorted({read_day(each) for each in words})
        if len(days) > series.MOST:
            raise ValidationError(f"一次最多排{series.MOST}场，请分几次排。")
        return days

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        venue, capacity = cleaned["venue"], cleaned["capacity"]
        if venue and capacity and venue.capacity and capacity > venue.capacity:
            self.add_error("capacity", f"{venue.name}能坐{venue.capacity}人，名额请不要超过它。")
        hours = (cleaned["starts"], cleaned["ends"])
        days = self._days(cleaned)
        if days and not self.errors:
            moments(days[0], *hours)  # says it at the field
            self.lines = series.row_of_sessions(
                self.activity,
                days,
                hours,
                venue,
                cleaned["address"],
                skips_holidays=cleaned["skips_holidays"],
            )
        return cleaned

    def _days(self, cleaned: dict) -> list[date]:
        if cleaned["every"] == self.PICKED:
            if not cleaned["picked"]:
                self.add_error("picked", "请写上哪几天，一行一天。")
            return self.cleaned_data.get("picked", [])
        day, until, times = cleaned["day"], cleaned["until"], cleaned["times"]
        if not day:
            self.add_error("day", "请选第一场是哪一天。")
        elif not (until or times):
            self.add_error("times", "请写一共几场，或者排到哪一天。")
        elif until and until < day:
            self.add_error("until", "排到的日子不能早于第一场。")
        else:
            weeks = 1 if cleaned["every"] == self.WEEKLY else 2
            return series.days_by_rule(day, weeks, until=until, times=times)
        return []


def _like_the_last(activity: Activity) -> dict:
    """A row goes on like the activity's last session, a week after it."""
    last = series.last_session(activity)
    if last is None:
        return {}
    starts_at = timezone.localtime(last.starts_at)
    return {
        "day": starts_at.date() + timedelta(weeks=1),
        "starts": starts_at.time(),
        "ends": timezone.localtime(last.ends_at).time(),
        "venue": last.room and last.room.pk,
        "address": last.address,
        "capacity": last.capacity,
    }


class LookForm(forms.Form):
    """What of a plan somebody has looked at, and whether they press to have it done."""

    seen = forms.CharField(required=False, max_length=32)
    days = forms.MultipleChoiceField(required=False)

    def __init__(self, lines, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = [
            (line.day.isoformat(), line.days) for line in lines if not line.problem
        ]

    @property
    def is_asked_to_do(self) -> bool:
        return "do" in self.data


class WhichForm(forms.Form):
    """The session from whose page one comes."""

    session = forms.ModelChoiceField(Session.objects.none(), required=False)

    def __init__(self, activity: Activity, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = series.to_come(activity)

    @property
    def chosen(self) -> Session | None:
        return self.cleaned_data["session"] if self.is_valid() else None


class ChangeForm(FoldingForm):
    """One session, or all from one on, moved or called off together (改期、取消)."""

    MOVE, CANCEL = "move", "cancel"
    AS_IT_IS, NO_ROOM = "", "none"

    what = forms.ChoiceField(
        label="要做什么",
        choices=[(MOVE, "改时间或地点"), (CANCEL, "取消，不办了")],
        initial=MOVE,
        widget=forms.RadioSelect,
    )
    session = forms.ModelChoiceField(Session.objects.none(), label="哪一场", empty_label=None)
    scope = forms.ChoiceField(
        label="改多少", choices=Scope.CHOICES, initial=Scope.ONLY, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="为什么（居民会在网页上看到）",
        max_length=REASON_LENGTH,
        widget=forms.TextInput({"size": 50}),
        error_messages={"required": "请写一句为什么，居民会在网页上看到。"},
    )
    day = CalendarDayField(
        label="这一场改到哪一天",
        required=False,
        widget=DateInput(),
        error_messages=WRONG_DAY,
        help_text="别的场次跟着挪同样多的天数；日子不变就空着。",
    )
    starts = forms.TimeField(
        label="改到几点开始", required=False, widget=TimeInput(), help_text="不变就空着。"
    )
    ends = forms.TimeField(label="改到几点结束", required=False, widget=TimeInput())
    place = forms.ChoiceField(label="改到哪里", required=False)
    address = forms.CharField(
        label="地点说明",
        required=False,
        max_length=ADDRESS_LENGTH,
        widget=forms.TextInput({"size": 50}),
        help_text="换了地方才填，如“3号楼前空地”。",
    )

    folded = ("starts", "ends", "place", "address")

    def __init__(self, activity: Activity, venues, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.activity = activity
        self.lines: list[series.Line] = []
        self.venues = {str(venue.pk): venue for venue in venues.select_related("station")}
        field = self.fields["session"]
        field.queryset = series.to_come(activity).for_cards()
        field.label_from_instance = lambda session: f"{session.days}，{session.place}"
        self.fields["place"].choices = [
            (self.AS_IT_IS, "不变"),
            (self.NO_ROOM, "不在阵地办"),
            *((key, str(venue)) for key, venue in self.venues.items()),
        ]

    def clean_reason(self) -> str:
        return public_words(self.cleaned_data["reason"], self.activity)

    def clean_address(self) -> str:
        return public_words(self.cleaned_data["address"], self.activity)

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        sessions = series.in_scope(self.activity, cleaned["session"], cleaned["scope"])
        if cleaned["what"] == self.CANCEL:
            self.lines = series.as_they_are(sessions)
            return cleaned
        change = self.change
        if change == Change():
            raise ValidationError("还没有写改成什么：请填改到哪一天、几点，或者改到哪里。")
        if abs(change.shift) > FURTHEST:
            raise ValidationError({"day": "这一天太远了，请选一年以内的日子。"})
        self.lines = change.lines(sessions)
        return cleaned

    @property
    def change(self) -> Change:
        cleaned, shift = self.cleaned_data, timedelta()
        if cleaned["day"]:
            shift = cleaned["day"] - timezone.localdate(cleaned["session"].starts_at)
        place = cleaned["place"]
        return Change(
            shift,
            cleaned["starts"],
            cleaned["ends"],
            keeps_room=not place,
            venue=self.venues.get(place),
            # How to find the old room says nothing of the new one.
            address=cleaned["address"] or ("" if place else None),
        )

    @property
    def is_cancelling(self) -> bool:
        return self.cleaned_data["what"] == self.CANCEL

    @property
    def telling(self) -> str:
        """改好了8场 or 取消了8场"""
        words = "取消了" if self.is_cancelling else "改好了"
        return f"{words}{len(self.lines)}场"
