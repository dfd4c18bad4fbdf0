"""Our own words for Django's phrases: compiled as they are written, and still Django's."""

import gettext
import json
import re
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.utils.translation import gettext as _

FOLDER = Path(settings.BASE_DIR, "practice_portal/locale/zh_Hans/LC_MESSAGES")
STRING = re.compile(r'^(msgid|msgid_plural|msgstr|msgstr\[0\]) "(.*)"$')


def written(domain: str) -> dict[str, str]:
    """The phrases of a .po file; each stands on one line there."""
    found, current = {}, {}
    for line in FOLDER.joinpath(f"{domain}.po").read_text(encoding="utf-8").splitlines():
        if match := STRING.match(line):
            key, value = match[1], match[2].replace('\\"', '"').replace("\\\\", "\\")
            current[key] = value
            if key.startswith("msgstr"):
                found[current["msgid"]] = value
    return {phrase: words for phrase, words in found.items() if phrase}


def compiled(domain: str) -> dict[str, str]:
    with FOLDER.joinpath(f"{domain}.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)._catalog
    keys = {key: key[0] if isinstance(key, tuple) else key for key in catalog}
    return {keys[key]: words for key, words in catalog.items() if keys[key]}


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_messages_are_compiled_as_they_are_written(domain):
    assert len(written(domain)) > 10
    assert compiled(domain) == written(domain), "make messages"


def test_messages_are_phrases_that_django_still_uses():
    folder = Path(django.__file__).parent
    catalogs = ["conf", "contrib/admin", "contrib/auth"]
    known = "".join(
        folder.joinpath(catalog, "locale/en/LC_MESSAGES/django.po").read_text(encoding="utf-8")
        for catalog in catalogs
    )
    known = known.replace('"\n"', "").replace('\\"', '"').replace("\\n", "\n")

    assert [phrase for phrase in written("django") if f'"{phrase}"' not in known] == []


def test_messages_say_it_our_way():
    assert _("Save and continue editing") == "保存，留在这一页"
    assert _("Delete") == "删除"


def test_messages_reach_the_pages_and_the_scripts_of_the_admin(client, clerk):
    client.force_login(clerk)

    page = client.get("/admin/activities/activity/add/").content.decode()
    script = client.get("/admin/jsi18n/").content.decode()

    assert "添加活动" in page
    assert "增加" not in page
    assert json.dumps("可以选的%s") in script
