"""Lines that are written once and never changed: a row of them cannot be saved again or deleted."""

from django.db import models


class WrittenOnceQuerySet(models.QuerySet):
    def _refuse(self, *args, **kwargs):
        raise ValueError("these lines are written once and never changed")

    update = bulk_update = delete = _refuse
    delete.queryset_only = True  # as Django's own: no manager offers it


class WrittenOnce(models.Model):
    """A line; raises ValueError when it is to be changed or deleted."""

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise ValueError("these lines are written once and never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise ValueError("these lines are written once and never changed")
