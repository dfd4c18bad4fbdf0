"""The list of pages for search engines. What residents may find is one line here."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as sitemap_view
from django.urls import reverse
from django.views.decorators.http import require_safe

from activities.models import Activity, Brand, RoleModel
from stations.models import Article, Station
from volunteers.models import Team

#: Pages without arguments, and the doors.
PAGES = (
    ("home",),
    ("activities:activity-list",),
    ("stations:station-list",),
    ("volunteers:team-list",),
    ("activities:brand-list",),
    ("activities:role-model-list",),
    ("activities:role-model-notice",),
    ("activities:role-model-nominate",),
    ("figures",),
    ("door", "help"),
    ("door", "report"),
    ("door", "progress"),
    ("stations:article-list",),
    ("stations:rules",),
    ("stations:about",),
    ("stations:leading-group",),
    ("stations:plan",),
    ("privacy",),
    ("accessibility",),
)

#: Rows with a page each, as they are shown at the moment of asking. A new kind adds its line.
ROWS = {
    "stations": lambda: Station.objects.public(),
    "activities": lambda: Activity.objects.published(),
    "articles": lambda: Article.objects.published().exclude(kind=Article.Kind.PAGE),
    "brands": lambda: Brand.objects.public(),
    "role-models": lambda: RoleModel.objects.on_wall(),
    "teams": lambda: Team.objects.public(),
}


class _OurSitemap(Sitemap):
    """Addresses begin with the configured host, or with the one that was asked."""

    def get_protocol(self, protocol=None):
        return urlsplit(settings.SITE["base_url"]).scheme or super().get_protocol(protocol)

    def get_domain(self, site=None):
        return urlsplit(settings.SITE["base_url"]).netloc or super().get_domain(site)


class _Pages(_OurSitemap):
    def items(self):
        return PAGES

    def location(self, item):
        name, *arguments = item
        return reverse(name, args=arguments)


class _Rows(_OurSitemap):
    def __init__(self, rows):
        self.rows = rows

    def items(self):
        return self.rows().order_by("pk")


@require_safe
def sitemap(request):
    sections = {"pages": _Pages()} | {name: _Rows(rows) for name, rows in ROWS.items()}
    return sitemap_view(request, sections)
