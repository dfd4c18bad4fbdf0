"""What people type at the door, and when they leave it to the next."""

from datetime import timedelta

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.forms import SetPasswordForm, UsernameField
from django.utils import timezone

from practice_portal.lib import second_factor
from practice_portal.lib.day_fields import CalendarDayField
from practice_portal.lib.rate_limits import RateLimit
from stations.accounts import current_postings
from stations.models import User

#: Against wrong passwords the lock-out is stricter; this keeps the door's work small.
LOGINS_FROM_HERE = RateLimit("login", times=20, seconds=60)
#: Wherever somebody who is logged in is asked for the password once more: at a computer that was
#: left open it is not guessed.
LOCKS_CHANGED = RateLimit("locks", times=10, seconds=600, per_address=False)


class CodeField(forms.CharField):
    """Six digits, with or without the blank that the app shows in their middle."""

    def __init__(self, **kwargs):
        attrs = {"inputmode": "numeric", "autocomplete": "one-time-code"}
        super().__init__(max_length=12, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value):
        return "".join(super().to_python(value).split())


class PasswordField(forms.CharField):
    """As long as anybody's own, and no longer: hashing what has no end is work for nothing."""

    default_error_messages = {"max_length": "密码没有这么长，请看清楚再输一次。"}

    def __init__(self, *, autocomplete="current-password", **kwargs):
        attrs = {"autocomplete": autocomplete}
        widget = forms.PasswordInput(attrs=attrs)
        super().__init__(strip=False, max_length=128, widget=widget, **kwargs)


class LoginNameForm(forms.Form):
    """The name for which a log-in is tried, so that the tries can be counted."""

    username = forms.CharField(max_length=User._meta.get_field("username").max_length)

    @property
    def name(self) -> str:
        """Blank for what can be nobody's name: it is counted together."""
        return self.cleaned_data["username"] if self.is_valid() else ""


class LoginForm(AdminAuthenticationForm):
    """The same words for an unknown name, a wrong password, a wrong code and a closed account."""

    # Django only tells the browser how long a name may be; the lock-out has 255 for it.
    username = UsernameField(
        max_length=User._meta.get_field("username").max_length,
        widget=forms.TextInput(attrs={"autofocus": True}),
        error_messages={"max_length": "用户名没有这么长，请看清楚再输一次。"},
    )
    password = PasswordField(label="密码")
    code = CodeField(label="动态码", required=False, help_text="没有开通动态码的，空着就行。")

    error_messages = {
        "invalid_login": "没有登录成功：用户名、密码有一样不对，请再输一次。",
        "inactive": "没有登录成功：用户名、密码有一样不对，请再输一次。",
    }
    WITH_CODE = "没有登录成功：用户名、密码、动态码有一样不对，请再输一次。"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if second_factor.is_offered():
            self.error_messages = dict.fromkeys(self.error_messages, self.WITH_CODE)
        else:
            del self.fields["code"]

    def clean(self):
        username = self.cleaned_data.get("username")
        password = self.cleaned_data.get("password")
        if username is not None and password:
            self.user_cache = authenticate(
                self.request,
                username=username,
                password=password,
                otp_token=self.cleaned_data.get("code", ""),
            )
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


class OwnPasswordForm(SetPasswordForm):
    """Behind a one-time link: the rules of AUTH_PASSWORD_VALIDATORS in one sentence."""

    RULES = (
        "至少12位，不能全是数字，也不要用自己的姓名、用户名或者常见的密码。"
        "几个不相干的词连起来，又长又好记。"
    )

    new_password1 = PasswordField(label="新密码", help_text=RULES, autocomplete="new-password")
    new_password2 = PasswordField(label="再输一次", autocomplete="new-password")


class PasswordForm(forms.Form):
    """Who sits here, asked once more before a lock is changed."""

    password = PasswordField(label="您现在的密码")

    def __init__(self, user, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        password = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("密码不对，请再输一次。")
        return password


class SecondFactorForm(PasswordForm):
    code = CodeField(label="手机上显示的6位动态码")

    field_order = ["code", "password"]


class AccountChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, user):
        return f"{user.name}（{user.username}）"


class HandOverForm(forms.Form):
    """Who leaves a station, on which day, and who comes."""

    leaver = AccountChoiceField(
        label="谁离开", queryset=User.objects.none(), empty_label="请选一个人"
    )
    successor = AccountChoiceField(
        label="谁来接",
        queryset=User.objects.none(),
        required=False,
        empty_label="还没有人接",
        help_text="新来的人要先有账号：在“账号”里增加，岗位不选就跟离开的人一样。",
    )
    on = CalendarDayField(
        label="从哪天起",
        help_text="从这一天起，新来的人能管，离开的人不能管。",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "没有看懂是哪一天，请按“2026-11-28”的样子填写。"},
    )

    def __init__(self, station, *args, **kwargs):
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        staff = User.objects.filter(is_active=True, is_staff=True).order_by("name", "pk")
        here = current_postings(station, today).values("user")
        self.fields["leaver"].queryset = staff.filter(pk__in=here)
        self.fields["successor"].queryset = staff.filter(is_superuser=False)
        self.fields["on"].initial = today

    def clean_on(self):
        on = self.cleaned_data["on"]
        if abs(on - timezone.localdate()) > timedelta(days=366):
            raise forms.ValidationError("交接的日子离今天太远了，请选前后一年以内的一天。")
        return on

    def clean(self):
        leaver, successor = map(self.cleaned_data.get, ("leaver", "successor"))
        if leaver and leaver == successor:
            raise forms.ValidationError("离开的和来接的不能是同一个人，请重新选。")
        return self.cleaned_data
