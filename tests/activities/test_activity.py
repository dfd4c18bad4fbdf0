import pytest
from django.core.exceptions import ValidationError

from activities.models import Activity
from practice_portal.lib.workflow import IllegalStep
from tests.factories import make_activity, make_session, make_station


@pytest.fixture
def draft(station):
    activity = make_activity(station=station, status="draft")
    make_session(activity=activity)
    return activity


def refusal_of(activity, by) -> str:
    with pytest.raises(IllegalStep) as refused:
        activity.take("publish", by=by)
    activity.refresh_from_db()
    assert activity.status == Activity.Status.DRAFT
    return refused.value.message


def test_activity_publish_shows_it_to_residents(draft, clerk):
    assert list(Activity.objects.published()) == []

    draft.take("publish", by=clerk)

    assert list(Activity.objects.published()) == [draft]


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"text": ""}, "发布前请先填写内容。"),
        ({"risk_notice": " "}, "发布前请先填写要留意。"),
        ({"requirements": ""}, "发布前请先填写谁能来。"),
        (
            {"text": "", "risk_notice": "", "requirements": ""},
            "发布前请先填写内容、要留意、谁能来。",
        ),
    ],
)
def test_activity_publish_names_what_is_missing(draft, clerk, missing, sentence):
    Activity.objects.filter(pk=draft.pk).update(**missing)

    assert refusal_of(draft, clerk) == sentence


def test_activity_publish_needs_a_phone_that_answers(draft, clerk, station):
    type(station).objects.update(phone="")

    message = refusal_of(Activity.objects.get(), clerk)
    assert message == "发布前请先填写联系电话，居民有事要找得到人。"

    Activity.objects.update(contact_phone="0937-6000009")
    Activity.objects.get().take("publish", by=clerk)


def test_activity_publish_needs_a_session_that_takes_place(station, clerk):
    activity = make_activity(station=station, status="draft")
    make_session(activity=activity, status="cancelled")

    assert refusal_of(activity, clerk) == "发布前请至少填一个场次，写上哪天几点开始。"


def test_activity_withdraw_needs_a_reason_and_can_be_undone(draft, clerk):
    draft.take("publish", by=clerk)
    with pytest.raises(IllegalStep):
        draft.take("withdraw", by=clerk)
    draft.take("withdraw", by=clerk, remark="时间没定")
    assert list(Activity.objects.published()) == []

    draft.take("publish", by=clerk)

    assert list(Activity.objects.published()) == [draft]


def test_activity_of_a_station_that_is_not_public_is_not_shown(db):
    make_activity(station=make_station(is_public=False))

    assert list(Activity.objects.published()) == []


def test_activity_phone_is_its_own_or_the_stations(station):
    assert make_activity(station=station).phone == station.phone
    assert make_activity(station=station, contact_phone="0937-6000009").phone == "0937-6000009"


def test_published_activity_keeps_somebody_to_ring(db):
    activity = make_activity(contact_phone="0937-6000009")
    activity.station.phone = activity.contact_phone = ""

    with pytest.raises(ValidationError) as refused:
        activity.full_clean()

    assert refused.value.message_dict == {
        "contact_phone": ["已发布的活动要有联系电话，居民有事要找得到人。"]
    }
