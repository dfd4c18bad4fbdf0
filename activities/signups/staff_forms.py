"""What clerks type about sign-ups: who rings, who just came, which code was lost, who is here."""

from django import forms
from django.core.exceptions import ValidationError

from activities.models import Call, Session, Signup
from activities.models.signup import LARGEST_PARTY
from activities.signups.forms import PartyForm
from practice_portal.lib.phones import tidy_mobile

#: A crowd that just came is counted in one go.
LARGEST_CROWD = 500


def _mobile(**attrs) -> forms.CharField:
    return forms.CharField(
        label="手机号",
        max_length=30,
        widget=forms.TextInput(
            {"type": "tel", "inputmode": "tel", "autocomplete": "off", "size": 13, **attrs}
        ),
        error_messages={"required": "请填手机号。", "max_length": "手机号是11位数字，请再看一遍。"},
    )


def _people(label: str, *, most: int = LARGEST_PARTY, required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=most,
        required=required,
        widget=forms.NumberInput({"inputmode": "numeric", "class": "short"}),
        error_messages={
            "required": "请填几个人。",
            "invalid": "请填一个数字，比如2。",
            "min_value": "至少1个人。",
            "max_value": f"一次最多记{most}人。",
        },
    )


class CallerForm(PartyForm):
    """Somebody rings up, or stands at the counter, and wants to come."""

    name = forms.CharField(
        label="姓名",
        max_length=30,
        widget=forms.TextInput({"autocomplete": "off", "size": 8}),
        error_messages={"required": "请填姓名。", "max_length": "姓名太长了。"},
    )
    phone = _mobile()
    answer = forms.CharField(
        required=False,
        max_length=Signup._meta.get_field("answer").max_length,
        widget=forms.TextInput({"autocomplete": "off", "size": 20}),
        error_messages={"max_length": "写得太长了，几个字就行。"},
    )
    field_order = ["name", "phone", "party_size", "children", "answer"]

    def __init__(self, session: Session, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.session = session
        self.fields["party_size"].label = "一共几个人"
        self.fields["children"].label = "其中孩子"
        for name in ("party_size", "children"):
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs["class"] = "short"
        if question := session.activity.question:
            self.fields["answer"].label = f"{question}（可以不填）"
        else:
            del self.fields["answer"]

    def clean_phone(self) -> str:
        return tidy_mobile(self.cleaned_data["phone"])

    def save(self, *, by) -> Signup:
        """Sign up; raises ValidationError when it cannot be (see `sign_up`)."""
        signup = Signup(**self.cleaned_data, channel=Signup.Channel.PHONE)
        return Signup.objects.sign_up(self.session, signup, by=by)


class SizeForm(PartyForm):
    """Another number of people for a party that has rung."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["party_size"].help_text = ""


class WalkInForm(forms.Form):
    """So many have come without having signed up."""

    people = _people("来了几个人", most=LARGEST_CROWD)


class FindForm(forms.Form):
    """A lost code: the number that the caller says."""

    phone = _mobile()

    def clean_phone(self) -> str:
        return tidy_mobile(self.cleaned_data["phone"])


class TickForm(forms.Form):
    """One press on a name: here, or a wrong tick taken back."""

    signup = forms.ModelChoiceField(
        Signup.objects.none(), error_messages={"invalid_choice": "名单上没有这一位，请刷新再看。"}
    )
    arrived = _people("来了几个人", required=False)
    act = forms.ChoiceField(choices=[("tick", "签到"), ("undo", "撤回")])

    def __init__(self, session: Session, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["signup"].queryset = session.signups.all()


class KeyInForm(forms.Form):
    """What stands on the paper: the codes that are ticked, and how many others came."""

    codes = forms.CharField(
        label="打了勾的码",
        required=False,
        max_length=5000,
        widget=forms.Textarea(
            {
                "rows": 8,
                "autofocus": True,
                "autocapitalize": "characters",
                "spellcheck": "false",
                "autocomplete": "off",
            }
        ),
        error_messages={"max_length": "一次录得太多了，请分两次录。"},
    )
    walk_ins = _people("没报名、直接来的，再加几个人", most=LARGEST_CROWD, required=False)

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors and not cleaned["codes"].strip() and not cleaned["walk_ins"]:
            raise ValidationError("请先把打了勾的码输进来，一行一个，或者用空格隔开。")
        return cleaned


class RingForm(forms.Form):
    """On the list of whom to ring: the numbers, or what came of one call."""

    SHOW = "show"

    answer = forms.ChoiceField(
        choices=[("tell", "已告知"), ("not_reached", "打不通"), (SHOW, "看号码")],
        error_messages={"required": "请按一个按钮。", "invalid_choice": "请按一个按钮。"},
    )
    call = forms.ModelChoiceField(
        Call.objects.none(),
        required=False,
        error_messages={"invalid_choice": "名单上没有这一位了，请刷新再看。"},
    )

    def __init__(self, calls, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["call"].queryset = calls

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("answer") in ("tell", "not_reached") and not cleaned.get("call"):
            self.add_error("call", self.fields["call"].error_messages["invalid_choice"])
        return cleaned
