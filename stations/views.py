"""Residents' pages of what is built: the stations, which one is mine, and the articles."""

from functools import partial

from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Window
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activities.forms import PageForm
from activities.models import Session
from activities.weeks import Week
from practice_portal.lib import linked_data, preferences
from practice_portal.lib.addresses import address_for
from practice_portal.lib.attachments import download
from practice_portal.lib.months import Month, start_of
from stations import hours, near
from stations.forms import ChoiceForm, ListForm, NewsFilter, WhereForm
from stations.linked_data import station_data
from stations.models import Article, ArticleAttachment, Compound, Holiday, Posting, Station
from stations.showing import page_or_404

NEXT_SESSIONS = 6
PAST_SHOWN = 3
NEWS_SHOWN = 4
NEWS_PER_PAGE = 15


def _with_compounds(stations):
    """The stations, each with its compounds, and every compound knowing its station."""
    return stations.prefetch_related(
        Prefetch("compounds", Compound.objects.order_by("position", "pk"))
    )


@require_safe
def station_list(request):
    now = timezone.now()
    form = ListForm(request.GET)
    registered = list(_with_compounds(Station.objects.with_those_to_come()))
    stations = [station for station in registered if station.is_public]
    hours.tell(stations, now, Holiday.objects.calendar(timezone.localdate(now)))
    return render(
        request,
        "stations/station_list.html",
        {
            "stations": stations,
            "to_come": len(registered) - len(stations),
            "by_compound": form.is_valid() and form.cleaned_data["by"] == "compound",
        },
    )


@require_safe
def where(request):
    """我住哪个小区: by a few characters, or from the list in the street's order."""
    form = WhereForm(request.GET)
    stations = list(_with_compounds(Station.objects.public()))
    words = form.words
    compounds = [each for station in stations for each in station.compounds.all()]
    return render(
        request,
        "stations/where.html",
        {
            "form": form,
            "words": words,
            "back": preferences.way_back(request, form.back),
            "near": near.of(request),
            "stations": stations,
            "found": form.matches(compounds) if words else [],
            # Whoever says the community's name may mean all of it: it stands first.
            "found_stations": [each for each in stations if words and words in each.name],
        },
    )


@require_safe
def where_set(request):
    """Keep the community or compound in a cookie, and go back to where the resident was."""
    form = ChoiceForm(request.GET)
    form.is_valid()
    wish, back = form.cleaned_data.get("to"), form.cleaned_data.get("next", "")
    found = near.find(wish) if wish else None
    if found or wish == "":
        value = found.cookie if found else ""
        return preferences.keep(request, near.COOKIE, value, back=back)
    return redirect(preferences.way_back(request, back))  # a link to what is gone changes nothing


def _rooms_and_platforms(station: Station) -> tuple[list, list]:
    """The venues, each with the station's `platforms` that use it, and all its platforms."""
    venues = list(station.venues.in_force())
    for venue in venues:
        venue.used_by = []
    by_key = {venue.pk: venue for venue in venues}
    platforms = {}
    for platform in station.platforms.in_force().annotate(venue_key=F("venues")):
        platforms.setdefault(platform.pk, platform)
        if venue := by_key.get(platform.venue_key):
            venue.used_by.append(platform)
    return venues, list(platforms.values())


def _done(sessions, now) -> dict:
    """What was held last, and what this month comes to so far; one query."""
    month = Month.of(timezone.localdate(now))
    held = sessions.held().past(now)
    recent = list(held.filter(ends_at__gte=start_of((month - 1).first)).for_cards())
    this_month = [s for s in recent if s.ends_at >= start_of(month.first)]
    return {
        "past": recent[:PAST_SHOWN],
        "held_count": len(this_month),
        "served": sum(session.people_served for session in this_month),
        "helped": sum(session.volunteers_served or 0 for session in this_month),
    }


@require_safe
def station_detail(request, slug):
    now = timezone.now()
    today = timezone.localdate(now)
    station = page_or_404(request, Station.objects.known(), slug=slug)
    hours.tell([station], now, Holiday.objects.calendar(today))
    sessions = Session.objects.published().hosted_by(station)
    coming = sessions.upcoming(now).for_cards().annotate(total=Window(Count("pk")))
    shown = [Posting.Duty.HEAD, Posting.Duty.STEWARD]
    postings = list(station.postings.in_force().filter(duty__in=shown).order_by("since", "pk"))
    compounds = list(station.compounds.order_by("position", "pk"))
    on_duty = {each.pk for each in postings}
    venues, platforms = _rooms_and_platforms(station)
    return render(
        request,
        "stations/station_detail.html",
        {
            "station": station,
            "is_mine": request.COOKIES.get(near.COOKIE, "").split(".")[0] == station.slug,
            "heads": [each for each in postings if each.duty == Posting.Duty.HEAD],
            "stewards": [
                {"posting": each, "compounds": [c for c in compounds if c.steward_id == each.pk]}
                for each in postings
                if each.duty == Posting.Duty.STEWARD
            ],
            "other_compounds": [c for c in compounds if c.steward_id not in on_duty],
            "week": Week.of(sessions.planned(), today),
            "sessions": coming[:NEXT_SESSIONS],
            **_done(sessions, now),
            "venues": venues,
            "platforms": platforms,
            "brand": station.brands.online().in_force().first(),
            "teams": station.teams.public().with_member_count().select_related("partner_unit"),
            "articles": Article.objects.published().news().at(station).for_rows()[:NEWS_SHOWN],
            "linked_data": linked_data.block(station_data(station, partial(address_for, request))),
        },
    )


@require_safe
def article_list(request):
    """News and notices, the newest first."""
    news = Article.objects.published().news()
    stations = Station.objects.filter(Exists(news.filter(station=OuterRef("pk"))))
    years = [day.year for day in news.order_by().datetimes("published_at", "year", order="DESC")]
    form = NewsFilter(request.GET, list(stations), years)
    if form.station_chosen:
        news = news.at(form.station_chosen)
    if year := form.chosen.get("year"):
        news = news.filter(published_at__year=year)
    counts = dict(news.order_by().values_list("kind").annotate(Count("pk")))
    kind = form.chosen.get("kind", "")
    chips = [
        {
            "label": label,
            "count": counts.get(value, 0) if value else sum(counts.values()),
            "query": form.query(kind=value),
            "is_current": value == kind,
        }
        for value, label in form.fields["kind"].choices
    ]
    if kind:
        news = news.filter(kind=kind)
    paginator = Paginator(news.for_rows(), NEWS_PER_PAGE)
    return render(
        request,
        "stations/article_list.html",
        {"form": form, "chips": chips, "page": paginator.get_page(PageForm(request.GET).number)},
    )


def _article_page(request, article: Article, **context):
    """An article with all that hangs on it."""
    return render(
        request,
        "stations/article_detail.html",
        {
            "article": article,
            "is_shown": article.is_published and article.station.is_public,
            "pictures": article.pictures.all(),
            "attachments": article.attachments.all(),
            **context,
        },
    )


@require_safe
def article_detail(request, pk):
    """News, a notice or a rule; to staff also what is not published yet, fixed pages among it."""
    has_own_address = Q(kind=Article.Kind.PAGE, status=Article.Status.PUBLISHED)
    articles = Article.objects.exclude(has_own_address).select_related("station")
    try:
        article = page_or_404(request, articles.released(), pk=pk)
    except Http404:
        article = page_or_404(request, articles.managed_by(request.user), pk=pk)
    station = article.station
    others = Article.objects.published().exclude(pk=pk).filter(station=station)
    others = others.filter(kind=Article.Kind.RULES) if not article.is_news else others.news()
    return _article_page(
        request,
        article,
        has_station_page=station.has_page,
        others=others.for_rows()[:NEWS_SHOWN],
    )


@require_safe
def rules(request):
    """制度文件: what everything here goes by."""
    articles = Article.objects.published().filter(kind=Article.Kind.RULES).for_rows()
    page = Paginator(articles, NEWS_PER_PAGE).get_page(PageForm(request.GET).number)
    return render(request, "stations/rules.html", {"page": page})


@require_safe
def page(request, slug):
    """One of the fixed pages."""
    released = Article.objects.released().select_related("station")
    try:
        article = page_or_404(request, released, slug=slug)
    except Http404:
        title = Article.Page(slug).label
        return render(request, "stations/page_to_come.html", {"title": title})
    return _article_page(request, article)


@require_safe
def attachment(request, pk):
    """A file as a download, for whoever may read its article."""
    articles = Article.objects.readable_by(request.user).online().values("pk")
    found = get_object_or_404(ArticleAttachment, pk=pk, article__in=articles)
    try:
        return download(found.file, found.title)
    except FileNotFoundError as error:
        raise Http404 from error
