"""Which forms are kept over the session's end, and the two pages that they pass through."""

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.csrf import csrf_failure as token_refused
from django.views.decorators.cache import never_cache

from practice_portal.accounts.forms import LoginForm
from practice_portal.lib.kept_forms import FIELD, MARK, KeptForm, is_from_here

#: The admin's pages that show a form again, by the end of their URL's name.
FORMS = ("_add", "_change", "_step")

#: Pages that only receive: where to go on, and which of the words somebody has typed.
RECEIVERS = {"reports:summary-review": ("reports:summary-detail", ("month", "slug"), "remark")}


def _match(path: str):
    try:
        return resolve(path)
    except Resolver404:
        return None


def _is_kept(match) -> bool:
    if match is None:
        return False
    is_form = match.namespace == "admin" and (match.url_name or "").endswith(FORMS)
    return is_form or match.view_name in RECEIVERS


def kept(request) -> KeptForm | None:
    """What a POST has brought, if its page is one of those that are kept."""
    is_kept = request.method == "POST" and _is_kept(_match(request.path_info))
    return KeptForm.of(request) if is_kept else None


@never_cache
def log_in_first(request):
    """To the log-in; what was typed into a form goes along."""
    form = kept(request)
    if form is None:
        return redirect_to_login(request.get_full_path())
    context = {
        "form": LoginForm(request),
        "app_path": reverse("admin:login"),
        REDIRECT_FIELD_NAME: form.path,
        FIELD: form.signed(),
    }
    return render(request, "admin/login.html", context)


@never_cache
def go_on(request, form: KeptForm, status: int = 200):
    """Who is logged in now, that nothing is saved yet, and the way back to the form."""
    path = form.path.partition("?")[0].removeprefix(request.META.get("SCRIPT_NAME", ""))
    match = _match(path)
    context = {"kept": form, "mark": MARK}
    if match and match.view_name in RECEIVERS:
        page, arguments, field = RECEIVERS[match.view_name]
        context["page"] = reverse(page, args=[match.kwargs[name] for name in arguments])
        context["words"] = "\n".join(form.values.get(field, []))
    return render(request, "account/kept_form.html", context, status=status)


def csrf_failure(request, reason=""):
    """A page from before the last log-in: of ours alone, what was typed into it is kept, too."""
    form = kept(request) if is_from_here(request) else None
    if form is None:
        return token_refused(request, reason)
    if not request.user.is_authenticated:
        return log_in_first(request)
    return go_on(request, form, status=403)
