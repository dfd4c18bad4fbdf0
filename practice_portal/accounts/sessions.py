"""How long somebody stays logged in."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone


@receiver(user_logged_in)
def end_the_session_on_time(request, **kwargs) -> None:
    """A fixed end: without one every change in a session would give it another eight hours."""
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
