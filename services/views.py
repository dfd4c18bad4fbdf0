"""Residents' pages of what they have left with us, by the code and the phone."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from activities.models import Signup
from practice_portal.lib.once import once
from practice_portal.lib.personal_pages import personal_page
from practice_portal.lib.rate_limits import RateLimit, refuse_too_many
from services.forms import ForgetForm, MyForm
from services.own import Own

#: How long the page of a row can be left open before its button asks for the code again.
PAGE_LIVES = timedelta(minutes=30)

#: Tries, right or wrong, of one code, from all addresses together: whoever has seen a code and the
#: mask of its phone has 10,000 numbers to guess. And of one phone, from each address: many know a
#: phone, and a stranger elsewhere must not shut a resident out; nobody guesses a code (31⁸).
#: Never by the address alone: one resident's mistakes shut out nobody behind the same one.
CODE_TRIES = RateLimit("my-code", times=30, seconds=24 * 3600, per_address=False)
PHONE_TRIES = RateLimit("my-phone", times=20, seconds=600)
#: Of one row. A forged one costs a hash and asks the database nothing: it is not counted.
DELETIONS = RateLimit("my-forget", times=10, seconds=600, per_address=False)


@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def my(request):
    """Look up what one has left with us: the one place where code and phone are tried.

    It changes nothing, so it needs no key (practice_portal/lib/once.py).
    """
    form = MyForm(request.POST if request.method == "POST" else None)
    page = {"form": form}
    if not form.is_valid():
        return render(request, "services/my.html", page)
    tries = ((CODE_TRIES, form.cleaned_data["code"]), (PHONE_TRIES, form.cleaned_data["phone"]))
    refusal = refuse_too_many(request, *tries, template="services/my.html", **page)
    if refusal:
        return refusal
    own = form.find()
    if own is None:
        return render(request, "services/my.html", page)
    if isinstance(own.row, Signup) and own.page:
        return redirect(own.page)
    return render(request, "services/my_own.html", {"own": own})


@personal_page
@once
@require_POST
def my_forget(request):
    """Delete name and phone from a row: asks once, then does it and says what was done."""
    form = ForgetForm(request.POST)
    own = form.is_valid() and Own.signed_as(form.cleaned_data["row"], PAGE_LIVES)
    if not own:
        messages.error(request, "这一页放得太久了，什么都没有删。请重新填查询码和手机号。")
        return redirect("services:my")
    refusal = refuse_too_many(request, (DELETIONS, f"{own.kind.label}:{own.row.pk}"))
    if refusal:
        return refusal
    if not form.cleaned_data["is_sure"]:
        return render(request, "services/my_forget.html", {"own": own})
    was_coming = own.forget()
    messages.success(
        request,
        f"{'已经取消报名，位子让给别人了。' if was_coming else ''}"
        f"已经删除：您的姓名和手机号，从{own.kind.what}的登记、办理记录和修改历史里都抹掉了。"
        f"{own.kind.what}本身还留着，只用来计数；凭这个查询码，以后查不到了。",
    )
    return redirect("services:my")
