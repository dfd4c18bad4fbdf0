"""建什么: what may be amiss with the stations' own pages."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from practice_portal.lib.checkups import (
    Asked,
    Checkup,
    Finding,
    add_url,
    change_url,
    lacking,
    of_rows,
    silent_since,
    without_words,
)
from stations.models import Article, ArticlePicture, Platform, Posting, Station, Venue
from stations.public_pages import public_pages
from stations.showing import edit_url


def _without(field: str):
    return of_rows(lambda asked: asked.stations.filter(**{field: ""}))


def _without_a_head(asked: Asked):
    heads = Posting.objects.in_force(asked.today).filter(
        station=OuterRef("pk"), duty=Posting.Duty.HEAD
    )
    return asked.stations.stations().filter(~Exists(heads))


def _offline(asked: Asked) -> list[Finding]:
    """A query for each kind of page."""
    found = []
    for model in public_pages().values():
        at_these = Q(**{f"{model.station_path}__in": asked.stations})
        found += [
            Finding(_station_key(page), f"{page}：{page.taken_down.reason}", edit_url(page))
            for page in model.objects.offline().filter(at_these)
        ]
    return found


def _station_key(page) -> int:
    return page.pk if page.station_path == "pk" else page.station_id


def _new_article() -> str:
    return reverse("admin:stations_article_add")


def _empty_pages(asked: Asked) -> list[Finding]:
    """The fixed pages of the street that have an address and no text."""
    written = Article.objects.published().filter(station=OuterRef("pk"))
    pages = [page for page in Article.Page if page != Article.Page.PRIVACY]
    found = asked.stations.filter(tier=Station.Tier.CENTRE).annotate(
        **{page.name: Exists(written.filter(slug=page)) for page in pages}
    )
    return [
        Finding(centre.pk, f"“{page.label}”还没有正文", _new_article())
        for centre in found
        for page in pages
        if not getattr(centre, page.name)
    ]


CHECKUPS = [
    Checkup(
        code="stations.offline",
        label="被街道下线的网页",
        sound="没有下线的网页",
        advice="社区照原因改好，打电话告诉街道；街道在“下线的网页”里恢复上线。",
        find=_offline,
    ),
    Checkup(
        code="stations.no_phone",
        label="没有办公电话",
        sound="办公电话都有",
        advice="居民有事先打电话，请补上办公电话。",
        find=_without("phone"),
    ),
    Checkup(
        code="stations.no_opening_hours",
        label="没有开放时间",
        sound="开放时间都写了",
        advice="写上周几几点开门，居民少白跑一趟。",
        find=_without("opening_hours"),
    ),
    Checkup(
        code="stations.no_address",
        label="没有地址",
        sound="地址都写了",
        advice="写上路名和门牌，居民才找得到。",
        find=_without("address"),
    ),
    Checkup(
        code="stations.no_intro",
        label="没有简介",
        sound="简介都写了",
        advice="两三句就够：有什么屋子，常办什么。",
        find=_without("intro"),
    ),
    Checkup(
        code="stations.no_head",
        label="没有负责人",
        sound="负责人都登记了",
        advice="负责人由街道在“任职”里登记，请把姓名告诉街道。",
        find=of_rows(_without_a_head),
    ),
    Checkup(
        code="stations.no_news",
        label="动态两周没有更新",
        sound="动态两周内有新的",
        advice="办完一场活动，写上几句，就是一条动态。",
        find=silent_since(
            lambda: Article.objects.published().filter(kind=Article.Kind.NEWS),
            "published_at",
            length=timedelta(weeks=2),
            text="“动态”两周没有新的一条",
            url=_new_article,
        ),
    ),
    Checkup(
        code="stations.no_notices",
        label="通知公告半年没有更新",
        sound="通知公告半年内有新的",
        advice="节假日开放、停水停电、招募，都可以发一条通知。",
        find=silent_since(
            lambda: Article.objects.published().filter(kind=Article.Kind.NOTICE),
            "published_at",
            length=timedelta(days=183),
            text="“通知公告”半年没有新的一条",
            url=_new_article,
        ),
    ),
    Checkup(
        code="stations.empty_pages",
        label="网页还空着",
        sound="固定网页都写了",
        advice="中心简介、领导小组、实施方案，居民点得到，请写上或导入正文。",
        find=_empty_pages,
    ),
    Checkup(
        code="stations.picture_without_words",
        label="图片没有说明",
        sound="图片都写了说明",
        advice="写清照片上是谁、在做什么；“图片1”、文件名都不算，看不见图的人听不懂。",
        find=without_words(
            lambda: ArticlePicture.objects.select_related("article"),
            "picture",
            ("caption",),
            text=lambda picture: (
                f"“{picture.article.title}”的图片，说明现在是“{picture.caption.strip() or '空'}”"
            ),
            url=lambda picture: change_url(picture.article),
        ),
    ),
    Checkup(
        code="stations.no_venue",
        label="“阵地”栏目是空的",
        sound="阵地都登记了",
        advice="有几间屋子、能坐多少人，登记了居民才知道能借哪一间。",
        find=of_rows(
            lacking(lambda asked: Venue.objects.in_force(asked.today)),
            url=add_url("stations_venue"),
        ),
    ),
    Checkup(
        code="stations.no_platform",
        label="“特色平台”栏目是空的",
        sound="特色平台都登记了",
        advice="把常年在办的平台登记上，写明用哪间屋子。",
        find=of_rows(
            lacking(lambda asked: Platform.objects.in_force(asked.today)),
            url=add_url("stations_platform"),
        ),
    ),
    Checkup(
        code="stations.no_rules",
        label="“制度文件”栏目是空的",
        sound="制度文件都上网了",
        advice="把街道的制度一篇一篇发布出来，类别选“制度文件”。",
        find=of_rows(
            lacking(
                lambda asked: Article.objects.published().filter(kind=Article.Kind.RULES), "centre"
            ),
            text=lambda centre: "“制度文件”里一篇也没有",
            url=add_url("stations_article"),
        ),
    ),
]
