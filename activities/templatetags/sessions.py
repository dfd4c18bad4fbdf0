"""Words about sessions."""

from django import template

register = template.Library()


@register.filter
def where(session) -> str:
    """Where to go, with the community's name even when it is not in one of its rooms."""
    place, station = session.place, session.activity.station.name
    if session.booking_id or place.startswith(station):
        return place
    return f"{station}，{place}"


@register.filter
def community(session) -> str:
    """The community in whose house it is, as the sheet of a month says where."""
    return (session.booking.venue.station if session.booking_id else session.activity.station).name
