"""What residents are told of sessions that moved (变动通知)."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activities.models.session import Session
from practice_portal.lib import chinese_dates
from practice_portal.lib.public_text import PublicCharField
from stations.scoping import StationScopedQuerySet


class SessionMoveQuerySet(StationScopedQuerySet):
    def of_time(self):
        return self.exclude(starts_before=F("starts_after"), ends_before=F("ends_after"))

    def of_place(self):
        return self.exclude(place_before=F("place_after"))

    def record(self, before: Session, after: Session) -> None:
        """Say what moved; a second thought within minutes is part of the same move.

        Whoever sets the hour right a moment after saving tells residents once, and whoever takes
        it all back tells them nothing.
        """
        moved = _as_told(before) != _as_told(after)
        if not (moved or after.move_reason):
            return
        lately = timezone.now() - SessionMove.SECOND_THOUGHT
        latest = self.filter(session=after, at__gt=lately).order_by("at", "pk").last()
        if not (moved or latest):
            return
        move = latest or SessionMove(session=after, **_columns(before, "before"))
        for name, value in _columns(after, "after").items():
            setattr(move, name, value)
        move.reason = after.move_reason or move.reason
        if move.says_something:
            move.save()
            after.ask_for_calls("moved")
        elif move.pk:
            move.delete()
            after.take_back_calls("moved", since=move.at)


def _as_told(session: Session) -> tuple:
    """What residents go by."""
    return session.starts_at, session.ends_at, session.place


def _columns(session: Session, when: str) -> dict:
    names = (f"starts_{when}", f"ends_{when}", f"place_{when}")
    return dict(zip(names, _as_told(session), strict=True))


class SessionMove(models.Model):
    """What residents are told of a published session's new time or place (变动通知).

    Apart from the history of changes, which says who typed what and is not public.
    """

    SECOND_THOUGHT = timedelta(minutes=15)

    session = models.ForeignKey(Session, models.CASCADE, related_name="moves", verbose_name="场次")
    at = models.DateTimeField("什么时候改的", default=timezone.now, editable=False)
    starts_before = models.DateTimeField("原来几点开始")
    ends_before = models.DateTimeField("原来几点结束")
    place_before = PublicCharField("原来在哪里", max_length=200)
    starts_after = models.DateTimeField("现在几点开始")
    ends_after = models.DateTimeField("现在几点结束")
    place_after = PublicCharField("现在在哪里", max_length=200)
    reason = PublicCharField("为什么改", max_length=100, blank=True)

    station_path = "session__activity__station"
    objects = SessionMoveQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "变动通知"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(
                    starts_before=F("starts_after"),
                    ends_before=F("ends_after"),
                    place_before=F("place_after"),
                ),
                name="activities_session_move_moves",
            )
        ]

    def __str__(self) -> str:
        return f"{self.days_before}{self.what_changed}"

    @property
    def has_new_time(self) -> bool:
        return (self.starts_before, self.ends_before) != (self.starts_after, self.ends_after)

    @property
    def has_new_place(self) -> bool:
        return self.place_before != self.place_after

    @property
    def says_something(self) -> bool:
        return self.has_new_time or self.has_new_place

    @property
    def what_changed(self) -> str:
        """时间变了, 地点变了, or 时间和地点都变了"""
        if self.has_new_time and self.has_new_place:
            return "时间和地点都变了"
        return "时间变了" if self.has_new_time else "地点变了"

    @property
    def days_before(self) -> str:
        return chinese_dates.span(self.starts_before, self.ends_before)

    @property
    def days_after(self) -> str:
        return chinese_dates.span(self.starts_after, self.ends_after)
