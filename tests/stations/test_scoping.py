from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from stations.models import Station, Venue
from stations.scoping import StationScopedQuerySet, is_scoped
from tests.factories import (
    MAKERS,
    days_away,
    make_organisation,
    make_partner_unit,
    make_posting,
    make_station,
    make_team,
    make_user,
    make_venue,
)
from volunteers.models import Organisation, PartnerUnit, Team

OWN_APPS = {"stations", "volunteers", "activities", "learning", "services", "reports", "demo"}

#: Models without a station of their own: nobody lists them but through what they belong to.
WITHOUT_STATION = {
    "stations.User",
    "reports.FrozenFigure",
    "reports.FrozenLine",
    "demo.DemoRow",
}


def own_models():
    return [model for model in apps.get_models() if model._meta.app_label in OWN_APPS]


def is_part_of_another(model) -> bool:
    """Lines of a workflow and of the history of changes."""
    return model.__name__.endswith("Change") or model.__name__.startswith("Historical")


def test_scoping_every_model_has_a_station_or_stands_on_the_list():
    without = {
        model._meta.label
        for model in own_models()
        if not is_scoped(model) and not is_part_of_another(model)
    }

    assert without == WITHOUT_STATION


def test_scoping_every_model_has_a_maker():
    """A new model adds its line to MAKERS, so that the tests below see it."""
    assert {m for m in own_models() if is_scoped(m) and not is_part_of_another(m)} == set(MAKERS)


def test_scoping_every_model_shows_a_clerk_the_own_rows_only(
    centre, station, other_station, clerk, other_clerk, director
):
    wrong = []
    for model, make in MAKERS.items():
        assert issubclass(type(model._default_manager.all()), StationScopedQuerySet), model
        mine, theirs = make(station), make(other_station)
        rows = model.objects.all()
        at_station = set(rows.at(station))
        expected = {
            "own": mine in rows.managed_by(clerk) and theirs not in rows.managed_by(clerk),
            "other": theirs in rows.managed_by(other_clerk)
            and mine not in rows.managed_by(other_clerk),
            "director": {mine, theirs} <= set(rows.managed_by(director)),
            "pick": mine in rows.offered_to(clerk) and theirs not in rows.offered_to(clerk),
            "all pick": {mine, theirs} <= set(rows.offered_to(director)),
            "at": mine in at_station and theirs not in at_station,
            "nothing else": set(rows.managed_by(clerk)) <= at_station,
        }
        wrong += [(model.__name__, question) for question, ok in expected.items() if not ok]

    assert wrong == []


def test_managed_by_gives_nothing_to_whoever_is_no_active_staff(station):
    make_venue(station=station)
    people = {
        "posted": make_user(station=station),
        "inactive": make_user(station=station, is_active=False),
        "no staff": make_user(station=station, is_staff=False),
        "inactive superuser": make_user(is_superuser=True, is_active=False),
        "without posting": make_user(),
        "nobody": AnonymousUser(),
    }

    managed = {name: Venue.objects.managed_by(user).count() for name, user in people.items()}
    offered = {name: Venue.objects.offered_to(user).count() for name, user in people.items()}
    shared = {name: Team.objects.offered_to(user).count() for name, user in people.items()}

    assert managed == offered == dict.fromkeys(people, 0) | {"posted": 1}
    assert shared == dict.fromkeys(people, 0)


def test_managed_by_ends_with_the_posting(station):
    venue = make_venue(station=station)
    today, tomorrow = days_away(0), days_away(1)

    def managed(**posting):
        user = make_user()
        make_posting(station=station, user=user, **posting)
        return list(Venue.objects.managed_by(user))

    assert managed() == managed(until=tomorrow) == [venue]
    assert managed(until=today) == managed(since=tomorrow) == []


def test_managed_by_somebody_at_two_stations_gives_both(station, other_station):
    venues = [make_venue(station=station), make_venue(station=other_station)]
    make_venue()
    user = make_user(station=station)
    make_posting(station=other_station, user=user)

    assert list(Venue.objects.managed_by(user)) == venues


def test_managed_by_the_street_office_gives_all_while_it_is_posted_there(centre, station):
    venue = make_venue(station=station)
    former = make_user()
    make_posting(station=centre, user=former, until=days_away(0))

    assert list(Venue.objects.managed_by(make_user(station=centre))) == [venue]
    assert list(Venue.objects.managed_by(make_user(is_superuser=True))) == [venue]
    assert list(Venue.objects.managed_by(former)) == []


def test_managed_by_keeps_what_was_filtered_before(station, clerk, director):
    make_venue(station=station, kind="plaza")
    room = make_venue(station=station, kind="fixed")
    rooms = Venue.objects.filter(kind="fixed")

    assert list(rooms.managed_by(clerk)) == list(rooms.managed_by(director)) == [room]


def test_offered_to_a_clerk_are_the_own_and_the_streets_things(centre, station, clerk, director):
    for make, model in (
        (make_team, Team),
        (make_organisation, Organisation),
        (make_partner_unit, PartnerUnit),
    ):
        mine, streets = make(station=station), make(station=centre)
        theirs = make(station=make_station())

        assert set(model.objects.offered_to(clerk)) == {mine, streets}
        assert set(model.objects.managed_by(clerk)) == {mine}
        assert set(model.objects.offered_to(director)) == {mine, streets, theirs}


def test_stations_managed_by_a_clerk_are_the_own(centre, station, other_station, clerk, director):
    assert list(Station.objects.managed_by(clerk)) == [station]
    assert list(Station.objects.managed_by(director)) == [centre, station, other_station]
