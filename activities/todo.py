"""做什么: what waits without a step."""

from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from activities.models import Session
from practice_portal.lib import chinese_dates
from practice_portal.lib.todo import Waiting


def _without_result():
    rows = Session.objects.planned().filter(people_served=None, ends_at__lte=timezone.now())
    return rows.annotate(waits_on=TruncDate("ends_at"))


TODO = [
    Waiting(
        code="activities.session.result",
        model=Session,
        verb="去填结果",
        words="场次办完了，等填来了多少人",
        rows=_without_result,
        permissions=("activities.change_session",),
        days=3,
        related=("activity__station",),
        url=lambda session: reverse("admin:activities_session_result", args=[session.pk]),
        text=lambda session: f"{chinese_dates.day(session.starts_at)}{session.activity.title}",
        list_query="?result=missing",
    ),
]
