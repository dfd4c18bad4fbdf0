from django.contrib import admin

from practice_portal.models import NightlyRun, NightlyStep
from stations.scoping import CentreOnlyAdmin, CentreOnlyTabularInline


class _ReadOnly:
    """What the portal writes itself."""

    def has_add_permission(self, request, *args):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class NightlyStepInline(_ReadOnly, CentreOnlyTabularInline):
    model = NightlyStep
    fields = ["label", "is_ok", "message"]


@admin.register(NightlyRun)
class NightlyRunAdmin(_ReadOnly, CentreOnlyAdmin):
    list_display = ["started_at", "result"]
    fields = ["started_at", "ended_at"]
    inlines = [NightlyStepInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("steps")

    @admin.display(description="结果")
    def result(self, run: NightlyRun) -> str:
        failed = [step.label for step in run.steps.all() if not step.is_ok]
        if failed:
            return f"{len(failed)}项没有成功：{'、'.join(failed)}"
        return "全部成功" if run.ended_at else "没有做完"
