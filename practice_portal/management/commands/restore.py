from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from practice_portal.lib.backup import BackupError, restore, what_is_there

WORD = "覆盖"


class Command(BaseCommand):
    help = "Put back an archive of `backup`, all of it or nothing. Stop the portal before."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="instead of what is there now")
        parser.add_argument("--no-input", action="store_true", help="with --replace: do not ask")

    def handle(self, *, file, replace, no_input, **options):
        if replace and not no_input and (there := what_is_there()):
            self._ask(there)
        try:
            manifest = restore(file, replace=replace, say=self.stdout.write)
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(
            f"已恢复{rows}行和{len(manifest['files'])}个文件，逐表核对无误。"
            f"备份做于{manifest['created_at']}；所有人需要重新登录。"
        )

    def _ask(self, there: list[str]) -> None:
        self.stdout.write(f"{'和'.join(there)}会被备份里的内容替换，换掉就找不回来了。")
        try:
            answer = input(f"确实要这样做，请输入“{WORD}”：")
        except EOFError:
            answer = ""
        if answer.strip() != WORD:
            raise CommandError("没有恢复，数据和原来一样。")
