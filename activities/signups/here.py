"""The code on the screen in the room, and what a visitor's browser keeps for it.

The code is the session's key and the minute, signed. It opens a page for a minute and a half;
whoever has opened that page may take some minutes to type on it, by that code and no older one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from activities.models import Session, Signup

#: Seconds after which the screen shows another code, and for which each one opens the page.
CHANGES_AFTER = 60
GOOD_FOR = 90
#: Seconds for which somebody may stay on the page.
STAY = 600

_CODE = TimestampSigner(sep=".", salt="activities.here.code")
_SALT = "activities.here.cookie"

#: The very code that the visitor has scanned in time.
STAYS = "here"
#: The visitor's own sign-ups, by their keys.
OWN = "signups"
_MOST, _OWN_DAYS = 5, 90


def code_of(session: Session) -> str:
    return _CODE.sign(str(session.pk))


def _signed_cookie(request, name: str, max_age: int) -> str:
    try:
        return request.get_signed_cookie(name, "", salt=_SALT, max_age=max_age)
    except signing.BadSignature:
        return ""


def _keep(response, name: str, value: str, max_age: int) -> None:
    response.set_signed_cookie(
        name,
        value,
        salt=_SALT,
        max_age=max_age,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
        path=settings.SESSION_COOKIE_PATH,
    )


@dataclass(frozen=True)
class Visit:
    """Somebody who has scanned the code: in which room, and whether it is still the code's time."""

    code: str
    session_pk: int
    is_fresh: bool
    stays: bool = False

    @property
    def is_open(self) -> bool:
        return self.is_fresh or self.stays

    @classmethod
    def of(cls, request, code: str) -> Visit | None:
        """None for what is no code of ours."""
        try:
            return cls(code, int(_CODE.unsign(code, max_age=GOOD_FOR)), is_fresh=True)
        except SignatureExpired:
            session = _CODE.unsign(code)
        except BadSignature:
            return None
        stays = _signed_cookie(request, STAYS, STAY) == code
        return cls(code, int(session), is_fresh=False, stays=stays)

    def keep(self, response) -> None:
        """From the moment of the scan, and no longer for looking again."""
        if self.is_fresh:
            _keep(response, STAYS, self.code, STAY)


def _own_keys(request) -> list[str]:
    return _signed_cookie(request, OWN, _OWN_DAYS * 86400).split(".")


def remember(request, response, signup: Signup) -> None:
    """This browser has opened the page of a sign-up, which only its owner knows."""
    keys = [signup.key, *(key for key in _own_keys(request) if key not in ("", signup.key))]
    _keep(response, OWN, ".".join(keys[:_MOST]), _OWN_DAYS * 86400)


def own(request, session: Session) -> Signup | None:
    """The visitor's own sign-up for a session, if this browser has opened its page before."""
    rows = session.signups.exclude(status=Signup.Status.CANCELLED)
    return rows.filter(key__in=_own_keys(request)).order_by("-pk").first()
