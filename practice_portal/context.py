"""What every page knows: the centre, whether the demo street is loaded, the chosen type size."""

from django.conf import settings
from django.db.models import Exists
from django.utils.functional import SimpleLazyObject

from practice_portal.demo.models import DemoRow
from practice_portal.lib import second_factor
from stations.models import Station
from stations.showing import staff_bar

LARGE_TEXT_COOKIE = "large_text"


def _centre():
    """The centre's own row is the site's settings; one query tells of the demo street, too."""
    rows = Station.objects.filter(tier=Station.Tier.CENTRE)
    return rows.annotate(is_demo=Exists(DemoRow.objects.all())).first()


def portal(request) -> dict:
    return {
        "centre": SimpleLazyObject(_centre),
        "ladder": settings.LADDER,
        "large_text": request.COOKIES.get(LARGE_TEXT_COOKIE) == "1",
        "second_factor_is_offered": second_factor.is_offered(),
        "site": settings.SITE,
        "staff_bar": SimpleLazyObject(lambda: staff_bar(request)),
    }
