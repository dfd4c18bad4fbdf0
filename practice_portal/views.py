"""The roof: home, the centre's figures, the doors, the large-text mode."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q, Window
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from activities.forms import PageForm
from activities.models import Brand, Session
from activities.weeks import Week
from practice_portal.context import LARGE_TEXT_COOKIE
from practice_portal.forms import FiguresForm, LargeTextForm, SearchForm
from practice_portal.lib import metrics, personal_data, preferences
from practice_portal.lib.addresses import address_for
from practice_portal.lib.lunar import lunar_date
from practice_portal.lib.metrics import Heading, Metric, Number
from practice_portal.search import KINDS
from practice_portal.search import search as found_by_kind
from stations import hours, near
from stations.models import Article, Holiday, Station

NEXT_SESSIONS = 3
BRANDS_SHOWN = 4
FOUND_SHOWN = 5
FOUND_PER_PAGE = 20
NEWS_SHOWN = 5
#: What people come to ask for, for whoever opens the search without a word.
SEARCH_EXAMPLES = ("手机", "理发", "血压", "剪纸", "合唱", "法律")

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

#: What search engines are asked to leave alone: staff, and pages about one person.
NOT_FOR_SEARCH = ("admin:index", "reports:month-list", "services:my", "large-text")

MOTTOES = {
    Heading.BUILD: ("一", "一个中心、多种功能、共享使用。"),
    Heading.LEARN: ("二", "线下集中学，线上自己学。"),
    Heading.PEOPLE: ("三", "十个机构、百名骨干、千名志愿者。"),
    Heading.ACTION: ("四", "一社一品、我们的节日、移风易俗、巡回宣讲。"),
    Heading.SERVICE: ("五", "居民点单，队伍接单；评好人、学好人、当好人。"),
}

#: Where to go on from a heading to the things that were counted.
WAYS_ON = {
    Heading.BUILD: ("stations:station-list", "看各社区的实践所"),
    Heading.PEOPLE: ("volunteers:team-list", "看都有哪些队伍"),
    Heading.ACTION: ("activities:brand-list", "看各社区常年办的"),
}


@dataclass(frozen=True)
class Figure:
    """A figure as a page prints it."""

    metric: Metric
    label: str
    value: Number
    when_published: Number = None
    note: str = ""


@require_safe
def home(request):
    now = timezone.now()
    today = timezone.localdate(now)
    here = near.of(request)
    of_the_street = Session.objects.published().planned()
    planned = of_the_street.hosted_by(here.station) if here else of_the_street
    week = Week.of(planned, today)
    coming = list(_next_sessions(planned, now))
    of_this_week = [s for s in coming if timezone.localdate(s.starts_at) <= week.last]
    registered = list(Station.objects.with_those_to_come())
    stations = [station for station in registered if station.is_public]
    calendar = Holiday.objects.calendar(today)
    hours.tell([*stations, here.station] if here else stations, now, calendar)
    brands = Brand.objects.public().in_force().select_related("station")
    return render(
        request,
        "practice_portal/home.html",
        {
            "today": today,
            "lunar": lunar_date(today),
            "week": week,
            "near": here,
            "total": coming[0].total if coming else 0,
            # Nothing near me is no reason to stay at home: what the others have.
            "elsewhere": list(_next_sessions(of_the_street, now)) if here and not coming else [],
            "next": coming[0] if coming else None,
            "is_next_today": bool(coming) and timezone.localdate(coming[0].starts_at) <= today,
            "sessions": coming,
            "is_this_week": bool(of_this_week),
            "stations": stations,
            "to_come": len(registered) - len(stations),
            "brands": brands[:BRANDS_SHOWN],
            "articles": Article.objects.published().news().for_rows()[:NEWS_SHOWN],
            "figures": _key_figures(today, len(registered) - len(stations)),
        },
    )


def _next_sessions(sessions, now):
    """The next few, each with how many there are in all, and how many of them are on now."""
    in_all = sessions.upcoming(now).annotate(
        total=Window(Count("pk")),
        on_now=Window(Count("pk", filter=Q(starts_at__lte=now))),
    )
    return in_all.for_cards()[:NEXT_SESSIONS]


def _to_come(metric: Metric, to_come: int) -> str:
    """How many of the stations that are counted have no page yet, as the lists count them."""
    is_of_stations = metric.code == "stations.built" and to_come
    return f"其中{to_come}个还在登记名字和电话。" if is_of_stations else ""


def _key_figures(on: date, to_come: int) -> list[Figure]:
    declared = metrics.declared()
    shown = [declared[code] for code in KEY_FIGURES]
    values = metrics.told_to_residents([(metric, metric.period(on)) for metric in shown])
    return [
        Figure(metric, KEY_FIGURES[metric.code], value, note=_to_come(metric, to_come))
        for metric, value in zip(shown, values, strict=True)
    ]


@require_safe
def figures(request):
    form = FiguresForm(request.GET)
    today = timezone.localdate()
    on = (form.is_valid() and form.cleaned_data["on"]) or today
    published = metrics.published()
    # Both days in one query.
    values = metrics.told_to_residents(
        [(metric, metric.period(day)) for day in (on, PUBLISHED_ON) for metric in published]
    )
    to_come = Station.objects.with_those_to_come().filter(is_public=False).count()
    found = [
        Figure(
            metric,
            metric.label,
            value,
            then if on != PUBLISHED_ON and then != value else None,
            _to_come(metric, to_come if on == today else 0),
        )
        for metric, value, then in zip(
            published, values[: len(published)], values[len(published) :], strict=True
        )
    ]
    headings = [
        {
            "number": number,
            "label": heading.label,
            "motto": motto,
            "way_on": WAYS_ON.get(heading),
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
    here = near.of(request)
    return render(
        request,
        f"practice_portal/door_{door}.html",
        {
            "stations": list(Station.objects.public()),
            "mine": here.station if here and here.station.phone else None,
        },
    )


@require_safe
def search(request):
    """Everything that residents can find, by words; a first look at each kind, then all of one."""
    form = SearchForm(request.GET)
    context = {"form": form, "examples": SEARCH_EXAMPLES}
    if form.is_valid() and (words := form.cleaned_data["q"]):
        kind = next((kind for kind in KINDS if kind.code == form.cleaned_data["kind"]), None)
        context |= {"words": words, "kind": kind}
        if kind:
            pages = Paginator(kind.find(words), FOUND_PER_PAGE)
            page = pages.get_page(PageForm(request.GET).number)
            results = kind.show(page.object_list, words)
            context |= {"page": page, "results": results, "total": pages.count}
            context["page_query"] = urlencode({"q": words, "kind": kind.code})
        else:
            found = found_by_kind(words, FOUND_SHOWN)
            context |= {"found": found, "total": sum(each.total for each in found)}
    response = render(request, "practice_portal/search.html", context)
    response["X-Robots-Tag"] = "noindex"  # an endless number of pages, each of others' words
    return response


@require_safe
def privacy(request):
    """Who holds what and for how long, from the table by which it is also forgotten.

    The street office may put its own words before it: the page `privacy` among the articles.
    """
    intro = Article.objects.published().filter(slug=Article.Page.PRIVACY).first()
    return render(
        request,
        "practice_portal/privacy.html",
        {"intro": intro, "keep_times": personal_data.keep_times()},
    )


@require_safe
def accessibility(request):
    """What the site does for whoever sees, hears or moves with difficulty (无障碍说明)."""
    return render(request, "practice_portal/accessibility.html")


@require_safe
def robots(request):
    """Search engines: the public pages, without what is only for one person or for staff."""
    home = reverse("home")
    shut = [*(reverse(name) for name in NOT_FOR_SEARCH), f"{home}*.ics$", f"{home}*.pdf$"]
    sitemap = address_for(request, reverse("sitemap"))
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in shut), f"Sitemap: {sitemap}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request):
    """For browsers that ask for the icon by its old name, whatever the page says."""
    return HttpResponseRedirect(static("icons/favicon.ico"))


@require_safe
def large_text(request):
    """Keep the type size in a cookie for a year, and go back to where the resident was."""
    form = LargeTextForm(request.GET)
    form.is_valid()
    value = "1" if form.cleaned_data.get("on") == "1" else ""
    return preferences.keep(
        request, LARGE_TEXT_COOKIE, value, back=form.cleaned_data.get("next", "")
    )
