from django.contrib import admin, messages
from django.db.models import Q
from django.utils import timezone

from activities.admin_forms import SessionForm, SessionFormSet
from activities.models import Activity, Brand, RoleModel, Session
from practice_portal.lib.workflow_admin import WorkflowAdmin
from stations.models import Station, Venue
from stations.scoping import (
    STATION_FILTER,
    StationScopedAdmin,
    StationScopedStackedInline,
)


@admin.register(Brand)
class BrandAdmin(StationScopedAdmin):
    list_display = ["name", "station", "slogan", "started_on", "ended_on"]
    list_filter = [STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["name"]
    fields = ["station", "name", "slogan", "story", "picture", "started_on", "ended_on"]


def _offer_venues(form_class, user):
    """The same form, offering the rooms that this user may pick."""

    class OfferingForm(form_class):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            venues = Venue.objects.offered_to(user).in_force()
            if self.instance.booking_id:
                venues |= Venue.objects.filter(pk=self.instance.booking.venue_id)
            self.fields["venue"].queryset = venues.select_related("station")

    return OfferingForm


class SessionInline(StationScopedStackedInline):
    model = Session
    form = SessionForm
    formset = SessionFormSet
    fields = [("day", "starts", "ends"), ("venue", "address"), "capacity"]
    extra = 0
    min_num = 1
    verbose_name_plural = "场次：哪天几点，在哪里"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("booking")

    def get_formset(self, request, obj=None, **kwargs):
        kwargs["form"] = _offer_venues(self.form, request.user)
        return super().get_formset(request, obj, **kwargs)


@admin.register(Activity)
class ActivityAdmin(WorkflowAdmin, StationScopedAdmin):
    list_display = ["title", "station", "platform", "next_session", "status"]
    list_filter = ["status", "platform", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["title"]
    filter_horizontal = ["cohosts"]
    inlines = [SessionInline]
    fieldsets = [
        (
            None,
            {"fields": ["station", "title", "text", "platform", "requirements", "risk_notice"]},
        ),
        (
            "更多（可以不填）",
            {
                "classes": ["collapse"],
                "fields": [
                    "bring",
                    "audience",
                    "form",
                    "task",
                    "brand",
                    "festival",
                    "contact_name",
                    "contact_phone",
                    "cohosts",
                    "poster",
                ],
            },
        ),
    ]

    def has_page(self, obj):
        return obj.status == Activity.Status.PUBLISHED

    def has_delete_permission(self, request, obj=None):
        can_be = obj is None or obj.can_be_deleted
        return can_be and super().has_delete_permission(request, obj)

    @admin.display(description="最近一场")
    def next_session(self, activity):
        sessions = sorted(activity.sessions.all(), key=lambda session: session.starts_at)
        coming = [session for session in sessions if not session.is_over]
        shown = coming[:1] or sessions[-1:]
        return shown[0].days if shown else None

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("sessions")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        self._point_out_past_days(request, formsets)
        host = form.instance.station
        if form.instance.cohosts.contains(host):  # who hosts does not co-host
            form.instance.cohosts.remove(host)

    @staticmethod
    def _point_out_past_days(request, formsets):
        """A wrong month is easily typed, and the residents' lists then show nothing."""
        new = [session for formset in formsets for session in formset.new_objects]
        past = "、".join(session.days for session in new if session.is_over)
        if past:
            messages.warning(
                request, f"{past}已经过去了，居民在近期活动里看不到，请看看日期对不对。"
            )

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "cohosts":  # any station may hold an activity with us
            chosen = Activity.cohosts.through.objects.values("station")
            kwargs["queryset"] = Station.objects.in_force() | Station.objects.filter(pk__in=chosen)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ResultFilter(admin.SimpleListFilter):
    title = "结果"
    parameter_name = "result"

    def lookups(self, request, model_admin):
        return [("missing", "办完了，还没填"), ("filled", "已填"), ("coming", "还没办")]

    def queryset(self, request, queryset):
        now = timezone.now()
        asked = {
            "missing": Q(people_served=None, ends_at__lte=now, status=Session.Status.PLANNED),
            "filled": Q(people_served__isnull=False),
            "coming": Q(ends_at__gt=now),
        }
        return queryset.filter(asked[self.value()]) if self.value() in asked else queryset


@admin.register(Session)
class SessionAdmin(WorkflowAdmin, StationScopedAdmin):
    """One session: moved, cancelled, and its result filled in. New ones come with an activity."""

    form = SessionForm
    list_display = ["activity", "days", "place", "result", "status"]
    list_filter = [ResultFilter, "status"]
    list_select_related = ["activity__station", "booking__venue__station"]
    search_fields = ["activity__title"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    fieldsets = [
        ("办得怎样", {"fields": ["people_served", "volunteers_served", "story"]}),
        (
            "什么时候，在哪里",
            {"fields": ["activity", "day", "starts", "ends", "venue", "address", "capacity"]},
        ),
    ]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "activity"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        kwargs["form"] = _offer_venues(self.form, request.user)
        kwargs["fields"] = [
            "people_served", "volunteers_served", "story", "address", "capacity",
        ]  # fmt: skip
        return super().get_form(request, obj, change=change, **kwargs)

    def has_add_permission(self, request):
        return False

    def has_page(self, obj):
        return obj.activity.status == Activity.Status.PUBLISHED

    def has_delete_permission(self, request, obj=None):
        is_open = obj is None or obj.people_served is None
        return is_open and super().has_delete_permission(request, obj)

    @admin.display(description="什么时候", ordering="starts_at")
    def days(self, session):
        return session.days

    @admin.display(description="服务群众", ordering="people_served")
    def result(self, session):
        if session.people_served is not None:
            return f"{session.people_served}人次"
        is_missing = session.is_over and session.status == Session.Status.PLANNED
        return "办完了，还没填" if is_missing else None

    @admin.display(description="在哪里")
    def place(self, session):
        return session.place


@admin.register(RoleModel)
class RoleModelAdmin(StationScopedAdmin):
    list_display = ["name", "category", "station", "nominated_on", "recognised_on"]
    list_filter = ["category", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["station", "name", "category", "deed", "nominated_on"]}),
        (
            "评定",
            {"classes": ["collapse"], "fields": ["is_family", "recognised_on", "has_consented"]},
        ),
    ]
