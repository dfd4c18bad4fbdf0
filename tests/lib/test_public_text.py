"""What a public text may hold, and what it may not. No number here rings or belongs to anybody."""

import time

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from practice_portal.lib.public_text import find_numbers, is_card_number, is_id_number, refusal
from tests.factories import make_activity, make_session, make_station

MOBILE, LANDLINE, ID, CARD = "手机号", "电话号码", "身份证号", "银行卡号"


@pytest.mark.parametrize(
    ("text", "kind", "digits"),
    [
        ("找小宋15412345678报名", MOBILE, "15412345678"),
        ("找小宋154 1234 5678报名", MOBILE, "15412345678"),
        ("找小宋154-1234-5678", MOBILE, "15412345678"),
        ("154—1234—5678", MOBILE, "15412345678"),
        ("154.1234.5678", MOBILE, "15412345678"),
        ("(154)1234 5678", MOBILE, "15412345678"),
        ("154　1234　5678", MOBILE, "15412345678"),
        ("1541234 5678", MOBILE, "15412345678"),
        ("1541 234 5678", MOBILE, "15412345678"),
        ("154 123 45678", MOBILE, "15412345678"),
        ("1 5 4 1 2 3 4 5 6 7 8", MOBILE, "15412345678"),
        ("+86 154 1234 5678", MOBILE, "15412345678"),
        ("+8615412345678", MOBILE, "15412345678"),
        ("008615412345678", MOBILE, "15412345678"),
        ("１５４１２３４５６７８", MOBILE, "15412345678"),
        ("１５４－１２３４－５６７８", MOBILE, "15412345678"),
        ("一五四一二三四五六七八", MOBILE, "15412345678"),
        ("幺五四幺二三四五六七八", MOBILE, "15412345678"),
        ("一五四 一二三四 五六七八", MOBILE, "15412345678"),
        ("一五四1234〇〇零零", MOBILE, "15412340000"),
        ("周一15412345678", MOBILE, "15412345678"),
        ("周一一五四一二三四五六七八", None, None),  # nobody reads that either
        ("①⑤④①②③④⑤⑥⑦⑧", MOBILE, "15412345678"),
        ("154\u200b1234\u200b5678", MOBILE, "15412345678"),
        ("1️⃣5️⃣4️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", MOBILE, "15412345678"),
        ("微信同号wx15412345678", MOBILE, "15412345678"),
        ("2026-11-28 15412345678", MOBILE, "15412345678"),
        ("11月28日9:30，15412345678", MOBILE, "15412345678"),
        ("电话0937-6000009", LANDLINE, "09376000009"),
        ("电话（0937）6000009", LANDLINE, "09376000009"),
        ("0937 600 0009", LANDLINE, "09376000009"),
        ("09376000009", LANDLINE, "09376000009"),
        ("010-60000009", LANDLINE, "01060000009"),
        ("+86 0937 6000009", LANDLINE, "09376000009"),
        ("家里电话：6000009", LANDLINE, "6000009"),
        ("请拨打600-0009", LANDLINE, "6000009"),
        ("证号620200198001011231", ID, "620200198001011231"),
        ("证号62020019800101001X", ID, "62020019800101001X"),
        ("证号62020019800101001x。", ID, "62020019800101001x"),
        ("证号６２０２００１９８００１０１００１Ｘ", ID, "62020019800101001X"),
        ("证号620200 19800101 1231", ID, "620200198001011231"),
        ("证号620200-1980-0101-1231", ID, "620200198001011231"),
        ("证号六二〇二〇〇一九八〇〇一〇一一二三一", ID, "620200198001011231"),
        ("老证号620200800101123", ID, "620200800101123"),
        ("卡号6222021001123456789", CARD, "6222021001123456789"),
        ("卡号6222 0210 0112 3456 789", CARD, "6222021001123456789"),
        ("卡号6217-0000-0123-4562", CARD, "6217000001234562"),
        ("卡号622202 1001123456789", CARD, "6222021001123456789"),
        ("卡号9558801234567890128", CARD, "9558801234567890128"),
    ],
)
def test_number_of_a_person_is_found(text, kind, digits):
    found = [(finding.kind, finding.digits) for finding in find_numbers(text)]

    assert found == ([(kind, digits)] if kind else [])


@pytest.mark.parametrize(
    "text",
    [
        "11月28日（周六）上午9:30–11:30",
        "2026-11-28 14:00-16:30",
        "2026-11-28 09:30 到 2026-12-01 17:00",
        "2026-11-28 2026-12-01 2027-01-05",
        "2026.11.28-2026.12.01",
        "20261128 20261201",
        "1998-2026年 100场",
        "1998-2026 100场",
        "从1949—2026，77年",
        "一九四九年到二〇二六年",
        "二〇二六年十一月二十八日上午九点三十分",
        "一三五七九，二四六八十",
        "周一三五、二四六各一场",
        "每周一、三、五下午",
        "13、14、15、16、17、18号楼",
        "13-18 19-24 25-30岁",
        "身高150 160 170厘米",
        "票价15元、130元、1500元",
        "投入13800000000元",
        "捐款154123.45元",
        "邮编735100",
        "嘉政发〔2026〕13号",
        "文号：嘉文明办发2026第154号",
        "统一社会信用代码91620200MA7134567X",
        "反诈专线96110，市民热线12345，报警110，急救120，火警119",
        "全国热线400-810-1234，9558银行热线95588",
        "电话12345，或者96110",
        "志愿者9712人，时长123456小时，阅读1234567次",
        "编号ZY000001，编号620200199913011231",
        "620200198001011230是错的校验位",
        "6222021001123456788校验位不对",
        "0000000000000000000",
        "π≈3.14159265358979",
        "坐标98.2891 39.7731",
        "12号楼2单元301室",
        "",
        "南湖社区",
    ],
)
def test_what_is_no_number_of_a_person_passes(text):
    assert find_numbers(text) == []


def test_numbers_are_found_one_by_one():
    text = "张15412345678，李154-0000-0000；卡6217000001234562。证620200198001011231"

    assert [(each.kind, text[each.start : each.end]) for each in find_numbers(text)] == [
        (MOBILE, "15412345678"),
        (MOBILE, "154-0000-0000"),
        (CARD, "6217000001234562"),
        (ID, "620200198001011231"),
    ]


@pytest.mark.parametrize(
    ("digits", "is_one"),
    [
        ("110101200002290018", True),  # 29 February of a leap year
        ("620200194910010000", True),
        ("620200198002301231", False),  # 30 February
        ("990200198001011231", False),  # no such province
        ("620200218001011231", False),  # not born yet
        ("620200800101123", True),
        ("620200801301123", False),
    ],
)
def test_id_number_has_its_province_its_birthday_and_its_check_digit(digits, is_one):
    assert is_id_number(digits) is is_one


def test_every_other_check_digit_is_wrong():
    right = [c for c in "0123456789X" if is_id_number(f"62020019800101123{c}")]
    cards = [c for c in "0123456789" if is_card_number(f"622202100112345678{c}")]

    assert (right, cards) == (["1"], ["9"])


@given(st.text(max_size=400))
def test_any_text_is_read_to_its_end(text):
    for finding in find_numbers(text):
        assert 0 <= finding.start < finding.end <= len(text)


@pytest.mark.parametrize(
    "text",
    ["1 " * 50_000, "1--5--4--" * 11_000, "一" * 100_000, "(" * 100_000, "15412345678 " * 8_000],
    ids=lambda text: text[:12],
)
def test_a_very_long_text_is_answered_at_once(db, text):
    """Before the form has said that it is too long."""
    began = time.process_time()
    refusal(text)

    assert time.process_time() - began < 3


# The refusal --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "15412345678",
            "“154****5678”里有手机号。公开的文字里不写个人号码：请删掉，可以改成登记过的办公电话。",
        ),
        (
            "面点师傅带着做。报名请打一五四一二三四五六七八找小宋老师，满了为止！",
            "第2句“报名请打154****5678找小宋老师，…”里有手机号。"
            "公开的文字里不写个人号码：请删掉，可以改成登记过的办公电话。",
        ),
        (
            "第一句。\n第二句：请把材料寄到卡号6217000001234562，或者15412345678",
            "第2句“…材料寄到卡号621****4562，或者154…”里有银行卡号，"
            "第2句“…562，或者154****5678”里有手机号。公开的文字里不写个人号码：",
        ),
        (
            "证号620200198001011231",
            "“证号620****1231”里有身份证号。公开的文字里不写个人号码，请删掉。",
        ),
    ],
)
def test_refusal_marks_the_place_and_says_what_to_do(db, text, message):
    assert refusal(text).startswith(message)
    for number in find_numbers(text):
        assert number.digits not in refusal(text)


def test_refusal_of_many_numbers_stays_short(db):
    problem = refusal("15412345678。" * 40)

    assert problem.startswith("第1句“154****5678”里有手机号，第2句“154****5678”里有手机号，")
    assert "第3句“154****5678”里有手机号，一共40处。公开的文字" in problem
    assert "第4句" not in problem


def test_refusal_offers_the_stations_own_phone(station):
    activity = make_activity(station=station)
    session = make_session(activity=activity)

    for row in (station, activity, session):
        assert "请删掉，可以改成实践所的办公电话0937-6000000。" in refusal("15412345678", row)


@pytest.mark.parametrize(
    "text",
    ["打0937-6000000", "打（0937）600 0000", "电话6000000", "打154-9999-9999", "打15499999999"],
)
def test_office_phones_of_the_street_may_stand_in_any_text(station, other_station, text):
    make_activity(station=other_station, contact_phone="15499999999")

    assert refusal(text, station) is None


def test_office_phone_that_is_just_being_typed_may_stand_in_the_text(station):
    activity = make_activity(station=station, text="打15499999999")
    assert refusal(activity.text, activity)

    activity.contact_phone = "15499999999"

    assert refusal(activity.text, activity) is None


def test_office_phone_beside_a_personal_one_does_not_cover_it(station):
    problem = refusal("打0937-6000000或15412345678", station)

    assert "154****5678”里有手机号" in problem
    assert "电话号码" not in problem


def test_fields_refuse_in_full_clean(db):
    station = make_station(intro="有事打15412345678", address="示例路1号")

    with pytest.raises(ValidationError) as refused:
        station.full_clean()

    assert list(refused.value.message_dict) == ["intro"]
