from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.html import format_html

from practice_portal.lib.workflow_admin import WorkflowAdmin
from stations.models import Booking, PhoneView, Platform, Posting, Station, User, Venue
from stations.roles import ROLES
from stations.scoping import (
    STATION_FILTER,
    CentreOnlyAdmin,
    CentreOnlyTabularInline,
    StationScopedAdmin,
)

admin.site.unregister(Group)  # the roles are made by set_up_roles, not by hand


@admin.register(Station)
class StationAdmin(StationScopedAdmin):
    list_display = ["name", "phone", "opening_hours", "is_public", "started_on"]
    list_filter = ["is_public", "is_pilot"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "phone", "address", "opening_hours", "intro", "photo"]}),
        (
            "街道管理的内容",
            {
                "classes": ["collapse"],
                "fields": [
                    "is_public",
                    "tier",
                    "slug",
                    "position",
                    "is_pilot",
                    "started_on",
                    "ended_on",
                ],
            },
        ),
    ]
    #: What makes a station public, places it and counts it is for the street office to say.
    OF_THE_STREET = fieldsets[1][1]["fields"]

    def get_readonly_fields(self, request, obj=None):
        return [] if request.user.is_at_centre else ["name", *self.OF_THE_STREET]


@admin.register(Venue)
class VenueAdmin(StationScopedAdmin):
    list_display = ["name", "station", "kind", "capacity", "facilities", "is_shared"]
    list_filter = ["kind", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["station", "name", "kind", "capacity", "facilities", "is_shared"]}),
        ("更多", {"classes": ["collapse"], "fields": ["former_use", "started_on", "ended_on"]}),
    ]


@admin.register(Platform)
class PlatformAdmin(StationScopedAdmin):
    list_display = ["name", "station", "kind", "started_on", "ended_on"]
    list_filter = ["kind", STATION_FILTER]
    list_select_related = ["station"]
    filter_horizontal = ["venues"]
    fields = ["station", "kind", "name", "venues", "started_on", "ended_on"]


@admin.register(Booking)
class BookingAdmin(WorkflowAdmin, StationScopedAdmin):
    list_display = ["venue", "starts_at", "ends_at", "holder", "purpose", "status"]
    list_filter = ["status", ("venue", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["venue__station"]
    date_hierarchy = "starts_at"
    fields = ["venue", "starts_at", "ends_at", "holder", "purpose"]


class PostingInline(CentreOnlyTabularInline):
    model = Posting
    fields = ["station", "name", "duty", "since", "until"]
    extra = 0
    min_num = 1


@admin.register(Posting)
class PostingAdmin(CentreOnlyAdmin):
    list_display = ["station", "name", "duty", "user", "since", "until"]
    list_filter = ["duty", STATION_FILTER]
    list_select_related = ["station", "user"]
    search_fields = ["name"]
    fields = ["station", "name", "duty", "user", "since", "until"]


@admin.register(User)
class UserAdmin(CentreOnlyAdmin, auth_admin.UserAdmin):
    """Staff accounts: made and closed by the centre, never deleted, and never above the maker."""

    list_display = ["username", "name", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username", "name"]
    filter_horizontal = ["groups"]
    ordering = ["username"]
    inlines = [PostingInline]
    fieldsets = [
        (None, {"fields": ["username", "password", "name", "groups", "is_active"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "name", "groups", "password1", "password2"]}),
    ]

    def get_queryset(self, request):
        users = super().get_queryset(request)
        return users if request.user.is_superuser else users.filter(is_superuser=False)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.filter(name__in=ROLES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.is_staff = True
        super().save_model(request, obj, form, change)


@admin.register(PhoneView)
class PhoneViewAdmin(CentreOnlyAdmin):
    """Who was shown whose number, for the street office to read; nobody writes here."""

    list_display = ["at", "by", "station", "row", "number", "purpose", "words"]
    list_filter = ["purpose", STATION_FILTER, ("by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["by", "station"]
    date_hierarchy = "at"
    fields = ["at", "by", "station", "row", "number", "purpose", "words"]
    readonly_fields = ["row", "number"]

    def changelist_view(self, request, extra_context=None):
        title = {"title": "谁为什么看了号码"}
        return super().changelist_view(request, title | (extra_context or {}))

    @admin.display(description="谁的")
    def row(self, view):
        page = f"admin:{view.row_type.replace('.', '_')}_change"
        return format_html('<a href="{}">{}</a>', reverse(page, args=[view.row_id]), view.row_name)

    @admin.display(description="哪个号码")
    def number(self, view):
        return view.field_name

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
