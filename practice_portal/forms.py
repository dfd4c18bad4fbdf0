"""What residents ask of the pages at the roof."""

from datetime import date

from django import forms
from django.utils import timezone

from practice_portal.lib.months import FIRST_MONTH
from practice_portal.search import KINDS


class FiguresForm(forms.Form):
    """Which day's figures to show."""

    on = forms.DateField(
        label="看哪一天的数字",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        error_messages={"invalid": "没有看懂您要的日子，请按“2020-04-25”的样子填写。"},
    )

    def clean_on(self) -> date | None:
        on = self.cleaned_data["on"]
        if on and on > timezone.localdate():
            raise forms.ValidationError("将来的数字还没有，请选今天或以前的一天。")
        if on and on < FIRST_MONTH.first:
            raise forms.ValidationError("2018年以前还没有中心，请选晚一点的一天。")
        return on


class LargeTextForm(forms.Form):
    """Which type size, and which page to go back to."""

    on = forms.ChoiceField(choices=[("1", "大字版"), ("0", "标准版")])
    next = forms.CharField(required=False, max_length=2000)


class SearchForm(forms.Form):
    """What to look for on the whole site, and of which kind more is wanted."""

    q = forms.CharField(
        label="找什么",
        required=False,
        max_length=30,
        widget=forms.TextInput(
            {"type": "search", "class": "form-control", "placeholder": "比如 手机、理发、南湖"}
        ),
        error_messages={
            "max_length": "您写的太长了，写两三个词就够，比如“手机”“理发”。",
            "null_characters_not_allowed": "没有看懂您写的词，请重新写。",
        },
    )
    kind = forms.ChoiceField(
        required=False,
        choices=[("", "全部"), *((kind.code, kind.label) for kind in KINDS)],
        error_messages={"invalid_choice": "没有看懂您要看哪一类，请重新找一次。"},
    )
