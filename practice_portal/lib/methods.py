"""What pages are asked with."""

from django.http import HttpResponseNotAllowed

METHODS = ("GET", "HEAD", "POST")


def browsers_methods_only(get_response):
    """A middleware that refuses PUT, DELETE and the rest.

    Browsers never send them; Django's admin would take a PUT for a look and its log-in for a POST.
    """

    def answer(request):
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return get_response(request)

    return answer
