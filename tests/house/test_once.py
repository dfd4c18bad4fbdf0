"""Every form that is open to everybody goes through `once`: a double click makes one row."""

import re
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.house.test_access import ROUTES, address

#: Public forms that need no key, each with the reason why pressing twice does nothing twice.
WITHOUT = {
    "admin:login": "whoever logs in twice is logged in once",
    "admin:logout": "whoever logs out twice is logged out once",
    "design": "there is no such page outside development",
    "services:my": "it looks something up and changes nothing",
}

#: Their templates; logging out stands on every page of staff.
TEMPLATES_WITHOUT = {"account/kept_form.html", "services/my.html", "staff_base.html"}

#: For staff, who are logged in and whose steps are taken once.
OF_STAFF = (
    "admin/",
    "reports/",
    "account/handover_detail.html",
    "account/second_factor.html",
)


#: Of rows that need not be there.
KEYS = {"object_id": "1", "id": "1", "pk": "1", "field": "phone"}


def views() -> dict[str, object]:
    found = {}

    def walk(resolver: URLResolver, route: str = "") -> None:
        for entry in resolver.url_patterns:
            where = route + str(entry.pattern)
            if isinstance(entry, URLPattern):
                found[where] = entry.callback
            else:
                walk(entry, where)

    walk(get_resolver())
    return found


def takes_a_form_of_everybody(path: str) -> bool:
    """Neither refused by its method nor sent to log in."""
    response = Client().post(path)
    sent_to = response.get("Location", "").partition("?")[0]
    return response.status_code != 405 and sent_to != reverse("admin:login")


def public_forms() -> dict[str, object]:
    by_route = views()
    # There are no rows: who may and how is asked before a row is looked for.
    return {
        name: by_route[route]
        for name, route in ROUTES.items()
        if takes_a_form_of_everybody(address(route, {}, KEYS))
    }


def test_once_is_around_every_public_form(db):
    forms = public_forms()

    without = {name for name, view in forms.items() if not getattr(view, "is_once", False)}
    assert without == set(WITHOUT)
    assert set(forms) - without >= {"services:my-forget", "account:set-password"}


def test_once_is_in_every_public_form():
    root = Path(settings.BASE_DIR, "templates")
    keys = {
        str(path.relative_to(root)): (
            len(re.findall(r'<form\b[^>]*method="post"', text)),
            text.count("{% csrf_token %}{% once %}"),
        )
        for path in root.rglob("*.html")
        if "csrf_token" in (text := path.read_text(encoding="utf-8"))
    }
    public = {name: both for name, both in keys.items() if not name.startswith(OF_STAFF)}

    without = {name for name, (forms, found) in public.items() if forms != found}
    assert without == TEMPLATES_WITHOUT
    assert {"services/my_forget.html", "account/set_password.html"} <= set(public)
