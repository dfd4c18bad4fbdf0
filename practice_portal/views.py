"""The roof: home, the centre's figures, the doors, the large-text mode."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from activities.models import Brand, Session
from activities.weeks import Week
from practice_portal.context import LARGE_TEXT_COOKIE
from practice_portal.forms import FiguresForm, LargeTextForm
from practice_portal.lib import metrics, personal_data
from practice_portal.lib.lunar import lunar_date
from practice_portal.lib.metrics import Heading, Metric, Number
from stations.models import Station

NEXT_SESSIONS = 4
BRANDS_SHOWN = 4

#: The day of the centre's own publication; its figures are in tests/data/seed_facts.csv.
PUBLISHED_ON = date(2020, 4, 25)

#: What a resident is told first, with a shorter name than the full one of /figures/.
KEY_FIGURES = {
    "stations.built": "社区实践所",
    "volunteers.registered": "志愿者",
    "volunteers.teams": "志愿者队伍",
    "services.resident_problems_solved": "解决的群众难题",
    "honours.role_models": "道德标杆",
}

MOTTOES = {
    Heading.BUILD: ("一", "一个中心、多种功能、共享使用。"),
    Heading.LEARN: ("二", "线下集中学，线上自己学。"),
    Heading.PEOPLE: ("三", "十个机构、百名骨干、千名志愿者。"),
    Heading.ACTION: ("四", "一社一品、我们的节日、移风易俗、巡回宣讲。"),
    Heading.SERVICE: ("五", "居民点单，队伍接单；评好人、学好人、当好人。"),
}


@dataclass(frozen=True)
class Figure:
    """A figure as a page prints it."""

    metric: Metric
    label: str
    value: Number
    when_published: Number = None


@require_safe
def home(request):
    now = timezone.now()
    today = timezone.localdate(now)
    planned = Session.objects.published().planned()
    week = Week.of(planned, today)
    coming = list(planned.upcoming(now).for_cards()[:NEXT_SESSIONS])
    of_this_week = [s for s in coming if timezone.localdate(s.starts_at) <= week.last]
    stations = list(Station.objects.public())
    brands = Brand.objects.in_force().filter(station__in=stations).select_related("station")
    return render(
        request,
        "practice_portal/home.html",
        {
            "today": today,
            "lunar": lunar_date(today),
            "week": week,
            "next": coming[0] if coming else None,
            "is_next_today": bool(coming) and timezone.localdate(coming[0].starts_at) <= today,
            "sessions": of_this_week or coming,
            "is_this_week": bool(of_this_week),
            "stations": stations,
            "brands": brands[:BRANDS_SHOWN],
            "figures": _key_figures(today),
        },
    )


def _key_figures(on: date) -> list[Figure]:
    declared = metrics.declared()
    shown = [declared[code] for code in KEY_FIGURES]
    values = metrics.figures([(metric, metric.period(on)) for metric in shown])
    return [
        Figure(metric, KEY_FIGURES[metric.code], value)
        for metric, value in zip(shown, values, strict=True)
    ]


@require_safe
def figures(request):
    form = FiguresForm(request.GET)
    today = timezone.localdate()
    on = (form.is_valid() and form.cleaned_data["on"]) or today
    published = metrics.published()
    # Both days in one query.
    values = metrics.figures(
        [(metric, metric.period(day)) for day in (on, PUBLISHED_ON) for metric in published]
    )
    found = [
        Figure(metric, metric.label, value, then if on != PUBLISHED_ON and then != value else None)
        for metric, value, then in zip(
            published, values[: len(published)], values[len(published) :], strict=True
        )
    ]
    headings = [
        {
            "number": number,
            "label": heading.label,
            "motto": motto,
            "figures": [figure for figure in found if figure.metric.heading == heading],
        }
        for heading, (number, motto) in MOTTOES.items()
    ]
    return render(
        request,
        "practice_portal/figures.html",
        {"form": form, "on": on, "is_today": on == today, "headings": headings},
    )


@require_safe
def door(request, door):
    """How to do it by phone or at the counter, until the service itself is online."""
    if door not in ("help", "report", "progress"):
        raise Http404
    return render(
        request,
        f"practice_portal/door_{door}.html",
        {"stations": list(Station.objects.public())},
    )


@require_safe
def privacy(request):
    """Who holds what and for how long, from the table by which it is also forgotten."""
    return render(
        request, "practice_portal/privacy.html", {"keep_times": personal_data.keep_times()}
    )


@require_safe
def large_text(request):
    """Keep the type size in a cookie for a year, and go back to where the resident was."""
    form = LargeTextForm(request.GET)
    form.is_valid()
    back = form.cleaned_data.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    response = HttpResponseRedirect(back if is_ours and back.startswith("/") else reverse("home"))
    if form.cleaned_data.get("on") == "1":
        response.set_cookie(
            LARGE_TEXT_COOKIE,
            "1",
            max_age=timedelta(days=365),
            path=settings.SESSION_COOKIE_PATH,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(LARGE_TEXT_COOKIE, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
    return response
