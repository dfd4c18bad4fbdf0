"""The clerks' workplace: Django's own admin, in our order and our type."""

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig

from practice_portal.lib.rate_limits import refuse_too_many

#: ① to ⑥: the five headings and the monthly summary; then what the portal says of itself.
APP_ORDER = [
    "stations",
    "learning",
    "volunteers",
    "activities",
    "services",
    "reports",
    "practice_portal",
]


class PortalAdminSite(admin.AdminSite):
    site_title = "工作台"
    site_header = "工作台"
    index_title = "工作台"
    empty_value_display = "—"
    enable_nav_sidebar = True

    def index(self, request, extra_context=None):
        # Looked up here, because the site is made before there are models.
        from practice_portal.nightly import notice_for

        notice = {"nightly_notice": notice_for(request.user)}
        return super().index(request, {**notice, **(extra_context or {})})

    def get_urls(self):
        """Without `r/`, which leads to the page of any row of any model by its key."""
        return [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]

    def login(self, request, extra_context=None):
        from practice_portal.accounts import forms  # not before the models are there

        self.login_form = forms.LoginForm
        if request.method == "POST":
            name = request.POST.get("username", "")[:150]
            refusal = refuse_too_many(
                request, (forms.LOGINS_FROM_HERE, name), (forms.LOGINS_FROM_ANYWHERE, name)
            )
            if refusal:
                return refusal
        return super().login(request, extra_context)

    def get_app_list(self, request, app_label=None):
        """The apps by their headings, and in each the models in the order they are written."""
        app_list = super().get_app_list(request, app_label)
        for app in app_list:
            models = apps.get_app_config(app["app_label"]).get_models()
            written = [model._meta.object_name for model in models]
            app["models"].sort(key=lambda model: written.index(model["object_name"]))
        return sorted(app_list, key=lambda app: APP_ORDER.index(app["app_label"]))


class PortalAdminConfig(AdminConfig):
    default_site = "practice_portal.admin_site.PortalAdminSite"
