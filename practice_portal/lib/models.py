"""What the cellar remembers."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

#: Longer than anybody waits before pressing again.
KEPT = timedelta(days=1)


class AnswerQuerySet(models.QuerySet):
    def outlived(self):
        return self.filter(given_at__lt=timezone.now() - KEPT)


class Answer(models.Model):
    """How a public form was answered, kept for a day; see once.py.

    `press` is a hash of who sent what: nobody reads a name, a phone or a code out of it. Where
    the answer leads may be a resident's own link.
    """

    press = models.CharField(max_length=64, unique=True)
    location = models.CharField(max_length=2000)
    messages = models.JSONField(default=list)
    given_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "表单的答复"

    def __str__(self) -> str:
        return "表单的答复"
