from django.contrib import admin

from practice_portal.lib.workflow_admin import WorkflowAdmin
from services.models import Demand, Whistle
from stations.phone_admin import PersonalPhoneAdmin
from stations.scoping import STATION_FILTER, StationScopedAdmin


@admin.register(Demand)
class DemandAdmin(PersonalPhoneAdmin, WorkflowAdmin, StationScopedAdmin):
    list_display = ["title", "station", "channel", "topic", "submitted_at", "status"]
    list_filter = ["status", "channel", "topic", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["title"]
    date_hierarchy = "submitted_at"
    autocomplete_fields = ["session"]
    readonly_fields = ["completed_on"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "station",
                    "title",
                    "text",
                    "channel",
                    "contact_name",
                    "contact_phone",
                    "result",
                ]
            },
        ),
        (
            "更多",
            {
                "classes": ["collapse"],
                "fields": ["topic", "session", "submitted_at", "completed_on"],
            },
        ),
    ]


@admin.register(Whistle)
class WhistleAdmin(WorkflowAdmin, StationScopedAdmin):
    list_display = ["title", "kind", "station", "lead_unit", "raised_on", "status"]
    list_filter = ["status", "kind", STATION_FILTER]
    list_select_related = ["station", "lead_unit"]
    search_fields = ["title"]
    date_hierarchy = "raised_on"
    readonly_fields = ["responded_on", "solved_on"]
    fieldsets = [
        (
            None,
            {"fields": ["station", "title", "text", "kind", "place", "lead_unit", "result"]},
        ),
        (
            "日期",
            {"classes": ["collapse"], "fields": ["raised_on", "responded_on", "solved_on"]},
        ),
    ]
