"""Near me: the community or compound that a visitor has chosen, kept in a cookie.

The cookie says `nanhu` or `nanhu.12`, the station's slug and the compound's key. It is typed by
nobody and believed from nobody: what is no public station (any more) is as if nothing was chosen.
"""

import re
from dataclasses import dataclass

from stations.models import Compound, Station

COOKIE = "near"
_COOKIE = re.compile(r"(?P<slug>[-\w]{1,50})(?:\.(?P<compound>[0-9]{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class Near:
    """A public station, and the compound where that is what was chosen."""

    station: Station
    compound: Compound | None = None

    @property
    def name(self) -> str:
        return self.compound.name if self.compound else self.station.name

    @property
    def cookie(self) -> str:
        return f"{self.station.slug}.{self.compound.pk}" if self.compound else self.station.slug


def find(text: str) -> Near | None:
    """What a cookie or a link names, if residents may see it; at most two queries."""
    named = _COOKIE.fullmatch(text)
    if not named:
        return None
    station = Station.objects.public().filter(slug=named["slug"]).first()
    if station is None:
        return None
    compound = named["compound"] and station.compounds.filter(pk=int(named["compound"])).first()
    return Near(station, compound or None)


def of(request) -> Near | None:
    """What this visitor has chosen."""
    return find(request.COOKIES.get(COOKIE, ""))
