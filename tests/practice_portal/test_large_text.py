import pytest

URL = "/large-text/"


def test_large_text_is_kept_for_a_year_and_goes_back(client, db):
    response = client.get(URL, {"on": "1", "next": "/activities/?days=today&page=2"})

    assert response.status_code == 302
    assert response.headers["Location"] == "/activities/?days=today&page=2"
    cookie = response.cookies["large_text"]
    assert cookie.value == "1"
    assert cookie["max-age"] == 31_536_000
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert 'class="large-text"' in client.get("/").content.decode()


def test_large_text_cookie_is_secure_on_https(client, db):
    response = client.get(URL, {"on": "1"}, secure=True)

    assert response.cookies["large_text"]["secure"] is True


def test_large_text_is_switched_off_again(client, db):
    client.get(URL, {"on": "1"})

    response = client.get(URL, {"on": "0", "next": "/"})

    assert response.cookies["large_text"]["max-age"] == 0
    assert 'class="large-text"' not in client.get("/").content.decode()


def test_large_text_link_leads_back_to_the_same_page(client, db):
    page = client.get("/activities/?days=today&page=1")
    client.cookies["large_text"] = "1"
    large = client.get("/activities/?days=today&page=1")

    back = "next=%2Factivities%2F%3Fdays%3Dtoday%26page%3D1"
    assert f'href="/large-text/?on=1&amp;{back}"' in page.content.decode()
    assert f'href="/large-text/?on=0&amp;{back}"' in large.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "figures",
        "\x00/",
        "/" * 3000,
        "",
    ],
)
def test_large_text_never_leads_away(client, db, address):
    response = client.get(URL, {"on": "1", "next": address})

    assert (response.status_code, response.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("query", [{}, {"on": "2"}, {"on": "x" * 5000}])
def test_large_text_without_a_clear_wish_is_the_standard(client, db, query):
    client.cookies["large_text"] = "1"

    assert client.get(URL, query).cookies["large_text"].value == ""


def test_large_text_refuses_other_methods(client, db):
    assert client.post(URL, {"on": "1"}).status_code == 405
