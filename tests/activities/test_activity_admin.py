"""A clerk types an activity with its sessions in one form and publishes it in one press."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.admin_forms import SessionFormSet
from activities.models import Activity, Session
from stations.models import Booking
from tests.factories import (
    at,
    days_away,
    make_activity,
    make_booking,
    make_session,
    make_venue,
)

ADD = "/admin/activities/activity/add/"


def form(station, *, sessions=(), initial=0, **values):
    data = {
        "station": station.pk,
        "title": "学做面果子",
        "text": "面点师傅带着做三样面果子，做好的带回家。",
        "platform": "culture",
        "task": "culture_life",
        "form": "activity",
        "audience": "everyone",
        "risk_notice": "有蒸锅，请看好孩子。",
        "requirements": "6岁以上都行。",
        "sessions-TOTAL_FORMS": str(len(sessions)),
        "sessions-INITIAL_FORMS": str(initial),
        **values,
    }
    for number, session in enumerate(sessions):
        data |= {f"sessions-{number}-{name}": value for name, value in session.items()}
    return data


def session(day=None, **values):
    day = day or days_away(3)
    return {"day": day.isoformat(), "starts": "09:30", "ends": "11:30", **values}


def messages(response):
    return [str(message) for message in response.context["messages"]]


def test_clerk_publishes_an_activity_with_its_sessions_in_one_form(client, clerk, station):
    venue = make_venue(station=station, name="一楼大厅")
    client.force_login(clerk)

    response = client.post(
        ADD,
        form(
            station,
            sessions=[session(venue=venue.pk), session(days_away(10), address="3号楼前")],
            _step_publish="保存并发布",
        ),
        follow=True,
    )

    assert "“学做面果子”已发布。" in messages(response)
    activity = Activity.objects.get()
    assert activity.status == "published"
    assert [(each.place, each.starts_at) for each in activity.sessions.all()] == [
        ("南湖社区一楼大厅", at(days_away(3))),
        ("3号楼前", at(days_away(10))),
    ]
    assert list(activity.changes.values_list("step", "by__username")) == [("publish", "clerk")]
    assert client.get(activity.get_absolute_url()).status_code == 200


def test_what_the_law_asks_for_is_named_and_nothing_is_lost(client, clerk, station):
    client.force_login(clerk)

    response = client.post(
        ADD,
        form(
            station,
            sessions=[session()],
            risk_notice="",
            requirements="",
            _step_publish="保存并发布",
        ),
        follow=True,
    )

    assert messages(response)[-1] == "发布前请先填写要留意、谁能来。"
    activity = Activity.objects.get()
    assert (activity.status, activity.title) == ("draft", "学做面果子")
    assert activity.sessions.count() == 1


def test_taken_room_is_refused_with_the_next_gap(client, clerk, station):
    venue = make_venue(station=station, name="一楼大厅")
    day = days_away(3)
    make_booking(venue=venue, starts_at=at(day), holder="示例合唱队", purpose="合唱排练")
    client.force_login(clerk)

    response = client.post(ADD, form(station, sessions=[session(day, venue=venue.pk)]))

    [inline] = response.context["inline_admin_formsets"]
    [error] = inline.formset.forms[0].errors["venue"]
    assert "已由示例合唱队用于“合唱排练”" in error
    assert "上午11:30开始" in error
    assert not Activity.objects.exists()


def test_two_sessions_of_one_form_cannot_share_a_room(client, clerk, station):
    venue = make_venue(station=station)
    client.force_login(clerk)

    response = client.post(
        ADD, form(station, sessions=[session(venue=venue.pk), session(venue=venue.pk)])
    )

    assert response.status_code == 200
    assert "这两场用了同一个阵地，时间也重叠" in response.content.decode()
    assert not Activity.objects.exists()


def test_end_before_start_is_refused(client, clerk, station):
    client.force_login(clerk)

    response = client.post(ADD, form(station, sessions=[session(ends="09:00")]))

    [inline] = response.context["inline_admin_formsets"]
    assert inline.formset.forms[0].errors == {"ends": ["结束时间须晚于开始时间。"]}


def test_clerk_cannot_take_another_stations_room(client, clerk, station, other_station):
    theirs = make_venue(station=other_station)
    client.force_login(clerk)

    response = client.post(ADD, form(station, sessions=[session(venue=theirs.pk)]))

    [inline] = response.context["inline_admin_formsets"]
    assert "venue" in inline.formset.forms[0].errors


def test_clerk_books_the_square_that_the_centre_shares(client, clerk, station, centre):
    square = make_venue(station=centre, kind="plaza", name="文明实践广场")
    closed = make_venue(station=centre, name="中心会议室", is_shared=False)
    client.force_login(clerk)

    refused = client.post(ADD, form(station, sessions=[session(venue=closed.pk)]))
    client.post(ADD, form(station, sessions=[session(venue=square.pk)]))

    assert "venue" in refused.context["inline_admin_formsets"][0].formset.forms[0].errors
    assert Activity.objects.get().sessions.get().place == "文明实践广场"


def test_moving_a_session_moves_its_booking(client, clerk, station):
    venue = make_venue(station=station)
    activity = make_activity(station=station, title="学做面果子")
    old = make_session(activity=activity, venue=venue, days=3)
    client.force_login(clerk)

    client.post(
        f"/admin/activities/activity/{activity.pk}/change/",
        form(
            station,
            sessions=[session(days_away(4), id=old.pk, activity=activity.pk, venue=venue.pk)],
            initial=1,
        ),
    )

    old.refresh_from_db()
    assert old.starts_at == at(days_away(4))
    assert (old.booking.starts_at, old.booking.ends_at) == (old.starts_at, old.ends_at)


def test_withdrawing_asks_for_a_reason_and_takes_the_page_down(client, clerk, station):
    activity = make_activity(station=station)
    make_session(activity=activity)
    client.force_login(clerk)
    step = f"/admin/activities/activity/{activity.pk}/step/withdraw/"

    assert client.get(step).status_code == 200
    client.post(step, {"remark": "", "_seen_status": "published"})
    assert client.get(activity.get_absolute_url()).status_code == 200
    client.post(step, {"remark": "老师病了，改期再办。", "_seen_status": "published"})

    assert Client().get(activity.get_absolute_url()).status_code == 404
    assert activity.changes.get().remark == "老师病了，改期再办。"


def test_step_seen_from_an_old_page_is_refused(client, clerk, station):
    activity = make_activity(station=station, status="withdrawn")
    make_session(activity=activity)
    client.force_login(clerk)

    response = client.post(
        f"/admin/activities/activity/{activity.pk}/step/withdraw/",
        {"remark": "再按一次", "_seen_status": "published"},
        follow=True,
    )

    assert messages(response) == ["这一步现在不能办，请看看它现在的状态。"]
    assert not activity.changes.exists()


@pytest.mark.parametrize("name", ["nonsense", "publish"])
def test_step_that_is_not_open_is_not_taken(client, clerk, station, name):
    activity = make_activity(station=station)
    client.force_login(clerk)

    client.post(f"/admin/activities/activity/{activity.pk}/step/{name}/", {"remark": "x"})

    assert not activity.changes.exists()


def test_step_on_another_stations_activity_is_absent(client, clerk, other_station):
    activity = make_activity(station=other_station)
    client.force_login(clerk)

    client.post(f"/admin/activities/activity/{activity.pk}/step/withdraw/", {"remark": "x"})

    assert not activity.changes.exists()


def test_result_is_filled_in_and_cleared_sessions_leave_the_list(client, clerk, station):
    held = make_session(activity=make_activity(station=station), days=-2)
    client.force_login(clerk)
    missing = "/admin/activities/session/?result=missing"
    assert list(client.get(missing).context["cl"].queryset) == [held]

    starts, ends = timezone.localtime(held.starts_at), timezone.localtime(held.ends_at)
    client.post(
        f"/admin/activities/session/{held.pk}/change/",
        {
            "people_served": "23",
            "volunteers_served": "3",
            "story": "来了不少人，面果子都带回了家。",
            "day": starts.date().isoformat(),
            "starts": f"{starts:%H:%M}",
            "ends": f"{ends:%H:%M}",
        },
    )

    held.refresh_from_db()
    assert (held.people_served, held.volunteers_served) == (23, 3)
    assert list(client.get(missing).context["cl"].queryset) == []


def test_result_before_the_end_is_refused(client, clerk, station):
    coming = make_session(activity=make_activity(station=station), days=2)
    client.force_login(clerk)
    starts = timezone.localtime(coming.starts_at)

    response = client.post(
        f"/admin/activities/session/{coming.pk}/change/",
        {
            "people_served": "23",
            "day": starts.date().isoformat(),
            "starts": "09:30",
            "ends": "11:30",
        },
    )

    errors = response.context["adminform"].form.errors
    assert errors == {
        "__all__": ["这一场还没有结束，办完以后再填人次；填过人次的，日子不能改到以后。"]
    }


def test_exhibition_is_typed_by_its_days_and_keeps_their_number(client, clerk, station):
    client.force_login(clerk)
    days = session(days_away(3), starts="09:00", ends="17:00", last_day=days_away(5).isoformat())

    refused = client.post(ADD, form(station, sessions=[days | {"capacity": "30"}]))
    client.post(ADD, form(station, sessions=[days]))

    [inline] = refused.context["inline_admin_formsets"]
    assert inline.formset.forms[0].errors == {"capacity": ["一连办几天的不用报名，名额请空着。"]}
    show = Session.objects.get()
    assert (show.starts_at, show.ends_at) == (at(days_away(3), "9:00"), at(days_away(5), "17:00"))

    client.post(
        f"/admin/activities/session/{show.pk}/change/",
        {
            "day": days_away(5).isoformat(),
            "starts": "09:00",
            "ends": "16:00",
            "last_day": days_away(5).isoformat(),
        },
    )

    show.refresh_from_db()
    assert (show.starts_at, show.ends_at) == (at(days_away(5), "9:00"), at(days_away(7), "16:00"))


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"last_day": 2}, {"last_day": ["最后一天不能早于第一天。"]}),
        ({"last_day": 200}, {"last_day": ["一场最多办三个月，请看看最后一天对不对。"]}),
        (
            {"last_day": 5, "ends": "02:00"},
            {"ends": ["办几天的，每天的结束时间须晚于开始时间；过了半夜的请一晚一场地排。"]},
        ),
    ],
)
def test_exhibition_with_wrong_days_is_refused(client, clerk, station, typed, error):
    client.force_login(clerk)
    typed = typed | {"last_day": days_away(typed["last_day"]).isoformat()}

    response = client.post(ADD, form(station, sessions=[session(**typed)]))

    [inline] = response.context["inline_admin_formsets"]
    assert inline.formset.forms[0].errors == error


def test_host_is_not_its_own_cohost(client, director, station, other_station):
    client.force_login(director)

    client.post(ADD, form(station, sessions=[session()], cohosts=[station.pk, other_station.pk]))

    assert list(Activity.objects.get().cohosts.all()) == [other_station]


def test_host_is_not_offered_as_a_cohost(client, clerk, director, station, other_station):
    made = make_activity(station=station)
    change = reverse("admin:activities_activity_change", args=[made.pk])

    def offered(user, address):
        client.force_login(user)
        form = client.get(address).context["adminform"].form
        return {station, other_station} & set(form.fields["cohosts"].queryset)

    assert offered(clerk, ADD) == {other_station}
    assert offered(clerk, change) == {other_station}
    assert offered(director, change) == {other_station}
    assert offered(director, ADD) == {station, other_station}  # the host is yet to be chosen


def test_room_taken_between_check_and_save_is_named_and_nothing_is_lost(
    client, clerk, station, monkeypatch
):
    venue = make_venue(station=station, name="一楼大厅")
    day = days_away(3)
    taken_by_colleague = []

    def free_at_first(booking):
        """The first check is passed; a colleague's booking appears right after it."""
        if taken_by_colleague:
            return clash_of(booking)
        taken_by_colleague.append(True)
        return None

    def save_too_late(self, *args, **kwargs):
        monkeypatch.setattr(Booking, "save", save)
        raise ValidationError("taken")

    clash_of, save = Booking._clash, Booking.save
    monkeypatch.setattr(Booking, "_clash", free_at_first)
    make_booking(venue=venue, starts_at=at(day), holder="示例合唱队", status="requested")
    venue.bookings.update(status="confirmed")
    taken_by_colleague.clear()
    monkeypatch.setattr(Booking, "save", save_too_late)
    client.force_login(clerk)

    response = client.post(ADD, form(station, sessions=[session(day, venue=venue.pk)]))

    [inline] = response.context["inline_admin_formsets"]
    assert "已由示例合唱队" in inline.formset.forms[0].errors["venue"][0]
    assert response.context["adminform"].form["title"].value() == "学做面果子"
    assert not Activity.objects.exists()


def test_session_with_a_result_is_not_moved_into_the_future(client, clerk, station):
    activity = make_activity(station=station)
    held = make_session(activity=activity, days=-3, people_served=20)
    client.force_login(clerk)

    response = client.post(
        f"/admin/activities/activity/{activity.pk}/change/",
        form(station, sessions=[session(id=held.pk, activity=activity.pk)], initial=1),
    )

    [inline] = response.context["inline_admin_formsets"]
    assert "日子不能改到以后" in inline.formset.forms[0].non_field_errors()[0]


def test_cancelled_session_is_not_changed_any_more(client, clerk, station):
    activity = make_activity(station=station)
    cancelled = make_session(activity=activity)
    cancelled.take("cancel", remark="停电")
    venue = make_venue(station=station)
    client.force_login(clerk)

    client.post(
        f"/admin/activities/activity/{activity.pk}/change/",
        form(
            station,
            sessions=[session(id=cancelled.pk, activity=activity.pk, venue=venue.pk)],
            initial=1,
        ),
    )

    cancelled.refresh_from_db()
    assert (cancelled.status, cancelled.booking, cancelled.starts_at) == (
        "cancelled",
        None,
        at(days_away(1)),
    )


def test_form_does_not_undo_what_a_colleague_has_just_cancelled(clerk, station):
    """The form was read before, and is saved after, the colleague's step."""
    activity = make_activity(station=station)
    coming = make_session(activity=activity)
    stale = Session.objects.get(pk=coming.pk)
    coming.take("cancel", remark="停电")
    stale.capacity = 12

    formset = SessionFormSet.__new__(SessionFormSet)
    formset.save_existing(SimpleNamespace(_save_m2m=lambda: None), stale)

    stale.refresh_from_db()
    assert (stale.status, stale.capacity) == ("cancelled", 12)


def test_published_activity_keeps_what_the_law_asks_for(client, clerk, station):
    activity = make_activity(station=station)
    coming = make_session(activity=activity)
    client.force_login(clerk)

    response = client.post(
        f"/admin/activities/activity/{activity.pk}/change/",
        form(
            station,
            sessions=[session(id=coming.pk, activity=activity.pk)],
            initial=1,
            risk_notice=" ",
        ),
    )

    assert response.context["adminform"].form.non_field_errors() == [
        "已发布的活动不能没有要留意；不办了请先下线。"
    ]


def test_session_past_midnight_ends_on_the_next_day(client, clerk, station):
    client.force_login(clerk)

    client.post(ADD, form(station, sessions=[session(starts="22:00", ends="00:30")]))

    late = Session.objects.get()
    assert late.ends_at - late.starts_at == timedelta(hours=2, minutes=30)


def test_more_places_than_the_room_has_are_refused(client, clerk, station):
    venue = make_venue(station=station, name="一楼大厅", capacity=40)
    client.force_login(clerk)

    response = client.post(ADD, form(station, sessions=[session(venue=venue.pk, capacity="41")]))

    [inline] = response.context["inline_admin_formsets"]
    assert inline.formset.forms[0].errors == {
        "capacity": ["一楼大厅能坐40人，名额请不要超过它，或者换个地方。"]
    }


def test_session_in_the_past_is_pointed_out(client, clerk, station):
    client.force_login(clerk)

    response = client.post(ADD, form(station, sessions=[session(days_away(-3))]), follow=True)

    assert any("已经过去了" in message for message in messages(response))


def test_new_title_is_on_the_door_of_the_room(client, clerk, station):
    activity = make_activity(station=station, title="老名字")
    coming = make_session(activity=activity, venue=make_venue(station=station))

    activity.title = "新名字"
    activity.save()

    activity.save()

    coming.booking.refresh_from_db()
    assert coming.booking.purpose == "新名字"
    versions = coming.booking.history.order_by("history_id").values_list("purpose", flat=True)
    assert list(versions) == ["老名字", "新名字"]


def test_booking_of_a_session_is_not_moved_by_itself(client, clerk, station):
    coming = make_session(
        activity=make_activity(station=station), venue=make_venue(station=station)
    )
    client.force_login(clerk)
    page = f"/admin/stations/booking/{coming.booking_id}/change/"

    assert client.get(page).status_code == 200
    assert client.post(page, {"purpose": "别的"}).status_code == 403


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_draft_may_be_deleted(client, clerk, station, status):
    activity = make_activity(station=station, status=status)
    client.force_login(clerk)

    client.post(f"/admin/activities/activity/{activity.pk}/delete/", {"post": "yes"})

    assert not Activity.objects.exists()


def test_published_activity_and_held_session_are_not_deleted(client, clerk, station):
    published = make_activity(station=station)
    held = make_session(
        activity=make_activity(station=station, status="withdrawn"), days=-3, people_served=20
    )
    client.force_login(clerk)

    for page in (
        f"activity/{published.pk}",
        f"activity/{held.activity_id}",
        f"session/{held.pk}",
    ):
        assert client.post(f"/admin/activities/{page}/delete/", {"post": "yes"}).status_code == 403
    client.post(
        f"/admin/activities/activity/{held.activity_id}/change/",
        form(
            station,
            sessions=[session(days_away(-3), id=held.pk, activity=held.activity_id, DELETE="on")],
            initial=1,
        ),
    )

    assert (Activity.objects.count(), Session.objects.count()) == (2, 1)


def one_session(held, **values):
    """The session's own form, as its page shows it."""
    starts, ends = timezone.localtime(held.starts_at), timezone.localtime(held.ends_at)
    return {
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        **values,
    }


def test_session_that_residents_know_is_cancelled_and_not_deleted(client, clerk, station):
    known = make_session(activity=make_activity(station=station), days=3)
    draft = make_session(activity=make_activity(station=station, status="draft"), days=3)
    client.force_login(clerk)

    def answers(session):
        parent = client.get(f"/admin/activities/activity/{session.activity_id}/change/")
        deletion = client.get(f"/admin/activities/session/{session.pk}/delete/")
        return 'name="sessions-0-DELETE"' in parent.content.decode(), deletion.status_code

    assert answers(known) == (False, 403)
    assert answers(draft) == (True, 200)


def test_session_in_its_activitys_form_leads_to_its_own_page(client, clerk, station):
    known = make_session(activity=make_activity(station=station), days=3)
    client.force_login(clerk)

    page = client.get(f"/admin/activities/activity/{known.activity_id}/change/").content.decode()

    assert f'href="/admin/activities/session/{known.pk}/change/"' in page
    assert "要取消一场，或者填它办得怎样" in page
    assert page.count("在网站上看") == 1


@pytest.mark.parametrize(
    ("days", "headings"),
    [
        (3, ["什么时候，在哪里", "名额、怎么找到、办几天（可以不填）", "办得怎样（办完再填）"]),
        (-3, ["办得怎样", "什么时候，在哪里", "名额、怎么找到、办几天（可以不填）"]),
    ],
)
def test_session_page_begins_with_what_is_to_be_done_now(client, clerk, station, days, headings):
    session = make_session(activity=make_activity(station=station), days=days)
    client.force_login(clerk)

    page = client.get(f"/admin/activities/session/{session.pk}/change/")

    assert [each.name for each in page.context["adminform"]] == headings


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ("23", "来了23人次，已经算进数字。"),
        ("", "“服务群众（人次）”还空着：这一场没有算进数字，还在待办里等您填。"),
    ],
)
def test_result_says_whether_it_counts(client, clerk, station, people, words):
    held = make_session(activity=make_activity(station=station), days=-2)
    client.force_login(clerk)

    answer = client.post(
        f"/admin/activities/session/{held.pk}/change/",
        one_session(held, people_served=people),
        follow=True,
    )

    assert messages(answer)[0].startswith(words)


@pytest.mark.parametrize(("status", "is_offered"), [("published", True), ("draft", False)])
def test_moving_or_cancelling_offers_to_tell_the_group(client, clerk, station, status, is_offered):
    activity = make_activity(station=station, status=status)
    coming = make_session(activity=activity, days=3)
    client.force_login(clerk)
    page = f"/admin/activities/session/{coming.pk}"
    parent = f"/admin/activities/activity/{activity.pk}/change/"
    ids = {"id": coming.pk, "activity": activity.pk}

    answers = [
        client.post(f"{page}/change/", one_session(coming, ends="11:45"), follow=True),
        client.post(
            parent,
            form(station, sessions=[session(days_away(4), **ids)], initial=1),
            follow=True,
        ),
        client.post(f"{page}/step/cancel/", {"remark": "下雪。"}, follow=True),
    ]

    link = f'请再<a href="/admin/activities/activity/{activity.pk}/share/">发到群里</a>'
    told = [any(link in each for each in messages(answer)) for answer in answers]
    assert told == [is_offered] * 3


def test_saving_what_has_not_moved_offers_nothing(client, clerk, station):
    coming = make_session(activity=make_activity(station=station), days=3)
    client.force_login(clerk)

    answer = client.post(
        f"/admin/activities/session/{coming.pk}/change/",
        one_session(coming, capacity="20"),
        follow=True,
    )

    assert len(messages(answer)) == 1


@pytest.mark.parametrize(("status", "number"), [("draft", 2), ("published", 1)])
def test_saved_draft_says_that_residents_do_not_see_it(client, clerk, station, status, number):
    activity = make_activity(station=station, status=status)
    make_session(activity=activity, days=3)
    client.force_login(clerk)
    kept = activity.sessions.get()

    answer = client.post(
        f"/admin/activities/activity/{activity.pk}/change/",
        form(station, sessions=[session(id=kept.pk, activity=activity.pk)], initial=1),
        follow=True,
    )

    assert len(messages(answer)) == number
    page, change = activity.get_absolute_url(), f"/admin/activities/activity/{activity.pk}/change/"
    is_said = (
        f'它还是草稿，居民看不到。先看看网页上是什么样子：<a href="{page}">预览</a>。'
        f'下一步：<a href="{change}">打开它发布</a>。'
    ) in messages(answer)
    assert is_said == (status == "draft")
