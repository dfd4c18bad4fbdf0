"""Pages of one's own account."""

from axes.utils import reset as forget_wrong_passwords
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_POST

from practice_portal.accounts.forms import (
    OwnPasswordForm,
    PasswordForm,
    SecondFactorForm,
)
from practice_portal.lib import second_factor
from practice_portal.lib.rate_limits import RateLimit, rate_limited

LINKS_OPENED = RateLimit("password-link", times=30, seconds=600)
LOCKS_CHANGED = RateLimit("second-factor", times=10, seconds=600, per_address=False)

PENDING_KEY = "second_factor_key"

staff_only = admin.site.admin_view


def _log(request, user, words: str) -> None:
    LogEntry.objects.log_actions(request.user.pk, [user], CHANGE, words, single_object=True)


# A password by link -------------------------------------------------------------------------------


class SetPassword(PasswordResetConfirmView):
    """What the one-time link opens: the person sets a password, and then logs in with it."""

    form_class = OwnPasswordForm
    template_name = "account/set_password.html"
    success_url = reverse_lazy("admin:login")

    def get_user(self, uidb64):
        user = super().get_user(uidb64)
        return user if user and user.is_active else None

    def form_valid(self, form):
        response = super().form_valid(form)
        # Whoever was locked out before ringing the centre need not wait any longer.
        forget_wrong_passwords(username=self.user.get_username())
        LogEntry.objects.log_actions(
            self.user.pk, [self.user], CHANGE, "用链接设了密码", single_object=True
        )
        messages.success(self.request, "密码设好了，请用新密码登录。")
        return response


set_password = rate_limited(
    LINKS_OPENED, lambda request, uidb64, token: uidb64, methods=("GET", "HEAD", "POST")
)(SetPassword.as_view())


# The second factor --------------------------------------------------------------------------------


def _limited_by_person(view):
    return rate_limited(LOCKS_CHANGED, lambda request: request.user.pk)(view)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
@_limited_by_person
def second_factor_page(request):
    """动态码: set up, or what to do with it once it is."""
    if not second_factor.is_offered():
        raise Http404
    if second_factor.is_set_up(request.user):
        form = PasswordForm(request.user)
        return render(request, "account/second_factor.html", {"form": form, "is_set_up": True})
    key = request.session.setdefault(PENDING_KEY, second_factor.new_key())
    form = SecondFactorForm(request.user, request.POST or None)
    if form.is_valid():
        if second_factor.set_up(request.user, key, form.cleaned_data["code"]):
            del request.session[PENDING_KEY]
            _log(request, request.user, "开通了动态码")
            messages.success(request, "动态码开通了，下次登录请带上手机。")
            return redirect("account:second-factor")
        form.add_error("code", "动态码不对。它每30秒换一次，请看手机上现在的这一个再输。")
    context = {
        "form": form,
        "qr": second_factor.qr_of_secret(request.user, key),
        "secret": second_factor.secret_as_text(key),
    }
    return render(request, "account/second_factor.html", context)


@staff_only
@require_POST
@_limited_by_person
def second_factor_remove(request):
    if not second_factor.is_offered():
        raise Http404
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid():
        return render(request, "account/second_factor.html", {"form": form, "is_set_up": True})
    second_factor.remove(request.user)
    _log(request, request.user, "取消了动态码")
    messages.success(request, "动态码已取消，登录只要密码。")
    return redirect("account:second-factor")
