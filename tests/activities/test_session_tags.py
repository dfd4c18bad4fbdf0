from datetime import timedelta

from activities.templatetags.sessions import where
from tests.factories import at, make_activity, make_session, make_station, make_venue

NOW = at("2026-11-24", "10:00")


def test_where_names_the_community_once(db):
    station = make_station(name="南湖社区", address="示例路8号")
    room = make_venue(station=station, name="一楼大厅")
    activity = make_activity(station=station)

    assert where(make_session(activity=activity, venue=room)) == "南湖社区一楼大厅"
    outside = make_session(activity=activity, address="3号楼前空地")
    assert where(outside) == "南湖社区，3号楼前空地"
    assert where(make_session(activity=activity)) == "南湖社区，示例路8号"
    station.address = ""
    station.save()
    nowhere = make_session(activity=activity, starts_at=NOW + timedelta(days=1))
    nowhere.activity.refresh_from_db()
    assert where(nowhere) == "南湖社区"
