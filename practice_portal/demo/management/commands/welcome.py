from django.core.management.base import BaseCommand

from practice_portal.demo.loader import ACCOUNTS, Password, is_loaded
from stations.models import User


class Command(BaseCommand):
    help = "Say where to look and how to log in."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, port, **options):
        address = f"http://127.0.0.1:{port}"
        self.stdout.write("")
        self.stdout.write(f"  居民网站  residents   {address}/")
        self.stdout.write(f"  工作后台  staff       {address}/admin/")
        self.stdout.write("")
        if is_loaded():
            self._tell_accounts()
        else:
            self.stdout.write("  还没有账号时，请先建一个管理员账号 (make the first account):")
            self.stdout.write("    python manage.py createsuperuser")
        self.stdout.write("")

    def _tell_accounts(self) -> None:
        password = Password().known()
        users = {user.username: user for user in User.objects.filter(is_active=True)}
        seen: dict[str, bool] = {}
        self.stdout.write("  演示账号 (demo accounts):")
        for account in ACCOUNTS:
            user = users.get(account.username)
            if user is None:
                note = "  （账号已停用或删除）"
            else:
                opens = password and Password.opens(user, password, seen)
                note = "" if opens else "  （密码已另改）"
            words = f"{account.role}，{account.purpose}{note}"
            self.stdout.write(f"    {account.username:<12} {words}")
        if password:
            self.stdout.write(f"  密码 (password): {password}")
        else:
            self.stdout.write("  密码是首次装载时的 DEMO_PASSWORD (as set at the first load)。")
