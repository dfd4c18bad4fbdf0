"""What residents ask of the list of teams."""

from django import forms

from stations.forms import StationFilter
from volunteers.models import Team


class TeamFilter(StationFilter):
    """Which teams to list."""

    kind = forms.ChoiceField(
        label="做哪一类事",
        required=False,
        choices=[("", "各类都看"), *Team.Kind.choices],
        error_messages={"invalid_choice": "没有找到您选的类别，请从列表里重新选。"},
    )

    @property
    def kind_label(self) -> str:
        kind = self.chosen.get("kind")
        return Team.Kind(kind).label if kind else "各类都看"
