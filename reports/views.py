"""The street office's month: one page, every figure opening the rows it is made of."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from practice_portal.lib import metrics
from practice_portal.lib.months import Month
from practice_portal.lib.workflow import IllegalStep
from reports.forms import MonthForm, ReviewForm
from reports.models import FIRST_MONTH, MonthlySummary
from reports.sheets import MonthSheet

REVIEW_STEPS = ("approve", "return")


def staff_only(view):
    """For whoever may look at summaries; the others log in first, or are told that they may not."""

    @never_cache
    @wraps(view)
    def guarded(request, *args, **kwargs):
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not (user.is_staff and user.has_perm("reports.view_monthlysummary")):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def street_only(view):
    """For the street office: what concerns all stations together."""

    @staff_only
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not request.user.is_at_centre:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _summary(request, month: Month, slug: str) -> MonthlySummary:
    """A summary of a station that the user manages; any other is as if absent."""
    summaries = MonthlySummary.objects.managed_by(request.user).select_related("station")
    return get_object_or_404(summaries, month=month, station__slug=slug)


def _metric(code: str) -> metrics.Metric:
    metric = metrics.declared().get(code)
    if metric is None or not metric.is_monthly:
        raise Http404
    return metric


@staff_only
@require_safe
def month_list(request):
    summaries = MonthlySummary.objects.managed_by(request.user).select_related("station")
    months: dict[Month, list[MonthlySummary]] = {}
    for summary in summaries.order_by("-month", "station__position"):
        months.setdefault(summary.month, []).append(summary)
    context = {
        "months": [
            {
                "month": month,
                "summaries": of_month,
                "waiting": [each for each in of_month if each.status == "submitted"],
                "missing": [each for each in of_month if each.can_be_written],
            }
            for month, of_month in months.items()
        ],
        "form": MonthForm(initial={"month": Month.current() - 1}),
    }
    return render(request, "reports/month_list.html", context)


@street_only
@require_safe
def month_detail(request, month):
    if month < FIRST_MONTH:
        raise Http404
    sheet = MonthSheet(month)
    context = {
        "month": month,
        "is_running": month == Month.current(),
        "previous_month": month - 1 if month > FIRST_MONTH else None,
        "next_month": month + 1 if month < Month.current() else None,
        "sheet": sheet,
        "waiting": sheet.with_status(MonthlySummary.Status.SUBMITTED),
        "returned": sheet.with_status(MonthlySummary.Status.RETURNED),
        "drafts": sheet.with_status(MonthlySummary.Status.DRAFT),
        "approved": sheet.with_status(MonthlySummary.Status.APPROVED),
        "without": [row for row in sheet.rows if row.summary is None],
        "review_form": ReviewForm(),
    }
    return render(request, "reports/month_detail.html", context)


@street_only
@require_POST
def month_draw_up(request):
    form = MonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, "".join(form.errors["month"]))
        return redirect("reports:month-list")
    month = form.cleaned_data["month"]
    summaries = MonthlySummary.objects.draw_up(month)
    messages.success(
        request, f"{month.label}的总结起草好了，共{len(summaries)}份，数字会随记录自己更新。"
    )
    return redirect("reports:month-detail", month)


@staff_only
@require_safe
def summary_detail(request, month, slug):
    summary = _summary(request, month, slug)
    row = MonthSheet(month).row(summary.station)
    context = {
        "month": month,
        "summary": summary,
        "row": row,
        "changes": summary.changes.select_related("by"),
        "steps": _review_steps(request, summary),
        "review_form": ReviewForm(),
    }
    return render(request, "reports/summary_detail.html", context)


def _review_steps(request, summary: MonthlySummary) -> dict:
    """The steps of the street office that are open to this person now."""
    return {
        name: step
        for name, step in summary.open_steps().items()
        if name in REVIEW_STEPS and step.is_allowed(request.user)
    }


@staff_only
@require_POST
def summary_review(request, month, slug, name):
    """Approve or return; what is approved are the figures that were on the page."""
    if name not in REVIEW_STEPS:
        raise Http404
    if not MonthlySummary.steps[name].is_allowed(request.user):
        raise PermissionDenied
    summary = _summary(request, month, slug)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.first_error)
    elif name == "approve" and form.cleaned_data["figures"] != _fingerprint(summary):
        messages.error(
            request, f"{summary.station}的数字在您看的时候变了，还没有通过。请再看一遍新的数字。"
        )
    else:
        _review(request, summary, name, form.cleaned_data["remark"])
    if form.cleaned_data.get("back") == "month":
        return redirect("reports:month-detail", month)
    return redirect(summary)


def _fingerprint(summary: MonthlySummary) -> str:
    return MonthSheet(summary.month).row(summary.station).fingerprint


def _review(request, summary: MonthlySummary, name: str, remark: str) -> None:
    try:
        summary.take(name, by=request.user, remark=remark)
    except IllegalStep as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{summary}已{summary.steps[name].label}。")


@staff_only
@require_safe
def summary_lines(request, month, slug, code):
    """The rows behind a station's figure; of an approved month as they were, and what changed."""
    summary = _summary(request, month, slug)
    metric = _metric(code)
    live = summary.live_lines(metric)
    lines = summary.frozen_lines(metric) if summary.is_frozen else live
    context = {
        "month": month,
        "summary": summary,
        "station": summary.station,
        "metric": metric,
        "lines": lines,
        "total": metric.total_of(lines),
        "added": [line for line in live if line not in lines],
        "gone": [line for line in lines if line not in live],
    }
    return render(request, "reports/figure_lines.html", context)


@street_only
@require_safe
def month_lines(request, month, code):
    """The rows behind the street's figure."""
    metric = _metric(code)
    lines = MonthSheet(month).lines(metric)
    context = {
        "month": month,
        "metric": metric,
        "lines": lines,
        "total": metric.total_of(lines),
    }
    return render(request, "reports/figure_lines.html", context)
