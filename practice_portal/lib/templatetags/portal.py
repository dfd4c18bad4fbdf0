"""What every template may use: masks, dates as people say them, icons."""

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from practice_portal.lib import chinese_dates
from practice_portal.lib.phones import mask_name, mask_phone

register = template.Library()

register.filter("masked", mask_phone)
register.filter("masked_name", mask_name)
register.filter("day", chinese_dates.day)
register.filter("weekday", chinese_dates.weekday)
register.filter("clock", chinese_dates.clock)
register.filter("moment", chinese_dates.moment)


@register.filter
def hours(span) -> str:
    """The hours of anything that has starts_at and ends_at."""
    return chinese_dates.hours(span.starts_at, span.ends_at)


@register.filter
def where(session) -> str:
    """Where to go, with the community's name even when it is not in one of its rooms."""
    place, station = session.place, session.activity.station.name
    if session.booking_id or place.startswith(station):
        return place
    return f"{station}，{place}"


@register.filter
def leaf_day(moment) -> str:
    """The last line of a date tile: 今天 or the weekday."""
    day = timezone.localdate(moment)
    return "今天" if day == timezone.localdate() else chinese_dates.weekday(day)


@register.filter
def soon(moment) -> str:
    """今天上午9:00, 明天上午9:00, 11月28日（周六）上午9:00."""
    days = (timezone.localdate(moment) - timezone.localdate()).days
    named = {0: "今天", 1: "明天", 2: "后天"}.get(days)
    return named + chinese_dates.clock(moment) if named else chinese_dates.moment(moment)


@register.filter
def tel(phone: str) -> str:
    """The address of a link that rings an office phone."""
    return "tel:" + phone.replace("-", "")


@register.filter
def grouped(number) -> str:
    """9,712; blank stays blank."""
    return "" if number is None else f"{number:,}"


@register.simple_tag
def icon(name: str) -> str:
    """One of the symbols in static/icons.svg; decoration only, words stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def ask(context, phone: str = "") -> str:
    """打0937-6000000问一声: the phone as the other way on, in the middle of a sentence.

    Without a phone the centre's; without any, the stations and theirs.
    """
    phone = phone or getattr(context.get("centre"), "phone", "")
    if phone:
        return format_html('打<a class="num" href="{}">{}</a>问一声', tel(phone), phone)
    return format_html('<a href="{}">给社区打电话</a>问一声', reverse("stations:station-list"))


@register.simple_tag(takes_context=True)
def query_with(context, **changes) -> str:
    """This page's query string with some parameters changed; an empty value drops one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = value
    return "?" + query.urlencode()
