from django.contrib import admin

from learning.models import OnlineStudy, StudySession
from stations.scoping import STATION_FILTER, StationScopedAdmin


@admin.register(StudySession)
class StudySessionAdmin(StationScopedAdmin):
    list_display = ["topic", "form", "station", "starts_at", "attended"]
    list_filter = ["form", "method", STATION_FILTER]
    list_select_related = ["station"]
    search_fields = ["topic"]
    date_hierarchy = "starts_at"
    help_texts = {
        "topic": "学的是什么，一句话，如“学《条例》第三章，谈身边的事”。",
        "form": "按这次学习的名义选；党员大会、党课都算“三会一课”。",
        "starts_at": "哪一天、几点开始。",
        "ends_at": "几点结束。过了这个时间，待办里会请您填到场人数。",
        "method": "请人来讲选“专家辅导”，大家坐下来谈选“专题研讨”。",
        "speaker": "请了谁来讲；没有请人就空着。",
    }
    fieldsets = [
        (None, {"fields": ["station", "topic", "form", "starts_at", "ends_at", "attended"]}),
        ("更多（可以不填）", {"classes": ["collapse"], "fields": ["method", "speaker"]}),
    ]


@admin.register(OnlineStudy)
class OnlineStudyAdmin(StationScopedAdmin):
    comes_in_rows = True
    list_display = ["station", "month_label", "platform", "people"]
    list_filter = ["platform", STATION_FILTER]
    list_select_related = ["station"]
    help_texts = {
        "month": "哪一个月的人数；等这个月过完再填，数才准。",
        "platform": "一个平台记一条；两个平台都在学，就记两条。",
        "people": "这个月在平台上学过的党员有几个人，不是学了几次。",
    }
    fields = ["station", "month", "platform", "people"]

    @admin.display(description="月份", ordering="month")
    def month_label(self, study):
        return study.month.label
