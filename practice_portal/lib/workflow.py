"""A status that changes: a table of steps, and one door through which every change goes.

A model lists its `steps`; `take()` is the only way from one status to another. It locks the
row, refuses a step that is not open or that somebody else has just taken, saves the row and
writes a dated line, all in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from practice_portal.lib.months import Month
from practice_portal.lib.public_text import KEPT, refusal


class IllegalStep(Exception):
    """A step that cannot be taken; `message` tells a person what to do next.

    `fields` are those that stand in the way, for the form to point at.
    """

    def __init__(self, message: str, *fields: str):
        super().__init__(message)
        self.message = message
        self.fields = fields


@dataclass(frozen=True)
class Step:
    """One allowed change of a status.

    `requires` names fields that must be filled in; `stamps` names dates and times set to now
    when they are still empty; `check` names a method that may raise IllegalStep before anything
    is changed, `then` one that is called after the row is saved, in the same transaction.
    `when` names a method that says whether the step is one of this row's at all. `permission` is
    asked of whoever takes the step; `not_by` names earlier steps and relations to users whose
    people may not take this one (nobody reviews what they wrote). `remark`
    is what the words are called that have to be given, empty where none are asked for; a public
    remark is checked as every public text is, and so is one that no keep-time ends.

    A row that could take the step waits for it and stands in 待办 by itself: `waits` is False for
    what is only one of several ways out or waits for nobody, or names the statuses in which it
    does. `days` is how long it may wait. `is_on_page` says that the step is taken on the row's own
    page, not on its form. `is_way_out` marks what ends the row or takes it back: its button stands
    behind 保存, and a new row has none. `to_do` is what 待办 calls going there, where 去 and the
    label do not.
    """

    label: str
    sources: tuple[str, ...]
    target: str
    requires: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    check: str = ""
    then: str = ""
    permission: str = ""
    remark: str = ""
    has_public_remark: bool = False
    not_by: tuple[str, ...] = ()
    when: str = ""
    waits: bool | tuple[str, ...] = True
    days: int | None = None
    is_on_page: bool = False
    is_way_out: bool = False
    to_do: str = ""

    def is_allowed(self, user) -> bool:
        return not self.permission or user.has_perm(self.permission)

    @property
    def is_due(self) -> bool:
        """What the row is on its way to, and not a way out or back."""
        return not (self.remark or self.is_way_out)

    @property
    def waits_in(self) -> tuple[str, ...]:
        """The statuses in which a row waits for staff to take this step."""
        if not self.waits:
            return ()
        return self.sources if self.waits is True else self.waits


class WorkflowModel(models.Model):
    """A model with a `status` field and a table of `steps`.

    The dated lines are a `StatusChange` with a foreign key whose related name is `changes`.
    """

    steps: dict[str, Step] = {}
    #: The date or moment from which a new row waits; empty: since it was written down.
    waits_from = ""

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Nobody types that a row waits from a day to come, or from another age."""
        super().clean()
        since = self.waits_from and getattr(self, self.waits_from)
        if not since or not self._meta.get_field(self.waits_from).editable:
            return
        day = timezone.localdate(since) if isinstance(since, datetime) else since
        label = self._meta.get_field(self.waits_from).verbose_name
        if day > timezone.localdate():
            raise ValidationError({self.waits_from: f"{label}不能在今天之后。"})
        if day.year not in Month.YEARS:
            raise ValidationError({self.waits_from: f"{label}的年份不对，请改过来。"})

    @classmethod
    def waiting_for(cls, name: str) -> QuerySet:
        """The rows that wait for staff to take a step, each with the day since when: `waits_on`."""
        changes = cls._meta.get_field("changes")
        lines = changes.related_model.objects.filter(**{changes.field.name: OuterRef("pk")})
        latest = lines.order_by("-at", "-pk")
        return cls._default_manager.filter(status__in=cls.steps[name].waits_in).annotate(
            waits_on=Coalesce(TruncDate(Subquery(latest.values("at")[:1])), cls._written_on())
        )

    @classmethod
    def _written_on(cls):
        if cls.waits_from:
            is_moment = isinstance(cls._meta.get_field(cls.waits_from), models.DateTimeField)
            return TruncDate(cls.waits_from) if is_moment else F(cls.waits_from)
        records = cls.history.filter(**{cls._meta.pk.name: OuterRef("pk")})
        return TruncDate(Subquery(records.order_by("history_date").values("history_date")[:1]))

    @classmethod
    def open_to(cls, user, name: str, rows: QuerySet) -> QuerySet:
        """Without the rows of which this person may not take the step (see `Step.not_by`)."""
        for author in cls.steps[name].not_by:
            if author in cls.steps:
                lines = cls._lines_that_close(author)
                latest = lines.order_by("-at", "-pk").values("by")[:1]
                rows = rows.alias(**{f"by_{author}": Subquery(latest)})
                author = f"by_{author}"
            elif cls._meta.get_field(author).many_to_many:
                rows = rows.exclude(**{author: user.pk})
                continue
            rows = rows.filter(Q(**{author: None}) | ~Q(**{author: user.pk}))
        return rows

    @classmethod
    def _lines_that_close(cls, step: str) -> QuerySet:
        """The dated lines of a step that keep their people from a later one; of the outer row."""
        changes = cls._meta.get_field("changes")
        of_row = {changes.field.name: OuterRef("pk")}
        return changes.related_model.objects.filter(**of_row, step=step)

    @classmethod
    def fields_of_forms(cls) -> list[str]:
        """The columns that a form may write: a status, and what a step stamps, only `take` does."""
        stamps = {name for step in cls.steps.values() for name in step.stamps}
        of_the_steps = {"status", cls._meta.pk.name, *stamps}
        names = [field.name for field in cls._meta.concrete_fields]
        return [name for name in names if name not in of_the_steps]

    def open_steps(self) -> dict[str, Step]:
        """The steps that lead on from here."""
        return {name: step for name, step in self.steps.items() if self._is_open(step)}

    def _is_open(self, step: Step) -> bool:
        return self.status in step.sources and (not step.when or getattr(self, step.when)())

    def take(self, name: str, *, by=None, remark: str = "", **values) -> None:
        """Take a step, setting `values` on the row; raises IllegalStep and then changes nothing.

        What was set on this instance and not saved is lost: the row is read anew under its lock.
        """
        step = self.steps[name]
        seen = self.status
        if by is not None:
            self._history_user = by  # whom the history of changes names
        try:
            with transaction.atomic():
                rows = type(self)._base_manager.select_for_update()
                self.refresh_from_db(from_queryset=rows)
                if self.status != seen:
                    raise IllegalStep(
                        f"刚刚已经有人把它改成“{self.get_status_display()}”了，请刷新页面再看。"
                    )
                self._refuse_unless_open(step, by, remark)
                before = self.status
                for field, value in values.items():
                    setattr(self, field, value)
                self._stamp(step)
                self._refuse_while_missing(step)
                if step.check:
                    getattr(self, step.check)()
                self.status = step.target
                self._refuse_invalid(values)
                self.save()
                self.changes.create(
                    step=name, from_status=before, to_status=step.target, by=by, remark=remark
                )
                if step.then:
                    getattr(self, step.then)()
        except ValidationError as error:
            # The row itself refuses to be saved so: its room is taken, its line is written.
            self.refresh_from_db()
            raise IllegalStep("".join(error.messages)) from error
        except BaseException:
            self.refresh_from_db()
            raise
        finally:
            vars(self).pop("_history_user", None)

    def _refuse_unless_open(self, step: Step, by, remark: str) -> None:
        if not self._is_open(step):
            raise IllegalStep(f"现在是“{self.get_status_display()}”，不能{step.label}。")
        if by is not None and not step.is_allowed(by):
            raise IllegalStep(f"您的岗位不能{step.label}，请找有这个权限的同事。")
        if step.remark and not remark.strip():
            raise IllegalStep(f"{step.label}时请写上意见，好让对方知道怎么办。")
        if step.has_public_remark and (problem := refusal(remark, self)):
            raise IllegalStep(problem)
        # Where the row has a keep-time, its lines are cleaned with it.
        is_kept = not getattr(self, "personal_data", ())
        if is_kept and (problem := refusal(remark, self, where=KEPT)):
            raise IllegalStep(problem)
        if by is not None and self.is_closed_to(by, step):
            raise IllegalStep(f"自己经手的不能自己{step.label}，请另一位同事来办。")

    def is_closed_to(self, user, step: Step) -> bool:
        """Whether somebody has had a hand in this row that keeps them from taking the step."""
        return any(user.pk in self._people_of(name) for name in step.not_by)

    def _people_of(self, name: str) -> set[int]:
        if name in self.steps:
            earlier = self.changes.filter(step=name).last()
            return {earlier.by_id} if earlier else set()
        field = self._meta.get_field(name)
        if field.many_to_many:
            return set(getattr(self, name).values_list("pk", flat=True))
        return {getattr(self, field.attname)}

    def _stamp(self, step: Step) -> None:
        for name in step.stamps:
            field = self._meta.get_field(name)
            if getattr(self, name) is None:
                is_moment = isinstance(field, models.DateTimeField)
                setattr(self, name, timezone.now() if is_moment else timezone.localdate())

    def _refuse_while_missing(self, step: Step) -> None:
        fields = [self._meta.get_field(name) for name in step.requires]
        values = [(field, getattr(self, field.attname)) for field in fields]
        missing = [
            field
            for field, value in values
            if value in (None, "") or (isinstance(value, str) and not value.strip())
        ]
        if missing:
            labels = "、".join(str(field.verbose_name) for field in missing)
            raise IllegalStep(
                f"{step.label}前请先填写{labels}。", *(field.name for field in missing)
            )

    def _refuse_invalid(self, values: dict) -> None:
        untouched = [f.name for f in self._meta.fields if f.name not in values]
        try:
            self.clean_fields(exclude=untouched)
            self.validate_constraints()
        except ValidationError as error:
            raise IllegalStep("".join(error.messages)) from error


class StatusChange(models.Model):
    """One step of a row's life, never edited: what was done, by whom, when, with which words."""

    step = models.CharField("步骤", max_length=30, editable=False)
    from_status = models.CharField("原状态", max_length=20, editable=False)
    to_status = models.CharField("新状态", max_length=20, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="经办人",
    )
    at = models.DateTimeField("时间", default=timezone.now, editable=False)
    remark = models.TextField("意见", blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]
        verbose_name = verbose_name_plural = "办理记录"

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%m-%d %H:%M} {self.label}"

    @classmethod
    def workflow(cls) -> type[WorkflowModel]:
        """The model whose steps these lines tell of."""
        return next(
            field.related_model
            for field in cls._meta.fields
            if field.is_relation and field.remote_field.related_name == "changes"
        )

    @property
    def label(self) -> str:
        step = self.workflow().steps.get(self.step)
        return step.label if step else self.step
