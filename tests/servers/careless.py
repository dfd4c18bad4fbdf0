"""The portal without its care for the last place: the control of the race.

The same pages and the same forms; only nobody holds the session's row, the sign-up is no
transaction, and a double press is not looked for. Whoever serves this has also dropped the
constraint from the database.
"""

import os
import time
from contextlib import nullcontext
from types import SimpleNamespace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from activities.models import Session, signup  # noqa: E402
from practice_portal.lib import once  # noqa: E402


def reserve(session: Session, places: int) -> bool:
    """Look, then count: as one writes it who has never had forty people at once.

    The pause between is that of a busy machine, so that the race is lost on a quiet one, too.
    """
    seen = Session.objects.get(pk=session.pk)
    if seen.places_left < places:
        return False
    time.sleep(0.02)
    Session.objects.filter(pk=session.pk).update(seats_taken=seen.seats_taken + places)
    return True


Session.reserve = reserve
Session.locked = classmethod(lambda cls, pk: cls.objects.get(pk=pk))
signup.transaction = SimpleNamespace(atomic=nullcontext)
once.once = lambda view: view  # before the views are loaded

from practice_portal.wsgi import application  # noqa: E402, F401
