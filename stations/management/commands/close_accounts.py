from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from stations.accounts import close, finished_accounts


class Command(BaseCommand):
    help = "Close the accounts whose last posting has ended; run daily, safe to run again."

    def handle(self, **options):
        failed = 0
        for user in finished_accounts():
            try:
                with transaction.atomic():
                    close(user)
            except Exception as error:
                # One account that fails is no reason to leave the others open.
                failed += 1
                self.stderr.write(f"账号{user.pk}没有停用，{type(error).__name__}")
                continue
            self.stdout.write(f"账号 {user.username} 的任职都已结束，已停用。")
        if failed:
            raise CommandError(f"{failed} accounts could not be closed.")
