"""学什么: what waits without a step."""

from django.db.models.functions import TruncDate
from django.utils import timezone

from learning.models import StudySession
from practice_portal.lib import chinese_dates
from practice_portal.lib.todo import Waiting


def _without_attendance():
    rows = StudySession.objects.filter(attended=None, ends_at__lte=timezone.now())
    return rows.annotate(waits_on=TruncDate("ends_at"))


TODO = [
    Waiting(
        code="learning.studysession.attended",
        model=StudySession,
        verb="填人数",
        words="学习结束了，等填来了多少人",
        rows=_without_attendance,
        permissions=("learning.change_studysession",),
        days=3,
        related=("station",),
        text=lambda study: f"{chinese_dates.day(study.starts_at)}{study.topic}",
    ),
]
