from django.core.management.base import BaseCommand, CommandError

from practice_portal.nightly import AlreadyRunning, run_nightly


class Command(BaseCommand):
    help = "Do tonight's scheduled work (settings.NIGHTLY), each step alone; for cron or systemd."

    def handle(self, **options):
        try:
            is_ok = run_nightly(self.stdout.write)
        except AlreadyRunning:
            raise CommandError("已有一次夜间任务正在运行，这一次不做。", returncode=2) from None
        if not is_ok:
            raise CommandError("夜间任务有没成功的步骤，工作台的“夜间任务”里有记录。")
