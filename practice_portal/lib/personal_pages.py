"""Pages that show one person's data: kept by no cache and found by no search engine."""

from functools import wraps

from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters


def personal_page(view):
    """What is typed and shown here goes into no cache, no search engine and no error report."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return sensitive_post_parameters()(never_cache(wrapped))
