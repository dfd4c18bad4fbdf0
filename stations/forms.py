"""What residents ask of the stations' pages."""

import unicodedata

from django import forms

from practice_portal.lib.filters import Filter
from stations.models import Article, Station

#: What one says along with a compound's name: 胡杨小区 is found as 胡杨, too.
_COMMON = ("小区", "社区", "家属院", "花园", "苑")
SHORTEST = 2


class WhereForm(forms.Form):
    """我住哪个小区: a few characters of its name, and the page to go back to."""

    q = forms.CharField(
        label="小区或社区的名字",
        required=False,
        max_length=20,
        help_text="打两个字就行，平时怎么叫就怎么打。",
        error_messages={"max_length": "名字太长了，打两三个字就行。"},
        widget=forms.TextInput(
            attrs={"class": "form-control", "type": "search", "autocomplete": "off"}
        ),
    )
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def clean_q(self) -> str:
        words = "".join(unicodedata.normalize("NFKC", self.cleaned_data["q"]).split()).casefold()
        if words and len(words) < SHORTEST:
            raise forms.ValidationError("一个字太少了，请再打一个字。")
        return words

    @property
    def words(self) -> str:
        return (self.is_valid() and self.cleaned_data["q"]) or ""

    @property
    def back(self) -> str:
        """Where to go back to; also when the words were not understood."""
        self.is_valid()
        return self.cleaned_data.get("next", "")

    def matches(self, compounds: list) -> list:
        """The compounds that answer to the words, else to the words without 小区 and the like."""
        found = [each for each in compounds if each.answers_to(self.words)]
        if found:
            return found
        bare = next((self.words.removesuffix(c) for c in _COMMON if self.words.endswith(c)), "")
        is_a_name = len(bare) >= SHORTEST and bare not in _COMMON
        return [each for each in compounds if is_a_name and each.answers_to(bare)]


class ChoiceForm(forms.Form):
    """Which community, as the cookie says it; nothing forgets the choice."""

    to = forms.CharField(required=False, max_length=60)
    next = forms.CharField(required=False, max_length=2000)


class ListForm(forms.Form):
    """The list of stations by community or by compound."""

    by = forms.ChoiceField(required=False, choices=[("compound", "按小区")])


class StationFilter(Filter):
    """What a list is narrowed by: a station, and what its own list adds; all may stay empty."""

    station = forms.ChoiceField(
        label="社区",
        required=False,
        error_messages={"invalid_choice": "没有找到您选的社区，请从列表里重新选。"},
    )

    def __init__(self, data, stations: list[Station]):
        super().__init__(data)
        self.stations = {station.slug: station for station in stations}
        self.fields["station"].choices = [
            ("", "全街道"),
            *((slug, "街道中心" if s.is_centre else s.name) for slug, s in self.stations.items()),
        ]
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.widget.attrs["class"] = "form-select"

    @property
    def station_chosen(self) -> Station | None:
        return self.stations.get(self.chosen.get("station", ""))


class NewsFilter(StationFilter):
    """Which news to list."""

    year = forms.TypedChoiceField(
        label="哪一年",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "那一年没有动态，请从列表里重新选。"},
    )
    kind = forms.ChoiceField(
        required=False,
        choices=[("", "全部"), *((kind.value, kind.label) for kind in Article.NEWS)],
        error_messages={"invalid_choice": "没有看懂您要哪一类，请在下面选一个。"},
    )

    def __init__(self, data, stations: list[Station], years: list[int]):
        super().__init__(data, stations)
        self.fields["station"].label = "哪里的"
        self.fields["year"].choices = [("", "所有年份"), *((year, f"{year}年") for year in years)]

    @property
    def kind_label(self) -> str:
        kind = self.chosen.get("kind")
        return Article.Kind(kind).label if kind else "动态和通知"
