"""How often the same thing may be tried: counters in the cache that all processes share.

A limit counts by a key, such as the user name that is tried or the code that is asked for, and
may count per address besides; never by the address alone, because all phones of a mobile network
share one. A limit slows down; a constraint or a lock decides.
"""

import hashlib
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from practice_portal.lib.proxies import client_address


@dataclass(frozen=True)
class RateLimit:
    """So many `times` within so many `seconds`, for each key, or each key and address."""

    name: str
    times: int
    seconds: int
    per_address: bool = True

    def seconds_to_wait(self, request: HttpRequest, key: object) -> int:
        """Count one try; how long to wait before the next one, 0 when this one is within.

        A blank key is counted like any other, so that leaving it out is no way around.
        """
        now = int(time.time())
        tries = cache.count(self._counter(request, key, now // self.seconds), self.seconds)
        return 0 if tries <= self.times else self.seconds - now % self.seconds

    def _counter(self, request: HttpRequest, key: object, window: int) -> str:
        """A hash: what people type is no cache key, and nobody should read it there."""
        parts = [unicodedata.normalize("NFKC", str(key)).strip().casefold()]
        if self.per_address:
            parts.append(client_address(request) or "")
        digest = hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()
        return f"limit:{self.name}:{window}:{digest[:32]}"


def longest_wait(request: HttpRequest, *counts: tuple[RateLimit, object]) -> int:
    """Count a try under every (limit, key); how many seconds to wait, 0 when all is well."""
    return max(limit.seconds_to_wait(request, key) for limit, key in counts)


def refuse_too_many(
    request: HttpRequest, *counts: tuple[RateLimit, object], **page
) -> HttpResponse | None:
    """Count a try under every (limit, key); the page to answer with, or None when all is well."""
    wait = longest_wait(request, *counts)
    return too_many(request, wait, **page) if wait else None


def too_many(request: HttpRequest, seconds: int, template: str = "429.html", **context):
    """429 with a way on, and when to come back."""
    context["wait"] = wait_in_words(seconds)
    response = render(request, template, context, status=429)
    response["Retry-After"] = seconds
    add_never_cache_headers(response)
    return response


def wait_in_words(seconds: int) -> str:
    """10分钟, 3个小时: never less than it takes."""
    minutes = -(-seconds // 60)
    return f"{minutes}分钟" if minutes <= 60 else f"{-(-minutes // 60)}个小时"


def rate_limited(limit: RateLimit, key: Callable[..., object], *, methods=("POST",)):
    """Decorate a view: `key(request, …)` gets what the view gets and names what is counted."""

    def decorate(view):
        @wraps(view)
        def limited(request, *args, **kwargs):
            if request.method in methods:
                refusal = refuse_too_many(request, (limit, key(request, *args, **kwargs)))
                if refusal:
                    return refusal
            return view(request, *args, **kwargs)

        return limited

    return decorate
