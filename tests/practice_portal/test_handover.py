"""交接: what the next clerk finds, and the street office's one press."""

from datetime import date

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client

from practice_portal.lib.months import Month
from tests.factories import (
    PASSWORD,
    at,
    make_activity,
    make_booking,
    make_demand,
    make_entry,
    make_held_session,
    make_posting,
    make_session,
    make_study_session,
    make_summary,
    make_user,
    make_venue,
    make_volunteer,
    make_whistle,
)
from tests.pages import words

NANHU = "/account/handover/nanhu/"
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def november(db):
    with time_machine.travel("2026-11-23 10:00 +0800", tick=False) as traveller:
        yield traveller


def piles(response, name: str) -> dict[str, list[str]]:
    return {pile.label: [line["text"] for line in pile.lines] for pile in response.context[name]}


def press(client, leaver, successor=None, on="2026-11-23", page=NANHU):
    data = {"leaver": leaver.pk, "on": on}
    return client.post(page, data | ({"successor": successor.pk} if successor else {}))


def spans(user) -> list[tuple]:
    rows = user.postings.order_by("pk")
    return [(row.station.slug, row.duty, row.since, row.until) for row in rows]


def can_log_in(user) -> bool:
    data = {"username": user.username, "password": PASSWORD}
    return Client().post("/admin/login/", data).status_code == 302


# The page -----------------------------------------------------------------------------------------


def test_handover_shows_what_is_due_open_and_coming(client, clerk, station, other_station):
    activity = make_activity(station=station, title="邻居理发日")
    make_session(activity=activity, starts_at=at("2026-11-20"))
    make_session(activity=activity, starts_at=at("2026-11-28"))
    make_session(activity=activity, starts_at=at("2026-11-21"), status="cancelled")
    make_held_session(activity=activity)
    make_study_session(station=station, topic="读书", starts_at=at("2026-11-19"), attended=None)
    make_study_session(station=station, topic="读完的书")
    make_summary(station=station, month=Month(2026, 10))
    make_summary(station=station, month=Month(2026, 9), status="returned")
    make_summary(station=station, month=Month(2026, 8), status="approved")
    make_summary(station=station, month=Month(2026, 11))
    make_activity(station=station, title="没写完的", status="draft")
    make_demand(station=station, title="想学用手机", submitted_at=at("2026-11-01"))
    make_demand(station=station, title="办好的", status="completed")
    make_whistle(station=station, title="井盖松动", status="responded")
    make_volunteer(station=station, name="宋示例", number="T1", status="applied")
    hours = make_entry(
        volunteer=make_volunteer(station=station, name="李示例", number="T2"),
        served_on=date(2026, 11, 22),
        reason="理发",
    )
    venue = make_venue(station=station, name="活动室")
    make_booking(venue=venue, status="requested", starts_at=at("2026-11-29"))
    make_booking(venue=venue, starts_at=at("2026-11-29"))
    for model in (make_demand, make_whistle, make_activity, make_study_session, make_summary):
        model(station=other_station)
    client.force_login(clerk)

    page = client.get(NANHU)

    assert hours.status == "entered"
    assert piles(page, "due") == {
        "要交的月度总结": ["南湖社区 2026年9月总结", "南湖社区 2026年10月总结"],
        "办完了还没填结果的活动": ["2026年11月20日（周五）邻居理发日"],
        "学完了还没填人数的学习": ["2026年11月19日（周四）三会一课：读书"],
    }
    assert piles(page, "open") == {
        "需求": ["2026年11月1日（周日）想学用手机，待受理"],
        "吹哨报到": ["群众性难题：井盖松动，已报到"],
        "阵地预约": ["11月29日（周日）上午9:30南湖社区活动室，待答复"],
        "志愿者": ["T1 宋**，待登记"],
        "服务时长": ["2026年11月22日（周日）理发，T2 李**，待确认"],
        "活动": ["没写完的，草稿"],
    }
    assert piles(page, "coming") == {"接下来的活动": ["2026年11月28日（周六）邻居理发日"]}


def test_handover_lines_open_in_the_admin(client, clerk, station):
    for number in range(9):
        make_demand(station=station, title=f"第{number}件")
    make_summary(station=station)
    client.force_login(clerk)
    page = client.get(NANHU)

    links = [
        line["url"]
        for name in ("due", "open")
        for pile in page.context[name]
        for line in pile.lines
    ]
    assert len(links) == 9
    assert {client.get(link).status_code for link in links} == {200}
    assert "需求 9件" in words(page)
    assert "看全部需求" in words(page)


def test_handover_of_a_quiet_station_says_so(client, clerk):
    client.force_login(clerk)

    said = words(client.get(NANHU))

    assert "没有，都交齐了。" in said
    assert "没有，都办完了。" in said


def test_handover_is_the_own_stations(client, clerk, other_clerk, director):
    assert client.get(NANHU).status_code == 302
    codes = {}
    for person in (clerk, other_clerk, director):
        client.force_login(person)
        codes[person.username] = client.get(NANHU).status_code

    assert codes == {"clerk": 200, "other-clerk": 404, "director": 200}


def test_handover_list_leads_to_the_own_station_or_offers_all(client, clerk, other_clerk, director):
    client.force_login(clerk)
    assert client.get("/account/handover/")["Location"] == NANHU
    client.force_login(director)
    assert "南湖社区新时代文明实践所 示例邻社区新时代文明实践所" in words(
        client.get("/account/handover/")
    )
    client.force_login(make_user())
    assert "您现在不管任何实践所。" in words(client.get("/account/handover/"))


# One press ----------------------------------------------------------------------------------------


def test_hand_over_ends_begins_and_closes(client, director, clerk, station):
    successor = make_user()
    client.force_login(director)
    theirs = Client()
    theirs.force_login(clerk)

    response = press(client, clerk, successor)

    assert response.status_code == 302
    assert spans(clerk) == [("nanhu", "full_time", date(2018, 1, 1), TODAY)]
    assert spans(successor) == [("nanhu", "full_time", TODAY, None)]
    assert [group.name for group in successor.groups.all()] == ["社区工作人员"]
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert theirs.get("/admin/").status_code == 302
    assert not can_log_in(clerk)
    theirs.force_login(successor)
    assert theirs.get(NANHU).status_code == 200
    assert "示例职员" in words(client.get(NANHU))
    lines = LogEntry.objects.filter(user=director).values_list("change_message", flat=True)
    assert sorted(lines) == sorted(
        [
            "从11月23日（周一）起接南湖社区的工作",
            f"{clerk}从11月23日（周一）起不再管南湖社区，由{successor}接；{clerk}的账号已停用",
        ]
    )


def test_hand_over_on_a_day_to_come_closes_then(client, director, clerk, november):
    client.force_login(director)
    press(client, clerk, make_user(), on="2026-12-01")

    call_command("close_accounts", verbosity=0)
    assert can_log_in(clerk)
    november.move_to("2026-12-01 00:30 +0800")
    call_command("close_accounts")

    assert not can_log_in(clerk)
    assert can_log_in(director)


def test_hand_over_keeps_an_account_with_work_elsewhere(client, director, clerk, other_station):
    make_posting(station=other_station, user=clerk)
    client.force_login(director)

    press(client, clerk)

    clerk.refresh_from_db()
    assert clerk.is_active
    assert [station.slug for station in clerk.stations] == ["neighbour"]


def test_hand_over_to_somebody_who_is_there_already_begins_nothing_twice(
    client, director, clerk, lead
):
    client.force_login(director)

    press(client, clerk, lead)

    assert spans(lead) == [("nanhu", "full_time", date(2018, 1, 1), None)]
    assert [group.name for group in lead.groups.all()] == ["实践所负责人"]


def test_hand_over_leaves_new_accounts_and_superusers_open(client, director, clerk):
    new = make_user()
    root = make_user(is_superuser=True)
    make_posting(station=clerk.own_station, user=root, until=date(2020, 1, 1))

    call_command("close_accounts")

    assert can_log_in(new)
    assert can_log_in(root)


def test_hand_over_is_not_for_stations(client, clerk, lead, other_clerk):
    for person in (clerk, lead):
        client.force_login(person)
        assert press(client, lead, clerk).status_code == 403
        assert "办交接" not in words(client.get(NANHU))
    client.force_login(other_clerk)
    assert press(client, lead).status_code == 404

    lead.refresh_from_db()
    assert (lead.is_active, spans(lead)[0][3]) == (True, None)


def test_hand_over_refuses_what_makes_no_sense_and_says_why(
    client, director, clerk, other_clerk, centre
):
    client.force_login(director)
    root = make_user(is_superuser=True)
    closed = make_user(is_active=False)
    tries = {
        "same person": press(client, clerk, clerk),
        "of another station": press(client, other_clerk),
        "superuser comes": press(client, clerk, root),
        "closed one comes": press(client, clerk, closed),
        "too far": press(client, clerk, on="9999-12-31"),
        "no day": press(client, clerk, on="2026-02-31"),
        "nobody": client.post(NANHU, {"leaver": ""}),
    }

    errors = {why: list(page.context["form"].errors) for why, page in tries.items()}
    assert errors == {
        "same person": ["__all__"],
        "of another station": ["leaver"],
        "superuser comes": ["successor"],
        "closed one comes": ["successor"],
        "too far": ["on"],
        "no day": ["on"],
        "nobody": ["leaver", "on"],
    }
    clerk.refresh_from_db()
    assert clerk.is_active
