"""What comes with a request is read by forms only, and no form reads without end."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator

from practice_portal.lib.months import MonthFormField
from tests.house.test_layers import FLOORS

ROOT = Path(settings.BASE_DIR)

#: What a stranger may have written; names as they stand after a dot.
TYPED = {"GET", "POST", "FILES", "body"}

#: Who reads it without a form, each with the reason.
READERS = {
    "practice_portal.lib.once._press": "hashes whatever it is",
    "practice_portal.lib.templatetags.portal.query_with": "gives it back to where it came from",
    "practice_portal.lib.history_admin.HistoryAdmin._page_of_entries": (
        "a page as in the admin's own lists: its paginator answers any text with a page"
    ),
    "practice_portal.lib.workflow_admin.WorkflowAdmin._step_pressed": (
        "the name of a button, looked up in the table of steps"
    ),
    "practice_portal.lib.workflow_admin.WorkflowAdmin._take": (
        "the status that the page showed, compared with the row's under its lock"
    ),
    "practice_portal.lib.workflow_admin.WorkflowAdmin.render_change_form": (
        "names of fields, looked up among those of the form"
    ),
    "practice_portal.lib.workflow_admin.WorkflowAdmin.step_view": "shows its form again, unsaved",
    "practice_portal.lib.kept_forms.KeptForm.of": "signs what was typed, to be shown again unsaved",
    "practice_portal.lib.kept_forms.is_shown_again": "only asks whether our own mark is there",
    "practice_portal.admin_site.PortalAdminSite.login": "a bundle that we have signed ourselves",
    "activities.admin.ActivityAdmin.get_changeform_initial_data": "a kind, looked up in the table",
    "activities.admin.ActivityAdmin.add_view": "a kind, looked up in the table",
    "reports.views.summary_review": "a choice of the form's, which checks it",
    "stations.phone_admin.PersonalPhoneAdmin._was_open_before_the_wish": (
        "only asks whether our own mark is there"
    ),
    "stations.admin.ArticleAdmin.response_change": "only asks whether a field was sent along",
    "stations.admin.UserAdmin.response_add": "only asks whether Django's own key is there",
}

#: Fields that end by themselves: a choice among what there is, a day, a month, a number, a tick,
#: a file.
ENDING = (
    forms.ChoiceField,
    forms.TypedChoiceField,
    forms.ModelChoiceField,
    forms.DateField,
    forms.TimeField,
    forms.DateTimeField,
    forms.IntegerField,
    forms.DecimalField,
    forms.BooleanField,
    forms.NullBooleanField,
    forms.FileField,
    MonthFormField,
    forms.SplitDateTimeField,
)


def modules() -> list[str]:
    tops = ["practice_portal", *FLOORS[1:-1]]
    paths = sorted(path for top in tops for path in (ROOT / top).rglob("*.py"))
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in paths
        if path.stem != "__init__" and "migrations" not in path.parts
    ]


def is_form(called: ast.expr, names: set[str]) -> bool:
    """Whether what is called is a form, as `MyForm` or as `forms.MyForm`."""
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in names


def read_without_a_form(text: str, names: set[str]) -> set[str]:
    """The functions that read what was typed other than by handing it to a form."""
    found = set()

    def look(node: ast.AST, where: tuple[str, ...], is_handed: bool = False) -> None:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            where = (*where, node.name)
        if isinstance(node, ast.Attribute) and node.attr in TYPED and not is_handed:
            found.add(".".join(where))
        for child in ast.iter_child_nodes(node):
            look(child, where, is_handed_to_a_form(node, child, is_handed))

    def is_handed_to_a_form(node, child, is_handed: bool) -> bool:
        if isinstance(node, ast.Call):
            return is_form(node.func, names) and child in [*node.args, *node.keywords]
        # `request.POST or None` and `request.POST if … else None` are handed on as they are.
        passed_on = isinstance(node, ast.BoolOp | ast.keyword)
        passed_on |= isinstance(node, ast.IfExp) and child is not node.test
        return is_handed and passed_on

    look(ast.parse(text), ())
    return found


def test_requests_are_read_by_forms():
    names = {form.__name__ for form in own_forms()}
    found = set()
    for module in modules():
        text = (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
        found |= {f"{module}.{where}" for where in read_without_a_form(text, names)}

    assert found == set(READERS)


@pytest.mark.parametrize(
    ("line", "is_wrong"),
    [
        ("form = MyForm(request.GET)", False),
        ("form = MyForm(request.POST or None)", False),
        ("form = MyForm(request.POST if request.method == 'POST' else None)", False),
        ("form = forms.MyForm(request.POST)", False),
        ("form = MyForm(user, data=request.POST, files=request.FILES)", False),
        ("q = request.GET.get('q')", True),
        ("q = request.GET['q']", True),
        ("q = self.request.POST.get('q', '')", True),
        ("return render(request, 'x.html', {'q': request.GET})", True),
        ("form = MyForm(request.GET.get('q'))", True),
        ("form = MyForm({'q': request.GET['q']})", True),
        ("form = NoForm(request.POST)", True),
        ("data = json.loads(request.body)", True),
        ("get = request.GET; q = get.get('q')", True),
        ("form = MyForm(None if request.GET else None)", True),
    ],
)
def test_requests_rule_sees_what_it_should(line, is_wrong):
    found = read_without_a_form(f"def view(request):\n    {line}", {"MyForm"})

    assert bool(found) is is_wrong


def own_forms() -> set[type]:
    return {
        each
        for module in modules()
        for each in vars(import_module(module)).values()
        if isinstance(each, type)
        and issubclass(each, forms.BaseForm)
        and each.__module__ in modules()
    }


def endless(form: type) -> list[str]:
    return [
        f"{form.__name__}.{name}"
        for name, field in form.base_fields.items()
        if not isinstance(field, ENDING)
        and getattr(field, "max_length", None) is None
        and not any(isinstance(each, MaxLengthValidator) for each in field.validators)
    ]


def test_requests_every_field_of_every_form_ends():
    found = own_forms()

    assert {"MyForm", "LoginForm", "OwnPasswordForm", "ActivityFilter"} <= {
        form.__name__ for form in found
    }
    assert sorted(name for form in found for name in endless(form)) == []


def test_requests_templates_read_nothing_themselves():
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if any(f"request.{name}" in path.read_text(encoding="utf-8") for name in TYPED)
    ]

    assert wrong == []
