"""What residents ask of the pages at the roof."""

from datetime import date

from django import forms
from django.utils import timezone

#: The first day of which the centre has published anything is in this year.
FIRST_DAY = date(2018, 1, 1)


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
        if on and on < FIRST_DAY:
            raise forms.ValidationError("2018年以前还没有中心，请选晚一点的一天。")
        return on


class LargeTextForm(forms.Form):
    """Which type size, and which page to go back to."""

    on = forms.ChoiceField(choices=[("1", "大字版"), ("0", "标准版")])
    next = forms.CharField(required=False, max_length=2000)
