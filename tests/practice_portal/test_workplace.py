"""The clerks' pages as they are met: lists, buttons, the order of things, large text."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib.months import Month
from stations.models import Article
from tests.factories import (
    make_activity,
    make_article,
    make_booking,
    make_demand,
    make_entry,
    make_held_session,
    make_platform,
    make_session,
    make_summary,
    make_venue,
    make_volunteer,
)

BUTTON = re.compile(r'<input type="submit"\s+class="(\w+)"\s+name="(\w+)"\s+value="([^"]+)">')


def change(obj) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def buttons(client, url: str) -> list[tuple[str, str]]:
    """The form's buttons in their order, each with how it looks."""
    html = client.get(url).content.decode()
    return [(words, look) for look, _, words in BUTTON.findall(html)]


def rows(client, url: str) -> list:
    return list(client.get(url).context["cl"].result_list)


def test_list_names_each_value_and_says_how_many_there_are(client, clerk, station):
    make_demand(station=station, title="修水管")
    client.force_login(clerk)

    html = client.get("/admin/services/demand/").content.decode()

    assert '<td data-label="从哪里来" class="field-channel">' in html
    assert "<span>一共1条</span>" in html


def test_list_says_yes_and_no_in_words(client, clerk, station):
    make_venue(station=station)
    client.force_login(clerk)

    html = client.get("/admin/stations/venue/").content.decode()

    assert '<td data-label="居民和队伍可以借用" class="field-is_shared">是</td>' in html


def test_list_without_rows_says_so_and_offers_to_look_wider(client, clerk, station):
    make_demand(station=station, title="修水管")
    client.force_login(clerk)

    assert "没有符合的" in client.get("/admin/services/demand/?q=路灯").content.decode()
    assert "这里还没有内容" in client.get("/admin/services/whistle/").content.decode()


def test_list_of_sessions_begins_with_what_lacks_its_result_and_what_comes_next(
    client, clerk, station
):
    activity = make_activity(station=station)
    make_session(activity=activity, days=40)
    soon = make_session(activity=activity, days=2)
    missing = make_session(activity=activity, days=-3)
    make_held_session(activity=activity, days=-9)
    latest = make_held_session(activity=activity, days=-1)
    client.force_login(clerk)

    found = rows(client, "/admin/activities/session/")

    assert [found[0], found[1], found[3]] == [missing, soon, latest]


def test_list_of_activities_begins_with_what_comes_next(client, clerk, station):
    far, soon, past = (make_activity(station=station) for _ in range(3))
    make_session(activity=far, days=40)
    make_session(activity=soon, days=2)
    make_held_session(activity=past, days=-1)
    draft = make_activity(station=station, status="draft")
    client.force_login(clerk)

    assert rows(client, "/admin/activities/activity/") == [soon, far, draft, past]


def test_form_has_one_save_beside_the_step_that_is_due(client, clerk, station):
    demand = make_demand(station=station)
    client.force_login(clerk)

    assert buttons(client, change(demand)) == [
        ("保存并受理", "default"),
        ("保存", "step"),
        ("退回…", "step"),
    ]
    assert buttons(client, change(make_platform(station=station))) == [("保存", "default")]


def test_form_of_what_is_entered_in_rows_offers_the_next(client, clerk, station):
    client.force_login(clerk)
    offered = [("保存", "default"), ("保存，再添一个", "step")]

    assert buttons(client, "/admin/volunteers/serviceentry/add/") == offered
    assert buttons(client, "/admin/learning/onlinestudy/add/") == offered


def test_way_out_stands_behind_save_and_is_never_the_red_button(client, clerk, station):
    volunteer = make_volunteer(station=station, status="active")
    booking = make_booking(venue=make_venue(station=station), status="confirmed")
    client.force_login(clerk)

    assert buttons(client, change(volunteer)) == [("保存", "default"), ("保存并登记退出", "step")]
    assert buttons(client, change(booking)) == [("保存", "default"), ("保存并取消", "step")]
    new_booking = buttons(client, "/admin/stations/booking/add/")
    assert new_booking == [("保存并确认", "default"), ("保存", "step")]


def test_form_with_nothing_to_write_has_no_save(client, director, clerk, station):
    summary = make_summary(station=station, month=Month(2026, 10))
    summary.take("submit", by=clerk)
    client.force_login(director)

    response = client.get(change(summary))

    assert BUTTON.findall(response.content.decode()) == []
    assert "回到列表" in response.content.decode()


def test_whoever_enters_hours_is_not_offered_to_confirm_them(client, clerk, lead, station):
    entry = make_entry(station=station, entered_by=clerk)

    client.force_login(clerk)
    assert buttons(client, change(entry)) == [("不予确认…", "step")]
    client.force_login(lead)
    assert buttons(client, change(entry)) == [("确认", "default"), ("不予确认…", "step")]


@pytest.mark.parametrize("status", [Article.Status.DRAFT, Article.Status.PUBLISHED])
def test_page_is_taken_down_only_where_residents_see_it(client, director, station, status):
    article = make_article(station=station, status=status)
    client.force_login(director)

    html = client.get(change(article)).content.decode()

    assert ("下线这一页" in html) == (status == Article.Status.PUBLISHED)


def test_late_summary_at_a_station_opens_as_the_street_office_reads_it(client, director, station):
    month = Month.of(timezone.localdate() - timedelta(days=100))
    summary = make_summary(station=station, month=month)
    client.force_login(director)

    html = client.get("/admin/").content.decode()

    link = f'href="{summary.get_absolute_url()}">'
    assert f"{link}去看<" in html
    assert change(summary) not in html


def said(response) -> list[str]:
    return [re.sub("<[^>]+>", "", str(each)) for each in response.context["messages"]]


def test_deletion_is_said_before_the_way_back_from_a_list_and_from_a_form(client, clerk, station):
    listed, opened = make_platform(station=station), make_platform(station=station)
    client.force_login(clerk)

    of_list = client.post(
        "/admin/stations/platform/",
        {"action": "delete_selected", "_selected_action": [listed.pk], "post": "yes"},
        follow=True,
    )
    of_form = client.post(
        reverse("admin:stations_platform_delete", args=[opened.pk]), {"post": "yes"}, follow=True
    )

    for response in (of_list, of_form):
        first, second = said(response)
        assert "删除" in first
        assert second == "删错了不要紧，30天内都可以恢复它。"


def test_large_text_is_chosen_in_the_workplace_too(client, clerk):
    client.force_login(clerk)
    normal = client.get("/admin/activities/session/?result=coming").content.decode()
    client.cookies["large_text"] = "1"
    large = client.get("/admin/").content.decode()

    back = "next=%2Fadmin%2Factivities%2Fsession%2F%3Fresult%3Dcoming"
    assert f'href="/large-text/?on=1&amp;{back}"' in normal
    assert "admin_large.css" not in normal
    assert 'href="/large-text/?on=0&amp;next=%2Fadmin%2F"' in large
    assert "admin_large.css" in large


def test_hours_are_written_without_an_empty_place(client, clerk, station):
    make_entry(volunteer=make_volunteer(station=station), hours=7)
    client.force_login(clerk)

    html = client.get("/admin/volunteers/serviceentry/").content.decode()

    assert '<td data-label="小时" class="field-how_long">7</td>' in html


def test_both_headers_lead_to_the_same_places(client, clerk, station):
    client.force_login(clerk)

    def links(page: str) -> list[str]:
        html = client.get(page).content.decode().partition("看网站")[2].partition("</form>")[0]
        return re.findall(r">\s*(\w+)\s*</(?:a|button)>", html)

    assert links("/reports/") == links("/admin/") == ["帮助", "交接", "改密码", "退出"]
