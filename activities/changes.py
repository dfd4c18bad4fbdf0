"""What residents are told of cancelled and moved sessions: one notice for what belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from activities.models import Session, SessionMove
from practice_portal.lib import chinese_dates

#: A notice with more lines folds them.
SHOWN = 6


@dataclass
class Notice:
    """One or many sessions that were cancelled, or moved alike, for one reason on one day."""

    what: str
    reason: str = ""
    at: datetime | None = None
    cancelled: list[Session] = field(default_factory=list)
    moves: list[SessionMove] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.cancelled) + len(self.moves)

    @property
    def days(self) -> str:
        """The days on which nothing takes place: 12月5日（周六）、12月12日（周六）."""
        return "、".join(chinese_dates.day(session.starts_at) for session in self.cancelled)

    @property
    def is_long(self) -> bool:
        return len(self.moves) > SHOWN


def notices(sessions: Iterable[Session], *, latest_only: bool = False) -> list[Notice]:
    """Of coming sessions that have their `cancellations` and `moves` at hand; cancelled first.

    `latest_only`: of a session that moved twice, only where it is now.
    """
    found: dict[tuple, Notice] = {}
    told = sorted(_told(sessions, latest_only), key=lambda each: each[-1] is not None)
    for what, reason, at, session, move in told:
        day = at and timezone.localdate(at)
        notice = found.setdefault((what, reason, day), Notice(what, reason, at))
        notice.at = max(filter(None, (notice.at, at)), default=None)
        (notice.moves if move else notice.cancelled).append(move or session)
    return list(found.values())


def _told(sessions: Iterable[Session], latest_only: bool) -> Iterator[tuple]:
    for session in sessions:
        if session.status == Session.Status.CANCELLED:
            last = session.cancellations[0] if session.cancellations else None
            yield "取消了", last.remark if last else "", last and last.at, session, None
        else:
            moves = list(session.moves.all())
            for move in moves[:1] if latest_only else moves:
                yield move.what_changed, move.reason, move.at, session, move
