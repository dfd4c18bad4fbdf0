"""What neighbours ask of the wall, and what they send in."""

from django import forms

from activities.models import Objection, RoleModel
from practice_portal.lib.filters import Filter
from stations.models import Station


class WallFilter(Filter):
    """Which role models to show; everything may stay empty."""

    category = forms.ChoiceField(
        required=False,
        choices=[("", "全部"), *RoleModel.Category.choices],
        error_messages={"invalid_choice": "没有看懂您要看哪一种，请在下面选一个。"},
    )
    year = forms.TypedChoiceField(
        label="哪一年评的",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "那一年没有评过，请从列表里重新选。"},
        widget=forms.Select({"class": "form-select"}),
    )

    def __init__(self, data, years: list[int]):
        super().__init__(data)
        self.fields["year"].choices = [("", "所有年份"), *((year, f"{year}年") for year in years)]

    @property
    def label(self) -> str:
        category = self.chosen.get("category")
        return RoleModel.Category(category).label if category else "身边的榜样"

    def narrow(self, rows, *, by_category=True):
        if year := self.chosen.get("year"):
            rows = rows.filter(recognised_on__year=year)
        if by_category and (category := self.chosen.get("category")):
            rows = rows.filter(category=category)
        return rows


def _in_our_look(form) -> None:
    for field in form.fields.values():
        if isinstance(field.widget, forms.Select):
            field.widget.attrs["class"] = "form-select"
        elif not isinstance(field.widget, forms.CheckboxInput):
            field.widget.attrs["class"] = "form-control"


class NominationForm(forms.ModelForm):
    """推荐身边好人: a neighbour tells of somebody, and leaves a number to be asked at."""

    agrees = forms.BooleanField(
        label="我同意：社区为核实这件事留下我的姓名和手机号，到时候自动删除，不公开",
        error_messages={"required": "请先勾上这一条：不留姓名和手机号，社区没法找您核实。"},
    )

    class Meta:
        model = RoleModel
        fields = [
            *("station", "category", "name", "deed", "asked"),
            *("nominator_name", "nominator_phone"),
        ]
        labels = {
            "station": "住在哪个社区",
            "category": "推荐评什么",
            "name": "推荐谁",
            "deed": "做了什么好事",
            "asked": "本人知道您推荐吗",
            "nominator_name": "您的姓名",
            "nominator_phone": "您的手机号",
        }
        help_texts = {
            "name": "写姓名；推荐一家人的，写“某某家庭”。",
            "deed": "哪一年、帮了谁、怎么做的，三五句就行。别写电话号码。",
            "asked": "不知道也能推荐。社区会先问本人，本人不愿意就不公开。",
            "nominator_phone": "社区打这个电话跟您核实，不公开。",
        }
        error_messages = {
            "station": {
                "required": "请选住在哪个社区。",
                "invalid_choice": "没有找到您选的社区，请从列表里重新选。",
            },
            "category": {"required": "请选推荐评什么，说不准就选最接近的。"},
            "name": {"required": "请写上推荐谁。"},
        }
        widgets = {"deed": forms.Textarea({"rows": 6})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        station = self.fields["station"]
        station.queryset = Station.objects.public()
        station.empty_label = "请选一个"
        self.fields["category"].choices = [("", "请选一个"), *RoleModel.Category.choices]
        required = {
            "deed": "请写几句做了什么好事。",
            "nominator_name": "请写上您的姓名。",
            "nominator_phone": "请写上您的手机号。",
        }
        for name, words in required.items():
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = words
        _in_our_look(self)
        self.fields["nominator_name"].widget.attrs["autocomplete"] = "name"
        self.fields["nominator_phone"].widget.attrs["autocomplete"] = "tel"


class ObjectionForm(forms.ModelForm):
    """对公示有不同意见: what, and who can be asked about it."""

    agrees = forms.BooleanField(
        label="我同意：街道为查清这件事留下我的姓名和手机号，到时候自动删除，不公开",
        error_messages={"required": "请先勾上这一条：不留姓名和手机号，街道没法找您了解情况。"},
    )

    class Meta:
        model = Objection
        fields = ["text", "name", "phone"]
        labels = {"text": "您有什么不同意见", "name": "您的姓名", "phone": "您的手机号"}
        help_texts = {
            "text": "写清楚哪一点不对、您怎么知道的。",
            "phone": "只有工作人员看得到，不告诉被推荐的人。",
        }
        error_messages = {
            "text": {"required": "请写上您的意见。"},
            "name": {"required": "请写上您的姓名。"},
            "phone": {"required": "请写上您的手机号。"},
        }
        widgets = {"text": forms.Textarea({"rows": 6})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _in_our_look(self)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"
