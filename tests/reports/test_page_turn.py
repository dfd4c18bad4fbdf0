"""The street office's pages for taking a public page down: list, confirm, put back."""

import pytest

from stations.models import Station
from tests.factories import make_activity, make_brand, make_session, make_user

LIST = "/reports/pages/"


def address(page, act="take-down"):
    return f"{LIST}{page._meta.model_name}/{page.pk}/{act}/"


def messages(response):
    return [str(message) for message in response.context["messages"]]


def test_take_down_asks_first(client, director, station):
    client.force_login(director)

    response = client.get(address(station))

    assert response.status_code == 200
    assert not Station.objects.get(pk=station.pk).is_offline


def test_take_down_is_one_press_with_a_reason(client, director, station):
    client.force_login(director)

    response = client.post(address(station), {"reason": "电话是错的"}, follow=True)

    assert response.redirect_chain == [(LIST, 302)]
    assert messages(response) == ["“南湖社区”已下线。"]
    assert [page["name"] for page in response.context["offline"]] == ["南湖社区"]
    assert "原因：电话是错的" in response.content.decode()
    assert client.get("/stations/nanhu/").status_code == 410


def test_put_back_is_the_same_way(client, director, station):
    station.take_down(by=director, reason="电话是错的")
    client.force_login(director)
    assert "原因：电话是错的" in client.get(address(station, "put-back")).content.decode()

    response = client.post(address(station, "put-back"), {"reason": "改好了"}, follow=True)

    assert messages(response) == ["“南湖社区”已恢复上线。"]
    assert response.context["offline"] == []
    assert [line.get_act_display() for line in response.context["lines"]] == ["恢复上线", "下线"]
    assert client.get("/stations/nanhu/").status_code == 200


@pytest.mark.parametrize("reason", ["", " ", "长" * 201, "打15412345678"])
def test_bad_reason_is_said_on_the_page(client, director, station, reason):
    client.force_login(director)

    response = client.post(address(station), {"reason": reason})

    assert response.status_code == 200
    assert response.context["form"].errors["reason"]
    assert not Station.objects.get(pk=station.pk).is_offline


def test_what_is_down_already_says_so(client, director, station):
    station.take_down(by=director, reason="电话是错的")
    client.force_login(director)

    response = client.post(address(station), {"reason": "再来一次"}, follow=True)

    assert messages(response) == ["“南湖社区”已经下线了，不用再办。"]
    assert station.page_changes().count() == 1


@pytest.mark.parametrize(
    "path",
    [f"{LIST}brand/987654321/take-down/", f"{LIST}user/1/take-down/", f"{LIST}nothing/1/put-back/"],
)
def test_absent_page_is_404(client, director, path):
    client.force_login(director)

    assert client.get(path).status_code == 404
    assert client.post(path, {"reason": "不对"}).status_code == 404


@pytest.mark.parametrize("who", ["clerk", "lead", "clerk at the centre"])
def test_nobody_else_takes_a_page_down(client, centre, clerk, lead, station, who):
    people = {
        "clerk": clerk,
        "lead": lead,
        "clerk at the centre": make_user(station=centre, role="clerk"),
    }
    client.force_login(people[who])

    codes = [
        client.get(LIST).status_code,
        client.get(address(station)).status_code,
        client.post(address(station), {"reason": "不对"}).status_code,
        client.post(address(station, "put-back"), {"reason": "不对"}).status_code,
    ]

    assert codes == [403, 403, 403, 403]
    assert not Station.objects.get(pk=station.pk).is_offline


def test_stranger_is_asked_to_log_in(client, station):
    assert client.post(address(station), {"reason": "不对"}).url.startswith("/admin/login/")


def test_station_sees_in_its_form_that_the_page_is_down_and_why(client, clerk, director, station):
    brand = make_brand(station=station)
    brand.take_down(by=director, reason="故事抄错了")
    client.force_login(clerk)

    html = client.get(f"/admin/activities/brand/{brand.pk}/change/").content.decode()

    assert "原因：故事抄错了。改好以后请告诉街道，由街道恢复上线。" in html
    assert "put-back" not in html
    client.force_login(director)
    html = client.get(f"/admin/activities/brand/{brand.pk}/change/").content.decode()
    assert f'<a href="{address(brand, "put-back")}">恢复上线</a>' in html


def test_page_that_is_down_tells_its_staff_why(client, clerk, other_clerk, director, station):
    activity = make_activity(station=station)
    make_session(activity=activity)
    activity.take_down(by=director, reason="费用没写清楚")
    shown = {}

    for user in (None, clerk, other_clerk, director):
        client.logout() if user is None else client.force_login(user)
        response = client.get(activity.get_absolute_url())
        assert response.status_code == 410
        shown[user and user.username] = "费用没写清楚" in response.content.decode()

    assert shown == {None: False, "clerk": True, "other-clerk": False, "director": True}


def test_page_that_is_down_stays_gone_when_its_station_withdraws_it(client, director, station):
    activity = make_activity(station=station)
    make_session(activity=activity)
    activity.take_down(by=director, reason="费用没写清楚")
    activity.refresh_from_db()
    activity.take("withdraw", by=director, remark="不办了")

    assert client.get(activity.get_absolute_url()).status_code == 410


def test_list_needs_the_same_queries_for_one_and_for_ten(
    client, director, station, django_assert_max_num_queries
):
    for _ in range(10):
        make_activity(station=station).take_down(by=director, reason="要核对")
    client.force_login(director)

    with django_assert_max_num_queries(14):
        client.get(LIST)


@pytest.mark.parametrize(
    ("is_offline", "what"), [(False, "写清哪里不对、要改什么"), (True, "写清改好了什么")]
)
def test_reason_is_asked_for_in_the_words_of_the_act(client, director, station, is_offline, what):
    if is_offline:
        station.take_down(by=director, reason="电话是错的")
    client.force_login(director)

    html = client.get(address(station, "put-back" if is_offline else "take-down")).content.decode()

    assert f"社区的同事会看到，居民看不到。{what}；不写个人号码。" in html
