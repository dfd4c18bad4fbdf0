"""Rows that are in force from one day until another: stocks, and who belongs to what."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class TermQuerySet(models.QuerySet):
    """What somebody is for a while, `since` a day `until` another (任职, 队员)."""

    def in_force(self, on: date | None = None):
        """What was in force on a day (today when none is given): since ≤ day < until."""
        on = on or timezone.localdate()
        return self.filter(Q(until=None) | Q(until__gt=on), since__lte=on)


class StockQuerySet(models.QuerySet):
    def in_force(self, on: date | None = None):
        """What was in force on a day (today when none is given): started_on ≤ day < ended_on."""
        on = on or timezone.localdate()
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on), started_on__lte=on)


class StockModel(models.Model):
    """A thing the street has for a while; an empty ended_on means that it has it still."""

    started_on = models.DateField("开始日期", default=timezone.localdate)
    ended_on = models.DateField(
        "结束日期", null=True, blank=True, help_text="还在用就空着；填了日期，从这一天起不再计入。"
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="%(app_label)s_%(class)s_ends_after_it_starts",
                violation_error_message="结束日期不能早于开始日期。",
            )
        ]

    def is_in_force(self, on: date | None = None) -> bool:
        on = on or timezone.localdate()
        return self.started_on <= on and (self.ended_on is None or on < self.ended_on)
