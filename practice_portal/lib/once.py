"""Pressed twice, done once: what the POST of every public form goes through.

In the form, next to its token, a key that nobody can guess:

    <form method="post">
      {% csrf_token %}{% once %}

Around the view, outermost, so that no rate limit counts the second press:

    @once
    def demand_new(request):
        form = DemandForm(request.POST or None)
        if form.is_valid():
            demand = form.save()
            messages.success(request, "已经收到。")
            return redirect(demand)
        return render(request, "services/demand_new.html", {"form": form})

Whoever presses again, a moment or an hour later, is sent to the same place with the same words,
and the view is not called. Two presses at once wait for each other: the line that says "answered"
is unique, and is written in the same transaction as whatever the view does.

A view that has done something redirects and says nothing red; any other answer (the form with its
errors, "刚刚报满了") is not kept, and the next press is a new one. Whoever goes back and writes
something else has not pressed twice, either: all that is sent counts, the key among it. And it
counts for one browser only, by its CSRF cookie: a key that somebody else has seen opens nothing.
"""

import json
import secrets
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac

from practice_portal.lib.models import Answer

#: What the field is called in which the key travels.
FIELD = "once"

#: Another one on each page, whatever is sent with it.
TOKEN = "csrfmiddlewaretoken"


def new_key() -> str:
    return secrets.token_urlsafe(16)


def once(view):
    """Answer the same POST of the same browser as it was answered the first time."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        press = _press(request)
        with transaction.atomic():
            # On SQLite a transaction begins only when the one before has ended; on PostgreSQL
            # the second line of a press waits for the first.
            answer = _first_line(press)
            if answer is None:
                return _again(request, Answer.objects.get(press=press))
            before = len(messages.get_messages(request))
            response = view(request, *args, **kwargs)
            said = _said(request)[before:]
            if _has_done_something(response, said):
                answer.location = response.url
                answer.messages = said
                answer.save()
            else:
                answer.delete()
        return response

    guarded.is_once = True
    return guarded


def _press(request: HttpRequest) -> str:
    """Who sent what to where, as a hash; the cookie in it is known to the browser alone."""
    sent = [
        request.get_full_path(),
        request.COOKIES.get(settings.CSRF_COOKIE_NAME, ""),
        sorted(each for each in request.POST.lists() if each[0] != TOKEN),
        [(name, file.name, file.size) for name, file in sorted(request.FILES.items())],
    ]
    return salted_hmac(__name__, json.dumps(sent), algorithm="sha256").hexdigest()


def _first_line(press: str) -> Answer | None:
    try:
        with transaction.atomic():
            return Answer.objects.create(press=press)
    except IntegrityError:
        return None


def _said(request: HttpRequest) -> list[list]:
    """The messages that wait for the next page; they go on waiting."""
    waiting = messages.get_messages(request)
    said = [[each.level, str(each.message), each.extra_tags] for each in waiting]
    waiting.used = False
    return said


def _has_done_something(response: HttpResponse, said: list[list]) -> bool:
    is_sorry = any(level >= messages.ERROR for level, *_ in said)
    return response.status_code in (302, 303) and not is_sorry


def _again(request: HttpRequest, answer: Answer) -> HttpResponse:
    waiting = _said(request)
    for each in answer.messages:
        if each not in waiting:
            level, words, tags = each
            messages.add_message(request, level, words, extra_tags=tags)
    return HttpResponseRedirect(answer.location)
