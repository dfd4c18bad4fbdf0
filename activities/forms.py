"""What residents ask of the list of activities."""

from datetime import date, timedelta

from django import forms
from django.utils import timezone

from activities.models import Activity
from practice_portal.lib import chinese_dates
from practice_portal.lib.months import FIRST_MONTH
from stations.forms import StationFilter
from stations.models import PlatformKind, Station


class DayField(forms.DateField):
    """A day that a resident asks for."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(
                format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}
            ),
            error_messages={"invalid": "没有看懂您要的日子，请按“2026-11-28”的样子填写。"},
            **kwargs,
        )

    def clean(self, value) -> date | None:
        on = super().clean(value)
        last = timezone.localdate() + timedelta(days=366)
        if on and not FIRST_MONTH.first <= on <= last:
            raise forms.ValidationError("只能看2018年以来、今后一年以内的日子，请换一天。")
        return on


def span_of(days: str, today: date) -> tuple[date, date]:
    """The first and the last day of what people call 今天, 本周末, 下周 or 两周内."""
    monday = today - timedelta(days=today.weekday())
    return {
        "today": (today, today),
        "weekend": (monday + timedelta(days=5), monday + timedelta(days=6)),
        "next_week": (monday + timedelta(days=7), monday + timedelta(days=13)),
        "two_weeks": (today, today + timedelta(days=13)),
    }[days]


class ActivityFilter(StationFilter):
    """Which sessions to list."""

    DAYS = {
        "today": "今天",
        "weekend": "本周末",
        "next_week": "下周",
        "two_weeks": "两周内",
    }

    platform = forms.ChoiceField(
        label="平台",
        required=False,
        choices=[("", "所有平台"), *PlatformKind.choices],
        error_messages={"invalid_choice": "没有找到您选的平台，请从列表里重新选。"},
    )
    audience = forms.ChoiceField(
        label="适合谁",
        required=False,
        choices=[("", "不限"), *Activity.Audience.choices],
        error_messages={"invalid_choice": "没有看懂适合谁，请从列表里重新选。"},
    )
    on = DayField(label="哪一天")
    until = DayField(label="到哪一天（可以不填）")
    q = forms.CharField(
        label="找什么",
        required=False,
        max_length=30,
        error_messages={
            "max_length": "您写的太长了，写两三个词就够，比如“手机”“剪纸”。",
            "null_characters_not_allowed": "没有看懂您写的词，请重新写。",
        },
    )
    days = forms.ChoiceField(
        required=False,
        choices=[("", "全部"), *DAYS.items()],
        error_messages={"invalid_choice": "没有看懂您要哪几天，请在下面选一个。"},
    )

    def __init__(self, data, stations: list[Station]):
        super().__init__(data, stations)
        self.fields["q"].widget = forms.TextInput(
            {"type": "search", "class": "form-control", "placeholder": "比如 手机、剪纸"}
        )

    def clean(self) -> dict:
        cleaned = super().clean()
        on, until = cleaned.get("on"), cleaned.get("until")
        if on and until and until < on:
            self.add_error("until", "后一个日子比前一个早，请换一下。")
        return cleaned

    @property
    def span(self) -> tuple[date, date] | None:
        """The days asked for, both counted; from today when only the last is named."""
        on, until = self.chosen.get("on"), self.chosen.get("until")
        if until and not on:
            on = min(timezone.localdate(), until)
        return (on, until or on) if on else None

    @property
    def span_label(self) -> str:
        if not self.span:
            return ""
        first, last = map(chinese_dates.day, self.span)
        return first if first == last else f"{first}到{last}"

    @property
    def when(self) -> str:
        """The days asked for, as people say them: 11月28日（周六）, 本周末, 近期."""
        return self.span_label or self.DAYS.get(self.chosen.get("days"), "近期")

    @property
    def asks_only_when_and_where(self) -> bool:
        return not any(self.chosen.get(name) for name in ("platform", "audience", "q"))

    @property
    def summary(self) -> str:
        """What is set, in words: 南湖社区，所有平台，适合老人，有“手机”的."""
        station, platform = self.station_chosen, self.chosen.get("platform")
        audience, words = self.chosen.get("audience"), self.chosen.get("q")
        parts = [
            station.name if station else "全街道",
            PlatformKind(platform).label if platform else "所有平台",
            f"适合{Activity.Audience(audience).label}" if audience else "",
            self.span_label,
            f"有“{words}”的" if words else "",
        ]
        return "，".join(part for part in parts if part)

    def narrow(self, sessions, *, everywhere=False):
        """The sessions of what is chosen, whatever their day; `everywhere` in the street."""
        if self.station_chosen and not everywhere:
            sessions = sessions.hosted_by(self.station_chosen)
        for name in ("platform", "audience"):
            if value := self.chosen.get(name):
                sessions = sessions.filter(**{f"activity__{name}": value})
        if words := self.chosen.get("q"):
            sessions = sessions.with_words(words)
        return sessions

    def query_without_days(self) -> str:
        """What a calendar keeps: all but the days."""
        return self.query(on=None, until=None, days=None)

    def query_everywhere(self) -> str:
        return self.query(station=None)


class PaperForm(forms.Form):
    """Whose month to print; the whole street's when nobody's is asked for."""

    station = forms.ChoiceField(required=False)

    def __init__(self, data, stations: list[Station]):
        super().__init__(data)
        self.stations = {station.slug: station for station in stations}
        self.fields["station"].choices = [("", "全街道"), *((slug, slug) for slug in self.stations)]

    @property
    def chosen(self) -> Station | None:
        return self.stations.get(self.cleaned_data["station"])


class PageForm(forms.Form):
    """Which page of a long list; what is no number is the first."""

    page = forms.IntegerField(required=False)

    @property
    def number(self) -> int | None:
        return self.cleaned_data["page"] if self.is_valid() else None
