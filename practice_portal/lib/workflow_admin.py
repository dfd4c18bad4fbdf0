"""The admin of a model with steps: a button per open step, and the dated lines below."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from practice_portal.lib.workflow import IllegalStep, Step

PRESSED = "_step_"
SEEN = "_seen_status"


class RemarkForm(forms.Form):
    remark = forms.CharField(
        label="意见", max_length=500, widget=forms.Textarea(attrs={"rows": 4, "cols": 60})
    )


class WorkflowAdmin(admin.ModelAdmin):
    """Buttons save the form and take the step in one press; a refused step loses nothing typed."""

    change_form_template = "admin/workflow_change_form.html"
    page_label = "在网站上看"

    def has_page(self, obj) -> bool:
        """Whether the row has a page of its own that can be opened now."""
        return hasattr(obj, "get_absolute_url")

    def steps_for(self, request, obj=None) -> dict[str, Step]:
        """The steps that this person may take now; for a new row those from its first status."""
        if obj is None:
            obj, allowed = self.model(), self.has_add_permission(request)
        else:
            allowed = self.has_change_permission(request, obj)
        return {
            name: step
            for name, step in obj.open_steps().items()
            if allowed and step.by_staff and step.is_allowed(request.user)
        }

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "status"] if obj else fields

    def save_model(self, request, obj, form, change):
        """Write what a form may write: a status that a colleague has just moved stays moved."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        obj.save(update_fields=self.model.fields_of_forms())

    def get_urls(self):
        meta = self.model._meta
        step = path(
            "<path:object_id>/step/<str:name>/",
            self.admin_site.admin_view(self.step_view),
            name=f"{meta.app_label}_{meta.model_name}_step",
        )
        return [step, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["steps"] = self.steps_for(request, obj)
        context["page_label"] = self.page_label if obj and self.has_page(obj) else ""
        context["changes"] = obj.changes.select_related("by") if obj else []
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_add(self, request, obj, post_url_continue=None):
        return self._step_pressed(request, obj) or super().response_add(
            request, obj, post_url_continue
        )

    def response_change(self, request, obj):
        return self._step_pressed(request, obj) or super().response_change(request, obj)

    def _step_pressed(self, request, obj):
        pressed = [key.removeprefix(PRESSED) for key in request.POST if key.startswith(PRESSED)]
        if not pressed:
            return None
        name = pressed[0]
        if not self.has_view_permission(request, obj):
            # Filed with somebody else (a room of the centre's): the step is theirs to take.
            messages.success(request, "已经记下，等管这一项的同事来办。")
            return redirect(self._list_url())
        if name not in self.steps_for(request, obj):
            messages.error(request, "已保存；这一步现在不能办，请看看它现在的状态。")
            return redirect(self._url("change", obj))
        if self.model.steps[name].remark:
            return redirect(self._url("step", obj, name))
        self._take(request, obj, name)
        return redirect(self._url("change", obj))

    def _list_url(self) -> str:
        meta = self.model._meta
        return reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_changelist")

    def _url(self, page: str, obj, *args) -> str:
        meta = self.model._meta
        name = f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_{page}"
        return reverse(name, args=[obj.pk, *args])

    def _take(self, request, obj, name: str, remark: str = "") -> bool:
        step = self.model.steps[name]
        if not step.by_staff:
            raise PermissionDenied
        if request.POST.get(SEEN):
            # What the page showed, so that two people who press at once do not both succeed.
            obj.status = request.POST[SEEN]
        try:
            obj.take(name, by=request.user, remark=remark)
        except IllegalStep as error:
            messages.error(request, error.message)
            return False
        self.log_change(request, obj, f"{step.label}：{remark}" if remark else step.label)
        messages.success(request, f"“{obj}”已{step.label}。")
        return True

    def step_view(self, request, object_id, name):
        """The page on which a step's remark is written."""
        obj = self.get_object(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        step = self.model.steps.get(name)
        if step is None or name not in self.steps_for(request, obj):
            if not self.has_view_permission(request, obj):
                raise PermissionDenied
            messages.error(request, "这一步现在不能办，请看看它现在的状态。")
            return HttpResponseRedirect(self._url("change", obj))
        form = RemarkForm(request.POST or None)
        form.fields["remark"].required = bool(step.remark)
        form.fields["remark"].label = step.remark or "意见"
        if request.method == "POST" and form.is_valid():
            if self._take(request, obj, name, form.cleaned_data["remark"]):
                return redirect(self._url("change", obj))
            obj.refresh_from_db()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "step": step,
            "form": form,
            "seen_name": SEEN,
            "title": f"{step.label}：{obj}",
        }
        return TemplateResponse(request, "admin/workflow_step.html", context)
