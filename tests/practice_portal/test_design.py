"""The look on one page: every token, every component, and only while DEBUG is on."""

import re

import pytest

from tests.factories import make_centre
from tests.pages import words

URL = "/design/"

#: LOOK's components, by their class.
COMPONENTS = [
    "date-tile",
    "activity-card",
    "station-card",
    "brand-card",
    "team-card",
    "tag",
    "door",
    "key-figure",
    "ten-hundred",
    "timeline",
    "steps",
    "notice",
    "chips",
    "filter-bar",
    "empty-state",
    "form-row",
    "has-error",
    "facts",
    "rows",
    "ledger",
    "code",
    "week",
    "btn-primary",
    "btn-outline-dark",
    "btn-lg",
    "line-link",
]


@pytest.fixture
def development(settings):
    settings.DEBUG = True


def test_design_shows_every_token_of_the_sheet(client, db, development):
    text = words(client.get(URL))

    assert "--red #b3261e" in text
    assert "--focus #ffd23f" in text
    assert "--tap 2.75rem" in text
    assert "--bs-" not in text


@pytest.mark.parametrize("component", COMPONENTS)
def test_design_shows_every_component(client, db, development, component):
    make_centre()

    html = client.get(URL).content.decode().split("<main")[1]

    assert re.search(rf'class="(?:[^"]* )?{component}[ "]', html)


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
