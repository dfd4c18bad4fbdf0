from datetime import date

from django.core.management.base import BaseCommand
from django.db import transaction

from stations.models import PLACEHOLDER, Station

CENTRE = "钢城街道"
# 南湖 is the one community that the centre's own publication names (DESIGN §2.6).
NAMED = [("nanhu", "南湖社区")]
COMMUNITIES = 14
# “截止2019年底14个社区新时代文明实践所全部建成”; the street corrects single dates in the admin.
BUILT_BY = date(2019, 12, 31)


class Command(BaseCommand):
    help = "Make the centre's row and its 14 stations; what exists already is left as it is."

    @transaction.atomic
    def handle(self, **options):
        if Station.objects.centre() is None:
            Station.objects.create(
                tier=Station.Tier.CENTRE,
                name=CENTRE,
                slug="centre",
                position=0,
                started_on=BUILT_BY,
            )
            self.stdout.write(f"中心：{CENTRE}")
        placeholders = [
            (f"station-{number:02}", f"{PLACEHOLDER}社区{number:02}")
            for number in range(1, COMMUNITIES - len(NAMED) + 1)
        ]
        for position, (slug, name) in enumerate([*NAMED, *placeholders], start=1):
            # A renamed station keeps its slug, so that it is not made a second time.
            station, is_new = Station.objects.get_or_create(
                slug=slug,
                defaults={
                    "name": name,
                    "position": position,
                    "started_on": BUILT_BY,
                    "is_public": PLACEHOLDER not in name,
                },
            )
            if is_new:
                self.stdout.write(f"实践所：{station}")
        self.stdout.write(f"现有{Station.objects.stations().count()}个实践所。")
