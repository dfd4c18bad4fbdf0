from django import forms
from django.core.exceptions import ValidationError

from practice_portal.lib.months import Month, MonthFormField
from reports.models import FIRST_MONTH


class MonthForm(forms.Form):
    """Which month to draw up."""

    month = MonthFormField(label="月份")

    def clean_month(self) -> Month:
        month = self.cleaned_data["month"]
        if month > Month.current():
            raise ValidationError(f"{month.label}还没到，到了再起草。")
        if month < FIRST_MONTH:
            raise ValidationError("2018年以前还没有实践所，请选晚一点的月份。")
        return month


class ReviewForm(forms.Form):
    """The street office's answer to a summary."""

    remark = forms.CharField(
        label="意见",
        help_text="写清要改什么，社区照着改好再交。",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    figures = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)
    back = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)

    @property
    def first_error(self) -> str:
        return next(iter(self.errors.values()))[0]
