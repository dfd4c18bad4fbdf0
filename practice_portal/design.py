"""The look on one page, for developers only (`/design/`): tokens, and every component alive.

The components are the templates that the real pages include, with sample objects that are never
saved; the tokens are read from the sheet. So the page cannot differ from the portal.
"""

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activities.forms import ActivityFilter
from activities.models import Activity, Brand, Session
from activities.weeks import ROOM, Day, MonthCalendar, Week
from practice_portal.forms import FiguresForm
from practice_portal.lib import metrics
from practice_portal.lib.addresses import address_for
from practice_portal.lib.charts import Bar, Chart
from practice_portal.lib.dots import Dots
from practice_portal.lib.lunar import lunar_date
from practice_portal.lib.months import Month, start_of
from practice_portal.lib.qr import qr_svg
from practice_portal.search import Result
from stations.hours import OpenNow
from stations.models import Article, Compound, Station
from volunteers.models import PartnerUnit, Team


def in_development_only(view):
    """There is no such page where residents are."""

    @wraps(view)
    def shown(request, *args, **kwargs):
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return shown


def _tokens() -> list[tuple[str, str]]:
    """The sheet's own variables in its order, without Bootstrap's."""
    with open(finders.find("portal.css"), encoding="utf-8") as sheet:
        root = re.search(r":root \{(.*?)\}", sheet.read(), re.DOTALL)[1]
    return re.findall(r"(--(?!bs-)[\w-]+): ([^;]+);", root)


def _station() -> Station:
    station = Station(
        pk=1,
        name="南湖社区",
        slug="nanhu",
        phone="0937-6000002",
        address="南湖社区服务中心一楼",
        opening_hours="周一至周六 上午8:30–下午6:00",
    )
    station._prefetched_objects_cache = {
        "compounds": Compound.objects.none()
    }  # as the list asks for them beforehand
    station.open_now = OpenNow(True, "现在开着，到下午6:00")
    return station


def _session(station, days: int, title: str, *, audience="everyone", **values) -> Session:
    activity = Activity(pk=1, station=station, title=title, audience=audience)
    starts_at = start_of(timezone.localdate() + timedelta(days=days)) + timedelta(hours=9.5)
    session = Session(
        pk=1,
        activity=activity,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        **{"address": "一楼大厅", **values},
    )
    session.has_new_time = session.has_new_place = False  # as for_cards() annotates it
    return session


def _week() -> Week:
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    counts = (2, 0, 3, 1, 0, 5, 12)
    days = [
        Day(monday + timedelta(days=number), count, today) for number, count in enumerate(counts)
    ]
    return Week(days=days, count=sum(counts))


def _figures() -> list[dict]:
    volunteers = metrics.declared()["volunteers.registered"]
    return [
        {"metric": volunteers, "label": "志愿者", "value": 9712, "when_published": None},
        {"metric": volunteers, "label": "和公布时不同", "value": 9796, "when_published": 9712},
        {"metric": volunteers, "label": "还不知道", "value": None, "when_published": None},
    ]


def _month(sessions: list[Session]) -> MonthCalendar:
    """This month with something on one day, and more than its square has room for on another."""
    today = timezone.localdate()
    month = Month.of(today)
    dates = [month.first + timedelta(days=number) for number in range(month.last.day)]
    of_day = {today: tuple(sessions[:2]), dates[14]: tuple(sessions[1:2] * (ROOM + 2))}
    days = [Day(on, len(of_day.get(on, ())), today, of_day.get(on, ())) for on in dates]
    return MonthCalendar.of_days(month, days, count=sum(day.count for day in days))


def _chart() -> Chart:
    bars = [Bar("9月", 9), Bar("10月", None), Bar("11月", Decimal("12.5"))]
    return Chart("example", "签到服务时长", "小时", bars)


@in_development_only
@require_safe
def design(request):
    station = _station()
    tokens = _tokens()
    wrong_day = FiguresForm({"on": "明天"})
    wrong_day.is_valid()
    unit = PartnerUnit(pk=1, name="示例学校")
    sessions = [
        _session(station, 0, "手机防诈骗：认清六种假电话", capacity=30),
        _session(station, 4, "学做面果子，老人孩子一起来", audience="children"),
        _session(station, 5, "院里唱一段", status=Session.Status.CANCELLED),
        _session(station, -3, "名字特别长的一场活动：从早上一直办到晚上，老人孩子都能来"),
    ]
    today = timezone.localdate()
    calendar = _month(sessions)
    return render(
        request,
        "practice_portal/design.html",
        {
            "colours": [(name, value) for name, value in tokens if value.startswith("#")],
            "sizes": [(name, value) for name, value in tokens if not value.startswith("#")],
            "sessions": sessions,
            "today": today,
            "lunar": lunar_date(today),
            "calendar": calendar,
            "first_shown": calendar.first_shown,
            "chart": _chart(),
            "qr": qr_svg(address_for(request, request.path)),
            "page": Paginator(range(60), 20).page(2),
            "article": Article(
                pk=1,
                station=station,
                title="头一场雪，天亮前扫出了七条路",
                kind=Article.Kind.NOTICE,
                summary="雪是夜里下的。",
                published_at=timezone.now(),
            ),
            "results": [
                Result(
                    "读报会", "#results", "南湖社区，明天", "这个月的新政策", [("再一场", "#r")], 2
                )
            ],
            "station": station,
            "brand": Brand(
                pk=1,
                station=station,
                name="红色微课堂",
                slogan="二十分钟，讲清一件事",
                started_on=date(2019, 3, 1),
            ),
            "team": Team(
                pk=1,
                station=station,
                name="示例校社同讲队",
                purpose="和学校的老师一起讲课。",
                partner_unit=unit,
            ),
            "week": _week(),
            "figures": _figures(),
            "picture": {
                "volunteers": 1000,
                "backbones": 60,
                "dots": Dots(1000, marked=60, columns=60),
            },
            "filter": ActivityFilter({}, [station]),
            "form": FiguresForm(),
            "wrong": wrong_day,
        },
    )
