"""The history page of the admin: who changed what when, in words, to be looked at only."""

import json
from functools import partial

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.forms.models import _get_foreign_key

from practice_portal.lib.history import entries_of, name_of

ENTRIES_PER_PAGE = 50


class HistoryAdmin(admin.ModelAdmin):
    """Django's own history page, which has the permissions and the scope of the row's other
    pages, showing the history of changes. There is no page of a single record and no way back to
    one: a row is changed on its form.
    """

    object_history_template = "admin/history_of_changes.html"

    def history_view(self, request, object_id, extra_context=None):
        # Called by the template, and so after the view has asked whether this person may look.
        page = partial(self._page_of_entries, request, unquote(object_id))
        return super().history_view(request, object_id, {"entries": page, **(extra_context or {})})

    def _page_of_entries(self, request, object_id):
        obj = self.get_object(request, object_id)
        parts = {
            inline.model: _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name).name
            for inline in self.get_inline_instances(request, obj)
        }
        page = Paginator(entries_of(obj, parts), ENTRIES_PER_PAGE).get_page(
            request.GET.get(PAGE_VAR)
        )
        for entry in page:
            entry.compare()
        return page

    def save_form(self, request, form, change):
        """Say which fields were changed whose words are not kept."""
        obj = super().save_form(request, form, change)
        kept_out = [
            str(self.opts.get_field(name).verbose_name)
            for name in form.changed_data
            if change and name in self.model.history.model._history_excluded_fields
        ]
        obj._change_reason = "、".join(kept_out)
        return obj

    # The admin log is read by many and kept for long: a person stands in it by their mask.

    def construct_change_message(self, request, form, formsets, add=False):
        said = super().construct_change_message(request, form, formsets, add)
        names = {
            str(row): name_of(row)
            for formset in formsets or ()
            for row in (
                *formset.new_objects,
                *(changed for changed, _ in formset.changed_objects),
                *formset.deleted_objects,
            )
        }
        for act in (act for each in said for act in each.values()):
            if "object" in act:
                act["object"] = names[act["object"]]
        return said

    def log_addition(self, request, obj, message):
        return self._log(request, [obj], ADDITION, message)[0]

    def log_change(self, request, obj, message):
        return self._log(request, [obj], CHANGE, message)[0]

    def log_deletions(self, request, queryset):
        return self._log(request, queryset, DELETION)

    def _log(self, request, rows, flag: int, message: str | list = "") -> list[LogEntry]:
        return LogEntry.objects.bulk_create(
            LogEntry(
                user_id=request.user.pk,
                content_type=ContentType.objects.get_for_model(row, for_concrete_model=False),
                object_id=row.pk,
                object_repr=name_of(row)[:200],
                action_flag=flag,
                change_message=message if isinstance(message, str) else json.dumps(message),
            )
            for row in rows
        )
