"""The page after too many wrong passwords; django-axes counts (settings: AXES_…)."""

from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone

from practice_portal.lib.rate_limits import too_many


def locked_out(request, original_response, credentials):
    """How long, and whom to ring; the same whether there is such an account or not."""
    attempts = AccessAttempt.objects.filter(
        username=get_client_username(request, credentials), ip_address=request.axes_ip_address
    )
    latest = attempts.order_by("-attempt_time").first()
    until = (latest.attempt_time if latest else timezone.now()) + get_cool_off(request)
    seconds = max(1, round((until - timezone.now()).total_seconds()))
    return too_many(request, seconds, "practice_portal/locked_out.html", until=until)


@receiver(pre_save, sender=AccessAttempt)
def keep_nothing_that_was_sent(instance, **kwargs):
    """A count needs neither the address nor the form, in which a kept form may travel."""
    instance.get_data = instance.post_data = ""


def forget_expired() -> None:
    """The counts that lock nobody out any more; their user names may be anything that was typed."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    AccessAttempt.objects.filter(attempt_time__lt=since).delete()
