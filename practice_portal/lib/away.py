"""When the database, the cache or the disk is away for a while: no mistake of ours.

The handler of error pages sees what every layer raises: views, templates rendered late, and
middlewares that write a session or count in the cache on the way out. A middleware would not;
Django turns an error into a page at each layer it passes.
"""

import errno
import sys

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import bad_request, server_error
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: Seconds until it is worth asking again.
RETRY_AFTER = 60


def is_away(error: BaseException | None) -> bool:
    """The database does not answer, is locked or full; or the disk is; or Redis is not there."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(
        error, OperationalError | InterfaceError | RedisConnectionError | RedisTimeoutError
    )


def error_page(request, template_name: str = "500.html") -> HttpResponse:
    """`handler500`: 503 while something is away, 500 for everything else."""
    if not is_away(sys.exc_info()[1]):
        return server_error(request, template_name)
    return _come_again()


def bad_request_page(request, exception: Exception) -> HttpResponse:
    """`handler400`: Django takes a session that a full disk could not save for one that is gone."""
    reason: BaseException | None = exception
    while isinstance(reason, SessionInterrupted | UpdateError):
        reason = reason.__context__
    return _come_again() if is_away(reason) else bad_request(request, exception)


def _come_again() -> HttpResponse:
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response
