"""Residents' pages of their own demands, by the query code and the phone."""

from datetime import timedelta

from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from activities.models import Signup
from practice_portal.lib.once import once
from practice_portal.lib.personal_pages import personal_page
from practice_portal.lib.rate_limits import RateLimit, refuse_too_many
from services.forms import ForgetForm, MyForm
from services.models import Demand

SALT = "services.my"
#: How long the page of a demand can be left open before its button asks for the code again.
PAGE_LIVES = timedelta(minutes=30)

#: The steps in a resident's words.
STEPS = {"accept": "社区接下来办了", "return": "社区退回了", "complete": "办好了"}
NEXT = {"submitted": "等社区受理", "accepted": "社区正在办"}


#: Tries, right or wrong, of one code, from all addresses together: whoever has seen a code and the
#: mask of its phone has 10,000 numbers to guess. And of one phone, from each address: many know a
#: phone, and a stranger elsewhere must not shut a resident out; nobody guesses a code (31⁸).
#: Never by the address alone: one resident's mistakes shut out nobody behind the same one.
CODE_TRIES = RateLimit("my-code", times=30, seconds=24 * 3600, per_address=False)
PHONE_TRIES = RateLimit("my-phone", times=20, seconds=600)
#: Of one demand. A forged one costs a hash and asks the database nothing: it is not counted.
DELETIONS = RateLimit("my-forget", times=10, seconds=600, per_address=False)


@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def my(request):
    """Look up one's own demand or sign-up: the one place where code and phone are tried.

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
    demand = form.find()
    if demand is None:
        return render(request, "services/my.html", page)
    if isinstance(demand, Signup):
        return redirect(demand)
    return render(
        request,
        "services/my_demand.html",
        {
            "demand": demand,
            "phone": form.cleaned_data["phone"],
            "steps": _steps(demand),
            "next": NEXT.get(demand.status),
            "signed": signing.dumps(demand.pk, salt=SALT),
        },
    )


def _steps(demand: Demand) -> list[dict]:
    """What became of it, with its days: the reason of a return and the result, no staff words."""
    found = [{"at": demand.submitted_at, "label": "社区收到了", "words": ""}]
    for change in demand.changes.all():
        step = demand.steps.get(change.step)
        words = change.remark if step and step.remark else ""
        if change.to_status == Demand.Status.COMPLETED:
            words = demand.result
        label = STEPS.get(change.step, change.label)
        found.append({"at": change.at, "label": label, "words": words})
    return found


@personal_page
@once
@require_POST
def my_forget(request):
    """Delete name and phone of a demand: asks once, then does it and says what was done."""
    form = ForgetForm(request.POST)
    demand = form.is_valid() and _signed(form.cleaned_data["demand"])
    if not demand:
        messages.error(request, "这一页放得太久了，什么都没有删。请重新填查询码和手机号。")
        return redirect("services:my")
    refusal = refuse_too_many(request, (DELETIONS, demand.pk))
    if refusal:
        return refusal
    if not form.cleaned_data["is_sure"]:
        signed = form.cleaned_data["demand"]
        return render(request, "services/my_forget.html", {"demand": demand, "signed": signed})
    demand.forget_contact()
    messages.success(
        request,
        "已经删除：您的姓名和手机号，从这件事的登记、办理记录和修改历史里都抹掉了。"
        "这件事本身还留着，只用来计数；凭这个查询码，以后查不到了。",
    )
    return redirect("services:my")


def _signed(text: str) -> Demand | None:
    try:
        pk = signing.loads(text, salt=SALT, max_age=PAGE_LIVES)
    except signing.BadSignature:
        return None
    return Demand.objects.filter(pk=pk).first()
