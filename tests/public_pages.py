"""Every page that a resident can open, found by walking the resolver, with one object each."""

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from activities.models import Activity, Brand
from stations.models import Station

#: Pages for staff: whoever is not logged in is sent to do so.
STAFF = {"admin", "reports", "account"}

#: Pages that answer by sending the resident back to where they were.
REDIRECTS = {"large-text"}

#: For machines, not for residents: tests/practice_portal/test_health.py.
PROBES = {"healthz"}
#: Pages whose form is sent back to themselves, and addresses that only take what a page sends.
FORMS = {"services:my"}
POST_ONLY = {"services:my-forget"}

#: For every public URL with arguments: arguments that there is a page for, and some there is none
#: for. A new page adds its line.
SAMPLES = {
    "door": (lambda: ["help", "report", "progress"], "flying"),
    "stations:station-detail": (
        lambda: Station.objects.public().values_list("slug", flat=True)[:1],
        "nowhere",
    ),
    "activities:activity-detail": (
        lambda: Activity.objects.published().values_list("pk", flat=True)[:1],
        987654321,
    ),
    "activities:brand-detail": (
        lambda: Brand.objects.filter(station__in=Station.objects.public()).values_list(
            "pk", flat=True
        )[:1],
        987654321,
    ),
}


def _walk(resolver: URLResolver, namespaces: tuple[str, ...] = ()):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, inner)
        elif isinstance(entry, URLPattern):
            yield namespaces, entry


def public_urls() -> dict[str, bool]:
    """The names of the public URLs, each with whether it takes arguments."""
    return {
        ":".join([*namespaces, entry.name or str(entry.pattern)]): bool(entry.pattern.regex.groups)
        for namespaces, entry in _walk(get_resolver())
        if not STAFF.intersection(namespaces) and entry.name not in PROBES
    }


def without_arguments() -> list[str]:
    return [name for name, takes_some in public_urls().items() if not takes_some]


def with_arguments() -> list[str]:
    return [name for name, takes_some in public_urls().items() if takes_some]


def addresses() -> list[str]:
    """Every public page of the rows that are in the database now; fails where one has no page."""
    found = [reverse(name) for name in without_arguments() if name not in REDIRECTS | POST_ONLY]
    for name in with_arguments():
        samples, _ = SAMPLES[name]
        arguments = list(samples())
        assert arguments, f"no row for {name}"
        found += [reverse(name, args=[argument]) for argument in arguments]
    return found
