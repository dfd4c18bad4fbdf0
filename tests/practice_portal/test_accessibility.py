from tests.factories import make_centre
from tests.pages import words

URL = "/accessibility/"


def test_accessibility_says_how_and_whom_to_tell(client, db):
    make_centre()

    text = words(client.get(URL))

    assert "每页左上角有“大字版”" in text
    assert "哪里用不了，告诉我们" in text
    assert "打电话 0937-6000001" in text


def test_accessibility_without_a_centre_leads_to_the_stations(client, db):
    assert "各社区的电话和地址" in words(client.get(URL))


def test_accessibility_is_linked_from_every_footer(client, db):
    assert "无障碍说明" in words(client.get("/"), within="footer")


def test_accessibility_refuses_other_methods(client, db):
    assert client.post(URL).status_code == 405
