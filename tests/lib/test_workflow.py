import dataclasses
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from practice_portal.lib.workflow import IllegalStep, Step
from services.models import Demand, Whistle
from stations.models import User
from tests.factories import (
    make_demand,
    make_entry,
    make_partner_unit,
    make_summary,
    make_user,
    make_whistle,
)


def lines_of(row) -> list[tuple]:
    return list(row.changes.values_list("step", "from_status", "to_status", "by", "remark"))


def in_database(row) -> dict:
    return type(row).objects.filter(pk=row.pk).values().get()


def on_instance(row) -> dict:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def refuses(row, step: str, **options) -> str:
    """Take a step that must be refused and leave no trace; answers what it says."""
    before = in_database(row)
    with pytest.raises(IllegalStep) as refused:
        row.take(step, **options)
    assert in_database(row) == before
    assert on_instance(row) == before
    assert lines_of(row) == []
    return refused.value.message


@pytest.fixture
def step_with(monkeypatch):
    """Change one step of a workflow for the length of a test."""

    def change(model, name: str, **changes) -> Step:
        step = dataclasses.replace(model.steps[name], **changes)
        monkeypatch.setitem(model.steps, name, step)
        return step

    return change


def test_take_saves_the_status_and_writes_a_line(clerk):
    demand = make_demand()
    before = timezone.now()

    demand.take("accept", by=clerk, remark="明天去看")

    assert demand.status == Demand.Status.ACCEPTED
    assert on_instance(demand) == in_database(demand)
    assert lines_of(demand) == [("accept", "submitted", "accepted", clerk.pk, "明天去看")]
    line = demand.changes.get()
    assert before <= line.at <= timezone.now()
    assert line.label == "受理"
    assert str(line).endswith(" 受理")


def test_take_without_a_person_is_the_systems_own(db):
    demand = make_demand()

    demand.take("accept")

    assert lines_of(demand) == [("accept", "submitted", "accepted", None, "")]


def test_take_sets_values_and_stamps(clerk):
    demand = make_demand(status="accepted")

    demand.take("complete", by=clerk, result="教会了视频通话。")

    demand.refresh_from_db()
    assert (demand.status, demand.result) == ("completed", "教会了视频通话。")
    assert demand.completed_on == timezone.localdate()


def test_take_leaves_a_stamp_that_is_there(clerk, station):
    whistle = make_whistle(lead_unit=make_partner_unit())
    responded_on = timezone.localdate() - timedelta(days=3)

    whistle.take("respond", by=clerk, responded_on=responded_on)

    assert in_database(whistle)["responded_on"] == responded_on


def test_take_refuses_a_step_that_is_not_open(clerk):
    demand = make_demand()

    assert refuses(demand, "complete", by=clerk, result="好") == "现在是“待受理”，不能办结。"


def test_take_refuses_when_somebody_was_quicker(clerk, other_clerk):
    demand = make_demand()
    seen_by_the_other = Demand.objects.get()
    demand.take("accept", by=clerk)

    with pytest.raises(IllegalStep) as refused:
        seen_by_the_other.take("return", by=other_clerk, remark="重复")

    assert refused.value.message == "刚刚已经有人把它改成“已受理”了，请刷新页面再看。"
    assert seen_by_the_other.status == Demand.Status.ACCEPTED
    assert [line[0] for line in lines_of(demand)] == ["accept"]


def test_take_refuses_a_stale_instance_even_where_the_step_is_open_again(clerk):
    """What was read as submitted and is accepted by now is not returned unseen."""
    demand = make_demand()
    stale = Demand.objects.get()
    Demand.objects.update(status=Demand.Status.ACCEPTED)

    with pytest.raises(IllegalStep):
        stale.take("return", by=clerk, remark="重复")

    demand.refresh_from_db()
    assert demand.status == Demand.Status.ACCEPTED


def test_take_drops_what_was_set_and_not_saved(clerk):
    demand = make_demand(title="想学用手机")
    demand.title = "别的"

    demand.take("accept", by=clerk)

    assert demand.title == in_database(demand)["title"] == "想学用手机"


@pytest.mark.parametrize("result", ["", "  ", "\n"])
def test_take_refuses_while_something_is_missing(clerk, result):
    demand = make_demand(status="accepted")

    message = refuses(demand, "complete", by=clerk, result=result)

    assert message == "办结前请先填写办得怎样。"


def test_take_names_everything_that_is_missing(clerk, step_with):
    step_with(Whistle, "respond", requires=("lead_unit", "result"))

    assert refuses(make_whistle(), "respond", by=clerk) == "报到前请先填写牵头单位、怎么解决的。"


def test_take_refuses_a_value_that_its_field_refuses(clerk):
    demand = make_demand(status="accepted")

    message = refuses(demand, "complete", by=clerk, result="好", contact_phone="123")

    assert message == "手机号是1开头的11位数字，请再看一遍。"


@pytest.mark.parametrize("remark", ["", "  "])
def test_take_refuses_without_the_remark_it_needs(clerk, remark):
    demand = make_demand()

    message = refuses(demand, "return", by=clerk, remark=remark)

    assert message == "退回时请写上意见，好让对方知道怎么办。"


def test_take_refuses_whoever_lacks_the_permission(clerk, station):
    summary = make_summary(station=station, status="submitted")
    reviewer = make_user()
    reviewer.user_permissions.add(Permission.objects.get(codename="review_monthlysummary"))

    assert refuses(summary, "approve", by=clerk) == "您的岗位不能通过，请找有这个权限的同事。"
    summary.take("approve", by=User.objects.get(pk=reviewer.pk))
    assert summary.status == "approved"


def test_take_refuses_the_author_named_by_a_field(clerk, director):
    entry = make_entry(entered_by=clerk)

    assert refuses(entry, "confirm", by=clerk) == "自己经手的不能自己确认，请另一位同事来办。"
    entry.take("confirm", by=director)
    assert entry.status == "confirmed"


def test_take_refuses_the_person_of_an_earlier_step(clerk, other_clerk, step_with):
    step_with(Demand, "complete", not_by=("accept",))
    demand = make_demand()
    demand.take("accept", by=clerk)

    with pytest.raises(IllegalStep, match="自己经手的不能自己办结"):
        demand.take("complete", by=clerk, result="好")
    demand.take("complete", by=other_clerk, result="好")

    assert [line[3] for line in lines_of(demand)] == [clerk.pk, other_clerk.pk]


def test_take_looks_at_the_last_time_of_the_earlier_step(clerk, other_clerk, director, station):
    """Handed in by one, returned, handed in by another: it is the last who may not approve."""
    summary = make_summary(station=station)
    summary.take("submit", by=director)
    summary.take("return", by=director, remark="缺打算")
    summary.take("submit", by=clerk)

    summary.take("approve", by=director)

    assert summary.status == "approved"


def test_take_check_refuses_before_anything_is_changed(clerk, step_with, monkeypatch):
    step_with(Demand, "accept", check="refuse_always")

    def refuse_always(self):
        raise IllegalStep("今天不受理。")

    monkeypatch.setattr(Demand, "refuse_always", refuse_always, raising=False)

    assert refuses(make_demand(), "accept", by=clerk, title="别的") == "今天不受理。"


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_take_with_a_failing_then_changes_nothing(clerk, step_with, monkeypatch, error):
    step_with(Demand, "accept", then="fail")
    seen = []

    def fail(self):
        seen.append((Demand.objects.get().status, self.changes.count()))
        make_whistle(station=self.station)
        raise error

    monkeypatch.setattr(Demand, "fail", fail, raising=False)
    demand = make_demand()
    before = in_database(demand)

    with pytest.raises(error):
        demand.take("accept", by=clerk, title="别的")

    assert seen == [("accepted", 1)]  # it had been saved
    assert in_database(demand) == on_instance(demand) == before
    assert lines_of(demand) == []
    assert not Whistle.objects.exists()


def test_take_of_an_unknown_step_is_a_programmers_error(clerk):
    with pytest.raises(KeyError):
        make_demand().take("fly", by=clerk)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("submitted", ["accept", "return"]),
        ("accepted", ["return", "complete"]),
        ("returned", []),
        ("completed", []),
    ],
)
def test_open_steps_lead_on_from_here(db, status, expected):
    assert list(make_demand(status=status).open_steps()) == expected


def test_change_line_of_a_step_that_is_gone_keeps_its_name(db, monkeypatch):
    demand = make_demand()
    demand.take("accept")
    monkeypatch.delitem(Demand.steps, "accept")

    assert demand.changes.get().label == "accept"
