from django.core.management.base import BaseCommand

from stations.accounts import close, finished_accounts


class Command(BaseCommand):
    help = "Close the accounts whose last posting has ended; run daily, safe to run again."

    def handle(self, **options):
        for user in finished_accounts():
            close(user)
            self.stdout.write(f"账号 {user.username} 的任职都已结束，已停用。")
