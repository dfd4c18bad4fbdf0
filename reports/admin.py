from django.contrib import admin

from practice_portal.lib.workflow_admin import WorkflowAdmin
from reports.models import MonthlySummary
from reports.sheets import MonthSheet
from stations.scoping import STATION_FILTER, StationScopedAdmin


@admin.register(MonthlySummary)
class MonthlySummaryAdmin(WorkflowAdmin, StationScopedAdmin):
    """A clerk adds three texts and hands in; the figures come of themselves."""

    page_label = "看这份总结"
    change_form_template = "admin/reports/monthlysummary/change_form.html"
    list_display = ["station", "month_label", "status"]
    list_filter = ["status", STATION_FILTER]
    list_select_related = ["station"]
    fields = ["highlights", "problems", "next_plan"]

    @admin.display(description="月份", ordering="month")
    def month_label(self, summary):
        return summary.month.label

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        return readonly if obj is None or obj.can_be_written else [*readonly, *self.fields]

    def steps_for(self, request, obj=None):
        """The street office reviews on the month's page, where it approves what it has seen."""
        steps = super().steps_for(request, obj)
        return {name: step for name, step in steps.items() if not step.permission}

    def has_add_permission(self, request):
        return False  # they are drawn up

    def has_delete_permission(self, request, obj=None):
        return False

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= {"row": MonthSheet(obj.month).row(obj.station), "month": obj.month}
        return super().render_change_form(request, context, add, change, form_url, obj)
