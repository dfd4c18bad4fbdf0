"""What a resident has left with us: found by its code and the phone, shown, and forgotten.

Demands, sign-ups, nominations and objections; and each of them while it lies in the recycle bin,
because a wish to be forgotten holds there, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.core import signing
from django.db import models, transaction

from activities.models import Objection, RoleModel, Signup
from practice_portal.lib.codes import grouped_code
from practice_portal.lib.personal_data import PersonalData, forget_at_wish
from practice_portal.lib.phones import mask_name
from practice_portal.lib.workflow import IllegalStep
from services.models import Demand
from stations.models import Deletion, Station

SALT = "services.my"

#: The steps in a resident's words.
STEPS = {
    Demand: {"accept": "社区接下来办了", "return": "社区退回了", "complete": "办好了"},
    Objection: {"settle": "街道查清、处理了"},
}
NEXT = {
    Demand: {"submitted": "等社区受理", "accepted": "社区正在办"},
    Objection: {"open": "街道正在查"},
}


@dataclass(frozen=True)
class Kind:
    """Where one kind of row says whose it is, and what it is called."""

    model: type[models.Model]
    name: str
    phone: str
    what: str
    title: str
    #: Fields in which the resident wrote what it is about, the first that is filled in.
    words: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.model._meta.label_lower

    @property
    def data(self) -> PersonalData:
        """What is forgotten: of a nomination the nominator, not who is nominated."""
        return self.model.personal_data[0]

    def rows(self) -> models.QuerySet:
        return self.model._default_manager.select_related(*self.joined)


KINDS = (
    Kind(
        Demand,
        *("contact_name", "contact_phone", "这件事", "我说的事"),
        words=("text", "title"),
        joined=("station", "session__activity"),
    ),
    Kind(
        Signup, *("name", "phone", "这次报名", "我的报名"), joined=("session__activity__station",)
    ),
    Kind(
        RoleModel,
        *("nominator_name", "nominator_phone", "这次推荐", "我的推荐"),
        joined=("station",),
    ),
    Kind(
        Objection,
        *("name", "phone", "这条异议", "我提的异议"),
        words=("text",),
        joined=("role_model__station",),
    ),
)


@dataclass(frozen=True)
class Own:
    """One of a resident's rows; of one that was deleted, what the recycle bin has of it."""

    kind: Kind
    row: models.Model
    deletion: Deletion | None = None

    @classmethod
    def find(cls, code: str, phone: str) -> Own | None:
        """By the code and the phone, both well formed."""
        for kind in KINDS:
            if row := kind.rows().filter(code=code, **{kind.phone: phone}).first():
                return cls(kind, row)
        return cls._in_bin(code=code, phone=phone)

    @classmethod
    def of(cls, row: models.Model) -> Own:
        return cls(next(kind for kind in KINDS if kind.model is type(row)), row)

    @classmethod
    def signed_as(cls, text: str, max_age) -> Own | None:
        """The one that a page of its own has signed, wherever it is by now."""
        try:
            label, pk = signing.loads(text, salt=SALT, max_age=max_age)
        except (signing.BadSignature, TypeError, ValueError):
            return None
        kind = next((each for each in KINDS if each.label == label), None)
        if kind is None:
            return None
        row = kind.rows().filter(pk=pk).first()
        return cls(kind, row) if row else cls._in_bin(kind, pk=pk)

    @classmethod
    def _in_bin(cls, *kinds: Kind, phone: str | None = None, **values) -> Own | None:
        for kind in kinds or KINDS:
            asked = values if phone is None else {**values, kind.phone: phone}
            if found := Deletion.objects.holding(kind.model, **asked):
                deletion, row = found
                return cls(kind, row, deletion)
        return None

    @property
    def signed(self) -> str:
        return signing.dumps([self.kind.label, self.row.pk], salt=SALT)

    # What its page says ---------------------------------------------------------------------------

    @property
    def title(self) -> str:
        if isinstance(self.row, Demand):
            return self.row.title
        if isinstance(self.row, Signup):
            return f"报名“{self.row.session.activity.title}”"
        if isinstance(self.row, RoleModel):
            return f"推荐{self.row.masked}"
        return self.row.masked

    @property
    def page(self) -> str:
        """Its own page outside, for what has one."""
        if isinstance(self.row, Signup) and not self.deletion:
            return self.row.get_absolute_url()
        if isinstance(self.row, RoleModel) and not self.deletion:
            return self.row.get_nomination_url()
        return ""

    @property
    def grouped_code(self) -> str:
        return grouped_code(self.row.code)

    @property
    def station(self) -> Station:
        row = self.row
        for name in self.kind.model.station_path.split("__"):
            row = getattr(row, name)
        return row

    @property
    def name(self) -> str:
        return mask_name(getattr(self.row, self.kind.name))

    @property
    def phone(self) -> str:
        """In full: whoever reads it here has just typed it."""
        phone = getattr(self.row, self.kind.phone)
        return phone.number if phone else ""

    @property
    def words(self) -> str:
        return next(filter(None, (getattr(self.row, name) for name in self.kind.words)), "")

    @property
    def is_open(self) -> bool:
        """Whether somebody here may still have to ring."""
        return not self.deletion and self.row.status in (
            *(Demand.Status.SUBMITTED, Demand.Status.ACCEPTED),
            *(RoleModel.Status.NOMINATED, RoleModel.Status.CHECKED, RoleModel.Status.NOTICE),
            Objection.Status.OPEN,
        )

    @property
    def is_coming(self) -> bool:
        """A sign-up whose seats somebody else can have."""
        if not isinstance(self.row, Signup) or self.deletion:
            return False
        return self.row.status in Signup.COMING and not self.row.why_no_change

    @property
    def next(self) -> str:
        if self.deletion:
            return "社区已经把它从登记里删掉"
        return NEXT.get(self.kind.model, {}).get(self.row.status, "")

    def steps(self) -> Iterator[dict]:
        """What became of it, with its days: the reason of a return and the result, no staff words.

        What has a page of its own tells it there.
        """
        row, labels = self.row, STEPS.get(self.kind.model)
        if labels is None or self.deletion:
            return
        if isinstance(row, Demand):
            yield {"at": row.submitted_at, "label": "社区收到了", "words": ""}
        for change in row.changes.all():
            words = ""
            if isinstance(row, Demand):
                step = row.steps.get(change.step)
                words = change.remark if step and step.remark else ""
                if change.to_status == Demand.Status.COMPLETED:
                    words = row.result
            label = labels.get(change.step, change.label)
            yield {"at": change.at, "label": label, "words": words}

    # Having it deleted ----------------------------------------------------------------------------

    def forget(self) -> bool:
        """Blank whose it is, everywhere and at once, because they want it; the row stays.

        A sign-up that can still be cancelled is cancelled first, so that its seats go to those
        who wait; answers whether it was.
        """
        if self.deletion:
            self.deletion.forget(self.row, self.kind.data)
            return False
        with transaction.atomic():
            was_coming = isinstance(self.row, Signup) and self._cancel()
            forget_at_wish(self.kind.data, self.row)
        return was_coming

    def _cancel(self) -> bool:
        """Nobody is rung any more; False where it is too late to cancel, or done already."""
        was_cancelled = False
        with suppress(IllegalStep):
            self.row.cancel()  # holds the session first, as everybody does
            was_cancelled = True
        self.row.calls.drop_open()
        return was_cancelled
