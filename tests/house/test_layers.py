"""The floors of the house: what may look where (DESIGN §3, STYLE)."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

FLOORS = ["lib", "stations", "volunteers", "activities", "learning", "services", "reports", "roof"]
ROOT = Path(settings.BASE_DIR)

#: Models anybody may point at: accounts stand outside the floors.
FOR_ALL = {"auth", "contenttypes"}


def floor_of(module: str) -> str | None:
    """The floor a dotted name belongs to; None for what is not ours."""
    first, *rest = module.split(".")
    if first == "practice_portal":
        return "lib" if rest[:1] == ["lib"] else "roof"
    return first if first in FLOORS else None


def imports_of(text: str, module: str, is_package: bool = False) -> set[str]:
    """Every dotted name that a module imports, from inside functions too."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            # `from stations import views` and `from stations.models import Station` alike.
            found |= {start} | {f"{start}.{alias.name}" for alias in node.names}
    return found


def own_modules() -> dict[str, set[str]]:
    """Our modules by dotted name, each with what it imports."""
    modules = {}
    for top in ["practice_portal", *FLOORS[1:-1]]:
        for path in sorted((ROOT / top).rglob("*.py")):
            *parts, last = path.relative_to(ROOT).with_suffix("").parts
            is_package = last == "__init__"
            name = ".".join(parts if is_package else [*parts, last])
            modules[name] = imports_of(path.read_text(encoding="utf-8"), name, is_package)
    return modules


MODULES = own_modules()


def is_views(module: str) -> bool:
    return "views" in module.split(".")


def looks_anywhere(module: str) -> bool:
    return is_views(module) or module.endswith(".urls")


def looks_too_high(modules: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Whoever imports from a floor above its own."""
    return [
        (module, imported)
        for module, imports in modules.items()
        if not looks_anywhere(module)
        for imported in sorted(imports)
        if floor_of(imported) and FLOORS.index(floor_of(imported)) > FLOORS.index(floor_of(module))
    ]


def looks_at_views(modules: dict[str, set[str]]) -> list[tuple[str, str]]:
    return [
        (module, imported)
        for module, imports in modules.items()
        if module.rpartition(".")[2] != "urls"
        for imported in sorted(imports)
        if floor_of(imported) and is_views(imported)
    ]


def test_layers_every_app_of_ours_is_a_floor():
    ours = {
        config.name
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT) and "site-packages" not in config.path
    }

    assert {floor_of(name) for name in ours} == set(FLOORS)
    assert len(MODULES) > 40
    assert "stations.models" in MODULES["activities.models.session"]


def test_layers_imports_point_down():
    assert looks_too_high(MODULES) == []


def test_layers_nobody_looks_at_views():
    assert looks_at_views(MODULES) == []


def test_layers_the_cellar_knows_django_only():
    above = [
        (module, imported)
        for module, imports in MODULES.items()
        if floor_of(module) == "lib"
        for imported in imports
        if floor_of(imported) not in (None, "lib")
    ]

    assert above == []


@pytest.mark.parametrize(
    ("module", "text", "is_wrong"),
    [
        ("stations.models", "from activities.models import Session", True),
        ("stations.models", "import activities", True),
        ("stations.models", "def f():\n    from reports import models", True),
        ("practice_portal.lib.months", "from stations.models import Station", True),
        ("practice_portal.lib.months", "from practice_portal.context import portal", True),
        ("practice_portal.lib.months", "from .. import settings", True),
        ("reports.models", "from practice_portal.demo.models import DemoRow", True),
        ("reports.models", "from practice_portal.lib.months import Month", False),
        ("reports.models", "from stations.models import Station", False),
        ("stations.views", "from activities.models import Session", False),
        ("practice_portal.context", "from reports.models import MonthlySummary", False),
        ("stations.models", "from . import scoping", False),
    ],
)
def test_layers_rule_sees_what_it_should(module, text, is_wrong):
    assert bool(looks_too_high({module: imports_of(text, module)})) is is_wrong


@pytest.mark.parametrize(
    ("module", "text", "is_wrong"),
    [
        ("reports.admin", "from activities import views", True),
        ("reports.admin", "from activities.views import activity_list", True),
        ("reports.views", "from activities.views import activity_list", True),
        ("reports.views", "from django.views import View", False),
        ("activities.urls", "from activities import views", False),
    ],
)
def test_layers_rule_sees_who_looks_at_views(module, text, is_wrong):
    assert bool(looks_at_views({module: imports_of(text, module)})) is is_wrong


def test_layers_relations_point_down():
    user = apps.get_model(settings.AUTH_USER_MODEL)
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        floor = floor_of(model.__module__)
        if floor is None:
            continue
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            target = field.related_model
            if target is None or target is user or target._meta.app_label in FOR_ALL:
                continue
            there = floor_of(target.__module__)
            if there is None or FLOORS.index(there) > FLOORS.index(floor):
                wrong.append((model._meta.label, field.name, target._meta.label))

    assert wrong == []
