from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from practice_portal.lib.workflow import IllegalStep
from tests.factories import days_away, make_entry, make_station, make_user, make_volunteer
from volunteers.models import ServiceEntry


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hours", Decimal("3.0")),
        ("served_on", days_away(-2)),
        ("reason", "别的"),
        ("kind", "signed_in"),
        ("source", "elsewhere"),
        ("station", make_station),
        ("volunteer", make_volunteer),
    ],
)
@pytest.mark.parametrize("read_anew", [True, False])
def test_service_entry_is_never_rewritten(db, field, value, read_anew):
    entry = make_entry(hours=Decimal("2.5"))
    before = ServiceEntry.objects.values().get()
    if read_anew:
        entry = ServiceEntry.objects.get()
    setattr(entry, field, value() if callable(value) else value)

    with pytest.raises(ValueError, match="never rewritten"):
        entry.save()
    assert ServiceEntry.objects.values().get() == before


def test_service_entry_is_not_rewritten_by_a_step_either(clerk, director):
    entry = make_entry(entered_by=clerk)

    with pytest.raises(ValueError, match="never rewritten"):
        entry.take("confirm", by=director, hours=Decimal("9"))

    assert list(ServiceEntry.objects.values_list("hours", "status")) == [
        (Decimal("2.5"), "entered")
    ]


def test_service_entry_saved_as_it_is_stays(db):
    make_entry(hours=Decimal("2.5"))
    entry = ServiceEntry.objects.get()
    entry.save()

    partly = ServiceEntry.objects.only("status").get()
    partly.save()

    assert ServiceEntry.objects.get().hours == Decimal("2.5")


def test_service_entry_is_confirmed_by_somebody_else(clerk, lead):
    entry = make_entry(entered_by=clerk)

    with pytest.raises(IllegalStep) as refused:
        entry.take("confirm", by=clerk)
    assert refused.value.message == "自己经手的不能自己确认，请另一位同事来办。"
    assert not ServiceEntry.objects.confirmed().exists()

    entry.take("confirm", by=lead)

    assert list(ServiceEntry.objects.confirmed()) == [entry]


def test_service_entry_of_a_superuser_needs_a_second_person_too(db):
    root = make_user(is_superuser=True)

    with pytest.raises(IllegalStep):
        make_entry(entered_by=root).take("confirm", by=root)


def test_service_entry_is_rejected_with_a_reason(clerk, lead):
    entry = make_entry(entered_by=clerk)

    with pytest.raises(IllegalStep):
        entry.take("reject", by=lead)
    entry.take("reject", by=lead, remark="那天没来")

    assert entry.open_steps() == {}
    assert not ServiceEntry.objects.confirmed().exists()


def test_service_entry_counts_once_for_a_volunteer_and_a_source(db):
    entry = make_entry(source="session-1")
    make_entry(source="session-1")  # another volunteer
    make_entry(volunteer=entry.volunteer, source="session-2")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_entry(volunteer=entry.volunteer, source="session-1")

    assert ServiceEntry.objects.count() == 3


@pytest.mark.parametrize(
    ("hours", "is_fine"),
    [("0", False), ("0.5", True), ("12", True), ("12.5", False), ("-1", False)],
)
def test_service_entry_hours_are_those_of_one_day(db, hours, is_fine):
    def enter():
        with transaction.atomic():
            make_entry(hours=Decimal(hours))

    if is_fine:
        enter()
    else:
        with pytest.raises(IntegrityError):
            enter()
    assert ServiceEntry.objects.count() == is_fine


def test_service_entry_is_of_today_at_the_latest(db):
    entry = make_entry(served_on=timezone.localdate())
    entry.full_clean()

    later = ServiceEntry(served_on=timezone.localdate() + timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        later.clean()

    assert refused.value.message_dict == {
        "served_on": ["服务结束以后才能记时长，日期不能在今天之后。"]
    }


def test_service_entry_text_masks_the_name(db):
    entry = make_entry(volunteer=make_volunteer(number="T900001", name="宋示例"))

    assert str(entry).endswith("给邻居理发，T900001 宋**")
    assert "宋示例" not in str(entry)
