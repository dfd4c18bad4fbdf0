"""What residents type to see what they have left, or to have their data deleted."""

from django import forms

from practice_portal.lib.codes import tidy_code
from practice_portal.lib.phones import tidy_mobile
from services.own import Own

#: The same for a wrong code, a wrong phone and what was deleted: nobody learns which it was.
NOT_FOUND = "没有找到。请看看查询码和手机号是不是都对：手机号要填当时留的那一个。"


class MyForm(forms.Form):
    """The code and the phone, which together show that a row is one's own."""

    code = forms.CharField(
        label="查询码",
        help_text="8位字母和数字，报名或登记时给您的；大写小写都行。",
        max_length=30,
        error_messages={"required": "请填上查询码。", "max_length": "查询码只有8位，请再看一遍。"},
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
    phone = forms.CharField(
        label="手机号",
        help_text="当时留的那一个。",
        max_length=30,
        error_messages={
            "required": "请填上当时留的手机号。",
            "max_length": "手机号是11位数字，请再看一遍。",
        },
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "tel", "inputmode": "tel"}
        ),
    )

    def clean_code(self) -> str:
        return tidy_code(self.cleaned_data["code"])

    def clean_phone(self) -> str:
        return tidy_mobile(self.cleaned_data["phone"])

    def find(self) -> Own | None:
        """What has this code and this phone, both well formed; or an error on the form."""
        found = Own.find(self.cleaned_data["code"], self.cleaned_data["phone"])
        if found is None:
            self.add_error(None, forms.ValidationError(NOT_FOUND, code="not_found"))
        return found


class ForgetForm(forms.Form):
    """Which row, as its own page has signed it, and whether the resident is sure."""

    row = forms.CharField(max_length=200)
    is_sure = forms.BooleanField(required=False)
