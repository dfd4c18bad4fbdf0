"""The uploaded files on the disk: which there are, and which of them a row still names."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models


def files() -> Iterator[tuple[str, Path]]:
    """Every uploaded file with its name relative to MEDIA_ROOT; hidden folders are not ours."""
    root = Path(settings.MEDIA_ROOT)
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix(), path


def named() -> set[str]:
    """The files that rows name."""
    found: set[str] = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                found |= set(model._base_manager.values_list(field.attname, flat=True).distinct())
    return found - {"", None}


def in_use() -> set[str]:
    """The files that rows name, and those that can still be put back with a deleted one."""
    kept = set()
    for model in apps.get_models():
        if hasattr(model, "names_of_kept_files"):
            kept |= model.names_of_kept_files()
    return named() | kept


def missing() -> list[str]:
    """The files that a row names and that are not on the disk."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(name for name in named() if not (root / name).is_file())
