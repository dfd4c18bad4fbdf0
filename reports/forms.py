from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from practice_portal.lib.months import FIRST_MONTH, Month, MonthFormField
from reports.models import Plan
from stations.public_pages import PageChange


class MonthForm(forms.Form):
    """Which month to draw up."""

    month = MonthFormField(label="月份")

    def clean_month(self) -> Month:
        month = self.cleaned_data["month"]
        if month > Month.current():
            raise ValidationError(f"{month.label}还没到，到了再起草。")
        if month < FIRST_MONTH:
            raise ValidationError("2018年以前还没有实践所，请选晚一点的月份。")
        return month


class ReasonForm(forms.Form):
    """Why a page is taken down, or put back."""

    WHAT_TO_WRITE = {
        PageChange.Act.TAKE_DOWN: "写清哪里不对、要改什么",
        PageChange.Act.PUT_BACK: "写清改好了什么",
    }

    reason = forms.CharField(
        label="原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, act: PageChange.Act, *args, **kwargs):
        super().__init__(*args, **kwargs)
        what = self.WHAT_TO_WRITE[act]
        self.fields["reason"].help_text = f"社区的同事会看到，居民看不到。{what}；不写个人号码。"


class ReviewForm(forms.Form):
    """The street office's answer to a summary, and where it goes on afterwards."""

    back = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)


class ApproveForm(ReviewForm):
    """What is approved are the figures that were on the page."""

    figures = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)


class ReturnForm(ReviewForm):
    remark = forms.CharField(
        label="意见",
        help_text="写清要改什么，社区照着改好再交。",
        max_length=500,
        error_messages={"required": "退回时请写上意见，好让社区知道改什么。"},
    )


class PlanForm(forms.ModelForm):
    """A plan is begun for a month that is not over, and adopted with one tick."""

    FURTHEST = 12

    is_adopted = forms.BooleanField(
        label="采用这份计划",
        required=False,
        help_text="打了勾，待办和月度总结里就把计划放在办了的旁边；不打勾，只有您这里看得到。",
    )

    class Meta:
        model = Plan
        fields = ["station", "month"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["is_adopted"].initial = self.instance.adopted_on is not None

    def clean_month(self) -> Month:
        month, this = self.cleaned_data["month"], Month.current()
        if month < this:
            raise ValidationError(f"{month.label}已经过完，不用再补计划。")
        if month > this + self.FURTHEST:
            raise ValidationError("请选一年以内的月份。")
        return month

    def save(self, commit=True):
        plan = self.instance
        is_adopted = self.cleaned_data["is_adopted"]
        plan.adopted_on = (plan.adopted_on or timezone.localdate()) if is_adopted else None
        return super().save(commit)


class PlanLineFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        """An adopted plan says something."""
        super().clean()
        planned = [form.cleaned_data.get("sessions") for form in self.forms if form.is_valid()]
        if self.instance.adopted_on and not any(planned):
            raise ValidationError("还没有写几场。至少写一场再采用，或者先不打勾。")
