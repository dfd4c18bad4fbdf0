from django.contrib import admin

from learning.models import OnlineStudy, StudySession
from stations.scoping import STATION_FILTER, StationScopedAdmin


@admin.register(StudySession)
class StudySessionAdmin(StationScopedAdmin):
    list_display = ["topic", "form", "station", "starts_at", "attended"]
    list_filter = ["form", "method", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["topic"]
    date_hierarchy = "starts_at"
    fieldsets = [
        (None, {"fields": ["station", "topic", "form", "starts_at", "ends_at", "attended"]}),
        ("更多（可以不填）", {"classes": ["collapse"], "fields": ["method", "speaker"]}),
    ]


@admin.register(OnlineStudy)
class OnlineStudyAdmin(StationScopedAdmin):
    comes_in_rows = True
    list_display = ["station", "month_label", "platform", "people"]
    list_filter = ["platform", STATION_FILTER]
    list_select_related = ["station"]
    fields = ["station", "month", "platform", "people"]

    @admin.display(description="月份", ordering="month")
    def month_label(self, study):
        return study.month.label
