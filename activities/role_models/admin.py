"""Role models in the admin, from the nomination to the wall, and what is objected to them."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from activities.admin_forms import DateInput
from activities.models import Activity, Objection, RoleModel
from practice_portal.lib.day_fields import CalendarDayField
from practice_portal.lib.workflow_admin import WorkflowAdmin
from stations.phone_admin import PersonalPhoneAdmin
from stations.public_page_admin import PublicPageAdmin
from stations.scoping import STATION_FILTER, StationScopedAdmin, is_at_centre

ADD_ARTICLE = "stations.add_article"
OBJECTIONS = "admin:activities_objection_changelist"


class PastRoleModelForm(forms.ModelForm):
    """Also for those who were recognised before there was a portal; the street office's."""

    recognised_before = CalendarDayField(
        label="以前就评定过的，哪天评定",
        required=False,
        widget=DateInput(),
        help_text="补录以前的名单才填，填了就算已经评定；新推荐的空着，按步骤来。",
    )

    def clean(self):
        cleaned = super().clean()
        day = cleaned.get("recognised_before")
        if not day:
            return cleaned
        if day >= timezone.localdate():
            raise ValidationError({"recognised_before": "这里只补录今天以前评定的。"})
        row = self.instance
        has_consented = cleaned.get("has_consented")
        row.status = RoleModel.Status.RECOGNISED if has_consented else RoleModel.Status.UNNAMED
        row.recognised_on = row.closed_on = day
        if cleaned.get("nominated_on"):
            cleaned["nominated_on"] = min(day, cleaned["nominated_on"])
        return cleaned


class RoleModelAdmin(PublicPageAdmin, PersonalPhoneAdmin, WorkflowAdmin, StationScopedAdmin):
    list_display = ["name", "category", "station", "status", "nominated_on"]
    list_filter = ["status", "category", STATION_FILTER]
    list_select_related = ["station"]
    ordering = ["-nominated_on", "-pk"]
    search_fields = ["name"]
    autocomplete_fields = ["volunteer"]
    saved_words = {
        RoleModel.Status.NOMINATED: "居民还看不到；先找人问清楚。",
    }
    fieldsets = [
        (None, {"fields": ["station", "name", "category", "deed", "has_consented"]}),
        (
            "谁推荐的（可以不填）",
            {
                "classes": ["collapse"],
                "fields": ["nominator_name", "nominator_phone", "asked", "nominated_on"],
            },
        ),
        (
            "照片、宣讲、志愿者（可以不填）",
            {"classes": ["collapse"], "fields": ["is_family", "photo", "volunteer", "talks"]},
        ),
    ]
    _AS_POSTED = ("station", "name", "category", "is_family", "nominated_on")

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            past = {"classes": ["collapse"], "fields": ["recognised_before"]}
            return [*fieldsets, ("补录以前的", past)] if is_at_centre(request.user) else fieldsets
        if obj.contact_deleted_on:
            first, (title, nominator), *others = fieldsets
            words = "推荐人要求删掉了姓名和手机号，请不要再记进来。"
            fieldsets = [first, (title, {**nominator, "description": words}), *others]
        dates = ["notice_on", "notice_until", "recognised_on", "objections_said"]
        return [*fieldsets, ("公示和评定", {"classes": ["collapse"], "fields": dates})]

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None and is_at_centre(request.user):
            kwargs["form"] = PastRoleModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        """What stood in the notice is what is recognised; consent goes by 撤回 and 下榜."""
        fields = list(super().get_readonly_fields(request, obj))
        if obj is None:
            return fields
        fields += ["notice_on", "notice_until", "recognised_on", "objections_said"]
        if obj.contact_deleted_on:
            fields += ["nominator_name", "nominator_phone"]
        if obj.status in RoleModel.PUBLIC:
            fields.append("has_consented")
        if obj.is_on_notice:
            return [*fields, *self._AS_POSTED, "deed"]
        if obj.status in RoleModel.COUNTED and not is_at_centre(request.user):
            return [*fields, *self._AS_POSTED]
        return fields

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        """The talks (宣讲) that one may pick, and those that are picked already."""
        if db_field.name == "talks":
            chosen = Q(speakers=request.resolver_match.kwargs.get("object_id") or None)
            offered = Activity.objects.offered_to(request.user).filter(form=Activity.Form.TALK)
            picked = Activity.objects.filter(pk__in=Activity.objects.filter(chosen).values("pk"))
            kwargs["queryset"] = (offered | picked).order_by("-pk")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_page(self, obj):
        return obj.is_named

    def steps_for(self, request, obj=None):
        """Without those that somebody else has to take: who checked does not recognise."""
        steps = super().steps_for(request, obj)
        if obj is None:
            return steps
        if obj.is_on_notice and not obj.notice_is_over:
            steps.pop("recognise", None)
        return {
            name: step for name, step in steps.items() if not obj.is_closed_to(request.user, step)
        }

    def _take(self, request, obj, name, remark=""):
        refusal = super()._take(request, obj, name, remark)
        if refusal is None and name in RoleModel.UNWILLING:
            self._say_where_they_are_named(request, obj)
        return refusal

    def _say_where_they_are_named(self, request, obj) -> None:
        """Whoever does not want to be public does not want the news of them, either."""
        links = format_html_join(
            "，",
            '<a href="{}">{}</a>（{}）',
            (
                (article.get_absolute_url(), article, article.get_status_display())
                for article in obj.articles_for(request.user)
            ),
        )
        if links:
            words = "本人不愿意公开，可这些文章里还写着名字，请删掉草稿、下线已发布的：{}。"
            messages.warning(request, format_html(words, links))

    def get_urls(self):
        view = self.admin_site.admin_view(self.news_view)
        news = path("<path:object_id>/news/", view, name="activities_rolemodel_news")
        return [news, *super().get_urls()]

    def news_view(self, request, object_id):
        """A draft of a piece of news (动态) with what is written of them; on the wall only."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not (self.has_change_permission(request, obj) and request.user.has_perm(ADD_ARTICLE)):
            raise PermissionDenied
        if obj.status != RoleModel.Status.RECOGNISED:
            messages.error(request, "本人同意公开、已经上榜的，才能写动态。")
            return redirect(self._url("change", obj))
        if request.method == "POST":
            article = obj.news_draft(by=request.user)
            messages.success(request, "草稿写好了开头，请接着写；写好以后提交审核。")
            return redirect("admin:stations_article_change", article.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": f"写一篇动态：{obj}",
        }
        return TemplateResponse(request, "admin/activities/rolemodel/news.html", context)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and obj.status == RoleModel.Status.RECOGNISED:
            context["news_url"] = self._url("news", obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="异议")
    def objections_said(self, obj):
        total = obj.objections.count()
        if not total:
            return "没有"
        waiting = obj.objections.filter(status=Objection.Status.OPEN).count()
        url = f"{reverse(OBJECTIONS)}?{urlencode({'role_model__id__exact': obj.pk})}"
        return format_html('<a href="{}">{}件，{}件等查清</a>', url, total, waiting)


class ObjectionAdmin(PersonalPhoneAdmin, WorkflowAdmin, StationScopedAdmin):
    """Objections by form or by phone: written down once, then only settled."""

    list_display = ["role_model", "received_on", "status"]
    list_filter = ["status", ("role_model", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["role_model__station"]
    fields = ["role_model", "text", "name", "phone"]

    def get_fields(self, request, obj=None):
        return [*self.fields, "received_on", "settled_on"] if obj else self.fields

    def get_fieldsets(self, request, obj=None):
        words = "不要告诉被推荐的人。由街道查清、处理；处理完以前，评定不了。"
        return [(None, {"fields": self.get_fields(request, obj), "description": words})]

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return [*fields, *self.get_fields(request, obj)] if obj else fields

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "role_model":
            rows = RoleModel.objects.offered_to(request.user)
            kwargs["queryset"] = rows.filter(status=RoleModel.Status.NOTICE)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            saves = ("show_save", "show_save_and_continue", "show_save_and_add_another")
            context |= dict.fromkeys(saves, False) | {"nothing_to_save": True}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def has_delete_permission(self, request, obj=None):
        return False
