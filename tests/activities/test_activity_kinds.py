"""A new activity begins with what its kind usually says, and a refused one points at its gaps."""

import pytest
from django.urls import reverse

from activities.kinds import DEFAULTS
from activities.models import Activity
from tests.factories import make_activity, make_session

ADD = "/admin/activities/activity/add/"


def initial(client, query: str = "") -> dict:
    form = client.get(ADD + query).context["adminform"].form
    names = ["form", "platform", "task", "requirements", "risk_notice"]
    return {name: form.get_initial_for_field(form.fields[name], name) for name in names}


def test_every_kind_has_its_defaults_and_they_may_be_published(station):
    assert set(DEFAULTS) == set(Activity.Form)
    for kind, values in DEFAULTS.items():
        assert set(values) == {"platform", "task", "requirements", "risk_notice"}
        activity = make_activity(station=station, form=kind, **values)
        activity.full_clean()
        assert all(getattr(activity, name) for name in Activity.steps["publish"].requires)


def test_new_talk_begins_as_a_talk(client, clerk):
    client.force_login(clerk)

    assert initial(client, "?form=talk") == {
        "form": "talk",
        "platform": "theory",
        "task": "policy",
        "requirements": "谁都能来，坐满为止。",
        "risk_notice": "坐得久了请起来走一走，进出会场请慢走。",
    }


@pytest.mark.parametrize("query", ["", "?form=", "?form=circus", "?form=talk%00", "?title=x"])
def test_new_activity_of_no_kind_is_an_ordinary_one(client, clerk, query):
    client.force_login(clerk)

    assert initial(client, query)["form"] == "activity"
    assert client.get(ADD + query).context["adminform"].form.initial.get("title") is None


def test_list_and_new_form_offer_every_kind(client, clerk):
    client.force_login(clerk)

    for path in (reverse("admin:activities_activity_changelist"), ADD + "?form=talk"):
        html = client.get(path).content.decode()
        for kind in Activity.Form.values:
            assert f'href="{ADD}?form={kind}"' in html
    assert f'href="{ADD}?form=talk" aria-current="page"' in " ".join(html.split())


def publish(client, activity, **values):
    change = reverse("admin:activities_activity_change", args=[activity.pk])
    data = {
        "station": activity.station_id,
        "title": activity.title,
        "text": activity.text,
        "platform": activity.platform,
        "task": activity.task,
        "form": activity.form,
        "audience": activity.audience,
        "sessions-TOTAL_FORMS": "0",
        "sessions-INITIAL_FORMS": "0",
        "_step_publish": "保存并发布",
        **values,
    }
    return client.post(change, data, follow=True)


def test_refused_publishing_marks_the_empty_fields_and_unfolds_them(client, clerk, station):
    client.force_login(clerk)
    draft = make_activity(station=station, status="draft")
    make_session(activity=draft)

    response = publish(client, draft, requirements="谁都能来。", risk_notice="")

    form = response.context["adminform"].form
    assert list(form.errors) == ["risk_notice"]
    assert form.errors["risk_notice"] == ["这一项还空着，请先填写。"]
    folded = [fieldset.is_collapsible for fieldset in response.context["adminform"]]
    assert folded == [False, False, True]


def test_refused_publishing_without_a_phone_marks_the_phone(client, clerk, station):
    client.force_login(clerk)
    station.phone = ""
    station.save()
    draft = make_activity(station=station, status="draft")

    response = publish(client, draft, requirements="谁都能来。", risk_notice="请慢走。")

    assert list(response.context["adminform"].form.errors) == ["contact_phone"]


def test_address_marks_no_field_that_is_filled_in_or_unknown(client, clerk, station):
    client.force_login(clerk)
    draft = make_activity(station=station, status="draft")
    change = reverse("admin:activities_activity_change", args=[draft.pk])

    response = client.get(change + "?missing=title&missing=status&missing=%00&missing=bring")

    assert list(response.context["adminform"].form.errors) == ["bring"]
