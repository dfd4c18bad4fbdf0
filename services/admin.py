from django.contrib import admin
from django.core.exceptions import ValidationError

from practice_portal.lib.codes import tidy_code
from practice_portal.lib.phones import tidy_mobile
from practice_portal.lib.workflow_admin import WorkflowAdmin
from services.models import Demand, Whistle
from stations.phone_admin import PersonalPhoneAdmin
from stations.scoping import STATION_FILTER, StationScopedAdmin


def without_result(fieldsets, row, status):
    """What came of it is asked once there is something to say: not in its first status."""
    if row and (row.status != status or row.result):
        return fieldsets
    return [
        (name, {**options, "fields": [each for each in options["fields"] if each != "result"]})
        for name, options in fieldsets
    ]


@admin.register(Demand)
class DemandAdmin(PersonalPhoneAdmin, WorkflowAdmin, StationScopedAdmin):
    list_display = ["title", "station", "channel", "topic", "submitted_at", "status"]
    list_filter = ["status", "channel", "topic", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["title"]
    search_help_text = "按标题找；居民忘了查询码，输入他的整个手机号。"
    date_hierarchy = "submitted_at"
    autocomplete_fields = ["session"]
    readonly_fields = ["query_code", "completed_on", "contact_deleted_on"]
    help_texts = {
        "title": "一句话，如“想请人上门给老人理发”。",
        "text": "居民怎么说就怎么记：哪天方便、几个人、要带什么；没有就空着。",
        "channel": "居民打电话、上门来的不用改；从群里、会上听来的，改成那一个。",
        "contact_name": "怎么称呼都行，如“王阿姨”；居民不愿意留就空着。",
        "contact_phone": "办好了给他回话用；居民不愿意留就空着。",
        "result": "办好了写给居民看：谁去的，办成什么样；不要写手机号。",
        "topic": "前面几类都不像，就选“其他”。",
        "session": "有一场活动正好能满足他，就选那一场；没有就空着。",
        "submitted_at": "居民提出来的时候，不是记下来的时候。",
    }
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "station",
                    "title",
                    "text",
                    "channel",
                    "contact_name",
                    "contact_phone",
                    "result",
                ]
            },
        ),
        (
            "更多",
            {
                "classes": ["collapse"],
                "fields": ["topic", "session", "submitted_at", "completed_on"],
            },
        ),
    ]

    @admin.display(description="查询码", ordering="code")
    def query_code(self, demand) -> str:
        return demand.grouped_code

    def get_fieldsets(self, request, obj=None):
        fieldsets = without_result(
            super().get_fieldsets(request, obj), obj, Demand.Status.SUBMITTED
        )
        if obj is None:
            return fieldsets
        first = {
            "fields": ["query_code"],
            "description": "请告诉居民：凭查询码和手机号，可以在网站“查进度”里看办到哪一步。",
        }
        if obj.contact_deleted_on:
            first = {
                "fields": ["contact_deleted_on"],
                "description": "居民要求删掉了姓名和手机号，请不要再记进来。",
            }
        return [(None, first), *fieldsets]

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        if obj and obj.contact_deleted_on:
            # The resident had them deleted: a form still open at a desk brings nothing back.
            return [*fields, "contact_name", "contact_phone"]
        return fields

    def get_search_results(self, request, queryset, search_term):
        """A whole phone or code finds its rows, a part of one finds nothing."""
        for tidy, field in ((tidy_mobile, "contact_phone"), (tidy_code, "code")):
            try:
                return queryset.filter(**{field: tidy(search_term)}), False
            except ValidationError:
                continue
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            self.message_user(
                request,
                f"查询码是 {obj.grouped_code}，请告诉居民：凭它和手机号可以在网站上查进度。",
            )


@admin.register(Whistle)
class WhistleAdmin(WorkflowAdmin, StationScopedAdmin):
    list_display = ["title", "kind", "station", "lead_unit", "raised_on", "status"]
    list_filter = ["status", "kind", STATION_FILTER]
    list_select_related = ["station", "lead_unit"]
    search_fields = ["title"]
    date_hierarchy = "raised_on"
    readonly_fields = ["responded_on", "solved_on"]
    help_texts = {
        "title": "一句话，如“3号楼前的井盖松了”。",
        "text": "什么样子，有多久了，碍着谁；没有就空着。",
        "kind": "创建检查查出来的选“精神文明创建难题”，居民反映的选“群众性难题”。",
        "place": "写到几号楼、哪个路口，来的单位才找得到。",
        "lead_unit": "请哪个单位牵头来办；还没有定就空着，定了才能登记报到。",
        "result": "写清哪个单位来办的，办成什么样；不要写手机号。",
        "raised_on": "提出来的那一天。",
    }
    fieldsets = [
        (
            None,
            {"fields": ["station", "title", "text", "kind", "place", "lead_unit", "result"]},
        ),
        (
            "日期",
            {"classes": ["collapse"], "fields": ["raised_on", "responded_on", "solved_on"]},
        ),
    ]

    def get_fieldsets(self, request, obj=None):
        return without_result(super().get_fieldsets(request, obj), obj, Whistle.Status.RAISED)
