"""The portal with a sign-up that does nothing but one conditional UPDATE: what to measure by."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.http import HttpResponseRedirect  # noqa: E402

from activities.models import Session  # noqa: E402
from activities.signups import views  # noqa: E402


def take_a_place(request, pk):
    return HttpResponseRedirect("/" if Session(pk=pk).reserve(1) else "/activities/")


views.session_signup = take_a_place  # before the addresses are read

from practice_portal.wsgi import application  # noqa: E402, F401
