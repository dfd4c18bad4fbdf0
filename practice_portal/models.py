"""What the roof remembers: how the nights went (夜间任务)."""

from django.db import models


class NightlyRun(models.Model):
    """One run of `manage.py nightly` (夜间任务)."""

    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "夜间任务"
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return "夜间任务"

    def failed_steps(self) -> models.QuerySet["NightlyStep"]:
        """Those that failed, and one in which the run was killed."""
        return self.steps.exclude(is_ok=True)


class NightlyStep(models.Model):
    """One step of a night; its message holds counts and keys, never names or phones."""

    run = models.ForeignKey(
        NightlyRun, models.CASCADE, related_name="steps", verbose_name="夜间任务"
    )
    label = models.CharField("做什么", max_length=40)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    is_ok = models.BooleanField("成功", null=True)
    message = models.CharField("结果", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "夜间任务的步骤"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.label
