"""A day as staff type it."""

from datetime import date

from django import forms

from practice_portal.lib.months import Month


class CalendarDayField(forms.DateField):
    """A day of some month that the portal counts: another age is a slip of the keyboard."""

    def clean(self, value) -> date | None:
        day = super().clean(value)
        if day and day.year not in Month.YEARS:
            raise forms.ValidationError("年份不对，请改过来。")
        return day
