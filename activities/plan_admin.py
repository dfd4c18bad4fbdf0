"""The page on which a month's plan comes in as one Excel sheet (按表排活动)."""

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from activities import plan_sheet
from activities.plan_sheet import COLUMNS, MOST_ROWS, REQUIRED, Plan
from practice_portal.lib.attachments import TYPES
from practice_portal.lib.kept_forms import is_shown_again
from practice_portal.lib.sheets import SheetRow, read_sheet
from practice_portal.lib.workflow_admin import WorkflowAdmin

_SALT = "activities.plan"
#: Seconds for which a plan that was looked at may be made.
GOOD_FOR = 2 * 60 * 60


class PlanFileForm(forms.Form):
    """The sheet itself; it is read and not kept."""

    file = forms.FileField(
        label="填好的表格",
        widget=forms.FileInput({"accept": ".xlsx"}),
        error_messages={"required": "请先选填好的表格。", "empty": "这个文件是空的。"},
    )

    def clean_file(self):
        self.rows = read_sheet(self.cleaned_data["file"], COLUMNS, REQUIRED, MOST_ROWS)
        return self.cleaned_data["file"]


class PlanRowsForm(forms.Form):
    """The rows that were looked at, signed: they come back with the page, and nothing is stored."""

    rows = forms.CharField(max_length=600_000, widget=forms.HiddenInput)

    def clean_rows(self) -> list[SheetRow]:
        try:
            rows = signing.loads(self.cleaned_data["rows"], salt=_SALT, max_age=GOOD_FOR)
        except signing.BadSignature:
            raise ValidationError("这张表看得太久了，请再传一次。") from None
        return [SheetRow(number, values, tuple(errors)) for number, values, errors in rows]

    @staticmethod
    def signed(rows: list[SheetRow]) -> str:
        content = [(row.number, row.values, row.errors) for row in rows]
        return signing.dumps(content, salt=_SALT, compress=True)


class PlanAdmin(WorkflowAdmin):
    """Looked at first, row by row; then made as drafts, all or none."""

    def get_urls(self):
        view = self.admin_site.admin_view
        pages = [
            path("plan/", view(self.plan_view), name="activities_activity_plan"),
            path(
                "plan/template.xlsx",
                view(require_safe(self.plan_template)),
                name="activities_activity_plan_template",
            ),
        ]
        return [*pages, *super().get_urls()]

    def plan_template(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        response = HttpResponse(plan_sheet.template(request.user), content_type=TYPES[".xlsx"])
        response["Content-Disposition"] = 'attachment; filename="plan.xlsx"'
        return response

    def plan_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_post = request.method == "POST"
        seen = PlanRowsForm(request.POST if is_post else None)
        upload = PlanFileForm(request.POST if is_post else None, request.FILES if is_post else None)
        rows, plan = [], None
        if seen.is_valid():
            rows = seen.cleaned_data["rows"]
            plan = Plan(rows, request.user)
            if plan.is_sound and not is_shown_again(request):
                return self._made(request, plan)
        elif upload.is_valid():
            rows = upload.rows
            plan = Plan(rows, request.user)
        elif is_post and "rows" in seen.data:
            upload = PlanFileForm()
            messages.error(request, "".join(seen.errors["rows"]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "按表排活动",
            "form": PlanFileForm() if plan else upload,
            "plan": plan,
            "wrong": sum(bool(row.errors) for row in plan.rows) if plan else 0,
            "signed": PlanRowsForm.signed(rows) if plan and plan.is_sound else "",
            "most_rows": MOST_ROWS,
        }
        return TemplateResponse(request, "admin/activities/activity/plan.html", context)

    def _made(self, request, plan: Plan):
        made = plan.make()
        for activity in made:
            self.log_addition(request, activity, "按表排的")
        messages.success(
            request,
            f"排好了{len(made)}个活动、{len(plan.rows)}场，都是草稿：一个个打开看过，再发布。",
        )
        for row in plan.rows:
            if row.note:
                messages.warning(request, f"第{row.number}行“{row.title}”：{row.note}")
        return HttpResponseRedirect(reverse("admin:activities_activity_changelist"))
