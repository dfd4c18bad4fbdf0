"""The public pages as Lighthouse sees them on a slow phone: `make lighthouse`.

100 in accessibility, best practices and SEO, 95 or more in performance; prints a table. It takes
minutes and needs npm, so it is no part of `make test`.
"""

import json
import os
import re
import subprocess

import pytest

from tests.browser.conftest import CHROMIUM, ROOT
from tests.browser.pages import public_pages

#: The kinds of pages that are measured, where they exist.
PAGES = {
    "home": r"/",
    "list": r"/activities/",
    "calendar": r"/activities/\d{4}-\d\d/",
    "activity": r"/activities/\d+/",
    "station": r"/stations/[a-z0-9-]+/",
    "article": r"/news/\d+/",
    "search": r"/search/\?q=.+",
    "teams": r"/teams/",
    "sign-up": r"/.*sign-?up/",
}
#: Results of a search, and forms for persons, are not for search engines: the answer says so
#: itself, X-Robots-Tag.
NOT_TO_BE_FOUND = {"search", "sign-up"}
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}


def measured(portal: str) -> dict[str, str]:
    """One page of each kind that the portal has."""
    found = {}
    for path in public_pages(portal):
        for name, pattern in PAGES.items():
            if re.fullmatch(pattern, path):
                found.setdefault(name, path)
    return found


def scores(address: str, *skipped: str) -> dict[str, int]:
    """Lighthouse's four scores of one page, on its default phone and network."""
    command = [
        str(ROOT / os.environ["LIGHTHOUSE"]),
        address,
        "--quiet",
        "--output=json",
        "--only-categories=" + ",".join(LEAST),
        *(f"--skip-audits={audit}" for audit in skipped),
        "--chrome-flags=--headless --no-sandbox --disable-gpu --disable-background-networking",
    ]
    for _ in range(3):  # on a busy machine its Chromium is sometimes not ready in time
        report = subprocess.run(
            command,
            env=os.environ | {"CHROME_PATH": CHROMIUM},
            capture_output=True,
            timeout=180,
        )
        if report.returncode == 0:
            break
    else:
        pytest.fail(report.stderr.decode())
    result = json.loads(report.stdout)
    failed = [
        f"{name}: {audit['title']}"
        for name, audit in result["audits"].items()
        if audit["score"] is not None and audit["score"] < 0.9
    ]
    found = {name: round(result["categories"][name]["score"] * 100) for name in LEAST}
    if any(found[name] < least for name, least in LEAST.items()):
        print(address, *failed, sep="\n  ")
    return found


def test_lighthouse_is_content_with_every_kind_of_page(portal):
    pages, too_low = measured(portal), {}
    print("", f"{'':10}" + "".join(f"{each:>16}" for each in LEAST), sep="\n")
    for name, path in pages.items():
        found = scores(portal + path, *(["is-crawlable"] if name in NOT_TO_BE_FOUND else []))
        print(f"{name:10}" + "".join(f"{found[each]:>16}" for each in LEAST), flush=True)
        low = {each: found[each] for each, least in LEAST.items() if found[each] < least}
        if low:
            too_low[name] = low

    assert set(pages) >= {"home", "list", "calendar", "activity", "station", "article", "search"}
    assert too_low == {}
