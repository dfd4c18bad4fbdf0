import argparse

from django.core.management.base import BaseCommand, CommandError

from practice_portal.lib.months import Month
from reports.models import MonthlySummary


def month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError("月份写作2026-10这样。") from None


class Command(BaseCommand):
    help = "Draw up a month's summary for every station and for the centre; existing ones stay."

    def add_arguments(self, parser):
        parser.add_argument("month", type=month, help="for example 2026-10")

    def handle(self, *, month, **options):
        try:
            summaries = MonthlySummary.objects.draw_up(month)
        except ValueError:
            raise CommandError(f"{month.label}还没到，或者那时还没有实践所。") from None
        for summary in summaries:
            self.stdout.write(f"{summary.station} {summary.get_status_display()}")
        self.stdout.write(f"{month.label}共{len(summaries)}份总结。")
