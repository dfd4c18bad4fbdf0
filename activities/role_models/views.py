"""Residents' pages of role models: the wall, the notice, and how one nominates or objects."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from activities.forms import PageForm
from activities.models import Objection, RoleModel
from activities.role_models.forms import NominationForm, ObjectionForm, WallFilter
from practice_portal.lib.once import once
from practice_portal.lib.personal_pages import personal_page
from practice_portal.lib.rate_limits import RateLimit, refuse_too_many
from stations.showing import page_or_404

PER_PAGE = 24
OTHERS_SHOWN = 4

#: Of one phone, from each address: a stranger elsewhere must not shut a resident out.
NOMINATIONS = RateLimit("nominate", times=5, seconds=24 * 3600)
OBJECTIONS = RateLimit("object", times=5, seconds=24 * 3600)
#: Of one station, or against one name, from each address, whatever phones are typed.
NOMINATIONS_FROM_HERE = RateLimit("nominate-station", times=30, seconds=24 * 3600)
OBJECTIONS_FROM_HERE = RateLimit("object-name", times=30, seconds=24 * 3600)

#: The steps in a resident's words.
STEPS = {
    "check": "社区核实了",
    "post": "开始公示",
    "recognise": "街道评定了",
    "refuse": "没有评上",
    "withdraw": "本人不愿意公开，推荐撤回了",
}
NEXT = {"nominated": "等社区核实", "checked": "等公示", "notice": "正在公示，期满以后街道评定"}


def _chips(form: WallFilter, rows) -> list[dict]:
    """The categories, each with how many there are in the year that is chosen."""
    in_year = form.narrow(rows, by_category=False).values_list("category")
    counts = dict(in_year.annotate(count=Count("pk")))
    chosen = form.chosen.get("category", "")
    kinds = [("", "全部"), *RoleModel.Category.choices]
    return [
        {
            "label": label,
            "count": counts.get(kind, 0) if kind else sum(counts.values()),
            "query": form.query(category=kind or None),
            "is_current": kind == chosen,
        }
        for kind, label in kinds
        if not kind or counts.get(kind) or kind == chosen
    ]


@require_safe
def role_model_list(request):
    """The wall (身边的榜样), by category and by year."""
    rows = RoleModel.objects.on_wall()
    years = [day.year for day in rows.order_by().dates("recognised_on", "year", order="DESC")]
    form = WallFilter(request.GET, years)
    shown = form.narrow(rows).select_related("station")
    page = Paginator(shown, PER_PAGE).get_page(PageForm(request.GET).number)
    return render(
        request,
        "activities/role_model_list.html",
        {
            "form": form,
            "chips": _chips(form, rows.order_by()),
            "page": page,
            "on_notice": RoleModel.objects.on_notice().count(),
        },
    )


@require_safe
def role_model_detail(request, pk):
    rows = RoleModel.objects.named().select_related("station")
    role_model = page_or_404(request, rows, pk=pk)
    others = RoleModel.objects.on_wall().at(role_model.station).exclude(pk=pk)
    return render(
        request,
        "activities/role_model_detail.html",
        {
            "role_model": role_model,
            "talks": role_model.public_talks,
            "others": others.select_related("station")[:OTHERS_SHOWN],
        },
    )


@require_safe
def role_model_notice(request):
    """公示: who is to be recognised, until when one can object, and how."""
    rows = RoleModel.objects.on_notice().select_related("station")
    return render(request, "activities/role_model_notice.html", {"role_models": rows})


@personal_page
@once
@require_http_methods(["GET", "HEAD", "POST"])
def role_model_nominate(request):
    """推荐身边好人: no account, a page with a code to keep."""
    form = NominationForm(request.POST if request.method == "POST" else None)
    page = {"form": form}
    if not form.is_valid():
        return render(request, "activities/role_model_nominate.html", page)
    phone = form.cleaned_data["nominator_phone"]
    template = "activities/role_model_nominate.html"
    tries = ((NOMINATIONS, phone), (NOMINATIONS_FROM_HERE, form.cleaned_data["station"].pk))
    if refusal := refuse_too_many(request, *tries, template=template, **page):
        return refusal
    nominated = form.save(commit=False)
    nominated.nominate()
    messages.success(request, "收到了，谢谢您。社区会打电话跟您核实。")
    return redirect("activities:role-model-nominated", nominated.code)


@personal_page
@require_safe
def role_model_nominated(request, nomination):
    """What became of a nomination, for whoever has its code; its name is masked."""
    nominated = get_object_or_404(RoleModel.objects.select_related("station"), code=nomination)
    lines = [change for change in nominated.changes.all() if change.step in STEPS]
    return render(
        request,
        "activities/role_model_nominated.html",
        {
            "nominated": nominated,
            "steps": [
                {
                    "at": change.at,
                    "label": STEPS[change.step],
                    "words": change.remark if change.step == "refuse" else "",
                }
                for change in lines
            ],
            "next": NEXT.get(nominated.status),
        },
    )


@personal_page
@once
@require_http_methods(["GET", "HEAD", "POST"])
def role_model_object(request, pk):
    """对公示有不同意见: a small form, which staff alone read."""
    rows = RoleModel.objects.named().filter(status=RoleModel.Status.NOTICE)
    role_model = page_or_404(request, rows.select_related("station"), pk=pk)
    objection = Objection(role_model=role_model)
    form = ObjectionForm(request.POST if request.method == "POST" else None, instance=objection)
    page = {"form": form, "role_model": role_model}
    template = "activities/role_model_object.html"
    if not form.is_valid():
        return render(request, template, page)
    phone = form.cleaned_data["phone"]
    tries = ((OBJECTIONS, phone), (OBJECTIONS_FROM_HERE, role_model.pk))
    if refusal := refuse_too_many(request, *tries, template=template, **page):
        return refusal
    try:
        objection = form.save()
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect("activities:role-model-notice")
    messages.success(
        request,
        "收到了。街道会查清楚，需要时打电话找您；查清以前不会评定。"
        f"请记下查询码{objection.grouped_code}：凭它和手机号，到“查进度”看办得怎样、删您的资料。",
    )
    return redirect("activities:role-model-notice")
