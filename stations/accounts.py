"""The life of a staff account: made without a password, handed over, closed, never deleted."""

from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from stations.models import User


def new_password_link(user: User) -> str:
    """The path of a page on which the person sets a password: once, and within a day.

    The old password is gone from now on, and with it every session and every earlier link.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("account:set-password", args=[uid, default_token_generator.make_token(user)])


def close(user: User) -> None:
    """No log-in any more, and no session; reopened one day, the account needs a new password."""
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
