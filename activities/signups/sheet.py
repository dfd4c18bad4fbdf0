"""The sign-in sheet of a session (签到表): who is on it, by which short code, and keying it in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

from activities.models import Session, Signup
from practice_portal.lib import chinese_dates
from practice_portal.lib.codes import short_code
from practice_portal.lib.workflow import IllegalStep

#: 23C, and 23C-1 where of a larger party one came.
_TYPED = re.compile(r"([0-9A-Z]+)(?:[-/:*]([0-9]{1,2}))?")
_BETWEEN = re.compile(r"[\s,;、。]+")


@dataclass
class KeyedIn:
    """What came of the codes that somebody typed."""

    done: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def left(self) -> str:
        """What stays in the box."""
        return "\n".join(typed for typed, _ in self.wrong)


class Sheet:
    """The parties of one session in the order in which they signed up.

    A party's number never changes: whoever cancels keeps it, whoever comes later has a later one.
    """

    def __init__(self, session: Session):
        self.session = session

    @cached_property
    def parties(self) -> list[Signup]:
        """All of them, each with its `sheet_code`."""
        rows = self.session.signups.select_related("community").order_by("pk")
        parties = list(rows)
        for number, signup in enumerate(parties, start=1):
            signup.session = self.session
            signup.sheet_code = short_code(number, of=self.session.pk)
        return parties

    def _with(self, *statuses: str) -> list[Signup]:
        return [each for each in self.parties if each.status in statuses]

    @cached_property
    def announced(self) -> list[Signup]:
        """Who is on the sheet: who has signed up for it and not cancelled."""
        gone = Signup.Status.CANCELLED
        return [each for each in self.parties if not (each.is_walk_in() or each.status == gone)]

    @property
    def seated(self) -> list[Signup]:
        return [each for each in self.announced if each.status != Signup.Status.WAITING]

    @property
    def waiting(self) -> list[Signup]:
        return self._with(Signup.Status.WAITING)

    @property
    def cancelled(self) -> list[Signup]:
        return [each for each in self._with(Signup.Status.CANCELLED) if not each.is_walk_in()]

    @property
    def walk_ins(self) -> list[Signup]:
        return [each for each in self._with(Signup.Status.ATTENDED) if each.is_walk_in()]

    @property
    def people_walked_in(self) -> int:
        return sum(each.came for each in self.walk_ins)

    @property
    def people_here(self) -> int:
        """All who came, signed up or not."""
        return sum(each.came for each in self._with(Signup.Status.ATTENDED))

    @property
    def people_announced(self) -> int:
        return sum(each.party_size for each in self.seated)

    @property
    def parties_here(self) -> int:
        return sum(each.status == Signup.Status.ATTENDED for each in self.announced)

    def key_in(self, text: str, *, by) -> KeyedIn:
        """Check in whoever's code is typed; what cannot be understood is named and left over."""
        found = KeyedIn()
        by_code = {each.sheet_code: each for each in self.announced}
        plain = unicodedata.normalize("NFKC", text).upper()
        for typed in filter(None, _BETWEEN.split(plain)):
            match = _TYPED.fullmatch(typed)
            signup = by_code.get(match[1]) if match else None
            if signup is None:
                found.wrong.append((typed, "这张表上没有这个码"))
                continue
            try:
                is_new = signup.check_in(arrived=int(match[2]) if match[2] else None, by=by)
            except IllegalStep as error:
                found.wrong.append((typed, error.message))
                continue
            if is_new:
                found.done.append(f"{typed} {signup.name_and_size}")
            else:
                first = chinese_dates.moment(signup.checked_in_at)
                found.again.append(f"{typed} {signup.masked}：{first}已经签过到")
        return found
