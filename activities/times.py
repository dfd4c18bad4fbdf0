"""From the day and the hours that a clerk types to the moments between which a session lasts."""

from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

ONE_DAY = timedelta(days=1)
LONGEST_NIGHT = timedelta(hours=8)
#: Nobody plans further ahead.
FURTHEST = timedelta(days=366)
#: An exhibition that hangs longer is an exhibit.
LONGEST = timedelta(days=92)


def moments(
    day: date, starts: time, ends: time, last_day: date | None = None
) -> tuple[datetime, datetime]:
    """When a session begins and ends: 晚上10:00 to 凌晨0:30 is one night, not a mistake.

    With a `last_day` after the first it is open every day between these hours (展览). Raises
    ValidationError, by field, when it would end before it begins.
    """
    starts_at = timezone.make_aware(datetime.combine(day, starts))
    ends_at = timezone.make_aware(datetime.combine(last_day or day, ends))
    if last_day and last_day > day:
        if ends <= starts:
            raise ValidationError(
                {"ends": "办几天的，每天的结束时间须晚于开始时间；过了半夜的请一晚一场地排。"}
            )
        if last_day - day > LONGEST:
            raise ValidationError({"last_day": "一场最多办三个月，请看看最后一天对不对。"})
        return starts_at, ends_at
    if last_day and last_day < day:
        raise ValidationError({"last_day": "最后一天不能早于第一天。"})
    if ends_at <= starts_at and ends_at + ONE_DAY - starts_at <= LONGEST_NIGHT:
        ends_at += ONE_DAY
    if ends_at <= starts_at:
        raise ValidationError({"ends": "结束时间须晚于开始时间。"})
    return starts_at, ends_at


def shifted(
    starts_at: datetime,
    ends_at: datetime,
    shift: timedelta,
    starts: time | None = None,
    ends: time | None = None,
) -> tuple[datetime, datetime]:
    """The same so many days later, at other hours where they are given."""
    first, last = timezone.localtime(starts_at), timezone.localtime(ends_at)
    last_day = last.date() + shift if ends_at - starts_at >= ONE_DAY else None
    return moments(first.date() + shift, starts or first.time(), ends or last.time(), last_day)
