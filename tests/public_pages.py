"""Every page that a resident can open, found by walking the resolver, with one object each."""

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from activities.models import Activity, Brand, RoleModel, Session, Signup
from activities.signups import here
from practice_portal.lib.months import Month
from stations.models import Article, ArticleAttachment, Station
from volunteers.models import Team

#: Pages for staff: whoever is not logged in is sent to do so.
STAFF = {"admin", "reports", "account"}

#: Pages that answer by sending the resident back to where they were.
REDIRECTS = {"large-text", "where-set"}

#: For machines, not for residents: tests/practice_portal/test_health.py, test_sitemap.py.
PROBES = {"healthz", "sitemap", "robots", "favicon"}
#: For developers, while DEBUG is on: tests/practice_portal/test_design.py.
DEVELOPERS = {"design"}
#: Files, not pages: tests/activities/test_feeds.py and test_month_paper.py.
FILES = {"calendar", "station-calendar", "session-calendar", "activity-month-pdf"}
#: Pages whose form is sent back to themselves, and addresses that only take what a page sends.
FORMS = {
    *("services:my", "activities:session-here"),
    *("activities:session-signup", "activities:signup-change"),
    *("activities:role-model-nominate", "activities:role-model-object"),
}
POST_ONLY = {"services:my-forget", "activities:signup-rate"}
#: Pages whose form asks nothing but whether one is sure.
SURE = {"activities:signup-cancel"}

#: For every public URL with arguments: arguments that there is a page for, and some there is none
#: for. A new page adds its line.
SAMPLES = {
    "door": (lambda: ["help", "report", "progress"], "flying"),
    "stations:station-detail": (
        lambda: Station.objects.public().values_list("slug", flat=True)[:1],
        "nowhere",
    ),
    "volunteers:team-detail": (
        lambda: Team.objects.public().values_list("pk", flat=True)[:1],
        987654321,
    ),
    "stations:article-detail": (
        lambda: Article.objects.published().exclude(kind="page").values_list("pk", flat=True)[:1],
        987654321,
    ),
    "stations:attachment": (
        lambda: ArticleAttachment.objects.filter(article__status="published").values_list(
            "pk", flat=True
        )[:1],
        987654321,
    ),
    "activities:activity-detail": (
        lambda: Activity.objects.published().values_list("pk", flat=True)[:1],
        987654321,
    ),
    "activities:session-signup": (
        lambda: (
            Session.objects.published()
            .upcoming()
            .filter(capacity__isnull=False)
            .values_list("pk", flat=True)[:1]
        ),
        987654321,
    ),
    **dict.fromkeys(
        ["activities:signup-detail", "activities:signup-change", "activities:signup-cancel"],
        (lambda: Signup.objects.values_list("key", flat=True)[:1], "AAAAAAAAAAAAAAAAAAAAAA"),
    ),
    "activities:session-here": (
        lambda: [here.code_of(each) for each in Session.objects.published()[:1]],
        "no-code-of-ours",
    ),
    "activities:activity-month": (lambda: [Month.current()], Month(2099, 1)),
    "activities:brand-detail": (
        lambda: Brand.objects.public().values_list("pk", flat=True)[:1],
        987654321,
    ),
    "activities:role-model-detail": (
        lambda: RoleModel.objects.on_wall().values_list("pk", flat=True)[:1],
        987654321,
    ),
    "activities:role-model-object": (
        lambda: RoleModel.objects.on_notice().values_list("pk", flat=True)[:1],
        987654321,
    ),
    "activities:role-model-nominated": (
        lambda: RoleModel.objects.exclude(code=None).values_list("code", flat=True)[:1],
        "ZZZZ9999",
    ),
}

#: Public URLs with arguments that no row stands behind: every other is the page of a row that the
#: street office can take down (tests/house/test_take_down.py).
WITHOUT_ROW = {
    *("activities:activity-month", "stations:attachment", "door"),
    *("activities:role-model-nominated", "activities:role-model-object"),
    *("activities:session-signup", "activities:session-here", "activities:signup-detail"),
    *("activities:signup-change", "activities:signup-cancel"),
}


def _walk(resolver: URLResolver, namespaces: tuple[str, ...] = ()):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, inner)
        elif isinstance(entry, URLPattern):
            yield namespaces, entry


def routes() -> dict[str, str]:
    """Every route outside the admin, those for staff among them: the names, each with its path."""
    found = {}

    def walk(resolver: URLResolver, namespaces: tuple[str, ...], before: str) -> None:
        for entry in resolver.url_patterns:
            path = before + str(entry.pattern)
            if isinstance(entry, URLResolver):
                inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
                if "admin" not in inner:
                    walk(entry, inner, path)
            else:
                found[":".join([*namespaces, entry.name or path])] = path

    walk(get_resolver(), (), "/")
    return found


def public_urls() -> dict[str, bool]:
    """The names of the public URLs, each with whether it takes arguments."""
    return {
        ":".join([*namespaces, entry.name or str(entry.pattern)]): bool(entry.pattern.regex.groups)
        for namespaces, entry in _walk(get_resolver())
        if not STAFF.intersection(namespaces) and entry.name not in PROBES | DEVELOPERS | FILES
    }


def without_arguments() -> list[str]:
    return [name for name, takes_some in public_urls().items() if not takes_some]


def with_arguments() -> list[str]:
    return [name for name, takes in public_urls().items() if takes and name not in POST_ONLY]


def addresses() -> list[str]:
    """Every public page of the rows that are in the database now; fails where one has no page."""
    found = [reverse(name) for name in without_arguments() if name not in REDIRECTS | POST_ONLY]
    for name in with_arguments():
        samples, _ = SAMPLES[name]
        arguments = list(samples())
        assert arguments, f"no row for {name}"
        found += [reverse(name, args=[argument]) for argument in arguments]
    return found


def form_addresses() -> list[str]:
    """The pages whose form is sent back to themselves."""
    with_a_row = {name: list(SAMPLES[name][0]()) for name in FORMS & SAMPLES.keys()}
    return [reverse(name, args=with_a_row.get(name, [])[:1]) for name in sorted(FORMS)]


def sure_addresses() -> list[str]:
    """The pages that do what they ask for when they are sent back empty."""
    return [reverse(name, args=[row]) for name in sorted(SURE) for row in SAMPLES[name][0]()]
