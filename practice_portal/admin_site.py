"""The clerks' workplace: Django's own admin, in our order and our type."""

from functools import wraps

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_safe

from practice_portal import clerk_help
from practice_portal.lib.kept_forms import FIELD, KeptForm
from practice_portal.lib.rate_limits import rate_limited, refuse_too_many, too_many

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
    index_title = "待办"
    empty_value_display = "—"
    enable_nav_sidebar = True

    def index(self, request, extra_context=None):
        # Looked up here, because the site is made before there are models.
        from practice_portal.desk import Desk
        from practice_portal.nightly import notice_for

        found = {"nightly_notice": notice_for(request.user), "desk": Desk(request.user)}
        return super().index(request, {**found, **(extra_context or {})})

    def get_urls(self):
        """Without `r/`, which leads to the page of any row of any model by its key."""
        urls = [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]
        help_page = self.admin_view(require_safe(self.help_page))
        return [path("help/", help_page, name="help"), *urls]

    def each_context(self, request):
        match = request.resolver_match
        help_url = clerk_help.url_for(match.url_name if match else None)
        return {**super().each_context(request), "help_url": help_url}

    def help_page(self, request):
        context = {
            **self.each_context(request),
            "title": "帮助",
            "tasks": clerk_help.TASKS,
            "picture_width": clerk_help.PICTURE_WIDTH,
            "picture_height": clerk_help.PICTURE_HEIGHT,
        }
        return TemplateResponse(request, "admin/help.html", context)

    def admin_view(self, view, cacheable=False):
        """As Django's; a form that is sent after the session's end goes along to the log-in."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def keeping(request, *args, **kwargs):
            if request.method == "POST" and not request.user.is_authenticated:
                from practice_portal.accounts import kept_forms

                if kept_forms.kept(request):
                    return kept_forms.log_in_first(request)
            return guarded(request, *args, **kwargs)

        return keeping

    def login(self, request, extra_context=None):
        # Not before the models are there.
        from practice_portal.accounts import backends, forms, kept_forms

        kept = KeptForm.read(request.POST.get(FIELD, ""))
        if kept:
            extra_context = {FIELD: request.POST[FIELD], **(extra_context or {})}

        self.login_form = forms.LoginForm
        if request.method == "POST":
            name = forms.LoginNameForm(request.POST).name
            if refusal := refuse_too_many(request, (forms.LOGINS_FROM_HERE, name)):
                return refusal
        try:
            response = super().login(request, extra_context)
        except backends.TooManyLogins as error:
            return too_many(request, error.seconds)
        has_logged_in = request.method == "POST" and response.status_code == 302
        return kept_forms.go_on(request, kept) if kept and has_logged_in else response

    def password_change(self, request, extra_context=None):
        from practice_portal.accounts.forms import LOCKS_CHANGED

        limited = rate_limited(LOCKS_CHANGED, lambda request, *_: request.user.pk)
        return limited(super().password_change)(request, extra_context)

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
