from django.core.management.base import BaseCommand, CommandError

from practice_portal.demo.loader import Loader, Refused, refuse_foreign_rows, summary


class Command(BaseCommand):
    help = "Load the demo street (演示数据); run again on a later day, it tops up the present."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="leave a database that is not the demo street's as it is, and say so",
        )

    def handle(self, *, if_empty, **options):
        try:
            # Asked once before the transaction, so that a refusal waits for no lock.
            refuse_foreign_rows()
            Loader(self._say).run()
        except Refused as refusal:
            if if_empty:
                self._say(f"没有装载演示数据：{refusal}")
                return
            raise CommandError(str(refusal)) from refusal
        self._say(summary())

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
