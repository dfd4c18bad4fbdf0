"""Every public page and the main pages of the workplace as pictures: `make screenshots`.

Of the demo street at three widths, normal and large, of a street with nothing in it, and as they
are printed. They are for looking at; nothing is compared.
"""

from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, running_portal
from tests.browser.pages import WORKPLACE, picture_name, public_pages, session_pages

FOLDER = ROOT / "screenshots"
WIDTHS = (390, 768, 1280)


@pytest.fixture(scope="module")
def empty_portal(tmp_path_factory):
    with running_portal(tmp_path_factory.mktemp("empty"), is_demo=False) as address:
        yield address


def shoot(page, address: str, paths: list[str], folder: str) -> list[Path]:
    """A picture of each page at each width, normal and large."""
    taken = []
    for large in (False, True):
        page.context.add_cookies(
            [{"name": "large_text", "value": "1" if large else "0", "url": address}]
        )
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for path in paths:
                page.goto(address + path)
                picture = (
                    FOLDER / folder / f"{picture_name(path)}-{width}{'-large' if large else ''}.png"
                )
                page.screenshot(path=picture, full_page=True)
                taken.append(picture)
    return taken


@pytest.fixture
def width() -> int:
    return WIDTHS[0]


def test_take_screenshots_of_the_demo_street(page, portal, paths):
    assert all(picture.exists() for picture in shoot(page, portal, paths, "public"))


def test_take_screenshots_of_an_empty_street(page, empty_portal):
    paths = public_pages(empty_portal)

    assert all(picture.exists() for picture in shoot(page, empty_portal, paths, "empty"))


def test_take_screenshots_of_the_workplace(page, portal, log_in):
    shoot(page, portal, ["/admin/login/"], "workplace")
    log_in("director")
    page.goto("/reports/")
    month = page.locator("main a[href^='/reports/2']").first.get_attribute("href")

    taken = shoot(page, portal, [*WORKPLACE, *session_pages(page), month], "workplace")

    assert all(picture.exists() for picture in taken)


def test_take_screenshots_as_printed(page, paths):
    page.emulate_media(media="print")
    (FOLDER / "print").mkdir(parents=True, exist_ok=True)
    for path in paths:
        page.goto(path)
        page.pdf(
            path=FOLDER / "print" / f"{picture_name(path)}.pdf", format="A4", margin={"top": "14mm"}
        )

    assert (FOLDER / "print" / "home.pdf").exists()
