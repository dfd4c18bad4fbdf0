from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path

from practice_portal import design, health, views
from practice_portal.sitemaps import sitemap
from stations import views as station_views

handler400 = "practice_portal.lib.away.bad_request_page"
handler500 = "practice_portal.lib.away.error_page"

urlpatterns = [
    path("", views.home, name="home"),
    path("figures/", views.figures, name="figures"),
    path("doors/<slug:door>/", views.door, name="door"),
    path("search/", views.search, name="search"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("large-text/", views.large_text, name="large-text"),
    path("where/", station_views.where, name="where"),
    path("where/set/", station_views.where_set, name="where-set"),
    path("", include("stations.urls")),
    path("teams/", include("volunteers.urls")),
    path("", include("activities.urls")),
    path("", include("services.urls")),
    path("reports/", include("reports.urls")),
    path("account/", include("practice_portal.accounts.urls")),
    path("admin/", admin.site.urls),
    path("design/", design.design, name="design"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    # In development only; in production the web server serves what staff have uploaded.
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
