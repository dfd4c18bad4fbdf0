"""The admin of a model with steps: a button per open step, and the dated lines below."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from practice_portal.lib.kept_forms import NOT_SAVED, is_shown_again
from practice_portal.lib.workflow import IllegalStep, Step

PRESSED = "_step_"
SEEN = "_seen_status"
#: In the address of a form: the fields because of which a step was just refused.
MISSING = "missing"


class RemarkForm(forms.Form):
    remark = forms.CharField(
        label="意见", max_length=500, widget=forms.Textarea(attrs={"rows": 4, "cols": 60})
    )


class WorkflowAdmin(admin.ModelAdmin):
    """Buttons save the form and take the step in one press; a refused step loses nothing typed."""

    change_form_template = "admin/workflow_change_form.html"
    page_label = "在网站上看"
    #: What is said when it is saved and not yet on its way, by status: {"draft": "还是草稿…"}.
    saved_words: dict[str, str] = {}

    def has_page(self, obj) -> bool:
        """Whether the row has a page of its own that can be opened now."""
        return hasattr(obj, "get_absolute_url")

    def get_page_label(self, obj) -> str:
        """What the link to the row's page says; empty where there is none to open."""
        return self.page_label if obj and self.has_page(obj) else ""

    def steps_for(self, request, obj=None) -> dict[str, Step]:
        """The steps that this person may take now; for a new row those that lead on from its first
        status."""
        is_new = obj is None
        if is_new:
            obj, allowed = self.model(), self.has_add_permission(request)
        else:
            allowed = self.has_change_permission(request, obj)
        return {
            name: step
            for name, step in obj.open_steps().items()
            if allowed and step.is_allowed(request.user) and not (is_new and step.is_way_out)
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
        context["steps"] = steps = self.steps_for(request, obj)
        context["main_steps"] = {name: step for name, step in steps.items() if step.is_due}
        context["other_steps"] = {name: step for name, step in steps.items() if not step.is_due}
        context["page_label"] = self.get_page_label(obj)
        context["changes"] = obj.changes.select_related("by") if obj else []
        if request.method == "GET":
            self._point_at_missing(context["adminform"].form, request.GET.getlist(MISSING))
        return super().render_change_form(request, context, add, change, form_url, obj)

    @staticmethod
    def _point_at_missing(form, names: list[str]) -> None:
        """Mark what is still empty and stood in the way of a step; its part is not folded then."""
        for name in names:
            if name in form.fields and form.initial.get(name) in (None, ""):
                form.errors[name] = form.error_class(["这一项还空着，请先填写。"])

    def response_add(self, request, obj, post_url_continue=None):
        if answer := self._step_pressed(request, obj):
            return answer
        answer = super().response_add(request, obj, post_url_continue)
        self._say_where_it_stands(request, obj)
        return answer

    def response_change(self, request, obj):
        if answer := self._step_pressed(request, obj):
            return answer
        answer = super().response_change(request, obj)
        self._say_where_it_stands(request, obj)
        return answer

    def _say_where_it_stands(self, request, obj) -> None:
        """Whoever presses 保存 may think that residents see it; the ways on are one press away."""
        words = self.saved_words.get(obj.status)
        if not words or not self.has_view_permission(request, obj):
            return
        if label := self.get_page_label(obj):
            look = '{}先看看网页上是什么样子：<a href="{}">{}</a>。'
            words = format_html(look, words, obj.get_absolute_url(), label)
        due = [step for step in self.steps_for(request, obj).values() if step.is_due]
        if due:
            go_on = '{}下一步：<a href="{}">打开它{}</a>。'
            words = format_html(go_on, words, self._url("change", obj), due[0].label)
        messages.info(request, words)

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
        refusal = self._take(request, obj, name)
        missing = urlencode({MISSING: refusal.fields}, doseq=True) if refusal else ""
        return redirect(self._url("change", obj) + (f"?{missing}" if missing else ""))

    def _list_url(self) -> str:
        meta = self.model._meta
        return reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_changelist")

    def _url(self, page: str, obj, *args) -> str:
        meta = self.model._meta
        name = f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_{page}"
        return reverse(name, args=[obj.pk, *args])

    def _take(self, request, obj, name: str, remark: str = "") -> IllegalStep | None:
        """Take the step and say so; what was refused is said, and answered, too."""
        step, known_as = self.model.steps[name], str(obj)
        if request.POST.get(SEEN):
            # What the page showed, so that two people who press at once do not both succeed.
            obj.status = request.POST[SEEN]
        try:
            obj.take(name, by=request.user, remark=remark)
        except IllegalStep as error:
            messages.error(request, error.message)
            return error
        self.log_change(request, obj, f"{step.label}：{remark}" if remark else step.label)
        messages.success(request, f"“{known_as}”已{step.label}。")
        return None

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
        if is_shown_again(request):
            form = RemarkForm(initial=request.POST.dict())
            messages.warning(request, NOT_SAVED)
        else:
            form = RemarkForm(request.POST or None)
        form.fields["remark"].required = bool(step.remark)
        form.fields["remark"].label = step.remark or "意见"
        if request.method == "POST" and form.is_valid():
            if self._take(request, obj, name, form.cleaned_data["remark"]) is None:
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
