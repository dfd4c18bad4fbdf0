"""What the apps declare, each in a module of one name: figures, what waits, check-ups."""

from collections.abc import Iterator

from django.apps import apps
from django.utils.module_loading import autodiscover_modules, import_string


def declarations(module: str, name: str) -> Iterator:
    """Each app's list of this name in its module of that name, in the order of the apps."""
    autodiscover_modules(module)  # a broken module is an error; one that is not there is none
    for app in apps.get_app_configs():
        try:
            found = import_string(f"{app.name}.{module}.{name}")
        except ImportError:
            continue
        yield from found
