"""The street office's month: one page, every figure opening the rows it is made of."""

from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.forms import PageForm
from practice_portal.accounts.kept_forms import log_in_first
from practice_portal.lib import checkups, metrics
from practice_portal.lib.months import FIRST_MONTH, Month
from practice_portal.lib.workflow import IllegalStep
from reports.forms import ApproveForm, MonthForm, ReasonForm, ReturnForm
from reports.missing import missing_of
from reports.models import MonthlySummary
from reports.past import charts_of
from reports.sheets import MonthSheet
from stations.models import Station
from stations.public_pages import PageChange, PublicPage, public_pages
from stations.showing import edit_url, may_take_down, turn_url

REVIEW_STEPS = {"approve": ApproveForm, "return": ReturnForm}
LINES_PER_PAGE = 30


def staff_only(view):
    """For whoever may look at summaries; the others log in first, or are told that they may not."""

    @never_cache
    @wraps(view)
    def guarded(request, *args, **kwargs):
        user = request.user
        if not user.is_authenticated:
            return log_in_first(request)
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
    return _month_list_page(request, MonthForm(initial={"month": Month.current() - 1}))


def _month_list_page(request, form: MonthForm):
    """The months there are; with what was mistyped when one was to be drawn up."""
    last = Month.current() - 1
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
        "form": form,
        "last": last,
        "missing": missing_of(last) if request.user.is_at_centre else [],
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
        "missing": missing_of(month),
        "charts": charts_of(month),
    }
    return render(request, "reports/month_detail.html", context)


@street_only
@require_POST
def month_draw_up(request):
    form = MonthForm(request.POST)
    if not form.is_valid():
        return _month_list_page(request, form)
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
        "charts": charts_of(month, summary.station),
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
@require_http_methods(["GET", "HEAD", "POST"])
def summary_review(request, month, slug, name):
    """Approve or return. An approval cannot be taken back, so it is asked for twice."""
    if name not in REVIEW_STEPS:
        raise Http404
    if not MonthlySummary.steps[name].is_allowed(request.user):
        raise PermissionDenied
    summary = _summary(request, month, slug)
    step = summary.steps[name]
    if request.method != "POST" and name not in summary.open_steps():
        messages.error(
            request, f"{summary}现在是“{summary.get_status_display()}”，不能{step.label}。"
        )
        return redirect(summary)
    row = MonthSheet(month).row(summary.station)
    form = REVIEW_STEPS[name](
        request.POST if request.method == "POST" else None,
        initial={"back": request.GET.get("back")},
    )
    if form.is_valid() and _review(request, form, summary, name, row.fingerprint):
        to_month = form.cleaned_data["back"] == "month"
        return redirect("reports:month-detail", month) if to_month else redirect(summary)
    context = {
        "month": month,
        "summary": summary,
        "row": row,
        "name": name,
        "step": step,
        "form": form,
    }
    return render(request, "reports/summary_review.html", context)


def _review(request, form, summary: MonthlySummary, name: str, figures: str) -> bool:
    """Take the step, or say on the form why not."""
    if form.cleaned_data.get("figures", figures) != figures:
        form.add_error(None, "数字在您看的时候变了，还没有通过。请再看一遍下面新的数字。")
        return False
    try:
        summary.take(name, by=request.user, remark=form.cleaned_data.get("remark", ""))
    except IllegalStep as error:
        form.add_error(None, error.message)
        return False
    messages.success(request, f"{summary}已{summary.steps[name].label}。")
    return True


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


# Public pages that the street office takes down ---------------------------------------------------


def takes_pages_down(view):
    """For the street office alone, which may take any station's page down."""

    @staff_only
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not may_take_down(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@takes_pages_down
@require_safe
def page_list(request):
    """What is offline now, and every time a page was taken down or put back."""
    offline = [page for model in public_pages().values() for page in model.objects.offline()]
    offline.sort(key=lambda page: page.taken_down.at, reverse=True)
    changes = PageChange.objects.select_related("by")
    context = {
        "offline": [
            {
                "name": str(page),
                "kind": page._meta.verbose_name,
                "line": page.taken_down,
                "edit_url": edit_url(page),
                "turn_url": turn_url(page),
            }
            for page in offline
        ],
        "lines": Paginator(changes, LINES_PER_PAGE).get_page(PageForm(request.GET).number),
    }
    return render(request, "reports/page_list.html", context)


@takes_pages_down
@require_http_methods(["GET", "HEAD", "POST"])
def page_take_down(request, kind, pk):
    page = _public_page(kind, pk)
    if page.is_offline:
        messages.error(request, f"“{page}”已经下线了，不用再办。")
        return redirect("reports:page-list")
    return _turn(request, page, PageChange.Act.TAKE_DOWN)


@takes_pages_down
@require_http_methods(["GET", "HEAD", "POST"])
def page_put_back(request, kind, pk):
    page = _public_page(kind, pk)
    if not page.is_offline:
        messages.error(request, f"“{page}”在线上，不用恢复。")
        return redirect("reports:page-list")
    return _turn(request, page, PageChange.Act.PUT_BACK)


def _public_page(kind: str, pk: int) -> PublicPage:
    model = public_pages().get(kind)
    if model is None:
        raise Http404
    return get_object_or_404(model.objects.select_related("taken_down__by"), pk=pk)


def _turn(request, page: PublicPage, act: PageChange.Act):
    """Asks for the reason; with one, it is done at once."""
    form = ReasonForm(act, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            getattr(page, act)(by=request.user, reason=form.cleaned_data["reason"])
        except IllegalStep as error:
            form.add_error("reason", error.message)
        else:
            messages.success(request, f"“{page}”已{act.label}。")
            return redirect("reports:page-list")
    context = {
        "page": page,
        "kind": page._meta.verbose_name,
        "act": act,
        "form": form,
        "changes": page.page_changes(),
        "edit_url": edit_url(page),
        "back_url": "" if page.is_offline else page.get_absolute_url(),
    }
    return render(request, "reports/page_turn.html", context)


# 站点体检 -----------------------------------------------------------------------------------------


@staff_only
@require_safe
def check_up(request):
    """What is amiss on the site now, each line with where it is mended; a station sees its own."""
    stations = Station.objects.managed_by(request.user).in_force()
    asked = checkups.Asked(stations, timezone.now())
    by_key = {station.pk: station for station in stations}
    results = [
        {
            "checkup": checkup,
            "findings": sorted(
                ((by_key[found.station_id], found) for found in checkup.find(asked)),
                key=lambda pair: (pair[0].is_centre, pair[0].position),
            ),
        }
        for checkup in checkups.declared()
    ]
    context = {
        "amiss": [result for result in results if result["findings"]],
        "fine": [result["checkup"] for result in results if not result["findings"]],
        "count": sum(len(result["findings"]) for result in results),
        "shows_stations": not request.user.sees_one_station,
    }
    return render(request, "reports/check_up.html", context)
