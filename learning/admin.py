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
    fields = ["station", "topic", "form", "method", "starts_at", "ends_at", "speaker", "attended"]


@admin.register(OnlineStudy)
class OnlineStudyAdmin(StationScopedAdmin):
    list_display = ["station", "month_label", "platform", "people"]
    list_filter = ["platform", STATION_FILTER]
    list_select_related = ["station"]
    fields = ["station", "month", "platform", "people"]

    @admin.display(description="月份", ordering="month")
    def month_label(self, study):
        return study.month.label
