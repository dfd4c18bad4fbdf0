import pytest

from practice_portal.templatetags.roof import ask


@pytest.mark.parametrize(
    ("own", "centre", "html"),
    [
        (
            "0937-6000009",
            "0937-6000001",
            '打<a class="num" href="tel:09376000009">0937-6000009</a>问一声',
        ),
        ("", "0937-6000001", '打<a class="num" href="tel:09376000001">0937-6000001</a>问一声'),
        ("", "", '到<a href="/stations/">社区实践所</a>来问一声'),
    ],
)
def test_ask_finds_somebody_to_ring(own, centre, html):
    class Centre:
        phone = centre

    assert ask({"centre": Centre()}, own) == html
    assert ask({}, own) == ask({"centre": None}, own)
