"""Residents' pages of what is built: the stations, and one station with all it has."""

from django.db.models import Count, Prefetch, Q, Window
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activities.models import Session
from activities.weeks import Week
from stations.models import Platform, Posting, Station
from volunteers.models import Membership

NEXT_SESSIONS = 6


@require_safe
def station_list(request):
    return render(
        request, "stations/station_list.html", {"stations": list(Station.objects.public())}
    )


def _teams(station: Station):
    """The teams in force, each with how many active volunteers belong to it today."""
    members = Membership.objects.in_force().filter(volunteer__status="active")
    is_member = Q(memberships__in=members)
    teams = station.teams.in_force().select_related("partner_unit")
    return teams.annotate(member_count=Count("memberships", filter=is_member))


@require_safe
def station_detail(request, slug):
    now = timezone.now()
    station = get_object_or_404(Station.objects.public(), slug=slug)
    platforms = Platform.objects.in_force()
    sessions = Session.objects.published().hosted_by(station)
    coming = sessions.upcoming(now).for_cards().annotate(total=Window(Count("pk")))
    heads = station.postings.in_force().filter(duty=Posting.Duty.HEAD)
    return render(
        request,
        "stations/station_detail.html",
        {
            "station": station,
            "heads": list(heads.values_list("name", flat=True)),
            "week": Week.of(sessions.planned(), timezone.localdate(now)),
            "sessions": coming[:NEXT_SESSIONS],
            "venues": station.venues.in_force().prefetch_related(Prefetch("platforms", platforms)),
            "platforms": station.platforms.in_force(),
            "brand": station.brands.in_force().first(),
            "teams": _teams(station),
        },
    )
