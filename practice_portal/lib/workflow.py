"""A status that changes: a table of steps, and one door through which every change goes.

A model lists its `steps`; `take()` is the only way from one status to another. It locks the
row, refuses a step that is not open or that somebody else has just taken, saves the row and
writes a dated line, all in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from practice_portal.lib.public_text import refusal


class IllegalStep(Exception):
    """A step that cannot be taken; `message` tells a person what to do next."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Step:
    """One allowed change of a status.

    `requires` names fields that must be filled in; `stamps` names dates and times set to now
    when they are still empty; `check` names a method that may raise IllegalStep before anything
    is changed, `then` one that is called after the row is saved, in the same transaction.
    `permission` is asked of whoever takes the step; `not_by` names an earlier step, or a foreign
    key to a user, whose person may not take this one (nobody reviews what they wrote). `remark`
    is what the words are called that have to be given, empty where none are asked for; a public
    remark is checked as every public text is.
    """

    label: str
    sources: tuple[str, ...]
    target: str
    requires: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    check: str = ""
    then: str = ""
    by_staff: bool = True
    permission: str = ""
    remark: str = ""
    has_public_remark: bool = False
    not_by: str = ""

    def is_allowed(self, user) -> bool:
        return not self.permission or user.has_perm(self.permission)


class WorkflowModel(models.Model):
    """A model with a `status` field and a table of `steps`.

    The dated lines are a `StatusChange` with a foreign key whose related name is `changes`.
    """

    steps: dict[str, Step] = {}

    class Meta:
        abstract = True

    @classmethod
    def fields_of_forms(cls) -> list[str]:
        """The columns that a form may write: a status, and what a step stamps, only `take` does."""
        stamps = {name for step in cls.steps.values() for name in step.stamps}
        of_the_steps = {"status", cls._meta.pk.name, *stamps}
        names = [field.name for field in cls._meta.concrete_fields]
        return [name for name in names if name not in of_the_steps]

    def open_steps(self) -> dict[str, Step]:
        """The steps that lead on from here."""
        return {name: step for name, step in self.steps.items() if self.status in step.sources}

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
        if self.status not in step.sources:
            raise IllegalStep(f"现在是“{self.get_status_display()}”，不能{step.label}。")
        if by is not None and not step.is_allowed(by):
            raise IllegalStep(f"您的岗位不能{step.label}，请找有这个权限的同事。")
        if step.remark and not remark.strip():
            raise IllegalStep(f"{step.label}时请写上意见，好让对方知道怎么办。")
        if step.has_public_remark and (problem := refusal(remark, self)):
            raise IllegalStep(problem)
        if step.not_by and by is not None and self._author_of(step.not_by) == by.pk:
            raise IllegalStep(f"自己经手的不能自己{step.label}，请另一位同事来办。")

    def _author_of(self, name: str) -> int | None:
        if name not in self.steps:
            return getattr(self, self._meta.get_field(name).attname)
        earlier = self.changes.filter(step=name).last()
        return earlier and earlier.by_id

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
            field.verbose_name
            for field, value in values
            if value in (None, "") or (isinstance(value, str) and not value.strip())
        ]
        if missing:
            raise IllegalStep(f"{step.label}前请先填写{'、'.join(missing)}。")

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
