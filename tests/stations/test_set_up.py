"""set_up_street and set_up_roles: what a street begins with; safe to run again."""

from io import StringIO

from django.contrib.auth.models import Group
from django.core.management import call_command

from stations.models import Station


def run(command):
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def test_set_up_street_makes_the_centre_and_fourteen_stations(db):
    run("set_up_street")

    stations = list(Station.objects.values_list("name", "is_public"))
    assert stations[:3] == [("钢城街道", True), ("南湖社区", True), ("待确认社区01", False)]
    assert stations[-1] == ("待确认社区13", False)
    assert len(stations) == 15


def test_set_up_street_again_leaves_what_is_there(db):
    run("set_up_street")
    renamed = Station.objects.get(slug="station-01")
    renamed.name = "示例改名社区"
    renamed.save()

    run("set_up_street")

    assert Station.objects.count() == 15
    assert Station.objects.get(slug="station-01").name == "示例改名社区"


def test_set_up_roles_gives_only_the_centre_users_and_review(db):
    run("set_up_roles")
    run("set_up_roles")

    may = {
        group.name: set(group.permissions.values_list("codename", flat=True))
        for group in Group.objects.all()
    }
    assert set(may) == {"中心管理员", "实践所负责人", "社区工作人员"}
    of_the_centre = {"add_user", "change_posting", "review_monthlysummary"}
    assert of_the_centre <= may["中心管理员"]
    assert not of_the_centre & (may["实践所负责人"] | may["社区工作人员"])
    assert "add_activity" in may["社区工作人员"]
    assert not any("delete_user" in codes for codes in may.values())


def test_set_up_roles_takes_back_what_is_not_in_the_table(db):
    run("set_up_roles")
    clerks = Group.objects.get(name="社区工作人员")
    clerks.permissions.add(*Group.objects.get(name="中心管理员").permissions.all())

    run("set_up_roles")

    assert not clerks.permissions.filter(codename="add_user").exists()
