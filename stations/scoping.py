"""Whose rows may I edit, whose may I pick: the station rule, written once.

A model says its `station_path`; its QuerySet answers `managed_by(user)` and
`offered_to(user)`; the admin classes below ask, for rows *and* for each single object, so that
history, deletion, actions, autocomplete and inlines are narrowed too.
"""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models

from practice_portal.lib.history_admin import HistoryAdmin


def is_staff(user) -> bool:
    """Somebody who works here; visitors and closed accounts are nobody."""
    return user.is_active and user.is_staff


def is_at_centre(user) -> bool:
    """The street office's own staff, who manage the rows of all stations."""
    return is_staff(user) and user.is_at_centre


class StationScopedQuerySet(models.QuerySet):
    """Rows that belong to a station; the centre's staff manage those of all stations."""

    def managed_by(self, user):
        """What the user may edit: the rows of the stations they have a posting at."""
        if not is_staff(user):
            return self.none()
        if user.is_at_centre:
            return self
        return self.filter(**{f"{self.model.station_path}__in": user.station_ids})

    def offered_to(self, user):
        """What the user may pick in a form; wider than managed_by where the street shares."""
        return self.managed_by(user)

    def at(self, station):
        return self.filter(**{self.model.station_path: station.pk})


class StreetSharedQuerySet(StationScopedQuerySet):
    """Rows of which the centre's are everybody's to pick (organisations, partner units)."""

    def offered_to(self, user):
        path = self.model.station_path
        of_the_street = self.filter(**{f"{path}__tier": "centre"})
        return self.managed_by(user) | of_the_street if is_staff(user) else self.none()


STATION_FILTER = ("station", admin.RelatedOnlyFieldListFilter)


def is_scoped(model) -> bool:
    return hasattr(model, "station_path")


class _OwnChoices:
    """Form fields offer what the user may pick, and nothing else is accepted."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        related = db_field.remote_field.model
        if "queryset" not in kwargs and is_scoped(related):
            kwargs["queryset"] = related._default_manager.offered_to(request.user)
        if db_field.name == "station" and request.user.sees_one_station:
            # Nobody is asked which station when there is only one (DESIGN §2.1).
            kwargs |= {"initial": request.user.own_station.pk, "widget": forms.HiddenInput}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        related = db_field.remote_field.model
        if "queryset" not in kwargs and is_scoped(related):
            kwargs["queryset"] = related._default_manager.offered_to(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class StationScopedAdmin(_OwnChoices, HistoryAdmin):
    """The admin of a model with a `station_path`: another station's row is as if absent."""

    list_per_page = 30

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match and match.url_name == "autocomplete":
            return rows.offered_to(request.user)
        return rows.managed_by(request.user)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (IntegrityError, ValidationError):
            if request.method != "POST":
                raise
            # Somebody at another desk was faster between our check and our save, and nothing of
            # ours was kept. Checked once more, the form names what is taken and keeps what was
            # typed.
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _is_managed(self, request, obj) -> bool:
        if obj is None or obj.pk is None:
            return True
        rows = self.model._default_manager.managed_by(request.user)
        return rows.filter(pk=obj.pk).exists()

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and self._is_managed(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_managed(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_managed(request, obj)

    def get_list_filter(self, request):
        """Whoever has one station has no use for a choice of stations."""
        filters = super().get_list_filter(request)
        if request.user.sees_one_station:
            return [each for each in filters if each != STATION_FILTER]
        return filters

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        if request.user.sees_one_station:
            return [each for each in columns if each != "station"]
        return columns


class _ScopedInline(_OwnChoices):
    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.managed_by(request.user) if is_scoped(self.model) else rows


class StationScopedTabularInline(_ScopedInline, admin.TabularInline):
    """Rows edited on their parent's page, whose permissions the parent's admin has checked."""


class StationScopedStackedInline(_ScopedInline, admin.StackedInline):
    """The same, one under the other."""


class _CentreOnly(_OwnChoices):
    """The street office edits these rows; nobody else sees them."""

    def has_view_permission(self, request, obj=None):
        return is_at_centre(request.user) and super().has_view_permission(request, obj)

    def has_add_permission(self, request, *args):
        return is_at_centre(request.user) and super().has_add_permission(request, *args)

    def has_change_permission(self, request, obj=None):
        return is_at_centre(request.user) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return is_at_centre(request.user) and super().has_delete_permission(request, obj)


class CentreOnlyAdmin(_CentreOnly, HistoryAdmin):
    """For users and postings."""

    def has_module_permission(self, request):
        return is_at_centre(request.user) and super().has_module_permission(request)


class CentreOnlyTabularInline(_CentreOnly, admin.TabularInline):
    """The same, on the page of another row."""
