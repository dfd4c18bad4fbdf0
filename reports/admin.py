from django.contrib import admin, messages
from django.db.models import Sum
from django.shortcuts import redirect
from django.urls import reverse

from practice_portal.lib.months import Month
from practice_portal.lib.workflow_admin import WorkflowAdmin
from reports.forms import PlanForm, PlanLineFormSet
from reports.models import MonthlySummary, Plan, PlanLine
from reports.sheets import MonthSheet
from stations.scoping import STATION_FILTER, StationScopedAdmin, StationScopedTabularInline


@admin.register(MonthlySummary)
class MonthlySummaryAdmin(WorkflowAdmin, StationScopedAdmin):
    """A clerk adds three texts and hands in; the figures come of themselves."""

    page_label = "看这份总结"
    change_form_template = "admin/reports/monthlysummary/change_form.html"
    list_display = ["station", "month_label", "status"]
    list_filter = ["status", STATION_FILTER]
    list_select_related = ["station"]
    help_texts = {
        "highlights": "这个月最拿得出手的一两件事：哪一天、来了多少人。数字上面都有，不用再抄。",
        "problems": "卡在哪里、缺什么，要街道帮什么忙；没有就空着。",
        "next_plan": "下个月要办的大事，两三句就够。",
    }
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
        return {name: step for name, step in steps.items() if not step.is_on_page}

    def has_add_permission(self, request):
        return False  # they are drawn up

    def has_delete_permission(self, request, obj=None):
        return False

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= {"row": MonthSheet(obj.month).row(obj.station), "month": obj.month}
        return super().render_change_form(request, context, add, change, form_url, obj)


class PlanLineInline(StationScopedTabularInline):
    """A row for every platform, always the same six."""

    model = PlanLine
    formset = PlanLineFormSet
    fields = ["platform", "sessions", "words"]
    readonly_fields = ["platform"]
    extra = 0
    max_num = 0
    can_delete = False
    verbose_name_plural = "每个平台打算办几场（不办的空着）"


@admin.register(Plan)
class PlanAdmin(StationScopedAdmin):
    """Begun with a month alone, on the numbers of the plan before; then changed and adopted."""

    form = PlanForm
    list_display = ["month_label", "station", "planned", "adopted_on"]
    list_filter = [STATION_FILTER]
    list_select_related = ["station"]
    inlines = [PlanLineInline]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(planned=Sum("lines__sessions"))

    @admin.display(description="月份", ordering="month")
    def month_label(self, plan):
        return plan.month.label

    @admin.display(description="计划", empty_value="还没有写")
    def planned(self, plan):
        return plan.planned and f"{plan.planned}场"

    def get_fieldsets(self, request, obj=None):
        if obj:
            return [(None, {"fields": ["is_adopted"]})]
        words = "选好月份，按“保存”。下一页有六个平台，上一份计划的数已经抄好，改一改就行。"
        return [(None, {"fields": ["station", "month"], "description": words})]

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def get_changeform_initial_data(self, request):
        """The next month that has none yet."""
        station = request.user.own_station
        taken = set(Plan.objects.filter(station=station).values_list("month", flat=True))
        coming = (Month.current() + ahead for ahead in range(PlanForm.FURTHEST))
        return {"month": next((each for each in coming if each not in taken), Month.current())}

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            obj.begin_like_the_last()

    def response_add(self, request, obj, post_url_continue=None):
        messages.success(request, f"{obj}开好了。看看下面的数，改好以后打勾采用，再保存。")
        return redirect(reverse("admin:reports_plan_change", args=[obj.pk]))

    def _is_open(self, obj) -> bool:
        return obj is None or not obj.is_frozen

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_open(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_open(obj)
