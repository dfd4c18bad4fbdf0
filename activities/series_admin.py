"""Two pages of an activity for many of its sessions: 排很多场, and 改期、取消."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import path

from activities import series
from activities.models import Activity
from activities.series_forms import ChangeForm, LookForm, RowForm, WhichForm
from activities.share_admin import ShareAdmin, offer_to_tell
from practice_portal.lib.kept_forms import NOT_SAVED, is_shown_again
from stations.models import Venue

CHANGED = "和刚才看到的不一样了，请再看一遍下面的表，对的话再按一次。"


class SeriesAdmin(ShareAdmin):
    """Each page shows first what it would do; the second press does it, all or nothing."""

    def get_urls(self):
        view = self.admin_site.admin_view
        pages = [
            path("<path:object_id>/row/", view(self.row_view), name="activity_row"),
            path(
                "<path:object_id>/reschedule/",
                view(self.reschedule_view),
                name="activity_reschedule",
            ),
        ]
        for page in pages:
            page.name = f"{self.opts.app_label}_{page.name}"
        return [*pages, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context["may_change_many"] = self._may_change_many(request, obj)
            context["has_sessions_to_come"] = series.to_come(obj).exists()
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _may_change_many(self, request, activity) -> bool:
        may_change = request.user.has_perm("activities.change_session")
        return may_change and self.has_change_permission(request, activity)

    def _asked_for(self, request, object_id) -> Activity | None:
        activity = self.get_object(request, object_id)
        if activity and not self._may_change_many(request, activity):
            raise PermissionDenied
        return activity

    @staticmethod
    def _is_pressed(request, look: LookForm, lines) -> bool:
        """Whether what they have looked at is to be done now."""
        if is_shown_again(request):
            messages.warning(request, NOT_SAVED)
            return False
        is_same = look.is_valid() and look.cleaned_data["seen"] == series.fingerprint(lines)
        if look.is_asked_to_do and not is_same:
            messages.warning(request, CHANGED)
        return look.is_asked_to_do and is_same

    def row_view(self, request, object_id):
        """排很多场: a row of sessions by a rule."""
        activity = self._asked_for(request, object_id)
        if activity is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        venues = Venue.objects.offered_to(request.user).in_force()
        form = RowForm(activity, venues, request.POST if request.method == "POST" else None)
        if form.is_valid():
            look = LookForm(form.lines, request.POST)
            if self._is_pressed(request, look, form.lines) and self._make_row(
                request, activity, form, set(look.cleaned_data["days"])
            ):
                return HttpResponseRedirect(self._url("change", activity))
        return self._page(
            request,
            "row",
            activity,
            title=f"排很多场：{activity}",
            form=form,
            lines=form.lines,
            free=sum(not line.problem for line in form.lines),
            seen=series.fingerprint(form.lines),
        )

    def _make_row(self, request, activity, form, days: set[str]) -> bool:
        lines = [line for line in form.lines if line.day.isoformat() in days]
        if not lines:
            messages.error(request, "请至少勾一天，再按一次。")
            return False
        try:
            made = series.make_row(activity, lines, form.cleaned_data["capacity"])
        except series.Refused:
            messages.warning(request, CHANGED)
            return False
        self.log_change(request, activity, f"排了{len(made)}场")
        messages.success(request, f"排好了{len(made)}场，每一场都能在下面单独改。")
        return True

    def reschedule_view(self, request, object_id):
        """改期、取消: one session, all from one on, or all that are to come."""
        activity = self._asked_for(request, object_id)
        if activity is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        venues = Venue.objects.offered_to(request.user).in_force()
        which = WhichForm(activity, request.GET)
        form = ChangeForm(
            activity,
            venues,
            request.POST if request.method == "POST" else None,
            initial={"session": which.chosen},
        )
        if form.is_valid():
            look = LookForm(form.lines, request.POST)
            if self._is_pressed(request, look, form.lines) and self._change_many(
                request, activity, form, look
            ):
                return HttpResponseRedirect(self._url("change", activity))
        return self._page(
            request,
            "reschedule",
            activity,
            title=f"改期、取消：{activity}",
            form=form,
            lines=form.lines,
            is_refused=any(line.problem for line in form.lines),
            seen=series.fingerprint(form.lines),
            has_sessions=series.to_come(activity).exists(),
        )

    def _change_many(self, request, activity, form, look) -> bool:
        asked = form.cleaned_data
        which = (activity, asked["session"], asked["scope"])
        reason, seen = asked["reason"], look.cleaned_data["seen"]
        try:
            if form.is_cancelling:
                series.call_off(*which, reason, seen, request.user)
            else:
                series.move(*which, form.change, reason, seen)
        except series.Refused as refused:
            form.lines = refused.lines
            messages.warning(request, CHANGED)
            return False
        self.log_change(request, activity, f"{form.telling}：{reason}")
        messages.success(request, f"{form.telling}。")
        offer_to_tell(request, activity)
        return True
