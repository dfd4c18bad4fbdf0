"""Places in a session: who gets one, who waits, who moves up, whom to ring."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Call, Session, Signup
from activities.models.signup import CallQuerySet
from practice_portal.lib.workflow import IllegalStep
from tests.factories import make_activity, make_session, make_signup, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    """Ten places, two of them for those who just come."""
    activity = make_activity(status="published", title="剪纸班")
    made = make_session(activity=activity, capacity=10, walk_in_places=2)
    return Session.objects.get(pk=made.pk)  # as everybody finds it, not as its maker knows it


def party(session, size, **values) -> Signup:
    return make_signup(session=session, party_size=size, **values)


def seats(session) -> int:
    """What the session counts, which must be what its sign-ups add up to."""
    session.refresh_from_db()
    seated = session.signups.filter(has_seat=True)
    assert session.seats_taken == seated.aggregate(sum=Sum("party_size", default=0))["sum"]
    return session.seats_taken


# Getting a place ----------------------------------------------------------------------------------


def test_session_is_held_by_whoever_reads_its_seats(lesson):
    """Two that cancel at once must not both give back what they have read before."""
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        Session.locked(lesson.pk)

    assert ("FOR UPDATE" in asked[0]["sql"]) == connection.features.has_select_for_update


def test_places_for_walk_ins_are_not_given_away(lesson):
    party(lesson, 7)
    last = party(lesson, 1)
    late = party(lesson, 1)

    assert (last.status, late.status) == ("confirmed", "waiting")
    assert seats(lesson) == 8


def test_party_that_fits_is_seated_though_a_larger_one_waits(lesson):
    party(lesson, 7)
    large = party(lesson, 2)
    small = party(lesson, 1)

    assert (large.status, small.status) == ("waiting", "confirmed")
    passed = large.passings.get()
    assert (passed.by, passed.free, passed.wanted) == (small, 1, 2)


def test_place_given_back_between_two_looks_does_not_stay_empty(lesson, monkeypatch):
    seated = party(lesson, 8)
    look = Session.reserve

    def and_meanwhile_somebody_cancels(session, places):
        found = look(session, places)
        monkeypatch.undo()
        seated.cancel()
        return found

    monkeypatch.setattr(Session, "reserve", and_meanwhile_somebody_cancels)
    late = party(lesson, 2)

    assert (late.status, seats(lesson)) == ("confirmed", 2)


def test_nobody_signs_up_for_what_residents_know_nothing_of(lesson):
    lesson.activity.status = "draft"
    lesson.activity.save()

    with pytest.raises(ValidationError, match="居民还看不到，发布以后才能报名"):
        Signup.objects.sign_up(lesson, Signup(name="李四", phone="15400000001"), by=make_user())


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"capacity": None, "walk_in_places": 0}, "这一场不用报名，到时候直接来就行。"),
        ({"status": "cancelled"}, "这一场取消了，不用报名了。"),
        (
            {"starts_at": timezone.now() - timedelta(hours=1)},
            "这一场已经开始了，不能在网上报名。想来请打电话问问还有没有位子。",
        ),
        (
            {
                "starts_at": timezone.now() - timedelta(days=2),
                "ends_at": timezone.now() - timedelta(days=1),
            },
            "这一场已经办完了，不能再报名。",
        ),
    ],
)
def test_signup_that_cannot_be_says_why(lesson, values, sentence):
    Session.objects.filter(pk=lesson.pk).update(**values)
    lesson.refresh_from_db()

    with pytest.raises(ValidationError) as refused:
        party(lesson, 1)

    assert refused.value.messages == [sentence]
    assert not Signup.objects.exists()


def test_signup_opens_and_closes_at_set_times_but_staff_may_enter_who_rings(lesson):
    now = timezone.now()
    lesson.signup_opens_at = now + timedelta(hours=1)
    lesson.save()
    with pytest.raises(ValidationError, match="还没有开始报名"):
        party(lesson, 1)

    lesson.signup_opens_at, lesson.signup_closes_at = None, now - timedelta(hours=1)
    lesson.save()
    with pytest.raises(ValidationError, match="截止了"):
        party(lesson, 1)

    caller = Signup.objects.sign_up(
        lesson, Signup(name="孙", phone="15400000001", channel="phone"), by=make_user()
    )
    assert caller.status == "confirmed"


def test_party_larger_than_the_session_is_refused(lesson):
    with pytest.raises(ValidationError) as refused:
        party(lesson, 9)

    assert refused.value.message_dict == {
        "party_size": ["这一场能报的一共8个位子，坐不下9人。人多请打电话商量。"]
    }


def test_same_phone_takes_no_second_seat_but_may_come_back_after_cancelling(lesson):
    first = party(lesson, 1, phone="15400000001")
    with pytest.raises(ValidationError, match="这个手机号已经报过这一场了") as refused:
        party(lesson, 1, phone="15400000001")
    assert list(refused.value.message_dict) == ["phone"]
    assert seats(lesson) == 1

    first.cancel()
    again = party(lesson, 2, phone="15400000001")

    assert again.status == "confirmed"
    assert seats(lesson) == 2


def test_session_cancelled_a_moment_ago_takes_nobody(lesson):
    stale = Session.objects.get(pk=lesson.pk)
    lesson.take("cancel", remark="老师生病")

    with pytest.raises(ValidationError, match="这一场取消了"):
        party(stale, 1)


def test_database_refuses_to_count_more_than_fit(lesson):
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=lesson.pk).update(seats_taken=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        Signup.objects.bulk_create([Signup(session=lesson, party_size=1, children=2)])


def test_older_copy_of_a_session_does_not_write_the_seats(lesson):
    stale = Session.objects.get(pk=lesson.pk)
    party(lesson, 3)
    stale.address = "3号楼前"
    stale.save()

    assert seats(lesson) == 3


def test_capacity_cannot_fall_below_what_is_taken(lesson):
    stale = Session.objects.get(pk=lesson.pk)
    party(lesson, 3)
    stale.capacity = 4

    with pytest.raises(ValidationError, match="名额不能少于已经报名的人数"):
        stale.full_clean()


def test_moved_to_an_earlier_hour_the_signup_closes_with_it(lesson):
    lesson.signup_closes_at = lesson.starts_at - timedelta(minutes=30)
    lesson.save()
    lesson.starts_at -= timedelta(hours=1)
    lesson.save()

    lesson.refresh_from_db()
    assert lesson.signup_closes_at == lesson.starts_at


# Waiting and moving up ----------------------------------------------------------------------------


def test_first_whose_party_fits_moves_up_and_who_was_passed_over_is_written_down(lesson):
    leaving = party(lesson, 2)
    party(lesson, 6)
    three, two, one = party(lesson, 3), party(lesson, 2), party(lesson, 1)
    assert [three.position, two.position, one.position] == [1, 2, 3]

    leaving.cancel()

    for waiting in (three, two, one):
        waiting.refresh_from_db()
    assert [three.status, two.status, one.status] == ["waiting", "confirmed", "waiting"]
    assert seats(lesson) == 8
    passed = three.passings.get()
    assert (passed.free, passed.wanted, passed.by) == (2, 3, two)
    assert not one.passings.exists()
    assert [(call.signup, call.about) for call in Call.objects.open()] == [(two, "promoted")]


def test_seats_of_a_large_party_go_to_several(lesson):
    leaving = party(lesson, 8)
    first, second, third = party(lesson, 3), party(lesson, 5), party(lesson, 1)

    leaving.cancel()

    statuses = [Signup.objects.get(pk=each.pk).status for each in (first, second, third)]
    assert statuses == ["confirmed", "confirmed", "waiting"]


def test_who_declines_after_moving_up_lets_the_next_move_up_and_is_not_rung(lesson):
    leaving = party(lesson, 8)
    first, second = party(lesson, 8), party(lesson, 8)
    leaving.cancel()
    first.refresh_from_db()
    first.cancel()

    second.refresh_from_db()
    assert second.status == "confirmed"
    assert [call.signup for call in Call.objects.open()] == [second]
    assert first.calls.get().status == "dropped"


def test_promoted_party_that_shrinks_lets_the_next_one_in(lesson):
    leaving = party(lesson, 8)
    first, second = party(lesson, 8), party(lesson, 2)
    leaving.cancel()
    first.refresh_from_db()

    first.resize(6, 0)

    second.refresh_from_db()
    assert (first.party_size, second.status, seats(lesson)) == (6, "confirmed", 8)


def test_waiting_party_that_shrinks_may_move_up_at_once(lesson):
    party(lesson, 7)
    waiting = party(lesson, 2)

    waiting.resize(1, 0)

    assert (waiting.status, seats(lesson)) == ("confirmed", 8)


def test_party_grows_only_into_free_places_and_keeps_its_own(lesson):
    mine = party(lesson, 2)
    party(lesson, 5)

    large = party(lesson, 3)

    mine.resize(3, 1)
    assert seats(lesson) == 8
    passed = large.passings.get()
    assert (passed.by, passed.free, passed.wanted) == (mine, 1, 3)
    with pytest.raises(IllegalStep) as refused:
        mine.resize(4, 1)

    assert refused.value.message == (
        "现在没有空位子了，加不了1人，您原来的3个位子还在。多出来的人想来，请打电话问问。"
    )
    assert (mine.party_size, mine.children, seats(lesson)) == (3, 1, 8)


def test_party_that_could_never_be_seated_is_not_left_waiting(lesson):
    leaving = party(lesson, 8)
    party(lesson, 6)
    leaving.cancel(by=make_user())
    party(lesson, 4)
    lesson.refresh_from_db()
    lesson.capacity = 9

    lesson.full_clean()
    Session.objects.filter(pk=lesson.pk).update(seats_taken=0)
    lesson.signups.waiting().update(party_size=9)

    with pytest.raises(ValidationError) as refused:
        lesson.full_clean()
    assert "要9个位子，名额改成这样就永远排不上了。" in refused.value.messages[0]


def test_more_places_are_given_to_those_who_wait(lesson):
    party(lesson, 8)
    waiting = party(lesson, 2)

    lesson.refresh_from_db()
    lesson.capacity = 12
    lesson.save()

    waiting.refresh_from_db()
    assert (waiting.status, seats(lesson)) == ("confirmed", 10)


def test_leaving_the_waiting_list_changes_nobody_else(lesson):
    party(lesson, 8)
    first, second = party(lesson, 1), party(lesson, 1)
    first.cancel()

    second.refresh_from_db()
    assert (second.status, second.position) == ("waiting", 1)
    assert not Call.objects.exists()


# Two tabs, and too late ---------------------------------------------------------------------------


def test_second_tab_finds_it_cancelled(lesson):
    mine = party(lesson, 2)
    other_tab = Signup.objects.get(pk=mine.pk)
    mine.cancel()

    with pytest.raises(IllegalStep, match="已取消"):
        other_tab.cancel()
    with pytest.raises(IllegalStep, match="不能再改人数"):
        other_tab.resize(1, 0)
    assert seats(lesson) == 0


def test_once_it_has_begun_only_staff_cancel(lesson):
    mine = party(lesson, 2)
    now = timezone.now()
    Session.objects.filter(pk=lesson.pk).update(starts_at=now - timedelta(minutes=1))
    mine.session.refresh_from_db()

    with pytest.raises(IllegalStep, match="已经开始了"):
        mine.cancel()
    with pytest.raises(IllegalStep, match="已经开始了"):
        mine.resize(1, 0)
    mine.cancel(by=make_user())
    assert mine.status == "cancelled"


# Whom to ring -------------------------------------------------------------------------------------


def test_everybody_who_comes_or_waits_is_rung_when_it_moves_and_when_it_is_cancelled(lesson):
    seated, waiting, gone = party(lesson, 8), party(lesson, 1), party(lesson, 1)
    gone.cancel()

    lesson.refresh_from_db()
    lesson.starts_at += timedelta(hours=1)
    lesson.ends_at += timedelta(hours=1)
    lesson.save()
    assert {(c.signup, c.about) for c in Call.objects.open()} == {
        (seated, "moved"),
        (waiting, "moved"),
    }

    lesson.take("cancel", remark="老师生病")

    assert {(c.signup, c.about) for c in Call.objects.open()} == {
        (seated, "cancelled"),
        (waiting, "cancelled"),
    }
    assert "取消了：老师生病，请不要跑空" in Call.objects.open()[0].words_to_say


def test_move_that_is_taken_back_is_told_again_to_those_who_heard_of_it(lesson):
    told, untold = party(lesson, 1), party(lesson, 1)
    lesson.refresh_from_db()
    lesson.starts_at += timedelta(hours=1)
    lesson.ends_at += timedelta(hours=1)
    lesson.save()
    told.calls.get().take("tell")

    lesson.starts_at -= timedelta(hours=1)
    lesson.ends_at -= timedelta(hours=1)
    lesson.save()

    assert [call.signup for call in Call.objects.open()] == [told]
    assert untold.calls.get().status == "dropped"


def test_call_is_ticked_once_and_by_one_person(lesson):
    party(lesson, 8)
    waiting = party(lesson, 1)
    lesson.refresh_from_db()
    lesson.capacity += 1
    lesson.save()
    call = waiting.calls.get()
    stale = Call.objects.get()
    call.take("tell", by=make_user())

    with pytest.raises(IllegalStep):
        stale.take("not_reached", by=make_user())
    assert call.get_status_display() == "已告知"


def test_call_that_is_ticked_this_moment_stops_nobody_from_cancelling(lesson, monkeypatch):
    leaving = party(lesson, 8)
    promoted = party(lesson, 1)
    leaving.cancel()
    promoted.refresh_from_db()
    read = list(Call.objects.open())
    Call.objects.get().take("tell", by=make_user())
    monkeypatch.setattr(CallQuerySet, "open", lambda calls: read)

    promoted.cancel()

    assert (promoted.status, seats(lesson)) == ("cancelled", 0)
    assert Call.objects.get().status == "told"


# The activity -------------------------------------------------------------------------------------


def test_activity_with_people_signed_up_is_not_taken_down_before_they_are_told(lesson):
    party(lesson, 8)
    party(lesson, 1)
    with pytest.raises(IllegalStep, match="请先取消这一场"):
        lesson.activity.take("withdraw", remark="不办了")
    Signup.objects.filter(status="confirmed").update(status="cancelled", has_seat=False)
    with pytest.raises(IllegalStep, match="请先取消这一场"):  # somebody still waits
        lesson.activity.take("withdraw", remark="不办了")

    lesson.take("cancel", remark="不办了")
    lesson.activity.refresh_from_db()
    lesson.activity.take("withdraw", remark="不办了")
    assert not lesson.activity.can_be_deleted


def test_walk_ins_take_nobodys_seat_and_come_on_the_day_only(lesson):
    clerk = make_user()
    with pytest.raises(ValidationError, match="活动那天才能记"):
        Signup.objects.walk_in(lesson, Signup(party_size=3), by=clerk)

    Session.objects.filter(pk=lesson.pk).update(starts_at=timezone.now() - timedelta(minutes=5))
    lesson.refresh_from_db()
    came = Signup.objects.walk_in(lesson, Signup(party_size=3), by=clerk)

    assert (came.status, came.channel, seats(lesson)) == ("attended", "walk_in", 0)
