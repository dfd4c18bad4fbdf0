"""Pages of one's own account, and the hand-over of a station's work."""

from axes.utils import reset as forget_wrong_passwords
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from practice_portal.accounts import handover
from practice_portal.accounts.forms import (
    LOCKS_CHANGED,
    HandOverForm,
    OwnPasswordForm,
    PasswordForm,
    SecondFactorForm,
)
from practice_portal.lib import chinese_dates, second_factor
from practice_portal.lib.once import once
from practice_portal.lib.rate_limits import RateLimit, rate_limited
from stations.accounts import hand_over
from stations.models import Station

LINKS_OPENED = RateLimit("password-link", times=30, seconds=600)

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


# The link is good for one password: without `once` a double click ends at "used already".
set_password = once(
    rate_limited(
        LINKS_OPENED, lambda request, uidb64, token: uidb64, methods=("GET", "HEAD", "POST")
    )(SetPassword.as_view())
)


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


# Hand-over ----------------------------------------------------------------------------------------


@staff_only
@require_safe
def handover_list(request):
    stations = Station.objects.in_force().managed_by(request.user)
    if len(stations) == 1:
        return redirect("account:handover-detail", stations[0].slug)
    return render(request, "account/handover_list.html", {"stations": stations})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def handover_detail(request, slug):
    """What is open, due and coming at a station; the street office lets the next one begin."""
    station = get_object_or_404(Station.objects.managed_by(request.user), slug=slug)
    may_hand_over = request.user.is_at_centre and request.user.has_perms(
        ["stations.change_user", "stations.change_posting", "stations.add_posting"]
    )
    if request.method == "POST" and not may_hand_over:
        raise PermissionDenied
    form = HandOverForm(station, request.POST or None) if may_hand_over else None
    if form and form.is_valid():
        _hand_over(request, station, **form.cleaned_data)
        return redirect("account:handover-detail", slug)
    context = {
        "station": station,
        "due": handover.due(station),
        "open": handover.open_rows(station),
        "coming": handover.coming(station),
        "postings": station.postings.in_force().select_related("user"),
        "form": form,
    }
    return render(request, "account/handover_detail.html", context)


def _hand_over(request, station, leaver, successor, on) -> None:
    is_closed = hand_over(station, leaver, on, successor)
    day = chinese_dates.day(on)
    words = f"{leaver}从{day}起不再管{station}"
    if successor:
        words += f"，由{successor}接"
        _log(request, successor, f"从{day}起接{station}的工作")
    if is_closed:
        words += f"；{leaver}的账号已停用"
    _log(request, leaver, words)
    messages.success(request, f"{words}。")
