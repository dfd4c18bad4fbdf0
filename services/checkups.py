"""怎么做: residents who wait for an answer."""

from datetime import timedelta

from practice_portal.lib import chinese_dates
from practice_portal.lib.checkups import Checkup, of_rows
from services.models import Demand, Whistle

#: Within how many days somebody says that a demand has arrived, and that a unit has come.
ANSWERED_WITHIN = timedelta(days=5)

#: Within how many days a demand that was taken on is done, or the resident told why not.
DONE_WITHIN = timedelta(days=30)


def _since(day) -> str:
    return f"{chinese_dates.day(day)}收到，还没有答复"


CHECKUPS = [
    Checkup(
        code="services.demand_unanswered",
        label=f"需求超过{ANSWERED_WITHIN.days}天没有受理",
        sound="需求都按时受理",
        advice="先受理，或退回写明原因；再给居民回个电话。",
        find=of_rows(
            lambda asked: Demand.objects.filter(
                status=Demand.Status.SUBMITTED, submitted_at__lt=asked.now - ANSWERED_WITHIN
            ),
            text=lambda demand: f"{demand.title}：{_since(demand.submitted_at)}",
        ),
    ),
    Checkup(
        code="services.demand_unfinished",
        label=f"需求超过{DONE_WITHIN.days}天没有办结",
        sound="需求都按时办结",
        advice="办好了就填结果办结；一时办不成，给居民回个电话说明。",
        find=of_rows(
            lambda asked: Demand.objects.filter(
                status=Demand.Status.ACCEPTED, submitted_at__lt=asked.now - DONE_WITHIN
            ),
            text=lambda demand: (
                f"{demand.title}：{chinese_dates.day(demand.submitted_at)}收到，还没办结"
            ),
        ),
    ),
    Checkup(
        code="services.whistle_unanswered",
        label=f"吹哨超过{ANSWERED_WITHIN.days}天没有单位报到",
        sound="吹哨都有单位报到",
        advice="打电话催牵头单位，定下来就登记报到。",
        find=of_rows(
            lambda asked: Whistle.objects.filter(
                status=Whistle.Status.RAISED, raised_on__lt=asked.today - ANSWERED_WITHIN
            ),
            text=lambda whistle: f"{whistle.title}：{_since(whistle.raised_on)}",
        ),
    ),
]
