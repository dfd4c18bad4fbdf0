"""Sessions as search engines and calendars read them (schema.org Event)."""

from collections.abc import Callable

from django.utils import timezone

from activities.models import Activity, Session
from stations.linked_data import house, organisation

SCHEMA = "https://schema.org/"


def events(activity: Activity, coming: list[Session], address: Callable[[str], str]) -> list[dict]:
    """One event for each coming session, the cancelled ones among them; from their pages' rows."""
    shared = {
        "@type": "Event",
        "name": activity.title,
        "description": activity.text,
        "url": address(activity.get_absolute_url()),
        "image": address(activity.poster.url) if activity.poster else "",
        "isAccessibleForFree": True,
        "eventAttendanceMode": f"{SCHEMA}OfflineEventAttendanceMode",
        "organizer": [
            organisation(station, address)
            for station in (activity.station, *activity.cohosts.all())
        ],
    }
    return [shared | _event(session) for session in coming]


def _event(session: Session) -> dict:
    status, before = "EventScheduled", ""
    if session.status == Session.Status.CANCELLED:
        status = "EventCancelled"
    elif moves := [move for move in session.moves.all() if move.has_new_time]:
        status, before = "EventRescheduled", _moment(moves[0].starts_before)
    station = session.booking.venue.station if session.booking else session.activity.station
    return {
        "startDate": _moment(session.starts_at),
        "endDate": _moment(session.ends_at),
        "previousStartDate": before,
        "eventStatus": SCHEMA + status,
        "location": house(station, session.place),
        "maximumAttendeeCapacity": session.capacity,
    }


def _moment(value) -> str:
    return timezone.localtime(value).isoformat()
