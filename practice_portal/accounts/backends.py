"""Who may log in: user name and password, and the code of the phone where one is set up."""

from django.contrib.auth.backends import ModelBackend

from practice_portal.lib.second_factor import accepts


class StaffBackend(ModelBackend):
    """A wrong code is answered like a wrong password, and counts towards the lock-out alike."""

    def authenticate(self, request, username=None, password=None, otp_token="", **kwargs):
        user = super().authenticate(request, username=username, password=password, **kwargs)
        return user if user is not None and accepts(user, otp_token) else None
