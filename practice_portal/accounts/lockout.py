"""The page after too many wrong passwords; django-axes counts (settings: AXES_…)."""

from axes.helpers import get_client_username, get_cool_off
from axes.models import AccessAttempt
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
