"""谁来做: stations of which residents see no team."""

from practice_portal.lib.checkups import Checkup, add_url, lacking, of_rows
from volunteers.models import Team

CHECKUPS = [
    Checkup(
        code="volunteers.no_team",
        label="“志愿者队伍”栏目是空的",
        sound="志愿者队伍都登记了",
        advice="把常来帮忙的队伍登记上，写一句做什么，居民和志愿者才找得到。",
        find=of_rows(
            lacking(lambda asked: Team.objects.in_force(asked.today)),
            url=add_url("volunteers_team"),
        ),
    ),
]
