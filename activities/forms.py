"""What residents ask of the list of activities."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.utils import timezone

from stations.models import PlatformKind, Station

#: Nothing took place before: the first stations opened after this day.
FIRST_DAY = date(2018, 1, 1)


def span_of(days: str, today: date) -> tuple[date, date]:
    """The first and the last day of what people call 今天, 本周末, 下周 or 两周内."""
    monday = today - timedelta(days=today.weekday())
    return {
        "today": (today, today),
        "weekend": (monday + timedelta(days=5), monday + timedelta(days=6)),
        "next_week": (monday + timedelta(days=7), monday + timedelta(days=13)),
        "two_weeks": (today, today + timedelta(days=13)),
    }[days]


class ActivityFilter(forms.Form):
    """Which sessions to list; everything may stay empty."""

    DAYS = {
        "today": "今天",
        "weekend": "本周末",
        "next_week": "下周",
        "two_weeks": "两周内",
    }

    station = forms.ChoiceField(
        label="社区",
        required=False,
        error_messages={"invalid_choice": "没有找到您选的社区，请从列表里重新选。"},
    )
    platform = forms.ChoiceField(
        label="平台",
        required=False,
        choices=[("", "所有平台"), *PlatformKind.choices],
        error_messages={"invalid_choice": "没有找到您选的平台，请从列表里重新选。"},
    )
    on = forms.DateField(
        label="哪一天",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "没有看懂您要的日子，请按“2026-11-28”的样子填写。"},
    )
    days = forms.ChoiceField(
        required=False,
        choices=[("", "全部"), *DAYS.items()],
        error_messages={"invalid_choice": "没有看懂您要哪几天，请在下面选一个。"},
    )

    def __init__(self, data, stations: list[Station]):
        super().__init__(data)
        self.stations = {station.slug: station for station in stations}
        self.fields["station"].choices = [
            ("", "全街道"),
            *((station.slug, station.name) for station in stations),
        ]
        for name in ("station", "platform"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["on"].widget.attrs["class"] = "form-control"

    def clean_on(self) -> date | None:
        on = self.cleaned_data["on"]
        last = timezone.localdate() + timedelta(days=366)
        if on and not FIRST_DAY <= on <= last:
            raise forms.ValidationError("只能看2018年以来、今后一年以内的日子，请换一天。")
        return on

    @property
    def chosen(self) -> dict:
        """What was asked for and understood; nothing at all when a part of it was not."""
        return self.cleaned_data if self.is_valid() else {}

    @property
    def station_chosen(self) -> Station | None:
        return self.stations.get(self.chosen.get("station", ""))

    @property
    def platform_label(self) -> str:
        platform = self.chosen.get("platform")
        return PlatformKind(platform).label if platform else "所有平台"

    def query(self, **changes) -> str:
        """The query string of what is chosen, with changes; never of what was not understood."""
        wanted = {**self.chosen, **changes}
        return urlencode({name: value for name, value in wanted.items() if value})


class PageForm(forms.Form):
    """Which page of a long list; what is no number is the first."""

    page = forms.IntegerField(required=False)

    @property
    def number(self) -> int | None:
        return self.cleaned_data["page"] if self.is_valid() else None
