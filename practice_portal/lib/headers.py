"""The headers that Django and django-csp do not set, and which answers nobody may keep."""

from django.conf import settings
from django.contrib.messages import get_messages
from django.utils.cache import add_never_cache_headers, patch_vary_headers

#: What no page of ours has a use for, nor anything that a page might be made to load.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )
)


class HeadersMiddleware:
    """Permissions-Policy and Cross-Origin-Resource-Policy for all; caching for pages.

    Whoever is logged in gets every page, refusals included, with `no-store`: a computer at the
    counter is shared, and the back button shows nothing after logging out. So does whoever is told
    something, which may be their code. Pages differ by a cookie (the type size), and say so to
    caches.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Django's own, where its SecurityMiddleware was not asked or refused the host itself.
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        opener = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
        response.headers.setdefault("Cross-Origin-Opener-Policy", opener)
        if _is_personal(request) and "Cache-Control" not in response:
            add_never_cache_headers(response)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
        return response


def _is_personal(request) -> bool:
    """Whether somebody is logged in, or is told something on this page or the next."""
    names = {settings.SESSION_COOKIE_NAME, settings.MESSAGE_COOKIE_NAME}
    return not names.isdisjoint(request.COOKIES) or bool(get_messages(request))
