import json
import re
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from practice_portal.lib import metrics
from practice_portal.lib.metrics import Metric, Number, Period


class Command(BaseCommand):
    help = "Count the published figures on a day; a flow since its own beginning or a given day."

    def add_arguments(self, parser):
        parser.add_argument("--on", help="the day, for example 2020-04-25; today when left out")
        parser.add_argument("--since", help="where flows begin, for example 2019-01-01")
        parser.add_argument("--all", action="store_true", help="those of the months, too")
        parser.add_argument("--json", action="store_true", help="as a list of objects")

    def handle(self, *, on, since, **options):
        on = _day("--on", on) if on else timezone.localdate()
        since = _day("--since", since) if since else None
        for day in filter(None, (on, since)):
            if not 1949 <= day.year <= 9998:
                raise CommandError(f"{day} is not a day of this street.")
        if since and since > on:
            raise CommandError(f"--since {since} is after --on {on}.")
        questions = [(metric, metric.period(on, since)) for metric in _chosen(options["all"])]
        values = metrics.figures(questions)
        rows = [_row(*question, value) for question, value in zip(questions, values, strict=True)]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{on}")
        for heading, of_heading in groupby(rows, key=lambda row: row["heading"]):
            self.stdout.write(f"\n{heading}")
            for row in of_heading:
                value = "不详" if row["value"] is None else f"{row['value']:,} {row['unit']}"
                since = f"（{row['since']}以来）" if row["since"] else ""
                self.stdout.write(f"{value:>12}  {row['label']}{since}  {row['code']}")


def _day(option: str, text: str) -> date:
    try:
        # fromisoformat alone would take 20200425 and 2020-W17-6, too.
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise CommandError(f"{option} {text} is not a day; write it like 2020-04-25.")


def _chosen(everything: bool) -> list[Metric]:
    if not everything:
        return metrics.published()
    return sorted(metrics.declared().values(), key=lambda metric: metric.heading)


def _row(metric: Metric, period: Period, value: Number) -> dict:
    return {
        "code": metric.code,
        "heading": metric.heading.value,
        "label": metric.label,
        "unit": metric.unit,
        "since": period.since and period.since.isoformat(),
        "on": period.on.isoformat(),
        "value": float(value) if isinstance(value, Decimal) else value,
    }
