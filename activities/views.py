"""Residents' pages of what is done: the list of sessions, an activity, the brands."""

from functools import partial

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from activities import feeds
from activities.changes import notices
from activities.forms import ActivityFilter, PageForm, PaperForm, span_of
from activities.linked_data import events
from activities.models import Activity, Brand, Session, SessionChange, on_days
from activities.month_paper import MonthPaper, NoPaper
from activities.weeks import MonthCalendar
from practice_portal.lib import linked_data
from practice_portal.lib.addresses import address_for
from practice_portal.lib.months import Month
from practice_portal.lib.qr import qr_svg
from practice_portal.lib.rate_limits import RateLimit, refuse_too_many
from stations import near
from stations.models import Station
from stations.showing import page_or_404

#: Typesetting takes a second of a processor: so many new sheets for one phone, and for all.
PAPERS = RateLimit("month-paper", times=6, seconds=60)
ALL_PAPERS = RateLimit("month-papers", times=20, seconds=60, per_address=False)
PAPER_KEPT = 24 * 60 * 60

PER_PAGE = 20
PAST_SHOWN = 10
STOPS_SHOWN = 40
OTHERS_SHOWN = 4
ELSEWHERE_SHOWN = 6
OF_BRAND_SHOWN = 6


def _chips(form: ActivityFilter, sessions, now) -> list[dict]:
    """The days people say, each with how many sessions it has; one query for all of them."""
    today = timezone.localdate(now)
    spans = {days: span_of(days, today) for days in form.DAYS}
    counts = (
        sessions.planned()
        .filter(ends_at__gt=now)
        .aggregate(
            all=Count("pk"),
            **{days: Count("pk", filter=on_days(*span)) for days, span in spans.items()},
        )
    )
    chosen = None if form.span else form.chosen.get("days", "")
    return [
        {
            "label": label,
            "count": counts[days or "all"],
            "query": form.query(days=days, on=None, until=None),
            "is_current": days == chosen,
        }
        for days, label in [*form.DAYS.items(), ("", "全部")]
    ]


def _on_days_asked(form: ActivityFilter, sessions, today):
    if form.span:
        return sessions.on_days(*form.span)
    if days := form.chosen.get("days"):
        return sessions.on_days(*span_of(days, today))
    return sessions


def _near_chip(form: ActivityFilter, sessions, here: near.Near | None, now) -> dict | None:
    """只看南湖社区 15: the visitor's own community, with what the list would then have."""
    if here is None or form.station_chosen:
        return None
    mine = sessions.hosted_by(here.station).planned()
    mine = _on_days_asked(form, mine if form.span else mine.upcoming(now), timezone.localdate(now))
    return {
        "label": f"只看{here.station.name}",
        "count": mine.count(),
        "query": form.query(station=here.station.slug),
    }


def _elsewhere(form: ActivityFilter, now) -> list[Session]:
    """What the other communities have of it, for whoever finds nothing in their own."""
    sessions = form.narrow(Session.objects.published().planned(), everywhere=True)
    coming = _on_days_asked(form, sessions, timezone.localdate(now)).upcoming(now)
    return list(coming.for_cards()[:ELSEWHERE_SHOWN])


@require_safe
def activity_list(request):
    now = timezone.now()
    today = timezone.localdate(now)
    form = ActivityFilter(request.GET, list(Station.objects.public()))
    sessions = form.narrow(Session.objects.published())
    chips = _chips(form, sessions, now)
    near_chip = _near_chip(form, sessions, near.of(request), now)
    month = Month.of(form.span[0] if form.span else today)
    calendar = MonthCalendar.counted(sessions.planned(), month, today)

    # A day that is asked for is shown whole, with what is over already.
    sessions = sessions.order_by("starts_at", "pk") if form.span else sessions.upcoming(now)
    sessions = _on_days_asked(form, sessions, today)
    page = Paginator(sessions.for_cards(), PER_PAGE).get_page(PageForm(request.GET).number)
    planned_count = sessions.planned().count()
    return render(
        request,
        "activities/activity_list.html",
        {
            "form": form,
            "chips": [near_chip, *chips] if near_chip else chips,
            "calendar": calendar,
            "page": page,
            "planned_count": planned_count,
            "cancelled_count": page.paginator.count - planned_count,
            "has_brands": Brand.objects.public().in_force().exists,  # asked on an empty list only
            "elsewhere": _elsewhere(form, now) if form.station_chosen and not planned_count else [],
        },
    )


@require_safe
def activity_month(request, month):
    """The calendar of a month (看月历): a table for the wall, a list on the phone."""
    if not MonthCalendar.is_known(month):
        raise Http404
    form = ActivityFilter(request.GET, list(Station.objects.public()))
    sessions = form.narrow(Session.objects.published())
    calendar = MonthCalendar.of(sessions, month, timezone.localdate())
    return render(
        request,
        "activities/activity_month.html",
        {
            "form": form,
            "calendar": calendar,
            "this_month": Month.current(),
            "qr": qr_svg(_month_address(request, month, form.station_chosen)),
        },
    )


def _month_address(request, month: Month, station: Station | None) -> str:
    """What the code on paper leads to: the month's page, whatever else was asked for."""
    query = f"?station={station.slug}" if station else ""
    return address_for(request, reverse("activities:activity-month", args=[month]) + query)


@require_safe
def activity_month_pdf(request, month):
    """The month on a sheet of A4 (打印版); typeset once for all who ask for the same."""
    form = PaperForm(request.GET, list(Station.objects.public()))
    if not MonthCalendar.is_printed(month) or not form.is_valid():
        raise Http404
    sessions = Session.objects.published()
    if station := form.chosen:
        sessions = sessions.hosted_by(station)
    page = _month_address(request, month, station)
    calendar = MonthCalendar.of(sessions, month, timezone.localdate())
    paper = MonthPaper(calendar, station, page)
    whose = station.slug if station else "all"
    fingerprint, key = paper.fingerprint(request), f"month-paper:{month}:{whose}"
    etag = quote_etag(fingerprint)
    response = get_conditional_response(request, etag)
    if not response:
        made_of, content = cache.get(key, ("", b""))
        if made_of != fingerprint:
            if refusal := refuse_too_many(request, (PAPERS, page), (ALL_PAPERS, "")):
                return refusal
            try:
                content = paper.pdf(request)
            except NoPaper:
                return render(request, "activities/month_paper_missing.html", status=503)
            cache.set(key, (fingerprint, content), PAPER_KEPT)
        response = HttpResponse(content)
    for name, value in (
        ("Content-Type", "application/pdf"),
        ("Content-Disposition", f'inline; filename="{month}-{whose}.pdf"'),
        ("Cache-Control", "public, no-cache"),
        ("ETag", etag),
        ("X-Robots-Tag", "noindex"),
    ):
        response[name] = value
    return response


def _activity_shown_to(request, pk: int) -> Activity:
    """A published activity; to the staff who manage it also one that is not, as a preview."""
    activities = Activity.objects.select_related("station", "brand")
    activities = activities.prefetch_related(Prefetch("cohosts", Station.objects.public()))
    try:
        return page_or_404(request, activities.released(), pk=pk)
    except Http404:
        return page_or_404(request, activities.managed_by(request.user), pk=pk)


def _tour(past: list[Session], planned: list[Session]) -> dict | None:
    """Where a touring talk (宣讲团巡回) has been and where it is still to come, in order."""
    if len({session.place for session in [*past, *planned]}) < 2:
        return None
    return {"been": past[::-1], "to_come": planned}


@require_safe
def activity_detail(request, pk):
    now = timezone.now()
    activity = _activity_shown_to(request, pk)
    sessions = activity.sessions.for_cards()
    cancelled = SessionChange.objects.filter(step="cancel").order_by("-at", "-pk")
    changes = Prefetch("changes", cancelled, to_attr="cancellations")
    coming = list(sessions.upcoming(now).prefetch_related(changes, "moves"))
    planned = [session for session in coming if session.status == Session.Status.PLANNED]
    is_talk = activity.form == Activity.Form.TALK
    past = list(sessions.planned().past(now)[: STOPS_SHOWN if is_talk else PAST_SHOWN])
    others = Session.objects.published().planned().at(activity.station).exclude(activity=activity)
    return render(
        request,
        "activities/activity_detail.html",
        {
            "activity": activity,
            "is_preview": not activity.is_shown,
            "coming": coming,
            "planned": planned,
            "notices": notices(coming),
            "differing_places": len({session.place for session in planned}) > 1,
            "needs_signup": any(each.needs_signup and not each.is_on for each in planned),
            "past": past[:PAST_SHOWN],
            "tour": _tour(past, planned) if is_talk else None,
            "others": others.for_cards().upcoming(now)[:OTHERS_SHOWN],
            "speakers": activity.speakers.on_wall(),
            "linked_data": linked_data.block(
                *events(activity, coming, partial(address_for, request))
            ),
        },
    )


@require_safe
def brand_list(request):
    brands = list(Brand.objects.public().select_related("station"))
    current = [brand for brand in brands if brand.is_in_force()]
    return render(
        request,
        "activities/brand_list.html",
        {"brands": current, "former": [brand for brand in brands if brand not in current]},
    )


@require_safe
def brand_detail(request, pk):
    now = timezone.now()
    brand = page_or_404(request, Brand.objects.begun().select_related("station"), pk=pk)
    sessions = Session.objects.published().filter(activity__brand=brand).for_cards()
    return render(
        request,
        "activities/brand_detail.html",
        {
            "brand": brand,
            "coming": sessions.upcoming(now)[:OF_BRAND_SHOWN],
            "past": sessions.planned().past(now)[:OF_BRAND_SHOWN],
            "others": Brand.objects.public().filter(station=brand.station).exclude(pk=brand.pk),
        },
    )


def _as_calendar(request, sessions, name: str, file_name: str) -> HttpResponse:
    """A calendar file, or 304 to the phone that has it already."""
    file = feeds.CalendarFile(sessions, name, partial(address_for, request))
    etag, changed_at = quote_etag(file.fingerprint), int(feeds.last_change().timestamp())
    response = get_conditional_response(request, etag, changed_at) or HttpResponse(file.write())
    for name, value in (
        ("Content-Type", "text/calendar; charset=utf-8"),
        ("Content-Disposition", f'inline; filename="{file_name}.ics"'),
        ("Cache-Control", "public, no-cache"),  # what is taken down is gone at the next asking
        ("ETag", etag),
        ("Last-Modified", http_date(changed_at)),
        ("X-Robots-Tag", "noindex"),
    ):
        response[name] = value
    return response


@require_safe
def calendar(request):
    """The whole street's calendar, for phones that follow it (日历订阅)."""
    centre = Station.objects.centre()
    name = f"{centre.name}文明实践活动" if centre else "文明实践活动"
    sessions = feeds.in_calendar(Session.objects.published())
    return _as_calendar(request, sessions, name, "activities")


@require_safe
def station_calendar(request, slug):
    """What a station holds, alone or with others."""
    station = get_object_or_404(Station.objects.public(), slug=slug)
    sessions = feeds.in_calendar(Session.objects.published().hosted_by(station))
    return _as_calendar(request, sessions, f"{station.name}文明实践活动", station.slug)


@require_safe
def session_calendar(request, pk):
    """One session, to be put into the phone's own calendar (存到日历)."""
    session = get_object_or_404(feeds.told(Session.objects.published()), pk=pk)
    return _as_calendar(request, [session], session.activity.title, f"session-{pk}")
