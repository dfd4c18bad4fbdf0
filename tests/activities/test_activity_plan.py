"""按表排活动: a month's plan from one Excel sheet, looked at first and then made as drafts."""

from datetime import date, datetime, time
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from activities.models import Activity, Session
from activities.plan_sheet import COLUMNS
from practice_portal.lib.sheets import safe_cell
from tests.factories import at, make_activity, make_booking, make_brand, make_session, make_venue

PAGE = "/admin/activities/activity/plan/"
ROW = {
    "活动名称": "学做面果子",
    "内容": "面点师傅带着做三样面果子。",
    "日期": date(2026, 12, 5),
    "几点开始": time(9, 30),
    "几点结束": "11：30",
}


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(at("2026-11-23", "12:00"), tick=False):
        yield


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


def sheet(*rows, headings=COLUMNS) -> SimpleUploadedFile:
    book = Workbook()
    book.active.append(headings)
    for row in rows:
        book.active.append([row.get(name) for name in headings])
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("plan.xlsx", out.getvalue())


def send(desk, *rows):
    return desk.post(PAGE, {"file": sheet(*rows)})


def errors(answer) -> list[list[str]]:
    return [row.errors for row in answer.context["plan"].rows]


def test_plan_is_looked_at_and_then_made_as_drafts(desk, station):
    venue = make_venue(station=station, name="一楼大厅", capacity=40)
    brand = make_brand(station=station, name="面案上的家风")
    second = ROW | {"日期": "12月12日", "几点开始": datetime(1899, 12, 30, 9, 30)}
    show = ROW | {"活动名称": "剪纸展", "形式": "展览", "日期": "2026-12-01", "最后一天": "12-8"}
    whole = ROW | {"阵地": "一楼大厅", "名额": 20.0, "适合谁": "老人", "品牌": "面案上的家风"}

    look = send(desk, whole, second, {}, show)

    assert errors(look) == [[], [], []]
    assert [(row.number, row.days, row.place) for row in look.context["plan"].rows] == [
        (2, "12月5日（周六）上午9:30–11:30", "南湖社区一楼大厅"),
        (3, "12月12日（周六）上午9:30–11:30", ""),
        (5, "12月1日（周二）到12月8日（周二），每天上午9:30–11:30", ""),
    ]
    assert not Activity.objects.exists()

    answer = desk.post(PAGE, {"rows": look.context["signed"]}, follow=True)

    assert "排好了2个活动、3场" in answer.content.decode()
    course, exhibition = Activity.objects.order_by("pk")
    assert (course.status, course.station, course.brand, course.audience, course.platform) == (
        "draft", station, brand, "elderly", "culture",
    )  # fmt: skip
    assert [(s.starts_at, s.capacity, s.room) for s in course.sessions.all()] == [
        (at("2026-12-05"), 20, venue),
        (at("2026-12-12"), None, None),
    ]
    assert exhibition.form == "exhibition"
    assert exhibition.sessions.get().is_daily
    assert exhibition.risk_notice  # as its kind begins with


def test_plan_says_an_activity_only_once(desk, station):
    later = ROW | {"日期": "12月12日"}
    other = later | {"内容": "改做馒头。", "要留意": "蒸笼烫手。"}
    blank = ROW | {"日期": "12月19日", "要留意": ""}

    says = "和第2行是同一个活动，内容、要留意却不一样：请写成一样，或者换个活动名称。"
    assert errors(send(desk, ROW | {"要留意": "面粉过敏的请说一声。"}, other, blank)) == [
        [], [says], [],
    ]  # fmt: skip


def test_plan_takes_an_activity_near_a_festival_to_be_for_it(desk, station):
    lantern = ROW | {"活动名称": "做元宵", "日期": "2027-02-20"}
    desk.post(PAGE, {"rows": send(desk, ROW, lantern).context["signed"]})

    assert list(Activity.objects.order_by("pk").values_list("festival", flat=True)) == [
        "", "lantern",
    ]  # fmt: skip


def test_plan_pressed_or_sent_twice_makes_nothing_twice(desk, station):
    signed = send(desk, ROW).context["signed"]
    desk.post(PAGE, {"rows": signed})
    again = desk.post(PAGE, {"rows": signed})

    assert errors(again) == [["这个活动在这个时间已经排过了，请删掉这一行。"]]
    assert errors(send(desk, ROW, ROW))[1] == ["这个活动在这个时间已经排过了，请删掉这一行。"]
    assert Session.objects.count() == 1


def test_plan_books_a_taken_room_for_nobody_and_says_so(desk, station):
    venue = make_venue(station=station, name="一楼大厅")
    make_booking(venue=venue, starts_at=at("2026-12-05", "10:00"))

    look = send(desk, ROW | {"阵地": "一楼大厅"})

    [row] = look.context["plan"].rows
    assert (row.errors, row.venue) == ([], None)
    assert "已由示例合唱队用于“合唱排练”" in row.note
    desk.post(PAGE, {"rows": look.context["signed"]})
    assert Session.objects.get().booking is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"活动名称": ""}, "活动名称：此字段不能为空"),
        ({"活动名称": "=1+1"}, "活动名称：是公式，请直接写字。"),
        ({"活动名称": "面" * 41}, "活动名称：确保该"),
        ({"内容": "报名打15412345678"}, "内容：“报名打154****5678”里有手机号"),
        ({"日期": ""}, "日期：还空着。"),
        ({"日期": "下周三"}, "日期：“下周三”看不懂，请写成“12月5日”或“2026-12-05”。"),
        ({"日期": date(2026, 11, 20)}, "日期：这一天已经过去了。"),
        ({"日期": date(2029, 11, 20)}, "日期：这一天太远了，请选一年以内的日子。"),
        ({"几点开始": "25:00"}, "几点开始：“25:00”看不懂，请写成“9:30”或“14:00”。"),
        ({"几点结束": "9:00"}, "结束时间须晚于开始时间。"),
        ({"平台": "杂技"}, "平台：没有“杂技”，请从这些里选：理论宣讲"),
        ({"名额": "很多"}, "名额：“很多”要写成数字，如 20；不用报名的空着。"),
        ({"名额": 50, "阵地": "南湖社区一楼大厅"}, "名额：一楼大厅能坐40人，请不要超过它。"),
        ({"名额": 5, "最后一天": "12月8日"}, "名额：一连办几天的不用报名，请空着。"),
        ({"阵地": "邻家教室"}, "阵地：没有您能用的“邻家教室”，请照“可选的词”里的写。"),
        ({"品牌": "邻家品牌"}, "品牌：没有您能用的“邻家品牌”，请照“可选的词”里的写。"),
        ({"实践所": "示例邻社区"}, "实践所：“示例邻社区”不是您管的实践所。"),
    ],
)
def test_plan_says_row_by_row_what_is_wrong(desk, station, other_station, typed, says):
    make_venue(station=station, name="一楼大厅", capacity=40)
    make_venue(station=other_station, name="邻家教室")
    make_brand(station=other_station, name="邻家品牌")

    look = send(desk, ROW, ROW | {"活动名称": "另一个"} | typed)

    fine, [error, *_] = errors(look)
    assert (fine, error[: len(says)]) == ([], says)
    assert look.context["signed"] == ""
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04 not a book"), "PDF和Word、Excel"),
        (SimpleUploadedFile("a.xlsx", b"%PDF-1.7"), "打不开这个文件"),
        (SimpleUploadedFile("a.xlsx", b"x" * 1_100_000), "太大了"),
        (sheet(ROW, headings=("活动名称", "日期")), "第一行里没有“内容、几点开始、几点结束”这一列"),
        (sheet(), "一行也没有填"),
        (sheet(*[ROW] * 101), "一次最多100行，这张表有101行"),
    ],
)
def test_plan_refuses_a_file_that_is_no_such_sheet(desk, station, file, says):
    file.seek(0)
    answer = desk.post(PAGE, {"file": file})

    assert says in answer.context["form"].errors["file"][0]


def test_plan_rows_that_nobody_signed_are_refused(desk, station):
    answer = desk.post(PAGE, {"rows": "made-up"})

    assert "请再传一次" in answer.content.decode()
    assert not Activity.objects.exists()


def test_plan_template_offers_the_own_rooms_and_computes_nothing(
    desk, client, station, other_station, director
):
    make_venue(station=station, name="一楼大厅")
    make_venue(station=other_station, name="邻家教室")
    make_brand(station=station, name="=cmd|'/c calc'!A1")

    book = load_workbook(BytesIO(desk.get(PAGE + "template.xlsx").content))

    headings = [cell.value for cell in book.worksheets[0][1]]
    assert headings[:2] == ["活动名称*", "内容*"]
    assert "实践所" not in headings
    words = [cell for row in book["可选的词"].iter_rows() for cell in row if cell.value]
    offered = {cell.value for cell in words}
    assert "南湖社区一楼大厅" in offered
    assert "'=cmd|'/c calc'!A1" in offered
    assert not any("邻家" in text for text in offered)
    assert {cell.data_type for cell in words} == {"s"}
    assert send(desk, ROW | {"品牌": "'=cmd|'/c calc'!A1"}).context["plan"].is_sound

    client.force_login(director)
    book = load_workbook(BytesIO(client.get(PAGE + "template.xlsx").content))
    assert "实践所" in [cell.value for cell in book.worksheets[0][1]]
    rows = send(client, ROW, ROW | {"实践所": "示例邻社区"}).context["plan"].rows
    assert [(row.errors, row.activity.station.name) for row in rows] == [
        ([], "钢城街道"),
        ([], "示例邻社区"),
    ]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_safe_cell_begins_with_no_sign_of_a_formula(sign):
    assert safe_cell(f"{sign}1") == f"'{sign}1"
    assert safe_cell("1=1") == "1=1"


def test_plan_leaves_what_is_there_alone(desk, station):
    there = make_session(activity=make_activity(station=station, title="学做面果子"))

    desk.post(PAGE, {"rows": send(desk, ROW).context["signed"]})

    assert Activity.objects.filter(title="学做面果子").count() == 2
    assert there.activity.sessions.count() == 1
    assert reverse("admin:activities_activity_plan") == PAGE
