"""What residents type to sign up, to change it, and to say what they thought of it."""

from django import forms
from django.utils import timezone

from activities.models import Session, Signup
from activities.models.signup import LARGEST_PARTY
from practice_portal.lib.codes import tidy_code
from practice_portal.lib.phones import tidy_mobile
from stations.models import Station


def _text(**attrs) -> forms.TextInput:
    return forms.TextInput({"class": "form-control", **attrs})


def _number(least: int) -> forms.NumberInput:
    return forms.NumberInput(
        {"class": "form-control short", "inputmode": "numeric", "min": least, "max": LARGEST_PARTY}
    )


class PartyForm(forms.Form):
    """How many come, the children among them."""

    party_size = forms.IntegerField(
        label="一共来几个人",
        help_text="连您自己。",
        initial=1,
        min_value=1,
        max_value=LARGEST_PARTY,
        widget=_number(1),
        error_messages={
            "required": "请填一共来几个人。",
            "invalid": "请填一个数字，比如2。",
            "min_value": "至少来1个人。",
            "max_value": f"一次最多报{LARGEST_PARTY}人，人更多请打电话商量。",
        },
    )
    children = forms.IntegerField(
        label="其中14岁以下的孩子",
        help_text="没有就不用填。",
        required=False,
        min_value=0,
        max_value=LARGEST_PARTY,
        widget=_number(0),
        error_messages={
            "invalid": "请填一个数字，没有孩子就空着。",
            "min_value": "请填一个数字，没有孩子就空着。",
            "max_value": "孩子也算在一共几个人里，不能比总人数多。",
        },
    )

    def clean_children(self) -> int:
        return self.cleaned_data["children"] or 0

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("children", 0) > cleaned.get("party_size", LARGEST_PARTY):
            self.add_error("children", "孩子也算在一共几个人里，不能比总人数多。")
        return cleaned


class SignupForm(PartyForm):
    """Name, mobile, how many: what a sign-up needs, and not a word more."""

    name = forms.CharField(
        label="姓名",
        max_length=30,
        widget=_text(autocomplete="name"),
        error_messages={"required": "请填您的姓名，到场好找您。", "max_length": "姓名太长了。"},
    )
    phone = forms.CharField(
        label="手机号",
        help_text="有变动时打给您，别处看不到。",
        max_length=30,
        widget=_text(type="tel", inputmode="tel", autocomplete="tel"),
        error_messages={
            "required": "请填手机号，有变动时好告诉您。",
            "max_length": "手机号是11位数字，请再看一遍。",
        },
    )
    community = forms.ModelChoiceField(
        Station.objects.none(),
        label="住在哪个社区（可以不填）",
        required=False,
        empty_label="不说也行",
        to_field_name="slug",
        widget=forms.Select({"class": "form-select"}),
        error_messages={"invalid_choice": "没有找到您选的社区，请从列表里重新选。"},
    )
    answer = forms.CharField(
        required=False,
        max_length=Signup._meta.get_field("answer").max_length,
        widget=_text(),
        error_messages={"max_length": "写得太长了，几个字就行。"},
    )
    consents = forms.BooleanField(
        label="我同意社区为这次活动保存我的姓名和手机号",
        widget=forms.CheckboxInput({"class": "form-check-input"}),
        error_messages={"required": "不留姓名和手机号，网上报不了名。请勾上，或者打电话报名。"},
    )
    field_order = ["name", "phone", "party_size", "children", "community", "answer", "consents"]

    def __init__(self, session: Session, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.session = session
        self.fields["community"].queryset = Station.objects.public().stations()
        question = session.activity.question
        if question:
            self.fields["answer"].label = f"{question}（可以不填）"
        else:
            del self.fields["answer"]

    def clean_phone(self) -> str:
        return tidy_mobile(self.cleaned_data["phone"])

    def save(self) -> Signup:
        """Sign up; raises ValidationError when it cannot be (see `sign_up`)."""
        values = {key: value for key, value in self.cleaned_data.items() if key != "consents"}
        signup = Signup(**values, consented_at=timezone.now())
        return Signup.objects.sign_up(self.session, signup)


class RatingForm(forms.Form):
    """One to five stars, and a word."""

    STARS = [(5, "5颗星，很满意"), (4, "4颗星，满意"), (3, "3颗星，还行"), (2, "2颗星，不太满意"),
             (1, "1颗星，不满意")]  # fmt: skip

    stars = forms.TypedChoiceField(
        label="您满意吗",
        coerce=int,
        choices=STARS,
        widget=forms.RadioSelect({"class": "form-check-input"}),
        error_messages={"required": "请先选一个。", "invalid_choice": "请从五个里面选一个。"},
    )
    words = forms.CharField(
        label="想说一句（可以不填）",
        required=False,
        max_length=Signup._meta.get_field("words").max_length,
        widget=forms.Textarea({"class": "form-control", "rows": 3}),
        error_messages={"max_length": "写得太长了，200个字以内就行。"},
    )


class HereForm(forms.Form):
    """In the room: the code that was given at the sign-up."""

    code = forms.CharField(
        label="报名码",
        help_text="报名时给您的8位字母和数字。",
        max_length=20,
        widget=_text(autocomplete="off", autocapitalize="characters", spellcheck="false"),
        error_messages={"required": "请填报名码。", "max_length": "报名码是8位，请再看一遍。"},
    )

    def clean_code(self) -> str:
        return tidy_code(self.cleaned_data["code"])
