"""The month on one sheet of A4, read back as whoever opens the file does."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from activities import month_paper
from activities.models import Session
from activities.month_paper import MonthPaper
from practice_portal.lib.fonts import NoFont
from practice_portal.lib.qr import qr_svg
from tests.factories import (
    at,
    make_activity,
    make_centre,
    make_session,
    make_station,
    make_venue,
)
from tests.pages import words

URL = "/activities/2026-11/month.pdf"
NANHU = f"{URL}?station=nanhu"
LANDSCAPE, PORTRAIT = (842, 595), (595, 842)


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


@pytest.fixture
def nanhu(db):
    return make_station(
        name="南湖社区", slug="nanhu", address="示例路8号", phone="0937-6000009", position=1
    )


def read(client, url=NANHU) -> PdfReader:
    response = client.get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return PdfReader(BytesIO(response.content))


def text(reader: PdfReader) -> str:
    """All its words, without the ends of lines."""
    return "".join(page.extract_text() for page in reader.pages).replace("\n", "")


def format_of(reader: PdfReader) -> list[tuple[int, int]]:
    boxes = [page.mediabox for page in reader.pages]
    return [(round(box.width), round(box.height)) for box in boxes]


def fill(station, *, a_day: int, title: str) -> None:
    """So many sessions on each of the month's 30 days."""
    activity = make_activity(station=station, title=title)
    first = at("2026-11-01", "8:00")
    Session.objects.bulk_create(
        Session(
            activity=activity,
            starts_at=first + timedelta(days=day, minutes=30 * number),
            ends_at=first + timedelta(days=day, minutes=30 * number + 30),
        )
        for day in range(30)
        for number in range(a_day)
    )


def test_month_paper_of_a_station_is_one_sheet_with_all_one_asks(client, nanhu):
    make_centre()
    hall = make_venue(station=nanhu, name="一楼大厅")

    def offer(title, day, **values):
        activity = make_activity(station=nanhu, title=title)
        return make_session(activity=activity, starts_at=at(day), **values)

    offer("学做<b>面果子</b>", "2026-11-04", venue=hall)
    offer("读报会", "2026-11-05", venue=hall)
    offer("便民集市", "2026-11-07", address="东门广场")
    offer("合唱排练", "2026-11-26", venue=hall).take("cancel", remark="停电")
    moved = Session.objects.get(pk=offer("量血压", "2026-11-28").pk)
    moved.starts_at, moved.ends_at = at("2026-11-29", "15:00"), at("2026-11-29", "16:00")
    moved.save()
    moved.hold(hall)
    offer("下月的", "2026-12-01")

    reader = read(client)
    page = text(reader)

    assert format_of(reader) == [LANDSCAPE]
    assert reader.metadata.title == "南湖社区新时代文明实践所2026年11月活动"
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert "11月南湖社区新时代文明实践所2026年11月活动，一共4场。" in page
    assert "没写地点的，都在南湖社区一楼大厅。" in page
    assert "问事打电话 0937-6000009" in page
    assert "上午9:30 学做<b>面果子</b>5" in page.replace("十六 ", "").replace("廿六 ", "")
    assert "上午9:30 便民集市 东门广场" in page
    assert "取消了 合唱排练" in page
    assert "下午3:00 量血压（时间和地点改了）" in page
    assert "网址：http://testserver/activities/2026-11/?station=nanhu" in page
    assert "2026年11月24日印" in page
    assert "下月的" not in page


@pytest.mark.parametrize("month", ["2027-08", "2027-02"])  # six weeks, and four
def test_month_paper_that_is_empty_says_so(client, nanhu, month):
    reader = read(client, f"/activities/{month}/month.pdf?station=nanhu")

    assert format_of(reader) == [LANDSCAPE]
    assert "现在还没有排出活动，排好了再来看。" in text(reader)
    assert "0937-6000009" in text(reader)


def test_month_paper_that_is_crowded_becomes_a_list_of_one_side(client, nanhu):
    fill(nanhu, a_day=2, title="秦腔自乐班，来吼两嗓子")

    reader = read(client)

    assert format_of(reader) == [PORTRAIT]
    assert text(reader).count("秦腔自乐班，来吼两嗓子") == 60
    assert "印不下" not in text(reader)


@pytest.mark.parametrize(
    ("title", "shown", "days"),
    [("秦腔自乐班", (30, 150), 30), ("很长很长的名字" * 5, (20, 29), 29)],
)
def test_month_paper_that_is_too_full_says_so_and_where_the_rest_is(
    client, nanhu, title, shown, days
):
    fill(nanhu, a_day=9, title=title)

    reader = read(client)
    page = text(reader)

    assert format_of(reader) == [PORTRAIT]
    assert shown[0] <= page.count(title) <= shown[1]
    assert shown[0] <= page.count("场没有印") <= days
    assert "这张纸印不下全部活动。 扫右上角的码，看最新的安排和没印的" in page
    assert "网址：http://testserver/activities/2026-11/?station=nanhu" in page


def test_month_paper_of_the_street_takes_both_sides_of_one_sheet(client, nanhu):
    make_centre()
    fill(nanhu, a_day=2, title="防跌倒：练腿、练站、练起身")
    fill(make_station(name="示例东社区"), a_day=2, title="秦腔自乐班，来吼两嗓子")

    reader = read(client, URL)
    page = text(reader)

    assert format_of(reader) == [PORTRAIT, PORTRAIT]
    assert reader.metadata.title == "钢城街道新时代文明实践中心2026年11月活动"
    assert page.count("防跌倒：练腿、练站、练起身 南湖社区") == 60
    assert page.count("秦腔自乐班，来吼两嗓子 示例东社区") == 60
    assert "第1面，共2面" in page
    assert "问事打电话 0937-6000001" in page


def test_month_paper_never_gets_longer_than_its_plan(client, nanhu, monkeypatch):
    fill(nanhu, a_day=1, title="手机防诈骗：认清六种假电话")
    monkeypatch.setattr(month_paper.Line, "height", lambda self, width: 1)
    monkeypatch.setattr(month_paper, "GRID_SIZES", (18, 11))

    reader = read(client)

    assert format_of(reader) == [LANDSCAPE]
    assert text(reader).count("六种假电话") == 30


def test_month_paper_is_typeset_once_for_all(client, nanhu, monkeypatch):
    made = []
    monkeypatch.setattr(MonthPaper, "pdf", lambda self, request: made.append(1) or b"%PDF")
    make_session(activity=make_activity(station=nanhu), starts_at=at("2026-11-28"))

    first = client.get(NANHU)
    assert [client.get(NANHU).content for _ in range(10)] == [b"%PDF"] * 10
    again = client.get(NANHU, headers={"If-None-Match": first["ETag"]})

    assert made == [1]
    assert (again.status_code, again.content) == (304, b"")

    Session.objects.get().take("cancel", remark="停电")

    changed = client.get(NANHU, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert made == [1, 1]


def test_month_paper_is_not_typeset_without_end(client, nanhu, monkeypatch):
    monkeypatch.setattr(MonthPaper, "pdf", lambda self, request: b"%PDF")
    answers = []
    for number in range(7):
        nanhu.phone = f"0937-600000{number}"
        nanhu.save()
        answers.append(client.get(NANHU))

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert int(answers[-1]["Retry-After"]) <= 60


def test_month_paper_asks_the_database_as_often_of_a_full_month(client, nanhu, monkeypatch):
    monkeypatch.setattr(MonthPaper, "pdf", lambda self, request: b"%PDF")

    def asked() -> int:
        etag = client.get(URL)["ETag"]
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL, headers={"If-None-Match": etag}).status_code == 304
        return len(queries)

    fill(nanhu, a_day=1, title="读报会")
    before = asked()
    fill(nanhu, a_day=5, title="合唱")
    make_session(
        activity=make_activity(station=nanhu), starts_at=at("2026-11-28"), venue=make_venue()
    )

    assert asked() == before == 3


def test_month_paper_without_a_font_leads_to_the_browsers_print(client, nanhu, monkeypatch):
    def no_font(size):
        raise NoFont

    monkeypatch.setattr(month_paper, "font", no_font)

    response = client.get(NANHU)

    assert response.status_code == 503
    assert "用浏览器的“打印”直接印" in words(response)


@pytest.mark.parametrize(
    "path",
    [
        "2026-07/month.pdf",
        "2027-12/month.pdf",
        "2026-13/month.pdf",
        "2026-11/month.pdf?station=nowhere",
        "2026-11/month.pdf?station=hidden",
    ],
)
def test_month_paper_of_what_nobody_prints_is_missing(client, db, path):
    make_station(slug="hidden", is_public=False)

    assert client.get(f"/activities/{path}").status_code == 404


def test_month_paper_refuses_other_methods(client, nanhu):
    assert client.post(NANHU).status_code == 405


def test_activity_month_offers_its_paper_and_prints_its_code(client, nanhu):
    for day in ("2026-11-28", "2026-08-28", "2026-07-28"):
        make_session(activity=make_activity(station=nanhu), starts_at=at(day))

    html = client.get("/activities/2026-11/?station=nanhu&audience=everyone").content.decode()
    street = client.get("/activities/2026-08/").content.decode()

    assert f'href="{NANHU}"' in html
    assert qr_svg("http://testserver/activities/2026-11/?station=nanhu") in html
    assert 'href="/activities/2026-08/month.pdf"' in street
    assert qr_svg("http://testserver/activities/2026-08/") in street
    assert "month.pdf" not in client.get("/activities/2026-07/").content.decode()
