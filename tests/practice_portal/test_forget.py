"""`manage.py forget`: what is due is gone from the whole database, and nothing else is."""

import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Call, Objection, RoleModel, Signup
from practice_portal.lib import metrics, personal_data
from practice_portal.lib.history import name_of
from practice_portal.lib.months import Month
from practice_portal.models import NightlyStep
from practice_portal.nightly import run_nightly
from services.models import Demand, DemandChange, Whistle
from stations.models import Deletion
from tests.database import places_with
from tests.factories import (
    at,
    make_activity,
    make_call,
    make_demand,
    make_held_session,
    make_objection,
    make_picture_file,
    make_role_model,
    make_session,
    make_signup,
    make_summary,
    make_volunteer,
    make_whistle,
)
from volunteers.models import Volunteer

NAME, PHONE = "宋小满", "15412345678"
#: Rows of which none goes when they are forgotten.
KEPT = (Demand, Whistle, Volunteer, Signup, Call, RoleModel, Objection, Deletion)
CLOSED_AT = at("2026-01-10", "16:00")
#: The keep-time is over when 180 whole days have passed.
LAST_DAY_KEPT, FIRST_DAY_DUE = at("2026-07-09", "23:00"), at("2026-07-10", "01:00")


def forget(*options: str) -> list[str]:
    out = StringIO()
    call_command("forget", *options, stdout=out)
    return out.getvalue().splitlines()


def log(row, user, *, flag=CHANGE, message="", title="") -> None:
    """A line of the admin log, as the admin writes it."""
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(type(row)),
        object_id=str(row.pk),
        object_repr=title or str(row),
        action_flag=flag,
        change_message=message if isinstance(message, str) else json.dumps(message),
    )


def all_figures() -> dict:
    """Every declared figure, of the street and of each station, on several days."""
    found = {}
    for day in (timezone.localdate(), CLOSED_AT.date(), Month(2026, 1).last):
        questions = [(metric, metric.period(day)) for metric in metrics.declared().values()]
        codes = list(metrics.declared())
        found[day] = (
            dict(zip(codes, metrics.figures(questions), strict=True)),
            dict(zip(codes, metrics.figures_by_station(questions), strict=True)),
        )
    return found


def sign_up(station, clerk) -> None:
    """Came to a session, and said how it was; rung before."""
    tonight = at("2026-01-10", "19:00")
    activity = make_activity(station=station)
    session = make_session(activity=activity, starts_at=tonight, capacity=20)
    signup = make_signup(session=session, name=NAME, phone=PHONE, answer=f"{NAME}吃素")
    call = make_call(signup=signup)
    call.take("tell", by=clerk, remark="说好了")
    log(call, clerk)
    signup.take("check_in", by=clerk, remark=f"{NAME}（{PHONE}）来了")
    signup.words = f"{NAME}觉得好，{PHONE}"
    signup.save()
    log(signup, clerk, message=f"签到：{NAME}（{PHONE}）来了")


def nominate_and_object(station, director) -> None:
    """Nominated a neighbour, was nominated and refused, and objected twice."""
    of_nominator = {"nominator_name": NAME, "nominator_phone": PHONE, "station": station}
    make_role_model(name="马示例家庭", recognised_on="2026-01-10", **of_nominator)
    on_notice = make_role_model(
        status="notice",
        name=NAME,
        deed=f"{NAME}扶老人过马路",
        notice_on="2026-01-02",
        notice_until="2026-01-09",
        photo=make_picture_file(),
        **of_nominator,
    )
    said = {"role_model": on_notice, "name": NAME, "phone": PHONE}
    make_objection(text=f"{NAME}那天在我家，{PHONE}", **said)  # and nobody ever settles it
    settled = make_objection(text="不是他", **said)
    settled.take("settle", by=director, remark=f"问过{NAME}，{PHONE}")
    log(settled, director, title=name_of(settled), message=f"处理：问过{NAME}，{PHONE}")
    RoleModel.objects.filter(pk=on_notice.pk).update(
        status=RoleModel.Status.REFUSED, closed_on="2026-01-10"
    )
    on_notice.changes.create(step="refuse", from_status="x", to_status="y", remark=f"{NAME}不够")
    log(on_notice, director, message=f"退回：{NAME}不够")


@pytest.fixture
def resident(station, centre, clerk, director):
    """Somebody whose name and number have got everywhere they can get to."""
    with time_machine.travel(CLOSED_AT, tick=False):
        demand = make_demand(
            station=station,
            title=f"{NAME}家修水管",
            text=f"{NAME}，电话154 1234-5678，晚上在家。",
            contact_name=NAME,
            contact_phone=PHONE,
            session=make_held_session(activity=make_activity(station=station, form="training")),
        )
        demand.take("accept", by=clerk, remark=f"给{NAME}打过电话（{PHONE}）")
        log(demand, clerk, message=f"受理：给{NAME}打过电话（{PHONE}）")
        demand.take("complete", by=clerk, result=f"师傅去{NAME}家修好了。")
        log(demand, clerk, message=[{"changed": {"object": NAME, "fields": ["居民手机号"]}}])

        refused = make_demand(
            station=station, contact_name=NAME, contact_phone=PHONE, title="要一辆车"
        )
        refused.take("return", by=clerk, remark=f"跟{NAME}说明了，+86{PHONE}")
        applicant = make_volunteer(
            station=station, name=NAME, phone=PHONE, status="applied", birth_year=1960
        )
        log(applicant, clerk)
        whistle = make_whistle(
            station=station, text="找１５４１２３４５６７８", raised_on="2026-01-02"
        )
        whistle.responded_on = timezone.localdate()
        whistle.status = Whistle.Status.RESPONDED
        whistle.save()
        whistle.take("solve", by=clerk, result=f"回了电话{PHONE}。")

        gone = make_demand(
            station=station, contact_name=NAME, contact_phone=PHONE, title=f"{NAME}要轮椅"
        )
        Deletion.objects.keep(gone, by=director)
        log(gone, director, flag=DELETION, title=f"2026-01-10 {PHONE}，{NAME}要轮椅")
        gone.delete()
        sign_up(station, clerk)
        nominate_and_object(station, director)
    with time_machine.travel(at("2026-02-03"), tick=False):
        summary = make_summary(station=station, month=Month(2026, 1))
        summary.take("submit", by=clerk)
        summary.take("approve", by=director)
    return demand


def test_forget_leaves_nothing_in_the_whole_database_and_every_figure_as_it_was(
    resident, django_capture_on_commit_callbacks
):
    before = places_with([NAME, PHONE])
    assert {
        "services_demand.contact_name",
        "services_demand.contact_phone",
        "services_demand.title",
        "services_demand.text",
        "services_demand.result",
        "services_demandchange.remark",
        "services_whistle.result",
        "volunteers_volunteer.name",
        "volunteers_volunteer.phone",
        "activities_signup.name",
        "activities_signup.answer",
        "activities_signup.words",
        "activities_signupchange.remark",
        "activities_rolemodel.name",
        "activities_rolemodel.deed",
        "activities_rolemodel.nominator_name",
        "activities_rolemodelchange.remark",
        "activities_objection.text",
        "activities_objectionchange.remark",
        "stations_deletion.contents",
        "stations_deletion.name",
        "reports_frozenline.text",
        "django_admin_log.object_repr",
        "django_admin_log.change_message",
    } <= set(before)
    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        figures = all_figures()
        rows = [model.objects.count() for model in KEPT]
        photo = RoleModel.objects.exclude(photo="").get().photo

        with django_capture_on_commit_callbacks(execute=True):
            forget("--yes")

        assert places_with([NAME, PHONE, "154 1234-5678", "１５４１２３４５６７８"]) == []
        assert all_figures() == figures
        assert [model.objects.count() for model in KEPT] == rows
        assert not photo.storage.exists(photo.name)
    resident.refresh_from_db()
    assert resident.title == "**家修水管"
    assert resident.text == "**，电话**，晚上在家。"
    assert resident.result == "师傅去**家修好了。"
    assert [line.remark for line in resident.changes.all()] == ["给**打过电话（**）", ""]


def test_forget_waits_until_the_keep_time_is_over(resident):
    with time_machine.travel(LAST_DAY_KEPT, tick=False):
        forget("--yes")
    resident.refresh_from_db()
    assert (resident.contact_name, resident.contact_phone) == (NAME, PHONE)
    assert resident.text == f"{NAME}，电话154 1234-5678，晚上在家。"
    assert resident.changes.first().remark == f"给{NAME}打过电话（{PHONE}）"
    # Returned demands and applications are kept 30 days.
    # So are nominations that came to nothing; objections 180, one that nobody settles since the
    # end of the notice on the day before.
    assert not RoleModel.objects.filter(name=NAME).exists()
    assert Objection.objects.get(name=NAME, phone=PHONE).status == "settled"
    others = Demand.objects.exclude(pk=resident.pk)
    assert list(others.values_list("contact_name", "contact_phone")) == [("", "")]
    assert str(Volunteer.objects.get()).startswith("资料已删除（T")


def test_forget_says_first_what_it_would_do_and_changes_nothing(resident):
    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        before = places_with([NAME, PHONE])

        said = forget()

        assert places_with([NAME, PHONE]) == before
        assert said == [
            "报名时留下的姓名和手机号（活动结束后90天）："
            "清空1条，文字里抹去1条，办理记录、历史和日志里抹去2处",
            "提需求时留下的姓名和手机号（办结后180天）："
            "清空1条，文字里抹去1条，办理记录、历史和日志里抹去8处",
            "没有办成、退回的需求里留下的姓名和手机号（退回后30天）："
            "清空1条，办理记录、历史和日志里抹去1处",
            "反映的难题里写到的手机号（解决后180天）：文字里抹去1条，办理记录、历史和日志里抹去1处",
            "志愿者的手机号（退出志愿者队伍后180天）：没有",
            "报名当志愿者、没有登记的申请（申请后30天）：清空1条，办理记录、历史和日志里抹去1处",
            "推荐身边好人时，推荐人留下的姓名和手机号（评定后90天）：清空1条",
            "没有评上的推荐：被推荐人的姓名、事迹和照片，推荐人的姓名和手机号（退回或撤回后30天）："
            "清空1条，办理记录、历史和日志里抹去3处，文件1个",
            "对公示提异议时留下的姓名、手机号和说的话（处理或公示期满后180天）："
            "清空2条，办理记录、历史和日志里抹去2处",
            "工作人员误删、还可以恢复的内容（删除后30天）：清空1条",
            "已经删掉的报名留下的痕迹：没有",
            "已经删掉的需求留下的痕迹：办理记录、历史和日志里抹去3处",
            "已经删掉的吹哨报到留下的痕迹：没有",
            "已经删掉的志愿者留下的痕迹：没有",
            "已经删掉的道德标杆留下的痕迹：没有",
            "已经删掉的异议留下的痕迹：没有",
            "已经删掉的回收站内容留下的痕迹：没有",
            "导入名单用的文件（上传后7天）：没有",
            "换下来、没有用上的图片和附件：没有",
            "以上只是清点，什么都没有改。要真的清除，请加上 --yes 再运行。",
        ]
        assert forget("--yes") == said[:-1]
        assert [line.rpartition("：")[2] for line in forget("--yes")] == ["没有"] * 19


def test_forget_leaves_alone_what_is_still_needed(station, clerk):
    """An open demand and an active volunteer, with everything around them."""
    with time_machine.travel(CLOSED_AT, tick=False):
        demand = make_demand(
            station=station, text=f"{NAME} {PHONE}", contact_name=NAME, contact_phone=PHONE
        )
        demand.take("accept", by=clerk, remark=f"打{PHONE}")
        log(demand, clerk, message=f"受理：打{PHONE}")
        make_volunteer(station=station, name=NAME, phone=PHONE)
    before = places_with([NAME, PHONE])

    with time_machine.travel(FIRST_DAY_DUE + timedelta(days=900), tick=False):
        forget("--yes")

    assert places_with([NAME, PHONE]) == before
    assert LogEntry.objects.get().change_message == f"受理：打{PHONE}"


def test_forget_does_not_touch_a_namesake(station, clerk):
    with time_machine.travel(CLOSED_AT, tick=False):
        due = make_demand(
            station=station, contact_name=NAME, text=f"{NAME}要学手机", status="completed"
        )
        other = make_demand(
            station=station, contact_name="宋大江", text=f"{NAME}介绍来的", status="completed"
        )

    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        forget("--yes")

    due.refresh_from_db()
    other.refresh_from_db()
    assert (due.text, other.text) == ("**要学手机", f"{NAME}介绍来的")


def test_forget_a_retired_volunteers_phone_but_neither_name_nor_hours(station):
    with time_machine.travel(CLOSED_AT, tick=False):
        volunteer = make_volunteer(station=station, name=NAME, phone=PHONE, status="retired")

    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        forget("--yes")

    volunteer.refresh_from_db()
    assert (volunteer.name, volunteer.phone) == (NAME, "")


def test_forget_an_application_that_was_registered_is_kept(station, clerk):
    with time_machine.travel(CLOSED_AT, tick=False):
        volunteer = make_volunteer(station=station, name=NAME, phone=PHONE, status="applied")
        volunteer.take("register", by=clerk)

    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        forget("--yes")

    volunteer.refresh_from_db()
    assert (volunteer.name, volunteer.phone) == (NAME, PHONE)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("打15412345678。", "打**。"),
        ("打154-1234-5678", "打**"),
        ("打154 1234 5678找我", "打**找我"),
        ("打+8615412345678", "打**"),
        ("打86 154 1234 5678", "打**"),
        ("１５４１２３４５６７８", "**"),
        ("15412345678/15487654321", "**/**"),
        ("154　1234　5678", "**"),
        ("154\u200b1234\u200b5678", "**"),
        ("154·1234·5678", "**"),
        ("(154)1234-5678", "(**"),
        ("154\t1234\t5678", "**"),
        ("一五四一二三四五六七八", "**"),
        ("身份证11010519491231002X", "身份证**"),
        ("打0937-6000000", "打0937-6000000"),
        ("编号215412345678", "编号215412345678"),
        ("154123456789", "154123456789"),
        ("2026-11-23 1234", "2026-11-23 1234"),
        ("", ""),
        (None, None),
    ],
)
def test_cleaned_knows_a_mobile_number_however_it_is_typed(text, after):
    assert personal_data.cleaned(text) == after


def test_cleaned_takes_the_longer_name_first_and_no_single_character():
    assert personal_data.cleaned("宋小满和宋小，姓宋", ("宋小", "宋小满", "宋")) == "**和**，姓宋"


def test_cleaned_reads_the_admin_log_as_the_json_it_is():
    message = json.dumps(
        [{"changed": {"fields": ["姓名"], "object": "宋小满 154\u30001234\u30005678"}}]
    )

    after = personal_data.cleaned(message, ("宋小满",))

    assert json.loads(after) == [{"changed": {"fields": ["姓名"], "object": "** **"}}]
    assert personal_data.cleaned("[待办] 15412345678") == "[待办] **"
    assert personal_data.cleaned("[15412345678]") == "[**]"


def test_mobile_numbers_are_found_by_the_database_as_by_python(station):
    typed = ["打+8615412345678", "154-1234-5678", "１５４１２３４５６７８", "86 154 1234 5678"]
    others = ["215412345678", "0937-6000000", "154123456789"]
    for text in [*typed, *others]:
        make_demand(station=station, text=text)

    found = Demand.objects.filter(text__regex=personal_data.MOBILE)

    assert sorted(found.values_list("text", flat=True)) == sorted(typed)


def test_forget_reaches_into_the_history_of_changes(station):
    """The versions of a row that is due, and those of a row that was deleted."""
    with time_machine.travel(CLOSED_AT, tick=False):
        asked = {"station": station, "contact_name": NAME, "contact_phone": PHONE}
        words = f"给{NAME}打了{PHONE}"
        due = make_demand(**asked, status="completed", result=words)
        gone = make_demand(**asked, status="completed", result=words)
        gone.delete()
        make_demand(**asked, result=words)  # still open
    versions = Demand.history.model.objects
    assert versions.filter(result=words).count() == 4

    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        dry, done = forget()[:-1], forget("--yes")

    assert list(versions.filter(id=due.pk).values_list("result", flat=True)) == ["给**打了**"]
    assert versions.filter(result__contains=PHONE).count() == 1  # of the open one
    assert dry == done


def test_forget_what_the_recycle_bin_gave_up_with_its_picture(
    client, station, director, django_capture_on_commit_callbacks
):
    """For as long as a role model can be put back, it is as it was; then nobody is named."""
    client.force_login(director)
    with time_machine.travel(CLOSED_AT, tick=False):
        model = make_role_model(station=station, name=NAME, photo=make_picture_file())
        log(model, director, message=f"改了{NAME}的事迹")
        client.post(f"/admin/activities/rolemodel/{model.pk}/delete/", {"post": "yes"})
    photo, everywhere = model.photo, places_with([NAME])

    for days, kept in ((30, True), (31, False)):
        with (
            time_machine.travel(CLOSED_AT + timedelta(days=days), tick=False),
            django_capture_on_commit_callbacks(execute=True),
        ):
            forget("--yes")
        assert photo.storage.exists(photo.name) == kept
        assert places_with([NAME]) == (everywhere if kept else [])
    assert set(LogEntry.objects.values_list("object_repr", "change_message")) == {("", "")}


def test_forget_what_an_approved_month_says_of_rows_that_were_deleted(
    client, station, clerk, director
):
    """Its figures stay; of a title nobody knows any more which name stands in it."""
    day = (Month.current() - 1).first
    demand = make_demand(station=station, title=f"{NAME}家水管漏了", submitted_at=at(day))
    model = make_role_model(station=station, name=NAME, recognised_on=day, nominated_on=day)
    summary = make_summary(station=station)
    summary.take("submit", by=clerk)
    summary.take("approve", by=director)
    figures = list(summary.figures.values_list("code", "value"))
    lines = summary.frozen_lines(metrics.declared()["honours.role_models"])
    assert [line.text for line in lines] == [model.masked]
    client.force_login(director)
    for page in (f"services/demand/{demand.pk}", f"activities/rolemodel/{model.pk}"):
        client.post(f"/admin/{page}/delete/", {"post": "yes"})

    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        forget("--yes")

    assert places_with([NAME]) == []
    assert list(summary.figures.values_list("code", "value")) == figures
    lines = summary.frozen_lines(metrics.declared()["honours.role_models"])
    assert [line.text for line in lines] == ["（原来的记录已经删除）"]


def test_forget_what_the_recycle_bin_was_called_before_it_was_put_back(
    client, station, centre, director
):
    demand = make_demand(station=station, title=f"{NAME}家水管漏了", contact_name=NAME)
    client.force_login(director)
    client.post(f"/admin/services/demand/{demand.pk}/delete/", {"post": "yes"})
    client.post(f"/admin/stations/deletion/{Deletion.objects.get().pk}/restore/")
    assert Demand.objects.get().title == f"{NAME}家水管漏了"

    Demand.objects.get().forget_contact()

    assert places_with([NAME]) == []


def test_forget_pictures_that_no_row_shows_and_that_cannot_be_put_back(
    client, station, centre, director
):
    shown = make_role_model(station=station, photo=make_picture_file())
    deleted = make_role_model(station=station, photo=make_picture_file())
    replaced = make_role_model(station=station, photo=make_picture_file())
    client.force_login(director)
    client.post(f"/admin/activities/rolemodel/{deleted.pk}/delete/", {"post": "yes"})
    RoleModel.objects.filter(pk=replaced.pk).update(photo="")

    def there() -> list[bool]:
        return [row.photo.storage.exists(row.photo.name) for row in (shown, deleted, replaced)]

    forget("--yes")
    assert there() == [True, True, True]  # it may belong to a form that is being saved
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert "换下来、没有用上的图片和附件：文件1个" in forget()
        assert there() == [True, True, True]
        forget("--yes")

    assert there() == [True, True, False]


def test_forget_no_pictures_beside_a_database_that_knows_none_of_them(db, settings):
    """Somebody has begun with an empty database, and restores it tomorrow."""
    settings.MEDIA_ROOT.mkdir()
    pictures = [settings.MEDIA_ROOT / f"{number}.webp" for number in range(21)]
    for picture in pictures:
        picture.write_bytes(b"RIFF")

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        with pytest.raises(CommandError, match="1 kinds could not be forgotten"):
            forget("--yes")
        assert all(picture.exists() for picture in pictures)

        pictures[0].unlink()  # a few are what is left of forms that were not saved
        forget("--yes")

    assert not any(picture.exists() for picture in pictures)


def test_forget_a_number_among_what_a_retired_volunteer_can_do(station, clerk):
    with time_machine.travel(CLOSED_AT, tick=False):
        volunteer = make_volunteer(station=station, skills=f"电工 {PHONE}", phone=PHONE)
        volunteer.take("retire", by=clerk)

    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        forget("--yes")

    volunteer.refresh_from_db()
    assert volunteer.skills == "电工 **"
    assert places_with([PHONE]) == []


def test_forget_import_files_after_a_week(settings, tmp_path, db):
    settings.IMPORTS_DIR = tmp_path
    (tmp_path / "folder").mkdir()
    now = at("2026-11-23", "12:00")
    for name, days in (("folder/old.xlsx", 8), ("new.xlsx", 7)):
        (tmp_path / name).write_text(PHONE)
        written = (now - timedelta(days=days)).timestamp()
        os.utime(tmp_path / name, (written, written))

    with time_machine.travel(now, tick=False):
        assert "导入名单用的文件（上传后7天）：文件1个" in forget()
        assert (tmp_path / "folder/old.xlsx").exists()
        forget("--yes")

    assert [path.name for path in tmp_path.rglob("*.xlsx")] == ["new.xlsx"]


def test_forget_import_files_goes_on_when_one_cannot_be_deleted(
    settings, tmp_path, db, monkeypatch
):
    settings.IMPORTS_DIR = tmp_path
    for name in ("1.xlsx", "2.xlsx", "3.xlsx"):
        (tmp_path / name).write_text(PHONE)
    unlink, tried = Path.unlink, []

    def refuse_the_first(path, **kwargs):
        tried.append(path)
        if len(tried) == 1:
            raise PermissionError(path)
        unlink(path, **kwargs)

    monkeypatch.setattr(Path, "unlink", refuse_the_first)
    with time_machine.travel(timezone.now() + timedelta(days=9)), pytest.raises(CommandError):
        forget("--yes")

    assert list(tmp_path.iterdir()) == tried[:1]


def test_forget_goes_on_when_one_kind_fails(resident, monkeypatch):
    def broken(dry_run):
        raise RuntimeError(PHONE)

    monkeypatch.setattr(
        personal_data,
        "tasks",
        lambda first=personal_data.tasks: iter([("坏掉的", broken), *first()]),
    )
    out, err = StringIO(), StringIO()
    with (
        time_machine.travel(FIRST_DAY_DUE, tick=False),
        pytest.raises(CommandError, match="1 kinds could not be forgotten"),
    ):
        call_command("forget", "--yes", stdout=out, stderr=err)

    assert "坏掉的：没有办成，RuntimeError" in err.getvalue()
    assert PHONE not in err.getvalue()
    assert places_with([NAME, PHONE]) == []


@pytest.fixture
def three_batches(station, monkeypatch):
    """Five demands that are due, two in a batch."""
    monkeypatch.setattr(personal_data, "BATCH", 2)
    with time_machine.travel(CLOSED_AT, tick=False):
        asked = {"station": station, "contact_phone": PHONE, "status": "completed"}
        return [make_demand(**asked, title=f"第{n}件") for n in range(1, 6)]


def titles_left() -> list[str]:
    left = Demand.objects.filter(contact_phone=PHONE).order_by("pk")
    return list(left.values_list("title", flat=True))


@pytest.fixture
def poisoned(monkeypatch):
    """Let every attempt at one row fail in this way."""

    def poisoned(row: Demand, error: BaseException) -> None:
        real = personal_data._Place.forget

        def forget(place, names, dry_run):
            found = real(place, names, dry_run)
            if place.rows.model is Demand and row.pk in names:
                raise error
            return found

        monkeypatch.setattr(personal_data._Place, "forget", forget)

    return poisoned


def test_forget_poisoned_row_stays_and_stops_no_other(three_batches, poisoned, caplog):
    poisoned(three_batches[2], ValueError(PHONE))
    out, err = StringIO(), StringIO()

    with time_machine.travel(FIRST_DAY_DUE, tick=False), pytest.raises(CommandError):
        call_command("forget", "--yes", stdout=out, stderr=err)

    assert titles_left() == ["第3件"]
    assert "（办结后180天）：清空4条，没有办成1条" in out.getvalue()
    assert "（办结后180天）：1条没有办成，日志里有编号" in err.getvalue()
    assert f"could not forget key {three_batches[2].pk}: ValueError" in caplog.text
    assert PHONE not in caplog.text + err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_nightly_keeps_what_was_forgotten_before_the_database_went_away(
    three_batches, poisoned, settings
):
    """The first batch that comes is committed; the one with the fault and what follows are not."""
    settings.NIGHTLY = {"practice_portal.nightly.forget": "清除到期的个人信息"}
    last_batch = three_batches[4]
    poisoned(last_batch, OperationalError(PHONE))

    with time_machine.travel(FIRST_DAY_DUE, tick=False):
        is_ok = run_nightly(lambda line: None)

    assert not is_ok
    assert titles_left() == ["第5件"]
    message = NightlyStep.objects.get().message
    assert message == "提需求时留下的姓名和手机号（办结后180天）：没有办成，OperationalError"


@pytest.mark.django_db(transaction=True)
def test_nightly_keeps_what_was_forgotten_before_it_was_ended(three_batches, poisoned, settings):
    settings.NIGHTLY = {"practice_portal.nightly.forget": "清除到期的个人信息"}
    poisoned(three_batches[4], KeyboardInterrupt())

    with time_machine.travel(FIRST_DAY_DUE, tick=False), pytest.raises(KeyboardInterrupt):
        run_nightly(lambda line: None)

    assert titles_left() == ["第5件"]


def test_forget_asks_as_often_for_ten_in_a_batch_as_for_one(station):
    """Neither a query for each row nor a subquery in which the database may lose its way."""
    with time_machine.travel(CLOSED_AT, tick=False):
        make_demand(station=station, contact_name=NAME, text=NAME, status="completed")
    with time_machine.travel(FIRST_DAY_DUE, tick=False), CaptureQueriesContext(connection) as one:
        forget("--yes")
    with time_machine.travel(CLOSED_AT, tick=False):
        for _ in range(10):
            make_demand(station=station, contact_name=NAME, text=NAME, status="completed")
    with time_machine.travel(FIRST_DAY_DUE, tick=False), CaptureQueriesContext(connection) as ten:
        forget("--yes")

    assert len(ten) == len(one)


def test_forget_on_the_demo_street_changes_no_figure(demo_noon):
    demo_noon.shift(timedelta(days=200))
    figures = all_figures()
    assert Demand.objects.filter(status="completed").exclude(contact_phone="").exists()

    forget("--yes")

    assert all_figures() == figures
    left = Demand.objects.exclude(contact_name="", contact_phone="")
    assert set(left.values_list("status", flat=True)) <= {"submitted", "accepted"}
    assert not DemandChange.objects.filter(remark__regex=personal_data.MOBILE).exists()
