"""The one short form after a session: its result, and all that comes of it."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from activities.models import Session
from activities.models.results import HALF_HOUR, MOST
from practice_portal.lib.frozen import warning
from practice_portal.lib.months import Month
from practice_portal.lib.pictures import PictureFormField
from practice_portal.lib.public_text import refusal
from practice_portal.lib.workflow import IllegalStep
from practice_portal.lib.workflow_admin import WorkflowAdmin
from stations.models import ArticlePicture
from volunteers.models import Membership, Volunteer

MOST_PICTURES = 6


class PicturesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(PictureFormField):
    """Several pictures at once, each checked as every picture is."""

    widget = PicturesInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        files = [file for file in files if file]
        if len(files) > MOST_PICTURES:
            raise ValidationError(f"一次最多传{MOST_PICTURES}张，别的写动态时再加。")
        return [super(PicturesField, self).clean(file, None) for file in files]


class ResultForm(forms.ModelForm):
    """How many came, who helped, a few sentences; the numbers known so far stand beside it."""

    pictures = PicturesField(label="照片", required=False, help_text="可以不传，会放进动态里。")
    caption = forms.CharField(
        label="照片上是谁、在做什么",
        required=False,
        max_length=ArticlePicture._meta.get_field("caption").max_length,
        widget=forms.TextInput({"size": 50}),
    )
    helpers = forms.ModelMultipleChoiceField(
        Volunteer.objects.none(),
        label="哪些志愿者来帮忙",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="勾上的，时长按这一场的长短记下，等另一位同事确认。",
    )
    hours = forms.DecimalField(
        label="每位志愿者帮了几小时",
        required=False,
        min_value=HALF_HOUR,
        max_value=MOST,
        max_digits=3,
        decimal_places=1,
        widget=forms.NumberInput({"step": HALF_HOUR}),
        help_text="一连办几天的，没有人一直都在，所以要写；各人不一样，就到“服务时长”里分别记。",
        error_messages={"max_value": f"一条时长最多{MOST}小时，更长的请到“服务时长”里分天记。"},
    )
    makes_news = forms.BooleanField(
        label="顺便起草一篇动态",
        required=False,
        initial=True,
        help_text="照您写的这几句话起草，改好、审过才上网。",
    )

    class Meta:
        model = Session
        fields = ["people_served", "volunteers_served", "story", "why_far_apart"]
        widgets = {
            "story": forms.Textarea({"rows": 4, "cols": 60}),
            "why_far_apart": forms.TextInput({"size": 50}),
        }

    def __init__(self, *args, helpers, **kwargs):
        super().__init__(*args, **kwargs)
        session = self.instance
        self.fields["people_served"].required = True
        self.fields["people_served"].help_text = "一共来了多少人次，没报名直接来的也算。"
        if self.initial.get("people_served") is None:
            self.initial["people_served"] = session.checked_in
        self.fields["story"].help_text = "两三句就行：做了什么，来的人怎么说。"
        entered = session.helpers_entered
        self.entered = set(entered)
        self.initial["helpers"] = list(self.entered)
        self.fields["helpers"].queryset = Volunteer.objects.filter(
            Q(pk__in=helpers.values("pk")) | Q(pk__in=entered.values("pk"))
        )
        self.fields["helpers"].label_from_instance = lambda volunteer: volunteer.name
        if not session.is_daily:
            del self.fields["hours"]
        if session.news:
            del self.fields["makes_news"], self.fields["pictures"], self.fields["caption"]

    def clean_caption(self) -> str:
        caption = self.cleaned_data["caption"].strip()
        if problem := refusal(caption, self.instance):
            raise ValidationError(problem)
        return caption

    def clean_helpers(self) -> list[Volunteer]:
        helpers = list(self.cleaned_data["helpers"])
        if gone := self.entered.difference(helpers):
            names = "、".join(volunteer.name for volunteer in gone)
            raise ValidationError(
                f"{names}的时长已经记下了，这里去不掉。记错了，请确认的人在“服务时长”里不予确认。"
            )
        return helpers

    def clean_hours(self):
        hours, lasted = self.cleaned_data["hours"], self.instance.lasted
        if hours and hours > lasted:
            raise ValidationError(f"这一场一共只开了{lasted.normalize():f}小时，请填得不超过它。")
        return hours

    @property
    def new_helpers(self) -> list[Volunteer]:
        """Whose hours are not in the ledger yet."""
        return [each for each in self.cleaned_data["helpers"] if each not in self.entered]

    def clean(self) -> dict:
        cleaned = super().clean()
        if "hours" in self.fields and not self.errors and self.new_helpers and not cleaned["hours"]:
            self.add_error("hours", "勾了来帮忙的志愿者，请写每位帮了几小时。")
        people = cleaned.get("people_served")
        if people is not None and not cleaned.get("why_far_apart", "").strip():
            far = self.instance.lies_far_from(people)
            if far:
                words = "、".join(far)
                self.add_error(
                    "why_far_apart", f"{words}，实到填的是{people}人，差得多，请写一句为什么。"
                )
        if cleaned.get("pictures") and not cleaned.get("caption"):
            self.add_error("caption", "传了照片，请写一句照片上是谁、在做什么，看不见图的人靠它。")
        return cleaned


class ResultAdmin(WorkflowAdmin):
    """The page 填结果 of a session."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.result_view)
        page = path("<path:object_id>/result/", view, name="activities_session_result")
        return [page, *super().get_urls()]

    def result_view(self, request, object_id):
        """People, volunteers, a few sentences: result, hours, news and figures come of it."""
        session = self.get_object(request, object_id)
        if session is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, session):
            raise PermissionDenied
        if session.status != Session.Status.PLANNED or not session.is_over:
            messages.error(request, "这一场还没有办完，或者已经取消，没有结果可填。")
            return HttpResponseRedirect(self._url("change", session))
        is_sent = request.method == "POST"
        form = ResultForm(
            request.POST if is_sent else None,
            request.FILES if is_sent else None,
            instance=session,
            helpers=self._helpers(session),
        )
        if form.is_valid() and (answer := self._keep(request, session, form)):
            return answer
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": session,
            "form": form,
            "warning": warning([session.activity.station_id], [Month.of(session.ends_at)]),
            "title": f"办得怎样：{session.activity.title}",
        }
        return TemplateResponse(request, "admin/activities/session/result.html", context)

    @staticmethod
    def _helpers(session: Session):
        """The members of the station's teams, who are few; all its volunteers are hundreds."""
        memberships = Membership.objects.in_force().filter(team__station=session.activity.station)
        return Volunteer.objects.filter(pk__in=memberships.values("volunteer"), status="active")

    def _keep(self, request, session: Session, form: ResultForm):
        cleaned = form.cleaned_data
        stored = Session.objects.get(pk=session.pk)
        new_helpers = form.new_helpers
        try:
            stored.enter_result(
                by=request.user,
                helpers=cleaned["helpers"],
                hours=cleaned.get("hours"),
                **{name: cleaned[name] for name in form.Meta.fields},
            )
        except IllegalStep as error:
            form.add_error(None, error.message)
            return None
        self.log_change(request, stored, "填结果")
        messages.success(request, f"记下了：来了{stored.people_served}人次，已经算进这个月的数字。")
        if new_helpers and (stored.hours or cleaned.get("hours")):
            messages.info(request, f"{len(new_helpers)}位志愿者的时长记下了，等另一位同事确认。")
        elif new_helpers:
            messages.info(request, "这一场不到半小时，没有给志愿者记时长。")
        if cleaned.get("makes_news"):
            news = stored.draft_news(
                by=request.user, pictures=cleaned["pictures"], caption=cleaned["caption"]
            )
            page = reverse("admin:stations_article_change", args=[news.pk])
            text = '动态起草好了，<a href="{}">打开看看，改好就交上去</a>。'
            messages.info(request, format_html(text, page))
        return HttpResponseRedirect(reverse("admin:index"))
