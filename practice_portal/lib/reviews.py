"""Texts that colleagues read over before the public does (审核).

How often is a setting per kind (`settings.REVIEWS`, 0 to 3); without any, who writes publishes.
Nobody reviews what they wrote, nor the same text twice. What is with a reviewer or published
stands still: it is changed after it has been taken back, returned or withdrawn.
"""

from django.conf import settings
from django.db import models
from django.db.models import Max, Subquery

from practice_portal.lib.workflow import Step, WorkflowModel

MOST_REVIEWS = 3


class ReviewedModel(WorkflowModel):
    """A text with a life from draft to page; its model says `review_kind` and its `steps`."""

    class Status(models.TextChoices):
        DRAFT = "draft", "草稿"
        FIRST = "first_review", "待审核"
        SECOND = "second_review", "待第二次审核"
        THIRD = "third_review", "待第三次审核"
        RETURNED = "returned", "退回修改"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已下线"

    WRITING = (Status.DRAFT, Status.RETURNED, Status.WITHDRAWN)
    REVIEWING = (Status.FIRST, Status.SECOND, Status.THIRD)

    status = models.CharField(
        "状态", max_length=20, choices=Status, default=Status.DRAFT, editable=False
    )
    published_at = models.DateTimeField("发布时间", null=True, editable=False)
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, editable=False, related_name="+", verbose_name="执笔人"
    )

    class Meta:
        abstract = True

    @classmethod
    def steps_of_review(cls, permission: str) -> dict[str, Step]:
        """The table of steps; `permission` is what a reviewer needs."""
        status, published = cls.Status, ("published_at",)
        passes = ("pass_first", "pass_second")
        reviewer = {"permission": permission, "not_by": ("writers", *passes)}
        return {
            "submit": Step(
                "提交审核",
                cls.WRITING,
                status.FIRST,
                when="needs_review",
                waits=(status.DRAFT, status.RETURNED),
            ),
            "publish": Step(
                "发布",
                cls.WRITING,
                status.PUBLISHED,
                stamps=published,
                when="needs_no_review",
                check="refuse_unready",
                waits=False,  # like a draft that is to be reviewed, under "submit"
            ),
            "approve": Step(
                "通过并发布",
                cls.REVIEWING,
                status.PUBLISHED,
                stamps=published,
                when="is_last_review",
                check="refuse_unready",
                days=3,
                to_do="去审",
                **reviewer,
            ),
            "pass_first": Step(
                "通过，交第二人审核",
                (status.FIRST,),
                status.SECOND,
                when="needs_another_review",
                waits=False,  # "approve" stands for whichever review it is
                **reviewer,
            ),
            "pass_second": Step(
                "通过，交第三人审核",
                (status.SECOND,),
                status.THIRD,
                when="needs_another_review",
                waits=False,
                **reviewer,
            ),
            "return": Step(
                "退回",
                cls.REVIEWING,
                status.RETURNED,
                permission=permission,
                remark="要改什么",
                waits=False,
            ),
            "take_back": Step("撤回", cls.REVIEWING, status.DRAFT, waits=False, is_way_out=True),
            "withdraw": Step(
                "下线",
                (status.PUBLISHED,),
                status.WITHDRAWN,
                remark="下线的原因",
                waits=False,
            ),
        }

    @property
    def review_kind(self) -> str:
        """The key of this text in `settings.REVIEWS`."""
        raise NotImplementedError

    @property
    def reviews_needed(self) -> int:
        return settings.REVIEWS[self.review_kind]

    def needs_review(self) -> bool:
        return self.reviews_needed > 0

    def needs_no_review(self) -> bool:
        return not self.needs_review()

    def needs_another_review(self) -> bool:
        """Whether one more has to read it after the one whose turn it is."""
        return self.REVIEWING.index(self.status) + 1 < self.reviews_needed

    def is_last_review(self) -> bool:
        return not self.needs_another_review()

    @property
    def is_published(self) -> bool:
        return self.status == self.Status.PUBLISHED

    @property
    def may_be_written(self) -> bool:
        """Not while somebody reads it over, nor what was read over and is out."""
        return self.status in self.WRITING or (self.is_published and self.needs_no_review())

    def refuse_unready(self) -> None:
        """Raise IllegalStep while it cannot be published."""

    @classmethod
    def _lines_that_close(cls, step):
        """Of this round only, as for a single row below."""
        lines = super()._lines_that_close(step)
        submitted = super()._lines_that_close("submit").order_by("-pk").values("pk")[:1]
        return lines.filter(pk__gt=Subquery(submitted)) if step.startswith("pass_") else lines

    def _people_of(self, name: str) -> set[int]:
        """Who has passed it counts for this round only: a returned text is read anew."""
        if name in self.steps and name.startswith("pass_"):
            begun = self.changes.filter(step="submit").aggregate(Max("pk"))["pk__max"]
            lines = self.changes.filter(step=name, pk__gt=begun or 0)
            return set(lines.values_list("by", flat=True))
        return super()._people_of(name)
