"""What a visitor has chosen (type size, community): kept for a year in a cookie, and no more.

Whatever is chosen leads back to the page where the visitor was, and never to another site.
"""

from datetime import timedelta

from django.conf import settings
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request, address: str) -> str:
    """The page of ours at that address; home when it is none of ours."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if is_ours and address.startswith("/") else reverse("home")


def keep(request, name: str, value: str, *, back: str) -> HttpResponseRedirect:
    """Keep a choice and go back; an empty value forgets it."""
    response = HttpResponseRedirect(way_back(request, back))
    if value:
        response.set_cookie(
            name,
            value,
            max_age=timedelta(days=365),
            path=settings.SESSION_COOKIE_PATH,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(name, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
    return response
