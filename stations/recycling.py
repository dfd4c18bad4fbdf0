"""The recycle bin (回收站): what is deleted in the admin can be put back for 30 days."""

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html

from practice_portal.lib import chinese_dates, undo


class KeepsDeletions(admin.ModelAdmin):
    """Writes down what is deleted, be it alone, in a list or within its parent's form.

    The way back is offered once the deletion itself has been said.
    """

    def delete_model(self, request, obj):
        with transaction.atomic():
            _keep(request, [obj])
            super().delete_model(request, obj)

    def delete_view(self, request, object_id, extra_context=None):
        return _offering_undo(request, super().delete_view, object_id, extra_context)

    def delete_queryset(self, request, queryset):
        with transaction.atomic():
            _keep(request, queryset)
            super().delete_queryset(request, queryset)

    def response_action(self, request, queryset):
        return _offering_undo(request, super().response_action, queryset)

    def save_formset(self, request, form, formset, change):
        gone = [each.instance for each in formset.deleted_forms if each.instance.pk]
        with transaction.atomic():
            _keep(request, gone)
            super().save_formset(request, form, formset, change)

    def changeform_view(self, request, *args, **kwargs):
        return _offering_undo(request, super().changeform_view, *args, **kwargs)


def _keep(request, rows) -> None:
    deletions = apps.get_model("stations.Deletion").objects
    request.kept_deletions += [deletions.keep(row, by=request.user) for row in rows]


def _offering_undo(request, view, *args, **kwargs):
    request.kept_deletions = []
    answer = view(request, *args, **kwargs)
    _offer_undo(request, request.kept_deletions)
    return answer


def _offer_undo(request, kept: list[models.Model]) -> None:
    if not kept:
        return
    page = reverse("admin:stations_deletion_changelist")
    if len(kept) == 1:
        page = reverse("admin:stations_deletion_restore", args=[kept[0].pk])
    text = '删错了不要紧，30天内都可以<a href="{}">恢复{}</a>。'
    messages.info(request, format_html(text, page, "它" if len(kept) == 1 else "它们"))


class DeletionPages:
    """The recycle bin's own admin: to be looked at, and to restore from."""

    change_form_template = "admin/stations/deletion/change_form.html"
    list_display = ["name_and_kind", "station", "state", "by", "deleted_at"]
    list_filter = [("by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["station", "by"]
    list_display_links = ["name_and_kind"]
    fields = ["kind", "name", "station", "along", "by", "deleted_at", "state"]
    readonly_fields = ["kind", "along", "deleted_at", "state"]

    @admin.display(description="删掉的内容")
    def name_and_kind(self, deletion):
        return str(deletion)

    @admin.display(description="是什么")
    def kind(self, deletion):
        return deletion.kind

    @admin.display(description="删除时间", ordering="at")
    def deleted_at(self, deletion):
        return chinese_dates.moment(deletion.at)

    @admin.display(description="连带删掉的")
    def along(self, deletion):
        if not deletion.contents:
            return "—"
        counts = undo.contents(deletion.contents)
        return "、".join(f"{kind}{count}条" for kind, count in counts.items()) or "没有"

    @admin.display(description="能不能恢复")
    def state(self, deletion):
        if deletion.restored_at:
            return f"{deletion.restored_by}已经恢复"
        if not deletion.contents:
            return "已过期，内容已清除"
        return f"能恢复到{chinese_dates.day(deletion.last_day)}"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        view = self.admin_site.admin_view(self.restore_view)
        page = path("<path:object_id>/restore/", view, name="stations_deletion_restore")
        return [page, *super().get_urls()]

    def may_restore(self, request, deletion) -> bool:
        """Whoever might have deleted it: of this station, and with the right to delete its kind."""
        opts = apps.get_model(deletion.row_type)._meta
        codename = get_permission_codename("delete", opts)
        return self.has_view_permission(request, deletion) and request.user.has_perm(
            f"{opts.app_label}.{codename}"
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["is_restorable"] = obj.is_restorable and self.may_restore(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def restore_view(self, request, object_id):
        """恢复: asked first, done on POST; leads to the row itself."""
        deletion = self.get_object(request, object_id)
        if deletion is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.may_restore(request, deletion):
            raise PermissionDenied
        if request.method == "POST":
            try:
                row = deletion.restore(by=request.user)
            except undo.NotRestored as error:
                messages.error(request, str(error))
                return redirect("admin:stations_deletion_change", deletion.pk)
            self.log_change(request, deletion, "恢复")
            messages.success(request, f"“{row}”已经恢复，和删掉以前一样。")
            return redirect(_page_of(row))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": deletion,
            "along": self.along(deletion),
            "state": self.state(deletion),
            "title": f"恢复：{deletion}",
        }
        return TemplateResponse(request, "admin/stations/deletion/restore.html", context)


def _page_of(row: models.Model) -> str:
    opts = row._meta
    try:
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
    except NoReverseMatch:  # it is edited on the page of another row
        return reverse("admin:stations_deletion_changelist")
