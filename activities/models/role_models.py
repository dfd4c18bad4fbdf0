"""Role models (道德标杆): nominated by neighbours, checked, put on notice, recognised."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from activities.models.activity import Activity
from practice_portal.lib import chinese_dates
from practice_portal.lib.codes import grouped_code, new_code
from practice_portal.lib.history import History
from practice_portal.lib.personal_data import PersonalData, drop_files
from practice_portal.lib.phones import PersonalPhoneField, mask_name
from practice_portal.lib.pictures import PictureField
from practice_portal.lib.public_text import PublicCharField, PublicTextField
from practice_portal.lib.workflow import IllegalStep, StatusChange, Step, WorkflowModel
from stations.models import Article, Station
from stations.public_pages import PublicPage, PublicPageQuerySet
from stations.scoping import StationScopedQuerySet
from volunteers.models import Volunteer


def _settled_or_notice_over() -> Coalesce:
    """An objection that nobody settles is not kept for ever, either."""
    return Coalesce("settled_on", "role_model__notice_until")


class RoleModelQuerySet(PublicPageQuerySet, StationScopedQuerySet):
    def named(self):
        """Those on notice and those recognised, of a station that residents know."""
        of_known = Q(station__in=Station.objects.known()) | Q(station__tier=Station.Tier.CENTRE)
        return self.filter(of_known, status__in=RoleModel.PUBLIC, has_consented=True)

    def on_notice(self):
        """Who stands in the public notice (公示), whose end comes first first."""
        notices = self.named().online().filter(status=RoleModel.Status.NOTICE)
        return notices.order_by("notice_until", "pk")

    def on_wall(self):
        """Who was recognised and agreed to be named (身边的榜样), the latest first."""
        return self.named().online().filter(status=RoleModel.Status.RECOGNISED)


class RoleModel(PublicPage, WorkflowModel):
    """A person or a family that neighbours look up to (道德标杆); a family counts as one.

    Whoever was recognised counts, by `recognised_on`, whether or not they are named. Residents
    read of nobody who has not agreed.
    """

    class Category(models.TextChoices):
        MORAL_MODEL = "moral_model", "道德模范"
        GOOD_PERSON = "good_person", "雄关好人"
        MOTHER_IN_LAW = "good_mother_in_law", "好婆婆"
        DAUGHTER_IN_LAW = "good_daughter_in_law", "好媳妇"
        CIVILIZED_FAMILY = "civilized_family", "文明家庭"
        BEAUTIFUL_FAMILY = "beautiful_family", "最美家庭"

    class Status(models.TextChoices):
        NOMINATED = "nominated", "等核实"
        CHECKED = "checked", "已核实，等公示"
        NOTICE = "notice", "公示中"
        RECOGNISED = "recognised", "已评定，在榜"
        UNNAMED = "unnamed", "已评定，不公开"
        REFUSED = "refused", "已退回"
        WITHDRAWN = "withdrawn", "本人不愿意，已撤回"

    class Asked(models.TextChoices):
        """What whoever recommends says of the one who is recommended."""

        AGREES = "agrees", "知道，也愿意"
        KNOWS = "knows", "知道，还没问愿不愿意"
        UNAWARE = "unaware", "还不知道"

    #: The categories of which the centre's own publication counts 110.
    RECOMMENDED = (
        Category.MOTHER_IN_LAW,
        Category.DAUGHTER_IN_LAW,
        Category.CIVILIZED_FAMILY,
        Category.BEAUTIFUL_FAMILY,
    )
    OF_FAMILIES = (Category.CIVILIZED_FAMILY, Category.BEAUTIFUL_FAMILY)
    PUBLIC = (Status.NOTICE, Status.RECOGNISED)
    COUNTED = (Status.RECOGNISED, Status.UNNAMED)
    CLOSED = (Status.REFUSED, Status.WITHDRAWN)
    #: The steps by which somebody who does not want to be public goes off the site.
    UNWILLING = ("hide", "withdraw")

    station = models.ForeignKey(
        Station, models.PROTECT, related_name="role_models", verbose_name="实践所"
    )
    name = PublicCharField("姓名或家庭", max_length=30, help_text="是一家人的，写“某某家庭”。")
    is_family = models.BooleanField("是家庭", default=False)
    category = models.CharField("称号", max_length=25, choices=Category)
    deed = PublicTextField(
        "事迹", max_length=1000, blank=True, help_text="做了什么好事，写具体的：哪一年、帮了谁。"
    )
    photo = PictureField(
        "照片", upload_to="role_models/", blank=True, help_text="本人同意公开照片的才放。"
    )
    nominated_on = models.DateField("推荐日期", default=timezone.localdate)
    notice_on = models.DateField("公示开始", null=True, blank=True, editable=False)
    notice_until = models.DateField("公示到哪天", null=True, blank=True, editable=False)
    recognised_on = models.DateField("评定日期", null=True, blank=True, editable=False)
    closed_on = models.DateField("办完日期", null=True, blank=True, editable=False)
    has_consented = models.BooleanField(
        "本人同意公开",
        default=False,
        help_text="问过本人（家庭问过家里人），愿意公示、上榜的才勾。不愿意的，谁也不能公开。",
    )
    asked = models.CharField(
        "推荐人说，本人知道吗", max_length=10, choices=Asked, default=Asked.UNAWARE
    )
    nominator_name = models.CharField("推荐人姓名", max_length=30, blank=True)
    nominator_phone = PersonalPhoneField("推荐人手机号", blank=True)
    contact_deleted_on = models.DateField(
        "推荐人资料删除日期", null=True, blank=True, editable=False
    )
    #: Only of a nomination that came over the site, hence null; see practice_portal/lib/codes.py.
    code = models.CharField(  # noqa: DJ001
        "查询码", max_length=8, unique=True, null=True, editable=False
    )
    volunteer = models.ForeignKey(
        Volunteer,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="role_models",
        verbose_name="也是志愿者",
        help_text="在志愿者里登记过的，从这里找出来；没有就空着。",
    )
    talks = models.ManyToManyField(
        Activity, blank=True, related_name="speakers", verbose_name="来宣讲的活动"
    )
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.NOMINATED, editable=False
    )

    station_path = "station"
    waits_from = "nominated_on"
    objects = RoleModelQuerySet.as_manager()
    history = History("name", "deed", "nominator_name", "nominator_phone")

    personal_data = (
        PersonalData(
            kind="nomination",
            what="推荐身边好人时，推荐人留下的姓名和手机号",
            after="评定",
            since="closed_on",
            rows=Q(status__in=COUNTED),
            fields=("nominator_name", "nominator_phone"),
            names=("nominator_name",),
            texts=("deed",),
        ),
        PersonalData(
            kind="closed_nomination",
            what="没有评上的推荐：被推荐人的姓名、事迹和照片，推荐人的姓名和手机号",
            after="退回或撤回",
            since="closed_on",
            rows=Q(status__in=CLOSED),
            fields=("name", "deed", "photo", "nominator_name", "nominator_phone"),
            names=("name", "nominator_name"),
        ),
    )

    steps = {
        "check": Step("核实", (Status.NOMINATED,), Status.CHECKED, requires=("deed",), days=7),
        "post": Step(
            "公示",
            (Status.CHECKED,),
            Status.NOTICE,
            requires=("name", "deed"),
            check="begin_notice",
            days=7,
        ),
        "recognise": Step(
            "评定",
            (Status.NOTICE,),
            Status.RECOGNISED,
            permission="activities.recognise_rolemodel",
            stamps=("recognised_on", "closed_on"),
            check="refuse_early",
            not_by=("check",),
            days=7,
        ),
        "show": Step(
            "上榜",
            (Status.UNNAMED,),
            Status.RECOGNISED,
            requires=("name",),
            check="refuse_unasked",
            waits=False,
        ),
        "hide": Step(
            "下榜",
            (Status.RECOGNISED,),
            Status.UNNAMED,
            check="withdraw_consent",
            remark="本人怎么说的",
            waits=False,
        ),
        "withdraw": Step(
            "撤回",
            (Status.NOMINATED, Status.CHECKED, Status.NOTICE),
            Status.WITHDRAWN,
            stamps=("closed_on",),
            check="withdraw_consent",
            remark="本人怎么说的",
            waits=False,
        ),
        "refuse": Step(
            "退回",
            (Status.NOMINATED, Status.CHECKED, Status.NOTICE),
            Status.REFUSED,
            stamps=("closed_on",),
            check="drop_photo",
            remark="原因",
            has_public_remark=True,
            waits=False,
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "道德标杆"
        ordering = ["-recognised_on", "pk"]
        permissions = [("recognise_rolemodel", "评定道德标杆")]
        constraints = [
            models.CheckConstraint(
                condition=Q(recognised_on=None) | Q(recognised_on__gte=F("nominated_on")),
                name="activities_role_model_recognised_after_nomination",
                violation_error_message="评定日期不能早于推荐日期。",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["recognised", "unnamed"], recognised_on__isnull=False)
                | (~Q(status__in=["recognised", "unnamed"]) & Q(recognised_on=None)),
                name="activities_role_model_recognised_on_a_day",
                violation_error_message="评定过的要有评定日期，没有评定的不写。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["notice", "recognised"]) | Q(has_consented=True),
                name="activities_role_model_public_by_consent",
                violation_error_message="本人没有同意公开的，不能公示，也不能上榜。",
            ),
            models.CheckConstraint(
                condition=Q(notice_on=None, notice_until=None) & ~Q(status="notice")
                | Q(notice_until__gt=F("notice_on")),
                name="activities_role_model_notice_has_its_days",
                violation_error_message="公示要有开始和结束的日子。",
            ),
            models.CheckConstraint(
                condition=Q(recognised_on=None)
                | Q(notice_until=None)
                | Q(recognised_on__gt=F("notice_until")),
                name="activities_role_model_recognised_after_notice",
                violation_error_message="公示期满以后才能评定。",
            ),
        ]
        indexes = [models.Index(fields=["status"], name="activities_role_model_status")]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.name or '（姓名已删除）'}"

    @property
    def masked(self) -> str:
        """How they are named where many may read, or where it is kept for long."""
        name = mask_name(self.name)
        return f"{self.get_category_display()} {name or '（姓名已删除）'}"

    def get_nomination_url(self) -> str:
        """What became of it, for whoever has the code."""
        return reverse("activities:role-model-nominated", args=[self.code])

    def get_absolute_url(self) -> str:
        return reverse("activities:role-model-detail", args=[self.pk])

    def clean(self) -> None:
        super().clean()
        if self.photo and not self.has_consented:
            raise ValidationError({"photo": "本人没有同意公开，照片也不能放。"})

    @classmethod
    def fields_of_forms(cls) -> list[str]:
        by_steps = ("notice_on", "notice_until", "code")
        return [name for name in super().fields_of_forms() if name not in by_steps]

    @classmethod
    def waiting_for(cls, name):
        """Recognition waits for the notice to end, and for its objections to be settled."""
        rows = super().waiting_for(name)
        if name != "recognise":
            return rows
        objected = Objection.objects.filter(status=Objection.Status.OPEN)
        return rows.filter(notice_until__lt=timezone.localdate()).exclude(
            pk__in=objected.values("role_model")
        )

    @property
    def is_named(self) -> bool:
        """Whether residents read of them, as `named().online()` asks of many."""
        station = self.station
        is_known = station.is_centre or (station.is_public and station.is_in_force())
        return self.status in self.PUBLIC and is_known and not self.is_offline

    @property
    def is_on_notice(self) -> bool:
        return self.status == self.Status.NOTICE

    @property
    def notice_is_over(self) -> bool:
        return self.notice_until is not None and self.notice_until < timezone.localdate()

    @property
    def grouped_code(self) -> str:
        return grouped_code(self.code or "")

    @property
    def public_talks(self) -> models.QuerySet:
        return self.talks.published().select_related("station").order_by("-pk")

    def nominate(self) -> None:
        """Keep a resident's nomination, with the code by which they follow it."""
        self.is_family = self.category in self.OF_FAMILIES
        self.code = new_code()
        self.save()

    def news_draft(self, *, by) -> Article:
        """A draft of a piece of news about them, the one that is there or a new one."""
        about = {"station": self.station, "kind": Article.Kind.NEWS, "title": f"身边的榜样：{self}"}
        with transaction.atomic():
            type(self)._base_manager.select_for_update().get(pk=self.pk)
            drafts = Article.objects.filter(status=Article.Status.DRAFT, **about)
            article = drafts.first() or Article.objects.create(**about, text=self.deed)
            article.writers.add(by)
        return article

    def articles_for(self, user) -> models.QuerySet:
        """What somebody may read of them by name, drafts too; one character is no name."""
        if len(self.name) < 2:
            return Article.objects.none()
        told = Q(title__contains=self.name) | Q(text__contains=self.name)
        return Article.objects.readable_by(user).filter(told | Q(summary__contains=self.name))

    def refuse_unasked(self) -> None:
        if not self.has_consented:
            raise IllegalStep(
                "请先问本人愿不愿意公开；愿意的，勾上“本人同意公开”再办。", "has_consented"
            )

    def begin_notice(self) -> None:
        self.refuse_unasked()
        if self.is_offline:
            raise IllegalStep(self.offline_words)
        self.notice_on = self.notice_on or timezone.localdate()
        self.notice_until = self.notice_on + timedelta(days=settings.NOTICE_DAYS)

    def refuse_early(self) -> None:
        if not self.notice_is_over:
            raise IllegalStep(
                f"公示到{chinese_dates.day(self.notice_until)}为止，第二天起才能评定。"
            )
        if self.objections.filter(status=Objection.Status.OPEN).exists():
            raise IllegalStep("还有异议没有查清，请先到“异议”里处理，再来评定。")

    def withdraw_consent(self) -> None:
        self.has_consented = False
        self.drop_photo()

    def drop_photo(self) -> None:
        """Take the picture off the site, the file too: whoever knows its address finds nothing."""
        if self.photo:
            dropped = [(self.photo.field, self.photo.name)]
            self.photo = ""
            transaction.on_commit(lambda: drop_files(dropped))


class RoleModelChange(StatusChange):
    role_model = models.ForeignKey(RoleModel, models.CASCADE, related_name="changes")


class Objection(WorkflowModel):
    """What somebody has against a nomination that is on notice (异议); read by staff only."""

    class Status(models.TextChoices):
        OPEN = "open", "等查清"
        SETTLED = "settled", "已处理"

    role_model = models.ForeignKey(
        RoleModel, models.PROTECT, related_name="objections", verbose_name="对谁"
    )
    #: As of every other thing that a resident leaves; see practice_portal/lib/codes.py.
    code = models.CharField("查询码", max_length=8, unique=True, default=new_code, editable=False)
    text = models.TextField("有什么异议", max_length=1000)
    name = models.CharField("姓名", max_length=30)
    phone = PersonalPhoneField("手机号")
    received_on = models.DateField("收到日期", default=timezone.localdate, editable=False)
    settled_on = models.DateField("处理日期", null=True, blank=True, editable=False)
    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.OPEN, editable=False
    )

    station_path = "role_model__station"
    waits_from = "received_on"
    objects = StationScopedQuerySet.as_manager()
    history = History("code", "name", "phone", "text")

    personal_data = (
        PersonalData(
            kind="objection",
            what="对公示提异议时留下的姓名、手机号和说的话",
            after="处理或公示期满",
            since=_settled_or_notice_over,
            fields=("name", "phone", "text"),
            names=("name",),
        ),
    )

    steps = {
        "settle": Step(
            "处理",
            (Status.OPEN,),
            Status.SETTLED,
            permission="activities.settle_objection",
            stamps=("settled_on",),
            remark="查到的情况",
            days=5,
        ),
    }

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ["-received_on", "-pk"]
        permissions = [("settle_objection", "处理异议")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="settled", settled_on__isnull=False)
                | (~Q(status="settled") & Q(settled_on=None)),
                name="activities_objection_settled_on_a_day",
                violation_error_message="处理过的异议要有处理日期。",
            )
        ]

    def __str__(self) -> str:
        return f"对“{self.role_model}”的异议"

    @property
    def masked(self) -> str:
        return f"对“{self.role_model.masked}”的异议"

    @property
    def grouped_code(self) -> str:
        return grouped_code(self.code)

    def clean(self) -> None:
        if self._state.adding and self.role_model_id:
            self._refuse_unless_on_notice(self.role_model)

    def save(self, *args, **kwargs) -> None:
        """Save; a new one under its role model's lock, so that none comes in while they decide."""
        with transaction.atomic():
            if self._state.adding:
                rows = RoleModel._base_manager.select_for_update()
                self._refuse_unless_on_notice(rows.get(pk=self.role_model_id))
            super().save(*args, **kwargs)

    @staticmethod
    def _refuse_unless_on_notice(role_model: RoleModel) -> None:
        if not role_model.is_on_notice:
            raise ValidationError("公示已经结束，不能再提异议；有话要说，请打电话。")


class ObjectionChange(StatusChange):
    objection = models.ForeignKey(Objection, models.CASCADE, related_name="changes")
