"""近12个月: the five key figures of the street, or of one station, each against its own past."""

from practice_portal.lib import metrics
from practice_portal.lib.charts import Bar, Chart
from practice_portal.lib.months import FIRST_MONTH, Month
from reports.sheets import KEY_FIGURES, Counted
from stations.models import Station

MONTHS = 12


def charts_of(month: Month, station: Station | None = None) -> list[Chart]:
    """A chart for each key figure, up to a month; the same numbers as on the months' own pages."""
    months = [month - back for back in reversed(range(MONTHS)) if month - back >= FIRST_MONTH]
    declared = metrics.declared()
    counted = Counted(months, [declared[code] for code in KEY_FIGURES])
    values = {
        each: counted.values(each, station.pk) if station else counted.totals[each]
        for each in months
    }
    months = _since_there_is_something(months, values)
    return [
        Chart(
            code=f"chart-{place + 1}",
            title=title,
            unit=declared[code].unit,
            bars=[Bar(_label(each, months[0]), values[each][place]) for each in months],
        )
        for place, (code, title) in enumerate(KEY_FIGURES.items())
    ]


def _since_there_is_something(months: list[Month], values: dict) -> list[Month]:
    """Without the months at the beginning of which the portal knows nothing at all."""
    known = [place for place, month in enumerate(months) if any(values[month])]
    return months[min(known, default=len(months) - 1) :]


def _label(month: Month, first: Month) -> str:
    """The year where it begins."""
    return month.label if month == first or month.month == 1 else f"{month.month}月"
