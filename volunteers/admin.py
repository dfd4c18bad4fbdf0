from django.contrib import admin

from practice_portal.lib.metrics import grouped
from practice_portal.lib.workflow_admin import WorkflowAdmin
from stations.phone_admin import PersonalPhoneAdmin
from stations.public_page_admin import PublicPageAdmin
from stations.scoping import STATION_FILTER, StationScopedAdmin, StationScopedTabularInline
from volunteers.models import (
    Membership,
    Organisation,
    PartnerUnit,
    ServiceEntry,
    Team,
    Volunteer,
)


@admin.register(Organisation)
class OrganisationAdmin(StationScopedAdmin):
    list_display = ["name", "kind", "started_on", "ended_on"]
    list_filter = ["kind"]
    fields = ["station", "kind", "name", "position", "started_on", "ended_on"]


@admin.register(PartnerUnit)
class PartnerUnitAdmin(StationScopedAdmin):
    list_display = ["name", "kind", "started_on", "ended_on"]
    list_filter = ["kind"]
    search_fields = ["name"]
    fields = ["station", "kind", "name", "position", "started_on", "ended_on"]


class RoleModelFilter(admin.SimpleListFilter):
    """Who of the volunteers was recognised as a role model (道德标杆)."""

    title = "道德标杆"
    parameter_name = "role_model"

    def lookups(self, request, model_admin):
        return [("yes", "是道德标杆")]

    def queryset(self, request, queryset):
        if self.value() != "yes":
            return queryset
        return queryset.filter(role_models__recognised_on__isnull=False).distinct()


@admin.register(Volunteer)
class VolunteerAdmin(PersonalPhoneAdmin, WorkflowAdmin, StationScopedAdmin):
    comes_in_rows = True
    list_display = ["number", "name", "station", "source", "backbone_since", "status"]
    list_filter = ["status", "source", RoleModelFilter, STATION_FILTER]
    list_select_related = ["station"]
    list_display_links = ["number", "name"]
    search_fields = ["number", "name"]
    show_full_result_count = False
    help_texts = {
        "name": "本人的真名；居民看不到，除非他同意公开。",
        "skills": "如“理发、修水管、写毛笔字”；排班找人时用得上。",
        "source": "是“身边人”里的哪一种；普通居民不用改。",
        "birth_year": "只写年份，如 1958；不愿意说就空着。",
        "backbone_since": "带头做事的骨干才填，从哪一天起算；不是就空着。",
        "has_consented": "问过本人，愿意把姓名印在网上的才打勾。",
    }
    fieldsets = [
        (None, {"fields": ["station", "name", "phone", "skills"]}),
        (
            "更多",
            {
                "classes": ["collapse"],
                "fields": ["source", "birth_year", "backbone_since", "has_consented"],
            },
        ),
        ("日期", {"classes": ["collapse"], "fields": ["applied_on", "started_on", "ended_on"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        # They follow from the application and from the steps 登记 and 退出.
        dates = ["applied_on", "started_on", "ended_on"]
        return [*super().get_readonly_fields(request, obj), *dates]


class MembershipInline(StationScopedTabularInline):
    model = Membership
    autocomplete_fields = ["volunteer"]
    classes = ["collapse"]  # a team has fifty
    unit = "名"
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("team", "volunteer")


@admin.register(Team)
class TeamAdmin(PublicPageAdmin, StationScopedAdmin):
    list_display = ["name", "station", "kind", "is_featured", "partner_unit"]
    list_filter = ["is_featured", "kind", STATION_FILTER]
    list_select_related = ["station", "partner_unit"]
    search_fields = ["name"]
    inlines = [MembershipInline]
    help_texts = {
        "name": "队旗上怎么写就怎么写，如“红柳邻里队”。",
        "kind": "按平时做得最多的那件事选。",
        "purpose": "一句话，居民看了就知道能请他们做什么。",
        "is_featured": "和共建单位一起办的特色队伍才打勾。",
        "organisation": "是一站十中心里哪一个的队伍；说不清就空着。",
        "started_on": "从哪一天成立的，记不清就写大概的日子。",
    }
    fieldsets = [
        (
            None,
            {"fields": ["station", "name", "kind", "purpose", "is_featured", "partner_unit"]},
        ),
        ("更多", {"classes": ["collapse"], "fields": ["organisation", "started_on", "ended_on"]}),
    ]


@admin.register(ServiceEntry)
class ServiceEntryAdmin(WorkflowAdmin, StationScopedAdmin):
    """The hours ledger: lines are entered here and never rewritten; a second person confirms."""

    comes_in_rows = True
    list_display = ["volunteer", "station", "served_on", "how_long", "kind", "reason", "status"]
    list_filter = ["status", "kind", STATION_FILTER]
    list_select_related = ["station", "volunteer"]
    date_hierarchy = "served_on"
    autocomplete_fields = ["volunteer"]
    help_texts = {
        "volunteer": "打姓名或编号里的几个字，从下面选出来；没有的，先到“志愿者”里登记。",
        "served_on": "服务的那一天，不是录入的这一天。",
        "hours": "一次最少0.5小时，最多12小时，如 1.5。",
        "reason": "一句话，如“3号楼上门理发”。不要写别人的名字和号码。",
    }
    fields = ["station", "volunteer", "served_on", "hours", "kind", "reason"]

    @admin.display(description="小时", ordering="hours")
    def how_long(self, entry):
        return grouped(entry.hours)

    def get_readonly_fields(self, request, obj=None):
        readonly = super().get_readonly_fields(request, obj)
        return [*readonly, *self.fields, "entered_by"] if obj else readonly

    def get_fields(self, request, obj=None):
        return [*self.fields, "entered_by"] if obj else self.fields

    def steps_for(self, request, obj=None):
        """Whoever enters a line does not confirm it, and is not offered to."""
        steps = super().steps_for(request, obj)
        if obj is None:
            return {}
        if obj.entered_by_id == request.user.pk:
            steps.pop("confirm", None)
        return steps

    def save_model(self, request, obj, form, change):
        if not change:
            obj.entered_by = request.user
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        return False
