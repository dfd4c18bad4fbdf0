"""Showing a person's number to whoever has to ring it: a purpose first, then a line, then it."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from practice_portal.lib.personal_data import WISHED
from practice_portal.lib.phones import personal_phones
from practice_portal.lib.public_text import find_numbers
from stations.models import PhoneView

#: Goes along with a form that was opened after the wish; see change_form.html.
SEEN_WISH = "_seen_wish"
OPENED_BEFORE = (
    "您打开以后，本人要求删掉了姓名和手机号，所以原来写好的文字这次没有改，别的都存上了。"
    "要改文字，请打开它重新改，不要再写姓名和号码。"
)


class PurposeForm(forms.ModelForm):
    """What the number is wanted for; the line is read by the street office for a long time."""

    purpose = forms.ChoiceField(
        label="为了什么", choices=PhoneView.Purpose, widget=forms.RadioSelect
    )

    class Meta:
        model = PhoneView
        fields = ["purpose", "words"]
        widgets = {"words": forms.TextInput(attrs={"class": "vTextField"})}
        help_texts = {"words": "选“其他”时一定要写。不要写姓名和号码。"}

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if find_numbers(words):
            raise ValidationError("说明里不要写号码，写清为了什么事就好。")
        return words


class PersonalPhoneAdmin(admin.ModelAdmin):
    """The admin of a model with a PersonalPhoneField; whoever may change a row may ring its person.

    No filter by a number in the address: it would tell the number digit by digit, and no line.
    """

    def get_object(self, request, object_id, from_field=None):
        """For what is sent, the row under its lock: nothing that was just forgotten comes back."""
        obj = super().get_object(request, object_id, from_field)
        if obj and request.method == "POST" and connection.in_atomic_block:
            obj.refresh_from_db(from_queryset=self.model._base_manager.select_for_update())
        return obj

    @staticmethod
    def _was_open_before_the_wish(request, obj) -> bool:
        """Whether a form was opened before the person had their data deleted."""
        is_sent = request.method == "POST" and SEEN_WISH not in request.POST
        return is_sent and getattr(obj, WISHED, None) is not None

    def get_readonly_fields(self, request, obj=None):
        """Such a form brings back no text in which the name may stand; what is new is kept."""
        fields = super().get_readonly_fields(request, obj)
        if not self._was_open_before_the_wish(request, obj):
            return fields
        texts = {name for data in obj.personal_data for name in data.texts}
        return [*fields, *sorted(name for name in texts if getattr(obj, name))]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if self._was_open_before_the_wish(request, obj):
            messages.warning(request, OPENED_BEFORE)

    def lookup_allowed(self, lookup, value, request):
        names = {field.name for field in personal_phones(self.model)}
        if lookup.split("__")[0] in names:
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_phone"
        view = self.admin_site.admin_view(self.phone_view)
        return [path("<path:object_id>/phone/<str:field>/", view, name=name), *super().get_urls()]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.has_change_permission(request, obj):
            context["phones"] = [f for f in personal_phones(self.model) if getattr(obj, f.name)]
            context["phone_url_name"] = self._url_name("phone")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _url_name(self, page: str) -> str:
        return f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def phone_view(self, request, object_id, field):
        """Ask for the purpose; on POST leave the line, and only then show the number."""
        fields = {each.name: each for each in personal_phones(self.model)}
        if field not in fields:
            raise Http404
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        phone = getattr(obj, field)
        if not phone:
            messages.info(request, f"这里没有留{fields[field].verbose_name}。")
            return redirect(reverse(self._url_name("change"), args=[obj.pk]))
        form = PurposeForm(request.POST if request.method == "POST" else None)
        number = ""
        if form.is_valid():
            PhoneView.objects.record(obj, field, by=request.user, **form.cleaned_data)
            number = phone.number
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "form": form,
            "phone": phone,
            "number": number,
            "field_name": fields[field].verbose_name,
            "title": f"看号码：{fields[field].verbose_name}",
        }
        return TemplateResponse(request, "admin/phone_view.html", context)
