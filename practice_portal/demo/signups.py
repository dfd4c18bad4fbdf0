"""The demo's sign-ups: who comes to the sessions of these weeks, who waits, how it was."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from django.utils import timezone

from activities.models import Session, Signup
from practice_portal.lib.months import start_of

if TYPE_CHECKING:
    from practice_portal.demo.loader import Loader

BACK, AHEAD = timedelta(days=30), timedelta(days=15)
FULL = (0.3, 0.5, 0.8, 1.0, 1.0)
ANSWERS = ("很好", "老师有耐心", "位子可以再多些", "")


def signups(loader: Loader) -> str:
    """Sign-ups for sessions with places, a month back and two weeks ahead; each session once."""
    now = timezone.now()
    sessions = (
        Session.objects.published()
        .planned()
        .filter(capacity__isnull=False, starts_at__gt=now - BACK, starts_at__lt=now + AHEAD)
    )
    ours = loader.marks.unedited("session:", sessions.select_related("activity__station"))
    made = 0
    for key, session in sorted(ours.items()):
        mark = f"signups:{key.removeprefix('session:')}"
        if mark in loader.marks or session.signups.exists():
            continue
        made += _sign_up(loader, mark, session, now)
        loader.marks.add(mark)
    return f"做什么：报名{made}个"


def _sign_up(loader: Loader, mark: str, session: Session, now) -> int:
    chance = Random(mark)
    places, rows = int(session.places_for_signup * chance.choice(FULL)), []
    is_full = places == session.places_for_signup
    taken = number = 0
    while taken < places:
        size = min(chance.choice((1, 1, 1, 2, 2, 3)), places - taken)
        rows.append(_party(loader, f"{mark}:{number}", session, size, chance, now))
        taken, number = taken + size, number + 1
    for _ in range(chance.choice((0, 2, 3)) if is_full and not session.is_over else 0):
        waiting = _party(loader, f"{mark}:{number}", session, chance.choice((1, 2)), chance, now)
        waiting.status, waiting.has_seat = Signup.Status.WAITING, False
        rows.append(waiting)
        number += 1
    Signup.objects.bulk_create(rows)
    session.count_seats()
    return len(rows)


def _party(loader, key: str, session: Session, size: int, chance: Random, now) -> Signup:
    signed_up_at = min(session.starts_at, start_of(loader.today)) - timedelta(
        hours=chance.randrange(20, 90)
    )
    party = Signup(
        session=session,
        name=loader.name(key),
        phone=loader.phone(key),
        party_size=size,
        children=chance.choice((0, 1)) if size > 1 else 0,
        community=session.activity.station if session.activity.station.tier != "centre" else None,
        channel=chance.choice(("web", "web", "phone")),
        has_seat=True,
        signed_up_at=signed_up_at,
        consented_at=signed_up_at,
    )
    if session.is_over:
        has_come = chance.random() < 0.85
        party.status = Signup.Status.ATTENDED if has_come else Signup.Status.ABSENT
        party.checked_in_at = session.starts_at if has_come else None
        if has_come and chance.random() < 0.4:
            party.stars, party.words = chance.choice((4, 5, 5)), chance.choice(ANSWERS)
            party.rated_at = session.ends_at + timedelta(hours=3)
    return party
