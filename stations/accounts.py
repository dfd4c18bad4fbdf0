"""The life of a staff account: made without a password, handed over, closed, never deleted."""

from datetime import date

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from stations.models import Posting, Station, User


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


def current_postings(station: Station, on: date):
    """The postings with an account that a station has on a day or later."""
    lasting = Q(until=None) | Q(until__gt=on)
    return station.postings.filter(lasting, user__isnull=False).select_related("user")


def finished_accounts(on: date | None = None):
    """Open accounts all of whose postings have ended; one that never had any is just new."""
    postings = Posting.objects.filter(user=OuterRef("pk"))
    left = postings.filter(Q(until=None) | Q(until__gt=on or timezone.localdate()))
    return User.objects.filter(Exists(postings), ~Exists(left), is_active=True, is_superuser=False)


@transaction.atomic
def hand_over(station: Station, leaver: User, on: date, successor: User | None = None) -> bool:
    """End a person's work at a station on a day, and let the next one begin on that day.

    Answers whether the leaver's account is closed now; with a day to come, or with work
    elsewhere, it stays open until `close_accounts` finds that nothing is left.
    """
    User.objects.select_for_update().get(pk=leaver.pk)
    duty = Posting.Duty.FULL_TIME
    for posting in current_postings(station, on).filter(user=leaver):
        duty = posting.duty
        posting.until = max(on, posting.since)
        posting.save()
    if successor:
        if not current_postings(station, on).filter(user=successor, since__lte=on).exists():
            Posting.objects.create(
                station=station, name=successor.name, duty=duty, user=successor, since=on
            )
        if not successor.groups.exists():
            successor.groups.set(leaver.groups.all())
    is_finished = finished_accounts().filter(pk=leaver.pk).exists()
    if is_finished:
        close(leaver)
    return is_finished
