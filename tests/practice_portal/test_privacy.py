"""The privacy page says in plain words what the command does, from the same table."""

import re
from io import StringIO

from django.core.management import call_command

from practice_portal.lib.personal_data import keep_times
from tests.factories import make_centre
from tests.pages import words

TABLE = [
    ("报名时留下的姓名和手机号", "活动结束后90天"),
    ("提需求时留下的姓名和手机号", "办结后180天"),
    ("没有办成、退回的需求里留下的姓名和手机号", "退回后30天"),
    ("反映的难题里写到的手机号", "解决后180天"),
    ("志愿者的手机号", "退出志愿者队伍后180天"),
    ("报名当志愿者、没有登记的申请", "申请后30天"),
    ("推荐身边好人时，推荐人留下的姓名和手机号", "评定后90天"),
    ("没有评上的推荐：被推荐人的姓名、事迹和照片，推荐人的姓名和手机号", "退回或撤回后30天"),
    ("对公示提异议时留下的姓名、手机号和说的话", "处理或公示期满后180天"),
    ("工作人员误删、还可以恢复的内容", "删除后30天"),
    ("导入名单用的文件", "上传后7天"),
]


def table(client) -> list[tuple[str, str]]:
    html = client.get("/privacy/").content.decode()
    return re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', html)


def test_privacy_says_what_is_kept_for_how_long(client, db):
    assert table(client) == TABLE


def test_privacy_and_the_command_read_one_table(client, db, settings):
    settings.KEEP_TIMES = {kind: 1000 + number for number, kind in enumerate(settings.KEEP_TIMES)}
    out = StringIO()
    call_command("forget", stdout=out)

    assert [days for _, days in table(client)] != [days for _, days in TABLE]
    assert [f"{what}（{days}）：没有" for what, days in table(client)] == [
        line for line in out.getvalue().splitlines() if "（" in line
    ]
    assert len(keep_times()) == len(TABLE)


def test_privacy_says_what_is_never_asked_and_whom_to_ring(client, db):
    make_centre(phone="0937-6000001")

    text = words(client.get("/privacy/"))

    assert "身份证号、银行卡号、人脸照片、您在哪儿的定位" in text
    assert "看我的、删我的" in text
    assert "打电话 0937-6000001" in text


def test_privacy_is_linked_in_every_footer(client, db):
    text = client.get("/").content.decode()

    assert 'href="/privacy/">您的资料怎么保管</a>' in text
