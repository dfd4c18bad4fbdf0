from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path, register_converter

from practice_portal import health, views
from practice_portal.lib.months import MonthConverter

register_converter(MonthConverter, "month")

handler500 = "practice_portal.lib.away.error_page"

urlpatterns = [
    path("", views.home, name="home"),
    path("figures/", views.figures, name="figures"),
    path("doors/<slug:door>/", views.door, name="door"),
    path("privacy/", views.privacy, name="privacy"),
    path("large-text/", views.large_text, name="large-text"),
    path("stations/", include("stations.urls")),
    path("", include("activities.urls")),
    path("", include("services.urls")),
    path("reports/", include("reports.urls")),
    path("account/", include("practice_portal.accounts.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    # In development only; in production the web server serves what staff have uploaded.
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
