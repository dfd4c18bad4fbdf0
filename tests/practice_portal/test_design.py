"""The look on one page: every token, every component, and only while DEBUG is on."""

import re

import pytest
from django.contrib.staticfiles import finders

from tests.factories import make_centre
from tests.pages import words

URL = "/design/"

#: What the sheet names and the page cannot show: how the whole page is set, who else sees it,
#: and how one page lays out its own parts.
OF_A_PAGE = {
    *("large-text", "land", "print-only", "to-print", "preview", "staff-bar", "staff-tools"),
    *("by-week", "hero-doors", "demo-band", "h3", "intro", "picture", "short", "side", "stories"),
    *("venues", "wide"),
}


def classes_of_the_sheet() -> set[str]:
    """Every class for which the public pages' sheet has a rule."""
    with open(finders.find("portal.css"), encoding="utf-8") as file:
        sheet = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][\w-]*)", " ".join(re.findall(r"([^{}]*)\{", sheet))))


@pytest.fixture
def development(settings):
    settings.DEBUG = True


def test_design_shows_every_token_of_the_sheet(client, db, development):
    text = words(client.get(URL))

    assert "--red #b3261e" in text
    assert "--focus #ffd23f" in text
    assert "--tap 2.75rem" in text
    assert "--bs-" not in text


def test_design_shows_every_component_of_the_sheet(client, db, development):
    make_centre()

    html = client.get(URL).content.decode()
    shown = {each for names in re.findall(r'class="([^"]*)"', html) for each in names.split()}

    assert classes_of_the_sheet() - shown == OF_A_PAGE


def test_design_has_what_stands_on_real_pages(client, db, development):
    """The templates that pages include are the ones that it includes."""
    make_centre()

    used = {template.name for template in client.get(URL).templates}

    assert used >= {
        "practice_portal/_leaf.html",
        "practice_portal/_my_station.html",
        "practice_portal/_results.html",
        "activities/_month_small.html",
        "activities/_month_cal.html",
        "activities/_session_card.html",
        "activities/_signup_session.html",
        "activities/_week_strip.html",
        "stations/_article_row.html",
        "_chart.html",
        "_pages.html",
    }


def test_design_asks_the_database_for_the_frame_only(
    client, db, development, django_assert_num_queries
):
    make_centre()

    with django_assert_num_queries(1):
        client.get(URL)


def test_design_is_not_there_for_residents(client, db):
    assert client.get(URL).status_code == 404
    assert client.post(URL).status_code == 404


def test_design_refuses_other_methods(client, db, development):
    assert client.post(URL).status_code == 405
