"""Whose rows may I edit, whose may I pick: the station rule, written once.

A model says its `station_path`; its QuerySet answers `managed_by(user)` and
`offered_to(user)`; the admin classes below ask, for rows *and* for each single object, so that
history, deletion, actions, autocomplete and inlines are narrowed too.
"""

import re
from collections.abc import Iterable
from contextlib import contextmanager

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import (
    AdminDateWidget,
    AdminSplitDateTime,
    AdminTimeWidget,
    AutocompleteSelect,
)
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError, models
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.text import capfirst

from practice_portal.lib.history_admin import HistoryAdmin
from practice_portal.lib.kept_forms import is_shown_again, unsaved
from stations.recycling import KeepsDeletions


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


#: What the links of Django's filters ask of a column, and those of a list's dates of theirs; other
#: lookups (`__range`, `__regex`) break on what may be typed for them.
FILTER_LOOKUPS = ("", "__exact", "__id__exact", "__isnull")
DATE_LOOKUPS = ("__year", "__month", "__day")


def is_typed(text: str) -> bool:
    """What a person may have typed into a search; databases choke on NUL and on very long texts."""
    return len(text) <= 200 and "\x00" not in text


def is_beyond_the_calendar(lookup: str, value: str) -> bool:
    """Years of which a list's dates cannot say when they end."""
    return lookup.endswith("__year") and not re.fullmatch(r"[12][0-9]{3}", value)


@contextmanager
def refusing_numbers_beyond_any_key():
    """A key of forty digits is no error of ours: the database cannot even be asked for it."""
    try:
        yield
    except (OverflowError, DataError) as error:
        raise SuspiciousOperation("a number beyond any key") from error


#: How Django draws a choice that has not been made, and how we say it.
DASHES = "---------"
NOT_CHOSEN = "请选择"

STATION_FILTER = ("station", admin.RelatedOnlyFieldListFilter)


def is_scoped(model) -> bool:
    return hasattr(model, "station_path")


class KnownKeySelect(AutocompleteSelect):
    """Shows a form again whatever its address or its sender gave as a key; Django's own fails.

    `chosen` are the rows that the forms of one page have chosen, read once for all of them.
    """

    chosen: Iterable[models.Model] = ()

    def optgroups(self, name, value, attrs=None):
        keys = [str(each) for each in value if str(each).isdecimal() and len(str(each)) <= 18]
        rows = [row for row in self.chosen if str(row.pk) in keys]
        if not rows:
            return super().optgroups(name, keys, attrs)
        options = [
            self.create_option(name, row.pk, str(row), True, index, attrs=attrs)
            for index, row in enumerate(rows)
        ]
        return [(None, options, 0)]

    def build_attrs(self, base_attrs, extra_attrs=None):
        """An empty choice says what to do: Django's own has neither words nor a name."""
        return super().build_attrs(base_attrs, extra_attrs) | {
            "data-placeholder": "点开，输几个字找"
        }


class DayAndTime(AdminSplitDateTime):
    """Django's pair of fields for a moment, each with a name for whoever hears the page."""

    def __init__(self, attrs=None):
        day = AdminDateWidget(attrs={"aria-label": "日期"})
        time = AdminTimeWidget(attrs={"aria-label": "时间"})
        forms.MultiWidget.__init__(self, [day, time], attrs)


class _StaffForm:
    """Form fields offer what the user may pick, and nothing else is accepted."""

    #: Boxes to tick: Django's two lists side by side need a script, and axe objects to them.
    formfield_overrides = {
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
        models.DateTimeField: {"widget": DayAndTime},
    }

    def get_view_on_site_url(self, obj=None):
        """The page itself: the usual redirect (`r/`) would find any station's row by its key."""
        has_page = self.view_on_site and obj and hasattr(obj, "get_absolute_url")
        return obj.get_absolute_url() if has_page else None

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        related = db_field.remote_field.model
        if "queryset" not in kwargs and is_scoped(related):
            kwargs["queryset"] = self._choices(db_field, request.user)
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KnownKeySelect(db_field, self.admin_site)
        if db_field.name == "station" and request.user.sees_one_station:
            # Nobody is asked which station when there is only one (DESIGN §2.1).
            kwargs |= {"initial": request.user.own_station.pk, "widget": forms.HiddenInput}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _choices(self, db_field, user):
        """What one may pick, and what the street office has put into one's own rows already."""
        related = db_field.remote_field.model._default_manager
        offered = related.offered_to(user)
        if is_scoped(self.model) and not is_at_centre(user):
            mine = self.model._default_manager.managed_by(user)
            offered |= related.filter(pk__in=mine.values(db_field.attname))
        return offered

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Without the icons that add and change *another* row: they lead away from the form.

        What is not chosen yet says so in words, where Django draws dashes.
        """
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.ModelChoiceField):
            if field.empty_label == DASHES:
                field.empty_label = NOT_CHOSEN
        elif isinstance(field, forms.ChoiceField):
            field.choices = [
                (value, NOT_CHOSEN if label == DASHES else label) for value, label in field.choices
            ]
        for action in ("add", "change", "delete", "view"):
            if hasattr(getattr(field, "widget", None), f"can_{action}_related"):
                setattr(field.widget, f"can_{action}_related", False)
        return field

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        related = db_field.remote_field.model
        if "queryset" not in kwargs and is_scoped(related):
            kwargs["queryset"] = related._default_manager.offered_to(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def _named(rows: list) -> list:
    """What a delete page lists, in our type: without the rows that merely join two others."""
    joins = tuple(
        f"{capfirst(model._meta.verbose_name)}: "
        for model in apps.get_models(include_auto_created=True)
        if model._meta.auto_created
    )
    named = []
    for row in rows:
        if isinstance(row, list):
            named.append(_named(row))
        elif not row.startswith(joins):
            kind, _, name = conditional_escape(row).partition(": ")
            named.append(mark_safe(f"{kind}：{name}"))
    return named


class _StaffAdmin(_StaffForm, KeepsDeletions, HistoryAdmin):
    """Lists and searches answer what their page offers to ask, and nothing else."""

    list_per_page = 30
    show_facets = admin.ShowFacets.NEVER
    #: What a field asks for, in a sentence under it; as Django's forms know it.
    help_texts: dict[str, str] = {}
    #: Whether new rows come one after the other: “保存，再添一个” is for them.
    comes_in_rows = False

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        """One 保存, and none where there is nothing to write."""
        context["show_save_and_continue"] = False
        context["show_save_and_add_another"] = add and self.comes_in_rows
        form, inlines = context["adminform"].form, context["inline_admin_formsets"]
        if obj and not form.fields and not any(each.formset.forms for each in inlines):
            context["show_save"] = False
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_action_choices(self, request, default_choices=None):
        return super().get_action_choices(request, default_choices or [("", "选一样")])

    def lookup_allowed(self, lookup, value, request):
        """By the filters and the dates of the page, and as their links ask; Django itself lets
        through every own column, and `?contact_phone__startswith=` has no place in an address that
        is kept and passed on."""
        filters = self.get_list_filter(request)
        names = [each[0] if isinstance(each, tuple) else each for each in filters]
        names = [getattr(each, "parameter_name", each) for each in names]
        offered = {f"{name}{end}" for name in names for end in FILTER_LOOKUPS}
        offered |= {f"{self.date_hierarchy}{end}" for end in DATE_LOOKUPS}
        return (
            lookup in offered
            and is_typed(value)
            and not is_beyond_the_calendar(lookup, value)
            and super().lookup_allowed(lookup, value, request)
        )

    def get_deleted_objects(self, objs, request):
        rows, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        return _named(rows), counts, perms_needed, _named(protected)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if self.help_texts:
            kwargs.setdefault("help_texts", self.help_texts)
        form = super().get_form(request, obj, change=change, **kwargs)
        return unsaved(form) if is_shown_again(request) else form

    def get_changeform_initial_data(self, request):
        return {}  # an address fills in no form

    def changelist_view(self, request, extra_context=None):
        with refusing_numbers_beyond_any_key():
            return super().changelist_view(request, extra_context)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        with refusing_numbers_beyond_any_key():
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_search_results(self, request, queryset, search_term):
        if not is_typed(search_term):
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)


class StationScopedAdmin(_StaffAdmin):
    """The admin of a model with a `station_path`: another station's row is as if absent."""

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

    def changelist_view(self, request, extra_context=None):
        title = {"title": self.opts.verbose_name_plural}
        return super().changelist_view(request, {**title, **(extra_context or {})})

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


class _ScopedInline(_StaffForm):
    #: What its rows are counted in: 再添一张图片, 第2场.
    unit = "个"

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.managed_by(request.user) if is_scoped(self.model) else rows

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        for name in set(self.get_autocomplete_fields(request)) & set(formset.form.base_fields):
            fk = self.model._meta.get_field(name)
            mine = self.model._default_manager.filter(**{formset.fk.name: obj})
            related = fk.remote_field.model._default_manager
            widget = formset.form.base_fields[name].widget.widget
            widget.chosen = related.filter(pk__in=mine.values(fk.attname))
        return formset


class _TableInline(admin.TabularInline):
    """Its columns have headings; each field also has a name for whoever hears the page."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", field.label)
        return field


class StationScopedTabularInline(_ScopedInline, _TableInline):
    """Rows edited on their parent's page, whose permissions the parent's admin has checked."""


class StationScopedStackedInline(_ScopedInline, admin.StackedInline):
    """The same, one under the other."""


class _CentreOnly:
    """The street office edits these rows; nobody else sees them."""

    def has_view_permission(self, request, obj=None):
        return is_at_centre(request.user) and super().has_view_permission(request, obj)

    def has_add_permission(self, request, *args):
        return is_at_centre(request.user) and super().has_add_permission(request, *args)

    def has_change_permission(self, request, obj=None):
        return is_at_centre(request.user) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return is_at_centre(request.user) and super().has_delete_permission(request, obj)


class CentreOnlyAdmin(_CentreOnly, _StaffAdmin):
    """For users and postings."""

    def has_module_permission(self, request):
        return is_at_centre(request.user) and super().has_module_permission(request)


class CentreOnlyTabularInline(_CentreOnly, _StaffForm, _TableInline):
    """The same, on the page of another row."""

    unit = "个"
