"""Residents' pages of what is done: the list of sessions, an activity, the brands."""

from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activities.forms import ActivityFilter, PageForm, span_of
from activities.models import Activity, Brand, Session, SessionChange, on_days
from stations.models import Station

PER_PAGE = 20
PAST_SHOWN = 10
OTHERS_SHOWN = 4
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
    chosen = None if form.chosen.get("on") else form.chosen.get("days", "")
    return [
        {
            "label": label,
            "count": counts[days or "all"],
            "query": form.query(days=days, on=None),
            "is_current": days == chosen,
        }
        for days, label in [*form.DAYS.items(), ("", "全部")]
    ]


@require_safe
def activity_list(request):
    now = timezone.now()
    form = ActivityFilter(request.GET, list(Station.objects.public()))
    sessions = Session.objects.published()
    if form.station_chosen:
        sessions = sessions.hosted_by(form.station_chosen)
    if platform := form.chosen.get("platform"):
        sessions = sessions.filter(activity__platform=platform)
    chips = _chips(form, sessions, now)

    on, days = form.chosen.get("on"), form.chosen.get("days")
    if on:
        # A day that is asked for is shown whole, with what is over already.
        sessions = sessions.on_days(on, on).order_by("starts_at", "pk")
    else:
        sessions = sessions.upcoming(now)
        if days:
            sessions = sessions.on_days(*span_of(days, timezone.localdate(now)))
    page = Paginator(sessions.for_cards(), PER_PAGE).get_page(PageForm(request.GET).number)
    planned_count = sessions.planned().count()
    return render(
        request,
        "activities/activity_list.html",
        {
            "form": form,
            "chips": chips,
            "page": page,
            "planned_count": planned_count,
            "cancelled_count": page.paginator.count - planned_count,
            "on": on,
        },
    )


@require_safe
def activity_detail(request, pk):
    now = timezone.now()
    cohosts = Prefetch("cohosts", Station.objects.public())
    published = Activity.objects.published().select_related("station", "brand")
    activity = get_object_or_404(published.prefetch_related(cohosts), pk=pk)
    sessions = activity.sessions.for_cards()
    cancelled = SessionChange.objects.filter(step="cancel").order_by("-at", "-pk")
    changes = Prefetch("changes", cancelled, to_attr="cancellations")
    coming = list(sessions.upcoming(now).prefetch_related(changes))
    planned = [session for session in coming if session.status == Session.Status.PLANNED]
    others = Session.objects.published().planned().at(activity.station).exclude(activity=activity)
    return render(
        request,
        "activities/activity_detail.html",
        {
            "activity": activity,
            "has_station_page": not activity.station.is_centre and activity.station.is_in_force(),
            "coming": coming,
            "planned": planned,
            "differing_places": len({session.place for session in planned}) > 1,
            "cancelled": [session for session in coming if session not in planned],
            "needs_signup": any(session.capacity for session in planned),
            "past": sessions.planned().past(now)[:PAST_SHOWN],
            "others": others.for_cards().upcoming(now)[:OTHERS_SHOWN],
        },
    )


def _shown_brands():
    """The brands that have begun, of the stations that residents see."""
    begun = Brand.objects.filter(started_on__lte=timezone.localdate())
    return begun.filter(station__in=Station.objects.public()).select_related("station")


@require_safe
def brand_list(request):
    brands = list(_shown_brands())
    current = [brand for brand in brands if brand.is_in_force()]
    return render(
        request,
        "activities/brand_list.html",
        {"brands": current, "former": [brand for brand in brands if brand not in current]},
    )


@require_safe
def brand_detail(request, pk):
    now = timezone.now()
    brand = get_object_or_404(_shown_brands(), pk=pk)
    sessions = Session.objects.published().filter(activity__brand=brand).for_cards()
    return render(
        request,
        "activities/brand_detail.html",
        {
            "brand": brand,
            "coming": sessions.upcoming(now)[:OF_BRAND_SHOWN],
            "past": sessions.planned().past(now)[:OF_BRAND_SHOWN],
        },
    )
