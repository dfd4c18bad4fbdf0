"""Role models: from a neighbour's nomination to the wall, and never without consent."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from activities.models import Objection, RoleModel
from activities.role_models import views
from practice_portal.lib.phones import DEMO_PREFIX
from practice_portal.lib.workflow import IllegalStep
from services.own import Own
from stations.models import Article
from tests.factories import (
    at,
    make_activity,
    make_article,
    make_objection,
    make_picture_file,
    make_role_model,
    make_session,
    make_station,
    make_volunteer,
)
from tests.pages import words

NOMINATE = "/role-models/nominate/"
WALL = "/role-models/"
NOTICE = "/role-models/notice/"
PHONE = f"{DEMO_PREFIX}12345678"


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False) as clock:
        yield clock


@pytest.fixture
def nominated(station):
    return make_role_model(station=station, status="nominated", nominated_on="2026-11-20")


def nomination(station, station_pk=None, **changes) -> dict:
    return {
        "station": station_pk or station.pk,
        "category": "good_person",
        "name": "宋示例",
        "deed": "三年里天天给楼道换灯泡。",
        "asked": "knows",
        "nominator_name": "马示例",
        "nominator_phone": "154 1234 5678",
        "agrees": "on",
        **changes,
    }


def put_on_notice(role_model, clerk):
    role_model.take("check", by=clerk)
    role_model.take("post", by=clerk, has_consented=True)


# The nomination -----------------------------------------------------------------------------------


def test_nomination_is_kept_with_a_code_and_nothing_of_it_is_public(client, station):
    answer = client.post(NOMINATE, nomination(station))

    row = RoleModel.objects.get()
    assert (row.status, row.has_consented, row.is_family) == ("nominated", False, False)
    assert row.nominator_phone.number == PHONE
    assert answer.url == f"/role-models/nominated/{row.code}/"
    text = words(client.get(answer.url))
    assert "您推荐了宋**" in text
    assert row.grouped_code in text
    assert "等社区核实" in text
    assert "宋示例" not in text + words(client.get(WALL)) + words(client.get(NOTICE))
    assert client.get(row.get_absolute_url()).status_code == 404


def test_nomination_whose_nominator_is_deleted_is_not_brought_back_by_an_open_form(
    client, station, clerk
):
    row = make_role_model(
        station=station,
        status="nominated",
        code="ABCD2345",
        deed="我是宋示例，她天天给我送饭。",
        nominator_name="宋示例",
        nominator_phone=PHONE,
    )
    opened = {
        **{"station": station.pk, "name": "马示例", "category": row.category, "deed": row.deed},
        **{"nominator_name": "宋示例", "nominator_phone": "", "asked": "agrees"},
        "nominated_on": f"{row.nominated_on:%Y-%m-%d}",
    }
    Own.of(row).forget()
    client.force_login(clerk)

    client.post(reverse("admin:activities_rolemodel_change", args=[row.pk]), opened)

    row.refresh_from_db()
    assert (row.name, row.nominator_name, row.nominator_phone) == ("马示例", "", "")
    assert row.deed == "我是**，她天天给我送饭。"
    page = client.get(reverse("admin:activities_rolemodel_change", args=[row.pk]))
    assert "推荐人要求删掉了姓名和手机号，请不要再记进来。" in words(page)


def test_nomination_of_a_family_needs_no_tick_for_it(client, station):
    client.post(NOMINATE, nomination(station, category="beautiful_family", name="宋示例家庭"))

    assert RoleModel.objects.get().is_family


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "请写上推荐谁。"),
        ({"deed": " "}, "请写几句做了什么好事。"),
        ({"deed": f"找他打{PHONE}。"}, "公开的文字里不写个人号码"),
        ({"nominator_phone": "154 1234"}, "手机号是1开头的11位数字"),
        ({"agrees": ""}, "不留姓名和手机号，社区没法找您核实"),
        ({"station_pk": "x"}, "没有找到您选的社区，请从列表里重新选。"),
    ],
)
def test_nomination_says_what_is_missing(client, station, changes, sentence):
    answer = client.post(NOMINATE, nomination(station, **changes))

    assert sentence in words(answer)
    assert not RoleModel.objects.exists()


def test_nominations_and_objections_of_many_phones_from_one_address_end(
    client, station, other_station, monkeypatch
):
    for name in ("NOMINATIONS_FROM_HERE", "OBJECTIONS_FROM_HERE"):
        limit = getattr(views, name)
        assert (limit.times, limit.per_address) == (30, True)
        monkeypatch.setattr(views, name, replace(limit, times=2))
    on_notice = [make_role_model(station=station, status="notice") for _ in range(2)]

    def nominate(number: int, at=station, **extra) -> int:
        sent = nomination(at, nominator_phone=f"154000000{number:02}")
        return client.post(NOMINATE, sent, **extra).status_code

    def object_to(model, number: int) -> int:
        sent = {"text": "不对", "name": "马示例", "agrees": "on"}
        sent["phone"] = f"154000000{number:02}"
        return client.post(f"/role-models/{model.pk}/object/", sent).status_code

    assert [nominate(number) for number in range(3)] == [302, 302, 429]
    assert nominate(3, at=other_station) == nominate(4, REMOTE_ADDR="203.0.113.5") == 302
    assert [object_to(on_notice[0], number) for number in range(3)] == [302, 302, 429]
    assert object_to(on_notice[1], 3) == 302


def test_nominations_of_one_phone_end_at_five_a_day(client, station):
    answers = [client.post(NOMINATE, nomination(station, name=f"宋{n}号")) for n in range(6)]

    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert "这个手机号，或者这个网络，今天推荐得太多了" in words(answers[-1])
    assert RoleModel.objects.count() == 5


def test_nomination_tells_why_it_was_refused(client, station, clerk):
    client.post(NOMINATE, nomination(station))
    row = RoleModel.objects.get()
    row.take("refuse", by=clerk, remark="走访了三户，都说不清。")

    text = words(client.get(f"/role-models/nominated/{row.code}/"))

    assert "没有评上 走访了三户，都说不清。" in text
    assert client.get("/role-models/nominated/ZZZZ9999/").status_code == 404


# The steps ----------------------------------------------------------------------------------------


def test_role_model_goes_from_check_over_notice_to_the_wall(
    client, nominated, clerk, director, _tuesday
):
    put_on_notice(nominated, clerk)
    assert (str(nominated.notice_on), str(nominated.notice_until)) == ("2026-11-24", "2026-12-01")
    assert "示例好邻居" in words(client.get(NOTICE))
    assert "示例好邻居" not in words(client.get(WALL))

    _tuesday.move_to(at("2026-12-01", "20:00"))
    with pytest.raises(IllegalStep, match="公示到12月1日（周二）为止，第二天起才能评定"):
        nominated.take("recognise", by=director)

    _tuesday.move_to(at("2026-12-02", "09:00"))
    nominated.take("recognise", by=director)

    assert str(nominated.recognised_on) == "2026-12-02"
    assert "示例好邻居" in words(client.get(WALL))
    assert "示例好邻居" not in words(client.get(NOTICE))


def test_role_model_is_recognised_by_the_street_and_not_by_who_checked(
    nominated, clerk, director, _tuesday
):
    put_on_notice(nominated, director)
    _tuesday.move_to(at("2026-12-05"))

    for user in (clerk, director):
        with pytest.raises(IllegalStep):
            nominated.take("recognise", by=user)

    assert nominated.status == "notice"


def test_role_model_waits_until_its_objection_is_settled(nominated, clerk, director, _tuesday):
    put_on_notice(nominated, clerk)
    objection = make_objection(role_model=nominated)
    _tuesday.move_to(at("2026-12-05"))
    assert not RoleModel.waiting_for("recognise").exists()

    with pytest.raises(IllegalStep, match="还有异议没有查清"):
        nominated.take("recognise", by=director)
    with pytest.raises(IllegalStep, match="您的岗位不能处理"):
        objection.take("settle", by=clerk, remark="问过了。")
    objection.take("settle", by=director, remark="问过物业，灯是他自己买的。")

    assert RoleModel.waiting_for("recognise").get() == nominated
    nominated.take("recognise", by=director)
    assert nominated.status == "recognised"


def test_role_model_is_not_public_without_consent(nominated, clerk):
    nominated.take("check", by=clerk)

    with pytest.raises(IllegalStep, match="请先问本人愿不愿意公开"):
        nominated.take("post", by=clerk)

    for status in ("notice", "recognised"):
        values = {"status": status, "has_consented": False}
        if status == "recognised":
            values["recognised_on"] = timezone.localdate()
        else:
            values |= {"notice_on": "2026-11-24", "notice_until": "2026-12-01"}
        with pytest.raises(IntegrityError, match="public_by_consent"), transaction.atomic():
            RoleModel.objects.filter(pk=nominated.pk).update(**values)


def test_role_model_is_not_recognised_before_the_notice_ends_by_any_way(nominated, clerk):
    put_on_notice(nominated, clerk)

    with pytest.raises(IntegrityError, match="recognised_after_notice"), transaction.atomic():
        RoleModel.objects.update(status="recognised", recognised_on="2026-12-01")


def test_consent_withdrawn_takes_name_and_picture_off_and_counts_on(
    client, station, clerk, django_capture_on_commit_callbacks
):
    row = make_role_model(
        station=station, status="recognised", photo=make_picture_file(), recognised_on="2026-11-02"
    )
    stored = Path(row.photo.path)
    assert stored.exists()
    count = RoleModel.objects.exclude(recognised_on=None).count

    with django_capture_on_commit_callbacks(execute=True):
        row.take("hide", by=clerk, remark="来电话说的。")

    assert "示例好邻居" not in words(client.get(WALL))
    assert client.get(row.get_absolute_url()).status_code == 404
    assert (row.has_consented, bool(row.photo), count()) == (False, False, 1)
    assert not stored.exists()
    with pytest.raises(IllegalStep, match="请先问本人"):
        row.take("show", by=clerk)


def test_nominee_who_does_not_want_is_off_the_notice_at_once(client, nominated, clerk):
    put_on_notice(nominated, clerk)
    nominated.take("withdraw", by=clerk, remark="不想上网。")

    assert "示例好邻居" not in words(client.get(NOTICE))
    assert client.get(nominated.get_absolute_url()).status_code == 404
    assert not nominated.has_consented


# Objections ---------------------------------------------------------------------------------------


def test_objection_is_kept_for_staff_only(client, nominated, clerk, other_clerk):
    put_on_notice(nominated, clerk)
    url = f"/role-models/{nominated.pk}/object/"
    typed = {"text": "灯是物业装的。", "name": "马示例", "phone": PHONE, "agrees": "on"}

    assert client.post(url, typed | {"agrees": ""}).status_code == 200
    answer = client.post(url, typed)

    assert answer.url == NOTICE
    objection = Objection.objects.get()
    assert (objection.text, objection.phone.number) == ("灯是物业装的。", PHONE)
    pages = [NOTICE, nominated.get_absolute_url(), url]
    assert not any("灯是物业装的" in words(client.get(page)) for page in pages)
    admin_url = reverse("admin:activities_objection_change", args=[objection.pk])
    client.force_login(clerk)
    text = words(client.get(admin_url))
    assert "灯是物业装的。" in text
    assert "154****5678" in text and PHONE not in text
    client.force_login(other_clerk)
    assert client.get(admin_url).status_code == 302


def test_objection_comes_too_late_once_the_notice_is_over(client, nominated, clerk):
    url = f"/role-models/{nominated.pk}/object/"
    assert client.get(url).status_code == 404
    put_on_notice(nominated, clerk)
    nominated.take("refuse", by=clerk, remark="查过了，不是他做的。")

    with pytest.raises(ValidationError, match="公示已经结束"):
        make_objection(role_model=nominated)
    assert client.post(url, {}).status_code == 404


# The wall -----------------------------------------------------------------------------------------


def test_wall_is_asked_by_category_and_by_year(client, station):
    make_role_model(station=station, status="recognised", name="甲", recognised_on="2026-03-01")
    make_role_model(
        station=station,
        status="recognised",
        name="乙",
        category="good_person",
        recognised_on="2025-03-01",
    )
    make_role_model(station=station, name="没同意的")
    make_role_model(station=make_station(is_public=False), status="recognised", name="没公开的")

    def names(**query) -> list[str]:
        return [row.name for row in client.get(WALL, query).context["page"]]

    assert names() == ["甲", "乙"]
    assert names(category="good_person") == ["乙"]
    assert names(year="2026") == ["甲"]
    assert names(category="good_person", year="2026") == []
    assert names(year="1999") == ["甲", "乙"]
    assert "那一年没有评过，请从列表里重新选。" in words(client.get(WALL, {"year": "1999"}))
    assert "全部 2 名 雄关好人 1 名 好婆婆 1 名" in words(client.get(WALL))


def test_role_model_and_the_talk_name_each_other(client, station):
    speaker = make_role_model(station=station, status="recognised", name="宋示例")
    shy = make_role_model(station=station, name="不公开的")
    talk = make_session(activity=make_activity(station=station, title="好家风宣讲")).activity
    draft = make_activity(station=station, title="还没发布的", status="draft")
    speaker.talks.add(talk, draft)
    shy.talks.add(talk)

    text = words(client.get(speaker.get_absolute_url()))
    assert "好家风宣讲" in text
    assert "还没发布的" not in text
    text = words(client.get(talk.get_absolute_url()))
    assert "谁来讲 宋示例 （好婆婆）" in text
    assert "不公开的" not in text


# The workplace ------------------------------------------------------------------------------------


def change_url(row) -> str:
    return reverse("admin:activities_rolemodel_change", args=[row.pk])


def test_clerk_finds_who_of_the_volunteers_is_a_role_model(client, station, clerk):
    song = make_volunteer(station=station, name="宋示例")
    make_volunteer(station=station, name="马示例")
    make_role_model(station=station, volunteer=song)
    client.force_login(clerk)

    page = client.get(reverse("admin:volunteers_volunteer_changelist"), {"role_model": "yes"})

    assert list(page.context["cl"].result_list) == [song]


def test_director_records_who_was_recognised_before_the_portal(client, director, clerk, station):
    typed = {
        "station": station.pk,
        "name": "宋示例",
        "category": "good_person",
        "asked": "unaware",
        "nominated_on": "2026-11-24",
        "recognised_before": "2019-12-20",
        "_save": "1",
    }
    add = reverse("admin:activities_rolemodel_add")
    client.force_login(director)
    client.post(add, typed)
    client.post(add, typed | {"name": "马示例", "recognised_before": "2026-11-24"})
    client.force_login(clerk)
    client.post(add, typed | {"name": "李示例"})

    rows = RoleModel.objects.order_by("pk").values_list("name", "status", "recognised_on")
    assert [(name, status, str(on)) for name, status, on in rows] == [
        ("宋示例", "unnamed", "2019-12-20"),
        ("李示例", "nominated", "None"),
    ]


def test_what_is_on_notice_is_not_rewritten(client, nominated, clerk):
    put_on_notice(nominated, clerk)
    client.force_login(clerk)
    page = client.get(change_url(nominated))

    fields = set(page.context["adminform"].form.fields)
    assert not fields & {"name", "deed", "category", "station", "has_consented"}
    assert "评定" not in [step.label for step in page.context["steps"].values()]


def test_news_of_a_role_model_is_a_draft_that_still_needs_its_review(client, station, clerk):
    row = make_role_model(station=station, status="recognised", name="宋示例")
    client.force_login(clerk)
    url = reverse("admin:activities_rolemodel_news", args=[row.pk])
    assert url in client.get(change_url(row)).content.decode()

    for _ in range(2):
        answer = client.post(url)

    article = Article.objects.get()
    assert answer.url == reverse("admin:stations_article_change", args=[article.pk])
    assert (article.title, article.text) == ("身边的榜样：好婆婆 宋示例", "每晚给邻居留一盏灯。")
    assert (article.kind, article.status, article.needs_review()) == ("news", "draft", True)
    assert list(article.writers.all()) == [clerk]
    row.take("hide", by=clerk, remark="来电话说的。")
    assert client.post(url).url == change_url(row)
    assert Article.objects.count() == 1


def test_who_is_unwilling_is_named_in_articles_and_staff_are_told_which(client, station, clerk):
    row = make_role_model(station=station, status="recognised", name="宋示例")
    draft = row.news_draft(by=clerk)
    published = make_article(station=station, title="重阳节", text="宋示例给老人送糕。")
    make_article(station=station, title="别的事")
    client.force_login(clerk)
    hide = reverse("admin:activities_rolemodel_step", args=[row.pk, "hide"])

    page = client.post(hide, {"remark": "来电话说的。", "_seen_status": row.status}, follow=True)

    row.refresh_from_db()
    assert row.status == "unnamed"
    assert (
        "本人不愿意公开，可这些文章里还写着名字，请删掉草稿、下线已发布的："
        f" 重阳节 （已发布）， {draft} （草稿）。"
    ) in words(page)
    for article in (draft, published):
        assert f'href="{article.get_absolute_url()}"' in page.content.decode()


def test_who_is_unwilling_and_named_nowhere_is_no_news(client, station, clerk):
    row = make_role_model(station=station, status="notice", name="宋示例")
    client.force_login(clerk)
    withdraw = reverse("admin:activities_rolemodel_step", args=[row.pk, "withdraw"])

    page = client.post(withdraw, {"remark": "不愿意。", "_seen_status": row.status}, follow=True)

    row.refresh_from_db()
    assert row.status == "withdrawn"
    assert "这些文章里" not in words(page)


# What is kept, and how long -----------------------------------------------------------------------


def test_nomination_is_forgotten_in_its_time_and_the_recognised_still_count(
    client, station, clerk, _tuesday
):
    client.post(NOMINATE, nomination(station))
    refused = RoleModel.objects.get()
    refused.take("refuse", by=clerk, remark="宋示例说没有这回事。")
    told = {"nominator_name": "马示例", "nominator_phone": PHONE}
    recognised = make_role_model(
        station=station, status="recognised", recognised_on="2026-11-24", **told
    )
    objection = make_objection(station=station)
    Objection.objects.update(status="settled", settled_on="2026-11-24")

    def kept() -> list[tuple]:
        call_command("forget", "--yes", stdout=StringIO())
        for row in (refused, recognised, objection):
            row.refresh_from_db()
        names = (refused.name, refused.nominator_name, recognised.nominator_name, objection.name)
        return [bool(name) for name in names]

    _tuesday.move_to(at("2026-12-24"))
    assert kept() == [True, True, True, True]
    _tuesday.move_to(at("2026-12-25"))
    assert kept() == [False, False, True, True]
    assert "宋示例" not in refused.changes.get().remark
    _tuesday.move_to(at("2027-02-23"))
    assert kept() == [False, False, False, True]
    _tuesday.move_to(at("2027-05-24"))
    assert kept() == [False, False, False, False]
    assert (recognised.name, recognised.status) == ("示例好邻居", "recognised")
