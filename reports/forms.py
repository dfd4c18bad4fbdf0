from django import forms
from django.core.exceptions import ValidationError

from practice_portal.lib.months import Month, MonthFormField


class MonthForm(forms.Form):
    """Which month to draw up."""

    month = MonthFormField(label="月份")

    def clean_month(self) -> Month:
        month = self.cleaned_data["month"]
        if month > Month.current():
            raise ValidationError(f"{month.label}还没到，到了再起草。")
        return month


class ReviewForm(forms.Form):
    """The street office's answer to a summary."""

    remark = forms.CharField(
        label="退回的话，写上意见",
        help_text="只有退回时要写，通过不用写。",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    figures = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    @property
    def first_error(self) -> str:
        return next(iter(self.errors.values()))[0]
