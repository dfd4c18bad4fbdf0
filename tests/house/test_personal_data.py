"""Every personal phone is declared with a keep-time, and every declaration is sound."""

from django.apps import apps
from django.conf import settings
from django.db.models import DateField

from practice_portal.lib.personal_data import Quotes, declarations, history_of, keep_times
from practice_portal.lib.phones import PersonalPhoneField
from practice_portal.lib.public_text import _CheckedText
from practice_portal.lib.workflow import WorkflowModel

DECLARED = list(declarations())

#: What somebody is called, which is no place for a number, and is kept on purpose.
NAMES = {"Volunteer.name", "RoleModel.nominator_name"}


def test_personal_phones_belong_to_a_declaration_with_a_keep_time():
    histories = {history_of(model): model for model, _ in DECLARED}
    undeclared = []
    for model in apps.get_models(include_auto_created=True):
        # The history of a declared model is forgotten together with it.
        declared = getattr(histories.get(model, model), "personal_data", ())
        named = {name for data in declared for name in data.fields}
        undeclared += [
            f"{model._meta.label}.{field.name}"
            for field in model._meta.fields
            if isinstance(field, PersonalPhoneField) and field.name not in named
        ]

    assert undeclared == []
    assert {model.__name__ for model, _ in DECLARED} >= {"Demand", "Volunteer", "Whistle"}


def test_keep_times_are_of_the_kinds_that_are_declared():
    kinds = {data.kind for data in keep_times()}

    assert kinds == set(settings.KEEP_TIMES)
    assert all(days > 0 for days in settings.KEEP_TIMES.values())


def test_personal_data_names_fields_that_exist():
    for model, data in DECLARED:
        fields = {field.name: field for field in model._meta.fields}
        assert {*data.fields, *data.names, *data.texts} <= set(fields), data.kind
        assert set(data.names) <= set(data.fields), data.kind
        if isinstance(data.since, str):
            assert isinstance(fields[data.since], DateField), data.kind


def test_personal_data_looks_into_every_text_that_staff_type():
    """A text in which a number may stand is among those that are cleaned."""
    missing = [
        f"{data.kind}: {field.name}"
        for model, data in DECLARED
        if issubclass(model, WorkflowModel)
        for field in model._meta.fields
        if field.get_internal_type() in ("CharField", "TextField")
        and field.editable
        and not field.choices
        and not isinstance(field, PersonalPhoneField | _CheckedText)
        and f"{model.__name__}.{field.name}" not in NAMES
        and field.name not in {*data.fields, *data.texts}
    ]

    assert missing == []


def test_quotes_name_fields_that_exist():
    quoting = [model for model in apps.get_models() if hasattr(model, "quotes_rows")]

    assert [model.__name__ for model in quoting] == ["FrozenLine"]
    for model in quoting:
        quotes = model.quotes_rows
        assert isinstance(quotes, Quotes)
        assert {quotes.source, *quotes.texts} <= {field.name for field in model._meta.fields}
