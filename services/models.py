"""怎么做: what residents ask for, and the problems that are whistled for."""

from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from activities.models import Session
from practice_portal.lib import chinese_dates
from practice_portal.lib.codes import grouped_code, new_code
from practice_portal.lib.history import History
from practice_portal.lib.personal_data import PersonalData, forget_at_wish
from practice_portal.lib.phones import PersonalPhoneField
from practice_portal.lib.workflow import StatusChange, Step, WorkflowModel
from stations.models import Station
from stations.scoping import StationScopedQuerySet
from volunteers.models import PartnerUnit


def _returned_on() -> TruncDate:
    """The day of a returned demand's last step."""
    lines = DemandChange.objects.filter(demand=OuterRef("pk")).order_by()
    latest = lines.values("demand").annotate(latest=Max("at")).values("latest")
    return TruncDate(Coalesce(Subquery(latest), F("submitted_at")))


#: Where a demand says who asked.
CONTACT = {
    "fields": ("contact_name", "contact_phone"),
    "names": ("contact_name",),
    "texts": ("title", "text", "result"),
}


class Demand(WorkflowModel):
    """What a resident asks for (需求), however it reached the station.

    Everything received counts, duplicates and returned ones included.
    """

    class Channel(models.TextChoices):
        BOARD = "board", "留言板"
        COUNCIL = "council", "居民议事会"
        WECHAT = "wechat", "微信群"
        QQ = "qq", "QQ群"
        WEB = "web", "网站"
        PHONE_VISIT = "phone_visit", "电话或来访"

    class Topic(models.TextChoices):
        COMPUTER = "computer", "计算机"
        BABY_CARE = "baby_care", "母婴保育"
        E_COMMERCE = "e_commerce", "农村电商"
        HOMESTAY = "homestay", "民宿旅游"
        FARMING = "farming", "农业技术"
        OTHER = "other", "其他"

    class Status(models.TextChoices):
        SUBMITTED = "submitted", "待受理"
        ACCEPTED = "accepted", "已受理"
        RETURNED = "returned", "已退回"
        COMPLETED = "completed", "已办结"

    #: Unguessable, so that a resident may look by it; see practice_portal/lib/codes.py.
    code = models.CharField("查询码", max_length=8, unique=True, default=new_code, editable=False)
    station = models.ForeignKey(
        Station, models.PROTECT, related_name="demands", verbose_name="实践所"
    )
    channel = models.CharField(
        "从哪里来", max_length=15, choices=Channel, default=Channel.PHONE_VISIT
    )
    topic = models.CharField("主题", max_length=15, choices=Topic, default=Topic.OTHER)
    title = models.CharField("要什么", max_length=40)
    text = models.TextField("说明", max_length=1000, blank=True)
    contact_name = models.CharField("居民姓名", max_length=30, blank=True)
    contact_phone = PersonalPhoneField("居民手机号", blank=True)
    contact_deleted_on = models.DateField("资料删除日期", null=True, blank=True, editable=False)
    submitted_at = models.DateTimeField("收到时间", default=timezone.now)
    session = models.ForeignKey(
        Session,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="demands",
        verbose_name="用哪一场活动回应",
    )
    result = models.TextField("办得怎样", max_length=500, blank=True)
    completed_on = models.DateField("办结日期", null=True, blank=True, editable=False)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.SUBMITTED, editable=False
    )

    station_path = "station"
    waits_from = "submitted_at"
    objects = StationScopedQuerySet.as_manager()
    history = History("contact_name", "contact_phone", "text")

    personal_data = (
        PersonalData(
            kind="demand",
            what="提需求时留下的姓名和手机号",
            after="办结",
            since="completed_on",
            rows=Q(status=Status.COMPLETED),
            **CONTACT,
        ),
        PersonalData(
            kind="returned_demand",
            what="没有办成、退回的需求里留下的姓名和手机号",
            after="退回",
            since=_returned_on,
            rows=Q(status=Status.RETURNED),
            **CONTACT,
        ),
    )

    steps = {
        "accept": Step("受理", (Status.SUBMITTED,), Status.ACCEPTED, days=2),
        "return": Step(
            "退回",
            (Status.SUBMITTED, Status.ACCEPTED),
            Status.RETURNED,
            remark="原因",
            waits=False,
        ),
        "complete": Step(
            "办结",
            (Status.ACCEPTED,),
            Status.COMPLETED,
            requires=("result",),
            stamps=("completed_on",),
            days=15,
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "需求"
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="completed", completed_on__isnull=False)
                | (~Q(status="completed") & Q(completed_on=None)),
                name="services_demand_completed_has_a_date",
                violation_error_message="办结的需求要有办结日期。",
            )
        ]
        indexes = [models.Index(fields=["submitted_at"], name="services_demand_submitted")]

    def __str__(self) -> str:
        return f"{chinese_dates.day(self.submitted_at, year=True)}{self.title}"

    @property
    def grouped_code(self) -> str:
        return grouped_code(self.code)

    def forget_contact(self) -> None:
        """Blank who asked, everywhere and at once, because they want it; the demand stays."""
        forget_at_wish(self.personal_data[0], self)
        self.refresh_from_db()


class DemandChange(StatusChange):
    demand = models.ForeignKey(Demand, models.CASCADE, related_name="changes")


class Whistle(WorkflowModel):
    """A problem that a community cannot solve alone (吹哨), and who came to solve it (报到)."""

    class Kind(models.TextChoices):
        CIVILITY = "civility", "精神文明创建难题"
        RESIDENT = "resident", "群众性难题"

    class Status(models.TextChoices):
        RAISED = "raised", "等报到"
        RESPONDED = "responded", "已报到"
        SOLVED = "solved", "已解决"

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="whistles", verbose_name="实践所"
    )
    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.RESIDENT)
    title = models.CharField("什么难题", max_length=40)
    text = models.TextField("说明", max_length=1000, blank=True)
    place = models.CharField("在哪里", max_length=60, blank=True)
    lead_unit = models.ForeignKey(
        PartnerUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="whistles",
        verbose_name="牵头单位",
    )
    raised_on = models.DateField("吹哨日期", default=timezone.localdate)
    responded_on = models.DateField("报到日期", null=True, blank=True, editable=False)
    solved_on = models.DateField("解决日期", null=True, blank=True, editable=False)
    result = models.TextField("怎么解决的", max_length=500, blank=True)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.RAISED, editable=False
    )

    station_path = "station"
    waits_from = "raised_on"
    objects = StationScopedQuerySet.as_manager()
    history = History("text")

    personal_data = (
        PersonalData(
            kind="whistle",
            what="反映的难题里写到的手机号",
            after="解决",
            since="solved_on",
            texts=("title", "text", "place", "result"),
        ),
    )

    steps = {
        "respond": Step(
            "报到",
            (Status.RAISED,),
            Status.RESPONDED,
            requires=("lead_unit",),
            stamps=("responded_on",),
            days=3,
        ),
        "solve": Step(
            "解决",
            (Status.RESPONDED,),
            Status.SOLVED,
            requires=("result",),
            stamps=("solved_on",),
            days=30,
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "吹哨报到"
        ordering = ["-raised_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="solved", solved_on__isnull=False)
                | (~Q(status="solved") & Q(solved_on=None)),
                name="services_whistle_solved_has_a_date",
                violation_error_message="已解决的难题要有解决日期。",
            ),
            models.CheckConstraint(
                condition=Q(solved_on=None) | Q(solved_on__gte=F("raised_on")),
                name="services_whistle_solved_after_raised",
                violation_error_message="解决日期不能早于吹哨日期。",
            ),
        ]
        indexes = [models.Index(fields=["solved_on"], name="services_whistle_solved")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.title}"


class WhistleChange(StatusChange):
    whistle = models.ForeignKey(Whistle, models.CASCADE, related_name="changes")
