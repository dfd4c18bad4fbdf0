"""Loads the demo street (演示数据), and tops it up on a later day.

All of it happens in one transaction. `Loader` holds what the parts share: the day, the marks,
the stations and the people; `history.py` and `present.py` make the rows.
"""

import os
import secrets
from collections.abc import Callable
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from random import Random
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from practice_portal.demo import articles, history, present, rows, signups, street
from practice_portal.demo.marks import Marks
from practice_portal.demo.models import DemoRow
from practice_portal.demo.plan import CENTRE, SLUGS, at
from practice_portal.lib.phones import DEMO_PREFIX
from practice_portal.lib.workflow import IllegalStep, WorkflowModel
from stations.models import Posting, Station, User


class Account(NamedTuple):
    """A demo account, and what it is for."""

    username: str
    name: str
    role: str
    slug: str
    duty: str
    purpose: str

    @property
    def key(self) -> str:
        return f"user:{self.username}"


_HEAD, _FULL_TIME = Posting.Duty.HEAD, Posting.Duty.FULL_TIME
ACCOUNTS = (
    Account("director", "示例主任", "中心管理员", CENTRE, _HEAD, "看全街道，审月度总结"),
    Account("lead-nanhu", "示例负责人", "实践所负责人", "nanhu", _HEAD, "南湖社区"),
    Account("clerk-nanhu", "示例专干", "社区工作人员", "nanhu", _FULL_TIME, "南湖社区"),
    Account("clerk-02", "示例专干二", "社区工作人员", "station-02", _FULL_TIME, "待确认社区02"),
)


#: Three full months of the present must lie behind the last day of the history.
FIRST_DAY = date(2020, 8, 1)


class Refused(Exception):
    """The demo street does not go into this database; the message says why."""


def is_loaded() -> bool:
    return DemoRow.objects.exists()


def refuse_foreign_rows() -> None:
    """Raise Refused on a database that people work in, or that is set up for people."""
    if timezone.localdate() < FIRST_DAY:
        raise Refused(
            f"The demo street's present begins after its history: not before {FIRST_DAY}. "
            "（系统日期太早，请先校正这台电脑的日期。）"
        )
    ours = DemoRow.objects.filter(label=User._meta.label_lower).values("object_id")
    if User.objects.exclude(pk__in=ours).exists():
        raise Refused(
            "The database has users that load_demo did not create; the demo street is only for a "
            "database of its own. （数据库里有别的账号，演示数据只能装进专用的数据库。）"
        )
    if Station.objects.exists() and not is_loaded():
        raise Refused(
            "The database has stations already, and they are not the demo street's; use an empty "
            "database. （数据库里已有实践所，请换一个空的数据库来装演示数据。）"
        )


class Password:
    """The one password of all demo accounts: DEMO_PASSWORD, or one made up and kept in a file."""

    def __init__(self):
        self.path = Path(settings.DATA_DIR) / "demo_password"

    def known(self) -> str:
        """The password, or nothing when there is none yet."""
        if settings.DEMO_PASSWORD:
            return settings.DEMO_PASSWORD
        try:
            return self.path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return ""

    def known_or_new(self) -> str:
        return self.known() or self.keep(secrets.token_urlsafe(12))

    def keep(self, password: str) -> str:
        """Write it down, so that a start without DEMO_PASSWORD can still say it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        # Never readable to anybody else, not even for a moment; never over another's file.
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(password + "\n")
        return password

    @staticmethod
    def opens(user: User, password: str, seen: dict[str, bool]) -> bool:
        """Whether it is a user's password; `seen` saves asking the slow hash twice."""
        if user.password not in seen:
            seen[user.password] = check_password(password, user.password)
        return seen[user.password]


class Loader:
    """One run of the loader. `say` prints a line of progress."""

    def __init__(self, say: Callable[[str], None] = lambda line: None):
        self.say = say
        self.today = timezone.localdate()
        self.stations: dict[str, Station] = {}
        self.users: dict[str, User] = {}

    @transaction.atomic
    def run(self) -> None:
        """Load or top up; raises Refused and then leaves everything as it was."""
        refuse_foreign_rows()
        self.marks = Marks()
        self._set_up_street()
        self._make_accounts()
        self.marks.flush()
        more = (rows.rows, signups.signups, articles.articles)
        for stage in (*history.STAGES, *present.STAGES, *more):
            if line := stage(self):
                self.say(line)
            self.marks.flush()

    def walk(self, row: WorkflowModel, step: str, moment: datetime, **values) -> bool:
        """Take a step and date its line; answers False when a person's changes forbid it."""
        try:
            row.take(step, **values)
        except IllegalStep:
            return False
        row.changes.filter(pk=row.changes.latest("pk").pk).update(at=moment)
        return True

    def of_station(self, slug: str) -> tuple[User | None, User | None]:
        """Who enters a station's rows, and who checks them; None where it has no account."""
        director = self.users.get("director")
        if slug == "nanhu":
            return self.users.get("clerk-nanhu"), self.users.get("lead-nanhu")
        return (self.users.get("clerk-02") if slug == "station-02" else None), director

    def name(self, key: str, among: tuple[str, ...] = street.GIVEN) -> str:
        """A made-up name, always the same for a key."""
        chance = Random(f"name:{key}")
        return chance.choice(street.SURNAMES) + chance.choice(among)

    def phone(self, key: str) -> str:
        """A mobile number that rings nowhere."""
        return f"{DEMO_PREFIX}{Random(f'phone:{key}').randrange(10**8):08}"

    def _set_up_street(self) -> None:
        call_command("set_up_roles", stdout=StringIO())
        if not self.marks.id_of("station:nanhu"):
            call_command("set_up_street", stdout=StringIO())
            by_slug = {station.slug: station for station in Station.objects.all()}
            for index, slug in enumerate((CENTRE, *SLUGS)):
                history.furnish(by_slug[slug], index)
                self.marks.add(f"station:{slug}", by_slug[slug])
            self.say(f"街道：中心1个，实践所{len(SLUGS)}个")
        ids = {self.marks.id_of(f"station:{slug}"): slug for slug in (CENTRE, *SLUGS)}
        # By key and not by slug, which the street may change; what was closed gets nothing new.
        self.stations = {
            ids[station.pk]: station
            for station in Station.objects.in_force(self.today).filter(pk__in=list(ids))
        }

    def _make_accounts(self) -> None:
        new = [account for account in ACCOUNTS if account.key not in self.marks]
        if settings.DEMO_PASSWORD:
            Password().keep(settings.DEMO_PASSWORD)
        if new:
            hashed = make_password(Password().known_or_new())
        for account in new:
            station = self.stations[account.slug]
            user = User.objects.create(
                username=account.username,
                name=account.name,
                is_staff=True,
                password=hashed,
                date_joined=at(history.CENTRE_STARTED, "09:00"),
            )
            user.groups.add(Group.objects.get(name=account.role))
            Posting.objects.create(
                station=station,
                name=account.name,
                duty=account.duty,
                user=user,
                since=station.started_on,
            )
            self.marks.add(account.key, user)
        if new:
            self.say(f"账号：{'、'.join(account.username for account in new)}")
        ids = {self.marks.id_of(account.key): account.username for account in ACCOUNTS}
        self.users = {ids[user.pk]: user for user in User.objects.filter(pk__in=list(ids))}
        if not new and settings.DEMO_PASSWORD:
            self._change_passwords(settings.DEMO_PASSWORD)

    def _change_passwords(self, password: str) -> None:
        """DEMO_PASSWORD was given anew: whoever starts the demo wants to get in with it."""
        seen: dict[str, bool] = {}
        changed = [u for u in self.users.values() if not Password.opens(u, password, seen)]
        if changed:
            hashed = make_password(password)
            User.objects.filter(pk__in=[user.pk for user in changed]).update(password=hashed)
            names = "、".join(user.username for user in changed)
            self.say(f"密码：{names} 的密码已改成 DEMO_PASSWORD")


def summary() -> str:
    """The last line: what there is."""
    return present.summary()
