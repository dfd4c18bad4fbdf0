"""Residents' pages of who does it: the teams, and 十百千 as one picture."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from practice_portal.lib import metrics
from practice_portal.lib.dots import Dots
from stations.models import Station
from stations.showing import page_or_404
from volunteers.forms import TeamFilter
from volunteers.models import Organisation, Team

#: 十百千: ten organisations, a hundred backbones, thousands of volunteers.
TEN_HUNDRED_THOUSAND = (
    "volunteers.organisations",
    "volunteers.backbones",
    "volunteers.registered",
)
DOTS_IN_A_ROW = 121
OTHERS_SHOWN = 6


def _for_list(teams):
    return teams.with_member_count().select_related("station", "partner_unit")


def _ten_hundred_thousand() -> dict:
    """The three figures of today, and the dots that show the backbones among all."""
    declared = metrics.declared()
    asked = [declared[code] for code in TEN_HUNDRED_THOUSAND]
    today = timezone.localdate()
    values = metrics.figures([(metric, metric.period(today)) for metric in asked])
    organisations, backbones, volunteers = values
    return {
        "figures": [
            {"metric": metric, "label": metric.label, "value": value}
            for metric, value in zip(asked, values, strict=True)
        ],
        "organisations": organisations,
        "backbones": backbones,
        "volunteers": volunteers,
        "dots": Dots(volunteers, marked=backbones, columns=DOTS_IN_A_ROW),
    }


def _by_kind(teams: list[Team]) -> list[dict]:
    """The teams under what they do, in the order of the kinds; the featured ones by themselves."""
    groups = [
        {
            "label": kind.label,
            "teams": [team for team in teams if team.kind == kind and not team.is_featured],
        }
        for kind in Team.Kind
    ]
    featured = [team for team in teams if team.is_featured]
    groups.append({"label": "和单位一起建的特色队伍", "teams": featured})
    return [group for group in groups if group["teams"]]


@require_safe
def team_list(request):
    form = TeamFilter(request.GET, list(Station.objects.public()))
    teams = _for_list(Team.objects.public())
    if form.station_chosen:
        teams = teams.filter(station=form.station_chosen)
    if kind := form.chosen.get("kind"):
        teams = teams.filter(kind=kind)
    teams = list(teams)
    organisations = Organisation.objects.in_force()
    return render(
        request,
        "volunteers/team_list.html",
        {
            "form": form,
            "count": len(teams),
            "featured": sum(team.is_featured for team in teams),
            "groups": _by_kind(teams),
            "picture": _ten_hundred_thousand(),
            "organisations": list(organisations.select_related("station")),
        },
    )


@require_safe
def team_detail(request, pk):
    known = _for_list(Team.objects.known()).select_related("organisation")
    team = page_or_404(request, known, pk=pk)
    others = _for_list(Team.objects.public()).filter(station=team.station).exclude(pk=team.pk)
    return render(
        request,
        "volunteers/team_detail.html",
        {
            "team": team,
            "others": others[:OTHERS_SHOWN],
        },
    )
