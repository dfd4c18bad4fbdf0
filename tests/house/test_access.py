"""Who may do what: one literal table of every URL, every role and every method.

A URL that is not in the table fails, and so does a line without a URL. The rows belong to the
first station; what they hide and what may be typed into them is in test_attacks.py.
"""

import re
from contextlib import contextmanager, nullcontext
from unittest import mock

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from django.template.base import Template
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils.safestring import SafeString

from activities.models import Activity, Brand, Objection, RoleModel, Session, Signup
from activities.signups import here
from practice_portal.lib.months import Month
from practice_portal.lib.phones import PersonalPhoneField
from practice_portal.models import NightlyRun
from stations.models import Article, ArticleAttachment, Posting, User
from tests.factories import MAKERS, make_centre, make_nightly_run, make_station, make_user
from volunteers.models import Team

ROLES = ("anonymous", "clerk", "clerk of another station", "lead", "director", "superuser")

#: GET and POST as each of ROLES, in their order (POST with nothing in it); then HEAD, PUT and
#: DELETE once each, as the superuser, to whom most is open.
PROFILES = {
    "public page": {
        "GET": (200, 200, 200, 200, 200, 200),
        "POST": (405, 405, 405, 405, 405, 405),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "public redirect": {
        "GET": (302, 302, 302, 302, 302, 302),
        "POST": (405, 405, 405, 405, 405, 405),
        "HEAD PUT DELETE": (302, 405, 405),
    },
    "in development only": {
        "GET": (404, 404, 404, 404, 404, 404),
        "POST": (404, 404, 404, 404, 404, 404),
        "HEAD PUT DELETE": (404, 405, 405),
    },
    "log-in": {
        "GET": (200, 302, 302, 302, 302, 302),
        "POST": (200, 200, 200, 200, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "log-out": {
        "GET": (302, 405, 405, 405, 405, 405),
        "POST": (302, 200, 200, 200, 200, 200),
        "HEAD PUT DELETE": (405, 405, 405),
    },
    "staff page": {
        "GET": (302, 200, 200, 200, 200, 200),
        "POST": (302, 200, 200, 200, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "staff page to read": {
        "GET": (302, 200, 200, 200, 200, 200),
        "POST": (302, 405, 405, 405, 405, 405),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "autocomplete of nothing": {
        "GET": (302, 403, 403, 403, 403, 403),
        "POST": (302, 405, 405, 405, 405, 405),
        "HEAD PUT DELETE": (403, 405, 405),
    },
    "no such page": {
        "GET": (302, 404, 404, 404, 404, 404),
        "POST": (302, 404, 404, 404, 404, 404),
        "HEAD PUT DELETE": (404, 405, 405),
    },
    "redirect to the form": {
        "GET": (302, 302, 302, 302, 302, 302),
        "POST": (302, 302, 302, 302, 302, 302),
        "HEAD PUT DELETE": (302, 405, 405),
    },
    "own row": {
        "GET": (302, 200, 302, 200, 200, 200),
        "POST": (302, 200, 302, 200, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own row to read": {
        "GET": (302, 200, 302, 200, 200, 200),
        "POST": (302, 403, 403, 403, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own row that nobody changes": {
        "GET": (302, 200, 302, 200, 200, 200),
        "POST": (302, 403, 403, 403, 403, 403),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own row to look at": {
        "GET": (302, 200, 302, 200, 200, 200),
        "POST": (302, 405, 405, 405, 405, 405),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own row saved as it is": {
        "GET": (302, 200, 302, 200, 200, 200),
        "POST": (302, 302, 302, 302, 302, 302),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own page to read": {
        "GET": (302, 200, 404, 200, 200, 200),
        "POST": (302, 405, 405, 405, 405, 405),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own page": {
        "GET": (302, 200, 404, 200, 200, 200),
        "POST": (302, 200, 404, 200, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own page to send back": {
        "GET": (302, 200, 404, 200, 200, 200),
        "POST": (302, 302, 404, 302, 302, 302),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own form to send": {
        "GET": (302, 405, 405, 405, 405, 405),
        "POST": (302, 200, 404, 200, 200, 200),
        "HEAD PUT DELETE": (405, 405, 405),
    },
    "own step to send": {
        "GET": (302, 405, 405, 405, 405, 405),
        "POST": (302, 302, 404, 302, 302, 302),
        "HEAD PUT DELETE": (405, 405, 405),
    },
    "staff list to send back": {
        "GET": (302, 200, 200, 200, 200, 200),
        "POST": (302, 302, 302, 302, 302, 302),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "centre only": {
        "GET": (302, 403, 403, 403, 200, 200),
        "POST": (302, 403, 403, 403, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "centre only to read": {
        "GET": (302, 403, 403, 403, 200, 200),
        "POST": (302, 403, 403, 403, 405, 405),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "centre only to send": {
        "GET": (302, 403, 403, 403, 405, 405),
        "POST": (302, 403, 403, 403, 200, 200),
        "HEAD PUT DELETE": (405, 405, 405),
    },
    "superuser only": {
        "GET": (302, 403, 403, 403, 403, 200),
        "POST": (302, 403, 403, 403, 403, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "public form": {
        "GET": (200, 200, 200, 200, 200, 200),
        "POST": (200, 200, 200, 200, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "public form to send": {
        "GET": (405, 405, 405, 405, 405, 405),
        "POST": (302, 302, 302, 302, 302, 302),
        "HEAD PUT DELETE": (405, 405, 405),
    },
    "own link, and done at once": {
        "GET": (200, 200, 200, 200, 200, 200),
        "POST": (302, 302, 302, 302, 302, 302),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own link to send": {
        "GET": (405, 405, 405, 405, 405, 405),
        "POST": (200, 200, 200, 200, 200, 200),
        "HEAD PUT DELETE": (405, 405, 405),
    },
    "second factor switched off": {
        "GET": (302, 405, 405, 405, 405, 405),
        "POST": (302, 404, 404, 404, 404, 404),
        "HEAD PUT DELETE": (405, 405, 405),
    },
    "hand-over, on to the own station": {
        "GET": (302, 302, 302, 302, 200, 200),
        "POST": (302, 405, 405, 405, 405, 405),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "hand-over, pressed by the centre": {
        "GET": (302, 200, 404, 200, 200, 200),
        "POST": (302, 403, 404, 403, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "centre only, and nothing to do": {
        "GET": (302, 403, 403, 403, 302, 302),
        "POST": (302, 403, 403, 403, 302, 302),
        "HEAD PUT DELETE": (302, 405, 405),
    },
    "centre only, and too late": {
        "GET": (302, 403, 403, 403, 302, 302),
        "POST": (302, 403, 403, 403, 200, 200),
        "HEAD PUT DELETE": (302, 405, 405),
    },
    "a step of the centre's": {
        "GET": (302, 302, 302, 302, 200, 200),
        "POST": (302, 302, 302, 302, 200, 200),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "written once": {
        "GET": (302, 403, 403, 403, 200, 200),
        "POST": (302, 403, 403, 403, 403, 403),
        "HEAD PUT DELETE": (200, 405, 405),
    },
    "own row that is published": {
        "GET": (302, 403, 302, 403, 403, 403),
        "POST": (302, 403, 302, 403, 403, 403),
        "HEAD PUT DELETE": (403, 405, 405),
    },
    "nobody": {
        "GET": (302, 403, 403, 403, 403, 403),
        "POST": (302, 403, 403, 403, 403, 403),
        "HEAD PUT DELETE": (403, 405, 405),
    },
}

#: Every URL and its profile: a new page adds its line.
URLS = {
    "home": "public page",
    "healthz": "public page",
    "privacy": "public page",
    "accessibility": "public page",
    "sitemap": "public page",
    "robots": "public page",
    "design": "in development only",
    "favicon": "public redirect",
    "search": "public page",
    "activities:session-signup": "public form",
    "activities:signup-detail": "public page",
    "activities:signup-change": "public form",
    "activities:signup-cancel": "own link, and done at once",
    "activities:signup-rate": "own link to send",
    "services:my": "public form",
    "services:my-forget": "public form to send",
    "account:set-password": "public form",
    "account:second-factor": "no such page",
    "account:second-factor-remove": "second factor switched off",
    "account:handover": "hand-over, on to the own station",
    "account:handover-detail": "hand-over, pressed by the centre",
    "figures": "public page",
    "door": "public page",
    "large-text": "public redirect",
    "where": "public page",
    "where-set": "public redirect",
    "stations:station-list": "public page",
    "stations:station-detail": "public page",
    "volunteers:team-list": "public page",
    "volunteers:team-detail": "public page",
    "stations:article-list": "public page",
    "stations:article-detail": "public page",
    "stations:rules": "public page",
    "stations:attachment": "public page",
    "stations:about": "public page",
    "stations:leading-group": "public page",
    "stations:plan": "public page",
    "activities:activity-list": "public page",
    "activities:activity-detail": "public page",
    "activities:activity-month": "public page",
    "activities:activity-month-pdf": "public page",
    "activities:calendar": "public page",
    "activities:station-calendar": "public page",
    "activities:session-calendar": "public page",
    "activities:session-here": "public form",
    "activities:brand-list": "public page",
    "activities:brand-detail": "public page",
    "activities:role-model-list": "public page",
    "activities:role-model-detail": "public page",
    "activities:role-model-object": "public form",
    "activities:role-model-notice": "public page",
    "activities:role-model-nominate": "public form",
    "activities:role-model-nominated": "public page",
    "reports:month-list": "staff page to read",
    "reports:month-draw-up": "centre only to send",
    "reports:check-up": "staff page to read",
    "reports:page-list": "centre only to read",
    "reports:page-take-down": "centre only",
    "reports:page-put-back": "centre only, and nothing to do",
    "reports:month-detail": "centre only to read",
    "reports:month-lines": "centre only to read",
    "reports:summary-detail": "own page to read",
    "reports:summary-lines": "own page to read",
    "reports:summary-review": "centre only, and too late",
    "admin:index": "staff page",
    "admin:login": "log-in",
    "admin:logout": "log-out",
    "admin:password_change": "staff page",
    "admin:password_change_done": "staff page to read",
    "admin:autocomplete": "autocomplete of nothing",
    "admin:jsi18n": "staff page to read",
    "admin:help": "staff page to read",
    "admin:stations_station_changelist": "staff page",
    "admin:stations_station_add": "centre only",
    "admin:stations_station_history": "own row",
    "admin:stations_station_delete": "centre only",
    "admin:stations_station_change": "own row",
    "admin/stations/station/<path:object_id>/": "redirect to the form",
    "admin:stations_holiday_changelist": "staff page",
    "admin:stations_holiday_add": "centre only",
    "admin:stations_holiday_history": "own row",
    "admin:stations_holiday_delete": "centre only",
    "admin:stations_holiday_change": "own row to read",
    "admin/stations/holiday/<path:object_id>/": "redirect to the form",
    "admin:stations_venue_changelist": "staff page",
    "admin:stations_venue_add": "staff page",
    "admin:stations_venue_history": "own row",
    "admin:stations_venue_delete": "centre only",
    "admin:stations_venue_change": "own row",
    "admin/stations/venue/<path:object_id>/": "redirect to the form",
    "admin:stations_platform_changelist": "staff page",
    "admin:stations_platform_add": "staff page",
    "admin:stations_platform_history": "own row",
    "admin:stations_platform_delete": "own row",
    "admin:stations_platform_change": "own row",
    "admin/stations/platform/<path:object_id>/": "redirect to the form",
    "admin:stations_booking_step": "own row",
    "admin:stations_booking_changelist": "staff page",
    "admin:stations_booking_add": "staff page",
    "admin:stations_booking_history": "own row",
    "admin:stations_booking_delete": "centre only",
    "admin:stations_booking_change": "own row",
    "admin/stations/booking/<path:object_id>/": "redirect to the form",
    "admin:stations_deletion_restore": "own row saved as it is",
    "admin:stations_deletion_changelist": "staff page",
    "admin:stations_deletion_add": "nobody",
    "admin:stations_deletion_history": "own row",
    "admin:stations_deletion_delete": "nobody",
    "admin:stations_deletion_change": "own row that nobody changes",
    "admin/stations/deletion/<path:object_id>/": "redirect to the form",
    "admin:stations_article_step": "own row",
    "admin:stations_article_changelist": "staff page",
    "admin:stations_article_add": "staff page",
    "admin:stations_article_history": "own row",
    "admin:stations_article_delete": "own row that is published",
    "admin:stations_article_change": "own row",
    "admin/stations/article/<path:object_id>/": "redirect to the form",
    "admin:stations_posting_changelist": "centre only",
    "admin:stations_posting_add": "centre only",
    "admin:stations_posting_history": "centre only",
    "admin:stations_posting_delete": "superuser only",
    "admin:stations_posting_change": "centre only",
    "admin/stations/posting/<path:object_id>/": "redirect to the form",
    "admin:stations_user_password_link": "centre only",
    "admin:stations_user_remove_second_factor": "centre only, and nothing to do",
    "admin:stations_phoneview_changelist": "centre only",
    "admin:stations_phoneview_add": "nobody",
    "admin:stations_phoneview_history": "centre only",
    "admin:stations_phoneview_delete": "nobody",
    "admin:stations_phoneview_change": "written once",
    "admin/stations/phoneview/<path:object_id>/": "redirect to the form",
    "admin:stations_user_changelist": "centre only",
    "admin:stations_user_add": "centre only",
    "admin:stations_user_history": "centre only",
    "admin:stations_user_delete": "nobody",
    "admin:stations_user_change": "centre only",
    "admin/stations/user/<path:object_id>/": "redirect to the form",
    "admin:volunteers_organisation_changelist": "staff page",
    "admin:volunteers_organisation_add": "centre only",
    "admin:volunteers_organisation_history": "own row",
    "admin:volunteers_organisation_delete": "centre only",
    "admin:volunteers_organisation_change": "own row to read",
    "admin/volunteers/organisation/<path:object_id>/": "redirect to the form",
    "admin:volunteers_partnerunit_changelist": "staff page",
    "admin:volunteers_partnerunit_add": "centre only",
    "admin:volunteers_partnerunit_history": "own row",
    "admin:volunteers_partnerunit_delete": "centre only",
    "admin:volunteers_partnerunit_change": "own row to read",
    "admin/volunteers/partnerunit/<path:object_id>/": "redirect to the form",
    "admin:volunteers_volunteer_step": "own row",
    "admin:volunteers_volunteer_phone": "own row",
    "admin:volunteers_volunteer_changelist": "staff page",
    "admin:volunteers_volunteer_add": "staff page",
    "admin:volunteers_volunteer_history": "own row",
    "admin:volunteers_volunteer_delete": "centre only",
    "admin:volunteers_volunteer_change": "own row",
    "admin/volunteers/volunteer/<path:object_id>/": "redirect to the form",
    "admin:volunteers_team_changelist": "staff page",
    "admin:volunteers_team_add": "staff page",
    "admin:volunteers_team_history": "own row",
    "admin:volunteers_team_delete": "centre only",
    "admin:volunteers_team_change": "own row",
    "admin/volunteers/team/<path:object_id>/": "redirect to the form",
    "admin:volunteers_serviceentry_step": "own row",
    "admin:volunteers_serviceentry_changelist": "staff page",
    "admin:volunteers_serviceentry_add": "staff page",
    "admin:volunteers_serviceentry_history": "own row",
    "admin:volunteers_serviceentry_delete": "nobody",
    "admin:volunteers_serviceentry_change": "own row saved as it is",
    "admin/volunteers/serviceentry/<path:object_id>/": "redirect to the form",
    "admin:activities_brand_changelist": "staff page",
    "admin:activities_brand_add": "staff page",
    "admin:activities_brand_history": "own row",
    "admin:activities_brand_delete": "centre only",
    "admin:activities_brand_change": "own row",
    "admin/activities/brand/<path:object_id>/": "redirect to the form",
    "admin:activities_activity_step": "own row",
    "admin:activities_activity_share": "own row to look at",
    "admin:activities_activity_poster": "own row to look at",
    "admin:activities_activity_again": "own row",
    "admin:activities_activity_row": "own row",
    "admin:activities_activity_plan": "staff page",
    "admin:activities_activity_plan_template": "staff page to read",
    "admin:activities_activity_reschedule": "own row",
    "admin:activities_activity_changelist": "staff page",
    "admin:activities_activity_add": "staff page",
    "admin:activities_activity_history": "own row",
    "admin:activities_activity_delete": "own row that is published",
    "admin:activities_activity_change": "own row",
    "admin/activities/activity/<path:object_id>/": "redirect to the form",
    "admin:activities_session_desk": "staff page",
    "admin:activities_session_result": "redirect to the form",
    "admin:activities_session_signups": "own page",
    "admin:activities_session_find": "own form to send",
    "admin:activities_session_signup": "own page",
    "admin:activities_session_cancel_signup": "own step to send",
    "admin:activities_session_check_in": "own page",
    "admin:activities_session_walk_in": "own form to send",
    "admin:activities_session_sheet": "own page to read",
    "admin:activities_session_key_in": "own page",
    "admin:activities_session_screen": "own page to read",
    "admin:activities_session_calls": "own page to send back",
    "admin:activities_call_ring": "staff list to send back",
    "admin:activities_call_step": "redirect to the form",
    "admin:activities_call_changelist": "staff page",
    "admin:activities_call_add": "nobody",
    "admin:activities_call_history": "own row",
    "admin:activities_call_delete": "nobody",
    "admin:activities_call_change": "own row saved as it is",
    "admin/activities/call/<path:object_id>/": "redirect to the form",
    "admin:activities_session_step": "own row",
    "admin:activities_session_changelist": "staff page",
    "admin:activities_session_add": "nobody",
    "admin:activities_session_history": "own row",
    "admin:activities_session_delete": "own row that is published",
    "admin:activities_session_change": "own row",
    "admin/activities/session/<path:object_id>/": "redirect to the form",
    "admin:activities_rolemodel_step": "own row",
    "admin:activities_rolemodel_phone": "own row",
    "admin:activities_rolemodel_news": "own row saved as it is",
    "admin:activities_rolemodel_changelist": "staff page",
    "admin:activities_rolemodel_add": "staff page",
    "admin:activities_rolemodel_history": "own row",
    "admin:activities_rolemodel_delete": "centre only",
    "admin:activities_rolemodel_change": "own row",
    "admin/activities/rolemodel/<path:object_id>/": "redirect to the form",
    "admin:activities_objection_step": "a step of the centre's",
    "admin:activities_objection_phone": "own row",
    "admin:activities_objection_changelist": "staff page",
    "admin:activities_objection_add": "staff page",
    "admin:activities_objection_history": "own row",
    "admin:activities_objection_delete": "nobody",
    "admin:activities_objection_change": "own row saved as it is",
    "admin/activities/objection/<path:object_id>/": "redirect to the form",
    "admin:learning_studysession_changelist": "staff page",
    "admin:learning_studysession_add": "staff page",
    "admin:learning_studysession_history": "own row",
    "admin:learning_studysession_delete": "own row",
    "admin:learning_studysession_change": "own row",
    "admin/learning/studysession/<path:object_id>/": "redirect to the form",
    "admin:learning_onlinestudy_changelist": "staff page",
    "admin:learning_onlinestudy_add": "staff page",
    "admin:learning_onlinestudy_history": "own row",
    "admin:learning_onlinestudy_delete": "own row",
    "admin:learning_onlinestudy_change": "own row",
    "admin/learning/onlinestudy/<path:object_id>/": "redirect to the form",
    "admin:services_demand_step": "own row",
    "admin:services_demand_phone": "own row",
    "admin:services_demand_changelist": "staff page",
    "admin:services_demand_add": "staff page",
    "admin:services_demand_history": "own row",
    "admin:services_demand_delete": "centre only",
    "admin:services_demand_change": "own row",
    "admin/services/demand/<path:object_id>/": "redirect to the form",
    "admin:services_whistle_step": "own row",
    "admin:services_whistle_changelist": "staff page",
    "admin:services_whistle_add": "staff page",
    "admin:services_whistle_history": "own row",
    "admin:services_whistle_delete": "centre only",
    "admin:services_whistle_change": "own row",
    "admin/services/whistle/<path:object_id>/": "redirect to the form",
    "admin:reports_monthlysummary_step": "own row",
    "admin:reports_monthlysummary_changelist": "staff page",
    "admin:reports_monthlysummary_add": "nobody",
    "admin:reports_monthlysummary_history": "own row",
    "admin:reports_monthlysummary_delete": "nobody",
    "admin:reports_monthlysummary_change": "own row saved as it is",
    "admin/reports/monthlysummary/<path:object_id>/": "redirect to the form",
    "admin:reports_plan_changelist": "staff page",
    "admin:reports_plan_add": "staff page",
    "admin:reports_plan_history": "own row",
    "admin:reports_plan_delete": "own row",
    "admin:reports_plan_change": "own row",
    "admin/reports/plan/<path:object_id>/": "redirect to the form",
    "admin:practice_portal_nightlyrun_changelist": "centre only",
    "admin:practice_portal_nightlyrun_add": "nobody",
    "admin:practice_portal_nightlyrun_history": "centre only",
    "admin:practice_portal_nightlyrun_delete": "nobody",
    "admin:practice_portal_nightlyrun_change": "written once",
    "admin/practice_portal/nightlyrun/<path:object_id>/": "redirect to the form",
    "admin:app_list": "staff page",
    "admin/(?P<url>.*)$": "no such page",
}


def _walk(resolver: URLResolver, namespaces: tuple[str, ...] = (), route: str = ""):
    for entry in resolver.url_patterns:
        where = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, inner, where)
        else:
            yield ":".join([*namespaces, entry.name]) if entry.name else where, where


#: Every URL of the resolver: its name, or its route where it has none.
ROUTES = dict(_walk(get_resolver()))

#: What stands in an address; `object_id` and `id` are the key of the row that the URL is about.
ARGUMENTS = {
    "door": "help",
    "slug": "nanhu",
    "month": str(Month.current() - 1),
    "code": "activities.sessions_held",
    "kind": "brand",
    "name": "approve",
    "app_label": "stations",
    "url": "nothing/",
    "uidb64": "MQ",
    "token": "no-such-token",
    "nomination": "ABCD2345",
    "key": "A" * 22,
    "signup": "1",
}

#: The pages outside the admin that go by a row's key.
PUBLIC_PAGES = {
    "activities/<int:pk>/": Activity,
    "activities/sessions/<int:pk>.ics": Session,
    "brands/<int:pk>/": Brand,
    "sessions/<int:pk>/signup/": Session,
    "role-models/<int:pk>/": RoleModel,
    "teams/<int:pk>/": Team,
    "news/<int:pk>/": Article,
    "attachments/<int:pk>/": ArticleAttachment,
    "reports/pages/<slug:kind>/<int:pk>/take-down/": Brand,
    "reports/pages/<slug:kind>/<int:pk>/put-back/": Brand,
}


@pytest.fixture(scope="module")
def street(django_db_setup, django_db_blocker):
    """One row of each kind at the first station, and a session of each role; gone after this file.

    Each test also asks for `db`, whose own transaction is then a savepoint.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("set_up_roles", verbosity=0)
        station = make_station(name="南湖社区", slug="nanhu", position=30_901)
        people = {
            "clerk": make_user(station=station, role="clerk"),
            "clerk of another station": make_user(station=make_station(), role="clerk"),
            "lead": make_user(station=station, role="lead"),
            "director": make_user(station=make_centre(), role="director"),
            "superuser": make_user(is_superuser=True),
        }
        rows = {model: make(station) for model, make in MAKERS.items()}
        rows |= {User: people["lead"], Posting: people["lead"].postings.get()}
        rows[NightlyRun] = make_nightly_run()
        yield rows, {role: session_of(person) for role, person in people.items()}
        transaction.set_rollback(True)


def session_of(user) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def address(route: str, rows: dict, keys: dict | None = None) -> str:
    """The route with the row of the first station that it is about."""
    arguments = ARGUMENTS | (keys or {})
    for model, row in rows.items():
        label = f"{model._meta.app_label}/{model._meta.model_name}/"
        if f"admin/{label}" in route:
            arguments |= {"object_id": row.pk, "id": row.pk}
            if "/step/" in route:
                arguments["name"] = next(iter(row.open_steps()))
            if "/phone/" in route:
                phones = [f.name for f in model._meta.fields if isinstance(f, PersonalPhoneField)]
                arguments["field"] = phones[0]
            if "<int:signup>" in route:
                signup = rows[Signup]
                arguments |= {"object_id": signup.session_id, "signup": signup.pk}
            if model is User:
                arguments["pk"] = row.pk
        if model is Signup and "<key:key>" in route:
            arguments["key"] = row.key
        if model is Objection and "/object/" in route:
            arguments["pk"] = row.role_model_id
        if model is RoleModel and "nomination" in route:
            arguments["nomination"] = row.code
        if model is Session and "here/" in route:
            arguments["token"] = here.code_of(row)
        if PUBLIC_PAGES.get(route) is model:
            arguments["pk"] = row.pk
    route = re.sub(r"\^?\(\?P(<\w+>)[^)]*\)(/?)\$", r"\1\2", route)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(arguments[found[1]]), route)


#: Whose pages are drawn as well, when they look. Of all other requests only the status counts, and
#: drawing takes most of their time; what a clerk sees on a page is in the tests of the pages.
DRAWN_FOR = {"director"}
#: Pages that are drawn for the superuser, too, who has no station.
OF_EVERYBODY = {"admin:index", "admin:app_list", "admin:services_demand_changelist"}


@contextmanager
def undrawn():
    with (
        mock.patch.object(Template, "render", lambda *_: SafeString()),
        mock.patch.object(admin.site, "each_context", lambda *_: {}),
    ):
        yield


def status(visitor: Client, method: str, path: str, session: str | None, drawn: bool) -> int:
    """What one request is answered with; what it changed is taken back."""
    visitor.cookies.clear()
    if session:
        visitor.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic(), nullcontext() if drawn else undrawn():
        form = "application/x-www-form-urlencoded"
        code = visitor.generic(method, path, content_type=form).status_code
        transaction.set_rollback(True)
    return code


def test_table_has_every_url_and_no_other():
    assert sorted(set(ROUTES) - set(URLS)) == [], "these URLs are missing from the table"
    assert sorted(set(URLS) - set(ROUTES)) == [], "these lines have no URL"


def test_table_uses_every_profile():
    assert set(URLS.values()) == set(PROFILES)


@pytest.mark.parametrize("name", ROUTES)
def test_table_holds(name, street, client, db):
    rows, sessions = street
    file = rows[ArticleAttachment].file  # each test has files of its own
    file.storage.save(file.name, ContentFile(b"%PDF-1.7"))
    path = address(ROUTES[name], rows)
    drawn_for = DRAWN_FOR | ({"superuser"} if name in OF_EVERYBODY else set())

    answers = {
        method: tuple(
            status(client, method, path, sessions.get(role), method == "GET" and role in drawn_for)
            for role in ROLES
        )
        for method in ("GET", "POST")
    }
    answers["HEAD PUT DELETE"] = tuple(
        status(client, method, path, sessions["superuser"], drawn=False)
        for method in ("HEAD", "PUT", "DELETE")
    )

    assert answers == PROFILES[URLS[name]]


#: What an account opens that has a posting and no role: what is its own, and what tells of no row.
WITHOUT_A_ROLE = {
    *("admin:index", "admin:help", "admin:jsi18n"),
    *("admin:password_change", "admin:password_change_done"),
    "account:handover-detail",  # of the station at which it is posted
}


def test_account_with_a_posting_and_no_role_opens_no_row(street, client, db):
    """The role says what one may do, the posting where: one without the other opens nothing."""
    rows, _ = street
    session = session_of(make_user(station=rows[Session].activity.station))

    opened = {
        name
        for name, route in ROUTES.items()
        if PROFILES[URLS[name]]["GET"][0] != 200  # a stranger may not
        and status(client, "GET", address(route, rows), session, drawn=False) == 200
    }

    assert opened == WITHOUT_A_ROLE
