"""A form left open over the session's end: what was typed goes through the log-in and comes back.

Nothing is stored here. The words travel, signed, in the log-in page itself, and from the page after
it back to their form, which shows them and has saved nothing: perhaps somebody else has logged in.
Files and whatever is called a password do not travel.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing

#: The log-in form's field that carries a kept form.
FIELD = "kept"
#: Sent along to a form that is to show what was typed and save nothing.
MARK = "_kept"
#: Seconds for which a kept form may wait for the log-in.
GOOD_FOR = 24 * 60 * 60

_NEVER = ("csrfmiddlewaretoken", MARK, FIELD)
_SALT = "practice_portal.kept_form"

NOT_SAVED = "这张表还没有保存。请看一遍刚才填的，对的话再按一次保存。"


@dataclass(frozen=True)
class KeptForm:
    """What somebody sent, and where to."""

    path: str
    values: dict[str, list[str]]
    had_files: bool = False

    @classmethod
    def of(cls, request) -> KeptForm | None:
        """What a POST has brought; None when nothing was typed."""
        values = {
            name: request.POST.getlist(name)
            for name in request.POST
            if name not in _NEVER and "password" not in name
        }
        if not any(value for found in values.values() for value in found):
            return None
        return cls(request.get_full_path(), values, bool(request.FILES))

    def signed(self) -> str:
        content = [self.path, self.values, self.had_files]
        return signing.dumps(content, salt=_SALT, compress=True)

    @classmethod
    def read(cls, text: str) -> KeptForm | None:
        """A signed one, unless it is too old or not ours."""
        try:
            return cls(*signing.loads(text, salt=_SALT, max_age=GOOD_FOR))
        except signing.BadSignature:
            return None

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Name and value of every field, for a page to send them again."""
        return [(name, value) for name, found in self.values.items() for value in found]


def is_from_here(request) -> bool:
    """Whether one of our own pages has sent this; asked where its token is not good any more."""
    sender = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    origin = f"{sender.scheme}://{sender.netloc}"
    own = f"{request.scheme}://{request.get_host()}"
    return origin == own or origin in settings.CSRF_TRUSTED_ORIGINS


def is_shown_again(request) -> bool:
    """Whether a form is to show what came, and to save nothing."""
    return request.method == "POST" and MARK in request.POST


def unsaved(form_class):
    """The same form, which shows what was typed and does not let it be saved yet."""

    class Unsaved(form_class):
        def clean(self):
            cleaned = super().clean()
            self.add_error(None, NOT_SAVED)
            return cleaned

    return Unsaved
