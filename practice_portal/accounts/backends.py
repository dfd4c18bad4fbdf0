"""Who may log in: user name and password, and the code of the phone where one is set up."""

from django.contrib.auth.backends import ModelBackend

from practice_portal.lib.rate_limits import RateLimit
from practice_portal.lib.second_factor import accepts

#: Slows down whoever tries one name from many addresses. Counted are only passwords that are looked
#: at, so that one address, which the lock-out stops after five, shuts nobody out everywhere.
LOGINS_FROM_ANYWHERE = RateLimit("login-anywhere", times=200, seconds=3600, per_address=False)


class TooManyLogins(Exception):
    def __init__(self, seconds: int):
        super().__init__(seconds)
        self.seconds = seconds


class StaffBackend(ModelBackend):
    """A wrong code is answered like a wrong password, and counts towards the lock-out alike."""

    def authenticate(self, request, username=None, password=None, otp_token="", **kwargs):
        # Counted as the lock-out counts, which takes Director and director for two: otherwise each
        # way to write a name would add five more to the one that is meant.
        exact_name = (username or "").encode(errors="replace").hex()
        if wait := LOGINS_FROM_ANYWHERE.seconds_to_wait(request, exact_name):
            raise TooManyLogins(wait)
        user = super().authenticate(request, username=username, password=password, **kwargs)
        return user if user is not None and accepts(user, otp_token) else None
