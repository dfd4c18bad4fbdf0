"""Two things that clerks do every week: pass an activity on, and hold it once more."""

from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from activities import sharing
from activities.models import Activity, Session
from practice_portal.lib import chinese_dates
from practice_portal.lib.fonts import NoFont
from practice_portal.lib.workflow_admin import WorkflowAdmin

#: Of a long row the last ones say enough about how it is done.
SESSIONS_OFFERED = 12
FURTHEST = timedelta(days=366)


def is_moved(form: forms.ModelForm) -> bool:
    """Whether this form of a session gave it another time or place."""
    return not {"day", "starts", "ends", "venue", "address"}.isdisjoint(form.changed_data)


def offer_to_tell(request, activity: Activity) -> None:
    """The page says by itself what is moved or cancelled; the group has to be told."""
    if activity.is_shown:
        text = '网页上已经写明。请再<a href="{}">发到群里</a>，让大家都知道：文字已经写好。'
        page = reverse("admin:activities_activity_share", args=[activity.pk])
        messages.info(request, format_html(text, page))


class AgainForm(forms.Form):
    """Which of the sessions to hold again, and on which day the first of them."""

    day = forms.DateField(
        label="第一场改到哪一天",
        help_text="别的场次照原来的间隔往后排，几点到几点不变；存好以后都能再改。",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "请选第一场改到哪一天。", "invalid": "请写成 2026-12-05。"},
    )
    sessions = forms.ModelMultipleChoiceField(
        label="照着哪几场排",
        queryset=Session.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少勾一场，新的场次照它的时间和地点排。"},
    )

    def __init__(self, activity: Activity, *args, **kwargs):
        super().__init__(*args, **kwargs)
        latest = activity.sessions.planned().order_by("-starts_at", "-pk")[:SESSIONS_OFFERED]
        coming = [session.pk for session in latest if not session.is_over]
        pks = [session.pk for session in latest]
        field = self.fields["sessions"]
        field.queryset = Session.objects.filter(pk__in=pks).for_cards().order_by("starts_at", "pk")
        field.initial = coming or pks[:1]
        field.label_from_instance = lambda session: f"{session.days}，{session.place}"

    def clean_day(self) -> date:
        day, today = self.cleaned_data["day"], timezone.localdate()
        if day < today:
            raise forms.ValidationError("这一天已经过去了，请选今天或以后的日子。")
        if day > today + FURTHEST:
            raise forms.ValidationError("这一天太远了，请选一年以内的日子。")
        return day


class ShareAdmin(WorkflowAdmin):
    """The pages 发到群里 and 再办一次 of an activity."""

    change_form_template = "admin/activities/activity/change_form.html"

    def get_urls(self):
        view = self.admin_site.admin_view
        pages = [
            path("<path:object_id>/share/", view(self.share_view), name="activity_share"),
            path("<path:object_id>/poster.png", view(self.poster_view), name="activity_poster"),
            path("<path:object_id>/again/", view(self.again_view), name="activity_again"),
        ]
        for page in pages:
            page.name = f"{self.opts.app_label}_{page.name}"
        return [*pages, *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context["may_share"] = obj.status == Activity.Status.PUBLISHED
            context["may_repeat"] = self.has_add_permission(request)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _take(self, request, obj, name, remark=""):
        refusal = super()._take(request, obj, name, remark)
        if refusal is None and obj.status == Activity.Status.PUBLISHED:
            messages.info(
                request,
                format_html(
                    '现在可以<a href="{}">发到群里</a>：文字和海报都已经写好。',
                    self._url("share", obj),
                ),
            )
        return refusal

    def _page(self, request, template: str, activity: Activity, **context) -> TemplateResponse:
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": activity,
        }
        return TemplateResponse(request, f"admin/activities/activity/{template}.html", context)

    def share_view(self, request, object_id):
        """The words for the chat group and the poster; only of what residents can open."""
        return require_safe(self._shared)(request, object_id, self._share_page)

    def poster_view(self, request, object_id):
        """The poster as a file, made anew each time from what the activity says now."""
        return require_safe(self._shared)(request, object_id, self._poster)

    def _shared(self, request, object_id, answer):
        activity = self.get_object(request, object_id)
        if activity is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, activity):
            raise PermissionDenied
        if activity.status != Activity.Status.PUBLISHED:
            messages.error(request, "发布以后居民才打得开，请先发布，再发到群里。")
            return HttpResponseRedirect(self._url("change", activity))
        url = request.build_absolute_uri(activity.get_absolute_url())
        return answer(request, activity, url)

    def _share_page(self, request, activity, url):
        text = sharing.chat_text(activity, url)
        return self._page(
            request,
            "share",
            activity,
            title=f"发到群里：{activity}",
            text=text,
            rows=text.count("\n") + 3,
            poster_url=self._url("poster", activity),
            has_coming=bool(sharing.coming_sessions(activity)),
        )

    def _poster(self, request, activity, url):
        try:
            picture = sharing.poster(activity, url)
        except NoFont as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self._url("share", activity))
        response = HttpResponse(picture, content_type="image/png")
        response["Content-Disposition"] = f'inline; filename="poster-{activity.pk}.png"'
        return response

    def again_view(self, request, object_id):
        """再办一次: a draft like this one, on other days."""
        activity = self.get_object(request, object_id)
        if activity is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not (self.has_view_permission(request, activity) and self.has_add_permission(request)):
            raise PermissionDenied
        form = AgainForm(activity, request.POST if request.method == "POST" else None)
        if form.is_valid():
            new, homeless = activity.again(form.cleaned_data["day"], form.cleaned_data["sessions"])
            self.log_addition(request, new, f"照“{activity}”再办一次")
            messages.success(request, f"“{new}”已经照样抄好，是草稿：看过日子和地点，就可以发布。")
            for session, problem in homeless:
                day = chinese_dates.day(session.starts_at)
                messages.warning(request, f"{day}这一场要另外选地方：{problem}")
            return HttpResponseRedirect(self._url("change", new))
        return self._page(request, "again", activity, title=f"再办一次：{activity}", form=form)
