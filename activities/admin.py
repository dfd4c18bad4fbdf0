from django import forms
from django.contrib import admin, messages
from django.db.models import Case, F, OrderBy, OuterRef, Q, Subquery, When
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from activities.admin_forms import ActivityForm, SessionForm, SessionFormSet
from activities.kinds import defaults
from activities.models import Activity, Brand, Festival, Objection, RoleModel, Session
from activities.plan_admin import PlanAdmin
from activities.results_admin import ResultAdmin
from activities.role_models.admin import ObjectionAdmin, RoleModelAdmin
from activities.series_admin import SeriesAdmin
from activities.share_admin import is_moved, offer_to_tell
from activities.signups.admin import SignupPages
from practice_portal.lib import frozen
from practice_portal.lib.months import Month
from stations.models import Station, Venue
from stations.public_page_admin import PublicPageAdmin
from stations.scoping import (
    STATION_FILTER,
    StationScopedAdmin,
    StationScopedStackedInline,
)


@admin.register(Brand)
class BrandAdmin(PublicPageAdmin, StationScopedAdmin):
    list_display = ["name", "station", "slogan", "started_on", "ended_on"]
    list_filter = [STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["name"]
    help_texts = {
        "name": "一个实践所一个品牌，平时怎么叫就怎么写，如“南湖银发课堂”。",
        "slogan": "一句话说清做什么、为谁做；印在品牌名称下面。",
        "story": "怎么办起来的，办了多久，谁最喜欢来。",
        "started_on": "从哪一天办起来的，记不清就写大概的日子。",
    }
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


def _frozen_warning(sessions) -> str:
    """What a clerk is told whose changes reach a month that the street office has approved."""
    sessions = list(sessions)
    activities = {session.activity_id for session in sessions}
    cohosts = Activity.cohosts.through.objects.filter(activity__in=activities)
    hosts = {session.activity.station_id for session in sessions}
    return frozen.warning(
        hosts | set(cohosts.values_list("station", flat=True)),
        {Month.of(session.ends_at) for session in sessions},
    )


def _with_warning(fieldsets, warning: str) -> list:
    """The form's first block begins with what there is to know."""
    (name, options), *others = fieldsets
    return [(name, {**options, "description": warning}), *others] if warning else list(fieldsets)


class SessionInline(StationScopedStackedInline):
    model = Session
    form = SessionForm
    formset = SessionFormSet
    fieldsets = [
        (None, {"fields": [("day", "starts", "ends"), "venue"]}),
        (
            "名额、怎么找到、办几天（可以不填）",
            {
                "classes": ["collapse"],
                "fields": [("capacity", "walk_in_places"), "address", "last_day", "reason"],
            },
        ),
    ]
    extra = 0
    min_num = 1
    show_change_link = True
    unit = "场"
    view_on_site = False  # its page is the activity's, which has a button above
    verbose_name_plural = "场次：哪天几点，在哪里"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("booking")

    def has_delete_permission(self, request, obj=None):
        """What residents have read is cancelled, with a reason, and does not just vanish."""
        is_up = obj is not None and obj.status == Activity.Status.PUBLISHED
        return not is_up and super().has_delete_permission(request, obj)

    def get_formset(self, request, obj=None, **kwargs):
        kwargs["form"] = _offer_venues(self.form, request.user)
        return super().get_formset(request, obj, **kwargs)


@admin.register(Activity)
class ActivityAdmin(PublicPageAdmin, PlanAdmin, SeriesAdmin, StationScopedAdmin):
    list_display = ["title", "station", "platform", "next_session", "status"]
    list_filter = ["status", "platform", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["title"]
    form = ActivityForm
    inlines = [SessionInline]
    saved_words = {Activity.Status.DRAFT: "它还是草稿，居民看不到。"}
    change_form_template = "admin/activities/activity/change_form.html"
    fieldsets = [
        (None, {"fields": ["station", "title", "text"]}),
        (
            "发布前看一眼：谁能来、要留意、平台",
            {"classes": ["collapse"], "fields": ["requirements", "risk_notice", "platform"]},
        ),
        (
            "更多（可以不填）",
            {
                "classes": ["collapse"],
                "fields": [
                    "form",
                    "bring",
                    "question",
                    "audience",
                    ("youngest", "oldest"),
                    "task",
                    "brand",
                    "festival",
                    "contact_name",
                    "contact_phone",
                    "cohosts",
                    "partners",
                    "joint_kind",
                    "poster",
                ],
            },
        ),
    ]

    def get_changeform_initial_data(self, request):
        return defaults(request.GET.get("form", ""))

    def changelist_view(self, request, extra_context=None):
        kinds = {"kinds": Activity.Form.choices}
        return super().changelist_view(request, kinds | (extra_context or {}))

    def add_view(self, request, form_url="", extra_context=None):
        kind = defaults(request.POST.get("form") or request.GET.get("form", ""))["form"]
        kinds = {"kinds": Activity.Form.choices, "kind": kind}
        return super().add_view(request, form_url, kinds | (extra_context or {}))

    def get_page_label(self, obj):
        if obj is None:
            return ""
        return self.page_label if obj.is_shown else "预览"

    def has_delete_permission(self, request, obj=None):
        can_be = obj is None or obj.can_be_deleted
        return can_be and super().has_delete_permission(request, obj)

    def get_ordering(self, request):
        """First what comes next, then what is not planned yet, then the last held."""
        sessions = Session.objects.filter(activity=OuterRef("pk")).values("starts_at")
        coming = sessions.filter(ends_at__gt=timezone.now()).order_by("starts_at")
        return [
            OrderBy(Subquery(coming[:1]), nulls_last=True),
            OrderBy(
                Subquery(sessions.order_by("-starts_at")[:1]), descending=True, nulls_first=True
            ),
        ]

    @admin.display(description="最近一场")
    def next_session(self, activity):
        sessions = sorted(activity.sessions.all(), key=lambda session: session.starts_at)
        coming = [session for session in sessions if not session.is_over]
        shown = coming[:1] or sessions[-1:]
        return shown[0].days if shown else None

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("sessions")

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if cohosts := form.base_fields.get("cohosts"):  # absent from a form that is only read
            hosts = Station.objects.filter(pk=obj.station_id) if obj else self._only_host(request)
            cohosts.queryset = cohosts.queryset.exclude(pk__in=[host.pk for host in hosts])
        return form

    @staticmethod
    def _only_host(request) -> list[Station]:
        """The station that whoever adds an activity adds it for, if it can be but one."""
        hosts = list(Station.objects.managed_by(request.user)[:2])
        return hosts if len(hosts) == 1 else []

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        sessions = obj.sessions.select_related("activity") if obj else []
        return _with_warning(fieldsets, _frozen_warning(sessions))

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            self._point_out_frozen_months(request, form.instance)
        if any(is_moved(each) for formset in formsets for each in formset.initial_forms):
            offer_to_tell(request, form.instance)
        self._point_out_past_days(request, formsets)
        if not change:
            self._suggest_festival(request, form.instance)
        host = form.instance.station
        if form.instance.cohosts.contains(host):  # who hosts does not co-host
            form.instance.cohosts.remove(host)

    @staticmethod
    def _point_out_frozen_months(request, activity):
        sessions = Session.objects.filter(activity=activity).select_related("activity")
        if warning := _frozen_warning(sessions):
            messages.warning(request, warning)

    @staticmethod
    def _suggest_festival(request, activity):
        """Around a festival a new activity is taken to be for it; the clerk can say otherwise."""
        days = [timezone.localdate(each.starts_at) for each in activity.sessions.all()]
        if activity.festival or not (festival := Festival.near(days)):
            return
        activity.festival = festival
        activity.save(update_fields=["festival"])
        messages.info(
            request,
            f"日子靠近{festival.label}，已经替您选上“我们的节日：{festival.label}”；"
            "不是的话，请在“更多”里去掉。",
        )

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
            kwargs["widget"] = forms.CheckboxSelectMultiple
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
class SessionAdmin(SignupPages, ResultAdmin, StationScopedAdmin):
    """One session: moved, cancelled, and its result filled in. New ones come with an activity."""

    form = SessionForm
    change_form_template = "admin/activities/session/change_form.html"
    list_display = ["activity", "days", "place", "result"]
    list_filter = [ResultFilter, "status"]
    list_select_related = ["activity__station", "booking__venue__station"]
    search_fields = ["activity__title"]
    date_hierarchy = "starts_at"
    when_and_where = (
        "什么时候，在哪里",
        {"fields": ["activity", ("day", "starts", "ends"), "venue", "reason"]},
    )
    result_fields = ["people_served", "volunteers_served", "story"]
    more = (
        "名额、怎么找到、办几天（可以不填）",
        {
            "classes": ["collapse"],
            "fields": [
                ("capacity", "walk_in_places"),
                ("signup_opens_at", "signup_closes_at"),
                *("address", "last_day"),
            ],
        },
    )

    def get_ordering(self, request):
        """First what lacks its result, then what comes next, then what is done with."""
        now = timezone.now()
        missing = Q(people_served=None, ends_at__lte=now, status=Session.Status.PLANNED)
        coming = Q(ends_at__gt=now)
        pile = Case(When(missing, then=0), When(coming, then=1), default=2)
        onward = Case(When(missing | coming, then="starts_at"))
        return [pile.asc(), onward.asc(nulls_last=True), F("starts_at").desc()]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "activity"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        kwargs["form"] = _offer_venues(self.form, request.user)
        kwargs["fields"] = [*self.result_fields, *self.form.Meta.fields]
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        """First what is to be done now: before the end when and where, after it the result."""
        is_over = obj is not None and obj.is_over
        result = {"fields": self.result_fields}
        fieldsets = [self.when_and_where, self.more]
        if is_over:
            fieldsets.insert(0, ("办得怎样", result))
        else:
            fieldsets.append(("办得怎样（办完再填）", {**result, "classes": ["collapse"]}))
        return _with_warning(fieldsets, _frozen_warning([obj] if obj else []))

    def _take(self, request, obj, name, remark=""):
        refusal = super()._take(request, obj, name, remark)
        if refusal is None:
            offer_to_tell(request, obj.activity)
        return refusal

    def response_change(self, request, obj):
        if obj.is_over and obj.status == Session.Status.PLANNED:
            self._say_whether_it_counts(request, obj)
        return super().response_change(request, obj)

    @staticmethod
    def _say_whether_it_counts(request, session):
        if session.people_served is None:
            messages.warning(
                request, "“服务群众（人次）”还空着：这一场没有算进数字，还在待办里等您填。"
            )
            return
        desk = reverse("admin:index")
        text = '来了{}人次，已经算进数字。<a href="{}">回待办看还有什么事</a>'
        messages.info(request, format_html(text, session.people_served, desk))

    def save_model(self, request, obj, form, change):
        before = Session.objects.filter(pk=obj.pk).select_related("activity")
        warning = _frozen_warning([obj, *before])  # it may leave the month, or come into it
        super().save_model(request, obj, form, change)
        if warning and form.has_changed():
            messages.warning(request, warning)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if is_moved(form):
            offer_to_tell(request, form.instance.activity)

    def has_add_permission(self, request):
        return False

    def has_page(self, obj):
        return obj.activity.status == Activity.Status.PUBLISHED

    def has_delete_permission(self, request, obj=None):
        """A session that residents have read of is cancelled, with a reason."""
        is_up = obj is not None and obj.activity.status == Activity.Status.PUBLISHED
        is_open = obj is None or obj.people_served is None
        return is_open and not is_up and super().has_delete_permission(request, obj)

    @admin.display(description="什么时候", ordering="starts_at")
    def days(self, session):
        return session.days

    @admin.display(description="结果", ordering="people_served")
    def result(self, session):
        if session.status == Session.Status.CANCELLED:
            return session.get_status_display()
        if session.people_served is not None:
            return f"{session.people_served}人次"
        if session.is_over:
            return format_html('<span class="tag is-late">{}</span>', "办完了，还没填")
        return "还没办"

    @admin.display(description="在哪里")
    def place(self, session):
        return session.place


admin.site.register(RoleModel, RoleModelAdmin)
admin.site.register(Objection, ObjectionAdmin)
