"""做什么: empty columns, a home page on which nothing is new, and results that are missing."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse

from activities.models import Activity, ActivityChange, Brand, RoleModel, Session
from practice_portal.lib.checkups import (
    Asked,
    Checkup,
    Finding,
    add_url,
    lacking,
    of_rows,
    silent_since,
    without_words,
)

#: How old the newest thing on the home page may be (网站普查: 首页 two weeks).
HOME_IS_FRESH_FOR = timedelta(days=14)

#: How far ahead residents look.
AHEAD = timedelta(days=14)


def _with_nothing_on(asked: Asked):
    coming = (
        Session.objects.published()
        .planned()
        .filter(ends_at__gt=asked.now, starts_at__lt=asked.now + AHEAD)
    )
    mine = coming.filter(activity__station=OuterRef("pk"))
    joint = coming.filter(activity__cohosts=OuterRef("pk"))
    return asked.stations.stations().filter(~Exists(mine), ~Exists(joint))


def _without_a_result(asked: Asked):
    over = Session.objects.planned().filter(ends_at__lte=asked.now, people_served=None)
    published = over.filter(activity__status=Activity.Status.PUBLISHED)
    return published.select_related("activity")


def _without_a_role_model(asked: Asked) -> list[Finding]:
    """The wall is the street's: one name, whosever, and it is not empty."""
    centre = asked.stations.filter(tier="centre")
    on_the_wall = RoleModel.objects.named().online()
    words, url = "“身边的榜样”里一个人也没有", reverse("admin:activities_rolemodel_changelist")
    empty = centre.filter(~Exists(on_the_wall))
    return [Finding(pk, words, url) for pk in empty.values_list("pk", flat=True)]


CHECKUPS = [
    Checkup(
        code="activities.home_is_stale",
        label="首页两周没有新内容",
        sound="首页有新内容",
        advice="发布一个活动，首页就有新的了。",
        find=silent_since(
            lambda: ActivityChange.objects.filter(
                step="publish", activity__in=Activity.objects.published()
            ),
            "at",
            length=HOME_IS_FRESH_FOR,
            text="首页：两周里没有发布新的活动",
            url=lambda: reverse("admin:activities_activity_add"),
        ),
    ),
    Checkup(
        code="activities.nothing_on",
        label="两周内没有活动预告",
        sound="两周内都有活动预告",
        advice="把排好的活动发布出来；居民打开这个所的页面，现在什么也看不到。",
        find=of_rows(_with_nothing_on, url=add_url("activities_activity")),
    ),
    Checkup(
        code="activities.no_brand",
        label="“一社一品”栏目是空的",
        sound="“一社一品”都填了",
        advice="填上正在办的品牌和它的故事。",
        find=of_rows(
            lacking(lambda asked: Brand.objects.in_force(asked.today)),
            url=add_url("activities_brand"),
        ),
    ),
    Checkup(
        code="activities.brand_without_story",
        label="品牌没有故事",
        sound="品牌都有故事",
        advice="写几句怎么办起来的，居民爱看。",
        find=of_rows(
            lambda asked: Brand.objects.in_force(asked.today).filter(story=""),
            text=lambda brand: f"“{brand}”",
        ),
    ),
    Checkup(
        code="activities.no_result",
        label="办完了还没填结果",
        sound="办完的都填了结果",
        advice="填上来了多少人次，月度总结才算得进去。",
        find=of_rows(_without_a_result),
    ),
    Checkup(
        code="activities.brand_picture_without_words",
        label="品牌的图片旁边没有话",
        sound="品牌的图片旁边都有话",
        advice="“一句话”和“品牌故事”都空着，看不见图的人不知道这是什么；请写上一样。",
        find=without_words(
            Brand.objects.all, "picture", ("slogan", "story"), text=lambda brand: f"“{brand}”"
        ),
    ),
    Checkup(
        code="activities.no_role_model",
        label="“身边的榜样”栏目是空的",
        sound="“身边的榜样”里有人",
        advice="评出来的人本人同意公开，墙上才有；请到“道德标杆”里看看谁还没有走完。",
        find=_without_a_role_model,
    ),
]
