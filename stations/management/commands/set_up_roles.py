from django.core.management.base import BaseCommand

from stations.roles import set_up_roles


class Command(BaseCommand):
    help = "Make the three roles with their permissions; run again after every upgrade."

    def handle(self, **options):
        for group in set_up_roles():
            self.stdout.write(f"{group.name}：{group.permissions.count()}项权限")
