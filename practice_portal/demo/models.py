"""What the demo loader has made, so that it never makes a thing twice nor touches an edited one."""

from django.db import models


class DemoRow(models.Model):
    """One thing the demo loader has made, by the loader's own name for it.

    The mark stays when a person deletes the row, so that a later run does not bring it back;
    the fingerprint tells whether a person has edited it since.
    """

    key = models.CharField(max_length=100, unique=True)
    label = models.CharField(max_length=60, blank=True)
    object_id = models.BigIntegerField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "演示数据"
        indexes = [models.Index(fields=["label", "object_id"], name="demo_row_object")]

    def __str__(self) -> str:
        return self.key
