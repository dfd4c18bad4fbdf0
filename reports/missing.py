"""谁还没交: the stations that have not handed in a month, why, and whom to ring."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils import timezone

from practice_portal.lib.chinese_dates import day, moment
from practice_portal.lib.months import Month
from reports.models import MonthlySummary, MonthlySummaryChange
from stations.models import Posting, Station

#: A remark is told between quotation marks; its own become the inner ones.
INNER_QUOTES = str.maketrans("“”", "‘’")


@dataclass
class Missing:
    """One summary that the street office waits for; `summary` is None before it is drawn up."""

    station: Station
    summary: MonthlySummary | None
    returned: MonthlySummaryChange | None = None
    records: list[dict] = field(default_factory=list)  # of the history of changes, oldest first
    people: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        if self.summary is None:
            return "还没起草"
        return "退回，等修改" if self.returned else "草稿，没有交"

    @property
    def why(self) -> str:
        """Since when it lies there, and who has touched it last."""
        if self.summary is None:
            return "街道还没有起草，社区那边看不到。"
        if self.returned:
            touched = [each for each in self._edits if each["history_date"] > self.returned.at]
            when, who = moment(self.returned.at), self.returned.by or ""
            remark = self.returned.remark.rstrip("。").translate(INNER_QUOTES)
            asked = f"{when}{who}退回：“{remark}”。"
            return asked + _touched(touched, "退回以后")
        drawn_up = [each for each in self.records if each["history_type"] == "+"]
        since = f"{day(drawn_up[0]['history_date'])}起草，" if drawn_up else ""
        return since + _touched(self._edits, "起草以后")

    @property
    def _edits(self) -> list[dict]:
        """The changes of its words; a step changes the status, too, and is told of by itself."""
        pairs = zip(self.records, self.records[1:], strict=False)
        return [after for before, after in pairs if before["status"] == after["status"]]


def _touched(records: list[dict], since: str) -> str:
    if not records:
        return f"{since}社区还没有动过。"
    last = records[-1]
    return f"{last['history_user__name'] or '有人'}{moment(last['history_date'])}改过，还没有交。"


def missing_of(month: Month) -> list[Missing]:
    """In the street's order, the centre's own last; none while the month is not over."""
    if timezone.localdate() <= month.last:
        return []
    summaries = {
        summary.station_id: summary
        for summary in MonthlySummary.objects.filter(month=month).select_related("station")
    }
    stations = {station.pk: station for station in Station.objects.in_month(month)}
    stations |= {pk: summary.station for pk, summary in summaries.items()}
    found = [
        Missing(station, summaries.get(pk))
        for pk, station in stations.items()
        if pk not in summaries or summaries[pk].can_be_written
    ]
    found.sort(key=lambda each: (each.station.is_centre, each.station.position))
    _add_reasons({each.summary.pk: each for each in found if each.summary})
    _add_people({each.station.pk: each for each in found})
    return found


def _add_reasons(found: dict[int, Missing]) -> None:
    returns = MonthlySummaryChange.objects.filter(summary__in=found, step="return")
    for change in returns.select_related("by"):
        if found[change.summary_id].summary.status == MonthlySummary.Status.RETURNED:
            found[change.summary_id].returned = change  # the latest comes last
    records = MonthlySummary.history.filter(id__in=found).order_by("history_date", "history_id")
    for record in records.values(
        "id", "status", "history_date", "history_type", "history_user__name"
    ):
        found[record["id"]].records.append(record)


def _add_people(found: dict[int, Missing]) -> None:
    posts = Posting.objects.in_force().filter(station__in=found, user__isnull=False)
    for post in posts.order_by("since", "pk"):
        found[post.station_id].people.append(f"{post.name}（{post.get_duty_display()}）")
