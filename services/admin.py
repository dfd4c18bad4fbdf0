from django.contrib import admin
from django.core.exceptions import ValidationError

from practice_portal.lib.codes import tidy_code
from practice_portal.lib.phones import tidy_mobile
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
    search_help_text = "按标题找；居民忘了查询码，输入他的整个手机号。"
    date_hierarchy = "submitted_at"
    autocomplete_fields = ["session"]
    readonly_fields = ["query_code", "completed_on", "contact_deleted_on"]
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

    @admin.display(description="查询码", ordering="code")
    def query_code(self, demand) -> str:
        return demand.grouped_code

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        first = {
            "fields": ["query_code"],
            "description": "请告诉居民：凭查询码和手机号，可以在网站“查进度”里看办到哪一步。",
        }
        if obj.contact_deleted_on:
            first = {
                "fields": ["contact_deleted_on"],
                "description": "居民要求删掉了姓名和手机号，请不要再记进来。",
            }
        return [(None, first), *fieldsets]

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if obj and obj.contact_deleted_on:
            # The resident had them deleted: a form still open at a desk brings nothing back.
            return [*fields, "contact_name", "contact_phone"]
        return fields

    def get_search_results(self, request, queryset, search_term):
        """A whole phone or code finds its rows, a part of one finds nothing."""
        for tidy, field in ((tidy_mobile, "contact_phone"), (tidy_code, "code")):
            try:
                return queryset.filter(**{field: tidy(search_term)}), False
            except ValidationError:
                continue
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            self.message_user(
                request,
                f"查询码是 {obj.grouped_code}，请告诉居民：凭它和手机号可以在网站上查进度。",
            )


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
