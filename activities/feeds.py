"""Calendars that phones follow (日历订阅): the street's, each station's, and one session's file.

A phone asks again by itself and then shows what has moved and what is cancelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils import timezone
from icalendar import Calendar, Event

from activities.models import Activity, Session, SessionChange, SessionQuerySet
from practice_portal.lib import chinese_dates
from practice_portal.lib.months import start_of
from stations.models import Booking, Station, Venue

#: What is over stays so long, so that nobody's calendar empties behind them.
DAYS_BACK = 90
ASK_AGAIN = timedelta(hours=4)
#: Revisions are counted in seconds from here; what was never changed was made then.
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]")


def in_calendar(sessions: SessionQuerySet) -> SessionQuerySet:
    """The sessions of the last weeks and all to come, with what an event says of each."""
    first = timezone.localdate() - timedelta(days=DAYS_BACK)
    return told(sessions.filter(ends_at__gte=start_of(first)).order_by("starts_at", "pk"))


def told(sessions: SessionQuerySet) -> SessionQuerySet:
    """With the changes that residents are told of, and when each was last touched."""
    cancelled = SessionChange.objects.filter(step="cancel").order_by("-at", "-pk")
    changes = Prefetch("changes", cancelled, to_attr="cancellations")
    return (
        sessions.for_cards()
        .prefetch_related(changes, "moves")
        .annotate(
            saved_at=_last_saved(Session, "pk"),
            booked_at=_last_saved(Booking, "booking"),
            written_at=_last_saved(Activity, "activity"),
        )
    )


def _last_saved(model, key: str) -> Subquery:
    records = model.history.model.objects.filter(id=OuterRef(key))
    return Subquery(records.order_by("-history_date").values("history_date")[:1])


def last_change() -> datetime:
    """When anything was last touched that calendars speak of, drafts and deletions included.

    What is withdrawn or deleted leaves nothing behind in a calendar but this moment.
    """
    days = [start_of(timezone.localdate())]  # by which the oldest have dropped out
    for model in (Session, Booking, Activity, Station, Venue):
        records = model.history.model.objects.order_by("-history_date")
        days += records.values_list("history_date", flat=True)[:1]
    return max(days)


class CalendarFile:
    """The file (RFC 5545) of some sessions; `address` makes a path of ours absolute."""

    def __init__(self, sessions: Iterable[Session], name: str, address: Callable[[str], str]):
        self.name = _text(name)
        self.events = [_facts(session, address) for session in sessions]

    @property
    def fingerprint(self) -> str:
        """The same as long as the file is: it is asked for far more often than it changes."""
        return md5(repr((self.name, self.events)).encode(), usedforsecurity=False).hexdigest()

    def write(self) -> bytes:
        file = Calendar()
        file.add("prodid", "-//practice-portal//activities//ZH")
        file.add("version", "2.0")
        file.add("calscale", "GREGORIAN")
        file.add("name", self.name)
        file.add("x-wr-calname", self.name)
        file.add("x-wr-timezone", settings.TIME_ZONE)
        file.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
        file.add("x-published-ttl", "PT4H")
        for facts in self.events:
            event = Event()
            for name, value in facts.items():
                event.add(name, value)
            file.add_component(event)
        return file.to_ical()


def _facts(session: Session, address: Callable[[str], str]) -> dict:
    """What an event says of its session."""
    activity = session.activity
    is_cancelled = session.status == Session.Status.CANCELLED
    moved_at = [each.at for each in (*session.moves.all(), *session.cancellations)]
    revised_at = max(filter(None, [EPOCH, session.saved_at, session.booked_at, *moved_at]))
    modified_at = max(revised_at, session.written_at or EPOCH).replace(microsecond=0)
    days, closes_at = chinese_dates.days_open(session.starts_at, session.ends_at)
    # An exhibition is open by day and closed at night.
    daily = {"rrule": {"freq": "daily", "count": days}} if days > 1 else {}
    return {
        "uid": uid(session),
        "dtstamp": modified_at.astimezone(UTC),
        "last-modified": modified_at.astimezone(UTC),
        "sequence": int((revised_at - EPOCH).total_seconds()),
        "status": "CANCELLED" if is_cancelled else "CONFIRMED",
        # In UTC every reader agrees; a zone would have to be described along with it.
        "dtstart": session.starts_at.astimezone(UTC),
        "dtend": closes_at.astimezone(UTC),
        **daily,
        "summary": _text(f"{'已取消：' * is_cancelled}{activity.title}"),
        "location": _text(place(session)),
        "description": _text("\n".join(_lines(session, address))),
        "url": address(session.get_absolute_url()),
        "transp": "TRANSPARENT",  # nobody is busy because something is on
    }


def uid(session: Session) -> str:
    """The session's name for life in everybody's calendar, wherever it moves to."""
    host = urlsplit(settings.SITE["base_url"]).hostname or "practice-portal"
    return f"session-{session.pk}@{host}"


def place(session: Session) -> str:
    """Where to go, with the community's name and the house that a map finds."""
    words, station = session.place, session.activity.station.name
    if not session.booking_id and not words.startswith(station):
        words = f"{station}，{words}"
    house = session.map_address
    return words if house in words else f"{words}（{house}）"


def _lines(session: Session, address: Callable[[str], str]) -> list[str]:
    """What has changed first, then what one asks before going."""
    activity = session.activity
    lines = []
    if session.status == Session.Status.CANCELLED:
        reason = session.cancellations[0].remark if session.cancellations else ""
        lines.append(f"这一场取消了。{reason}")
    lines += [
        f"{move.what_changed}：原来是{move.days_before}，在{move.place_before}。{move.reason}"
        for move in session.moves.all()
    ]
    for label, words in (
        ("谁来办", activity.station.full_name),
        ("谁能来", activity.requirements),
        ("带什么", activity.bring),
        ("要留意", activity.risk_notice),
        ("问事打电话", " ".join(filter(None, [activity.contact_name, activity.phone]))),
        ("看详情", address(session.get_absolute_url())),
    ):
        if words:
            lines.append(f"{label}：{words}")
    return lines


def _text(words: str) -> str:
    """Typed words without the marks that would begin a line of the file."""
    return _CONTROL.sub(" ", words.replace("\r\n", "\n").replace("\r", "\n"))
