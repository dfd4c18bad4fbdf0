from django.core.management.base import BaseCommand, CommandError

from practice_portal.lib import personal_data


class Command(BaseCommand):
    help = (
        "Forget the personal data whose keep-time (settings.KEEP_TIMES) is over; without --yes it "
        "only says what it would forget. Safe to run again; every figure stays as it is."
    )

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="do it, and not only say it")

    def handle(self, *, yes, **options):
        failed = []
        for label, forget in personal_data.tasks():
            try:
                found = forget(not yes)
            except Exception as error:
                # One kind that fails is no reason to keep the others.
                failed.append(label)
                self.stderr.write(f"{label}：没有办成，{type(error).__name__}")
                continue
            self.stdout.write(f"{label}：{found}")
            if found.failed:
                failed.append(label)
                self.stderr.write(f"{label}：{found.failed}条没有办成，日志里有编号")
        if failed:
            raise CommandError(f"{len(failed)} kinds could not be forgotten.")
        if not yes:
            self.stdout.write("以上只是清点，什么都没有改。要真的清除，请加上 --yes 再运行。")
