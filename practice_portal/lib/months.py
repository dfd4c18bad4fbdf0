"""Months: a value, a model field and a URL converter.

Everything the street reports, it reports by the calendar month in Asia/Shanghai.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

_PATTERN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def start_of(day: date) -> datetime:
    """The first moment of a day on the street's clock."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month (月份), written 2026-10."""

    #: With a year of the calendar beyond each end, so that every month has neighbours.
    YEARS: ClassVar[range] = range(1900, 9999)

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (self.year in self.YEARS and 1 <= self.month <= 12):
            raise ValueError(f"not a month: {self.year}-{self.month}")

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read “2026-10”; raises ValueError for anything else."""
        found = _PATTERN.fullmatch(text)
        if not found:
            raise ValueError(f"a month is written like 2026-10, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that a day belongs to; a moment counts by the street's clock."""
        if isinstance(day, datetime):
            day = timezone.localdate(day)
        return cls(day.year, day.month)

    @classmethod
    def current(cls) -> Month:
        return cls.of(timezone.localdate())

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    def __add__(self, months: int) -> Month:
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)

    def __sub__(self, months: int) -> Month:
        return self + -months

    def __contains__(self, day: date) -> bool:
        return Month.of(day) == self

    @property
    def label(self) -> str:
        return f"{self.year}年{self.month}月"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def start(self) -> datetime:
        return start_of(self.first)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer in the month."""
        return start_of(self.last + timedelta(days=1))


#: Nothing took place before: the first stations opened in this year.
FIRST_MONTH = Month(2018, 1)


class MonthFormField(forms.CharField):
    """A month as browsers send it: 2026-10."""

    widget = forms.TextInput(attrs={"type": "month"})

    def prepare_value(self, value):
        return str(value) if isinstance(value, Month) else value

    def to_python(self, value) -> Month | None:
        if isinstance(value, Month):
            return value
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return Month.parse(text)
        except ValueError:
            raise ValidationError("请按“2026-10”的样子填写月份。", code="invalid") from None


class MonthField(models.DateField):
    """A month, kept as the date of its first day."""

    description = "A calendar month"

    def from_db_value(self, value, expression, connection):
        return value and Month.of(value)

    def to_python(self, value):
        if value is None or isinstance(value, Month):
            return value
        day = value
        if not isinstance(value, date):
            try:
                return Month.parse(value)
            except (TypeError, ValueError):
                day = super().to_python(value)
        try:
            return Month.of(day)
        except ValueError as error:  # centuries away
            raise ValidationError(
                self.error_messages["invalid_date"], code="invalid_date", params={"value": value}
            ) from error

    def get_prep_value(self, value):
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self.to_python(value).first

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs):
        return super(models.DateField, self).formfield(
            **{"form_class": MonthFormField, **kwargs, "widget": MonthFormField.widget}
        )


class MonthConverter:
    """`<month:month>` in a URL."""

    regex = r"20[0-9]{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> Month:
        return Month.parse(value)

    def to_url(self, value: Month) -> str:
        return str(value)
