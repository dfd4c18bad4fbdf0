from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from practice_portal.lib.backup import BackupError, backup


class Command(BaseCommand):
    help = "Write every row and every uploaded file into one archive, and read it back."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="a new file, such as /backup/2026-11-23.tar.gz")

    def handle(self, *, file, **options):
        try:
            manifest = backup(file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(
            f"已备份{rows}行（{len(manifest['tables'])}张表）和{len(manifest['files'])}个文件，"
            f"读回核对无误：{file}"
        )
        if missing := manifest["missing"]:
            self.stderr.write(
                f"有{len(missing)}个文件在数据库里有记录、磁盘上没有，例如 {missing[0]}。"
                "请在工作台里重新上传。"
            )
