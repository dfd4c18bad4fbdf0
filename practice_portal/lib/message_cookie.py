"""Where a message waits for the next page: in a cookie that is guarded as the session's is.

It may say a resident's code (查询码). Django's own cookie has a fixed name and lies on the whole
host; ours stays below our path. What is too long for a cookie waits in the session, as with Django.
"""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class OurCookieStorage(CookieStorage):
    @property
    def cookie_name(self) -> str:
        return settings.MESSAGE_COOKIE_NAME

    def _update_cookie(self, encoded_data, response) -> None:
        super()._update_cookie(encoded_data, response)
        response.cookies[self.cookie_name]["path"] = settings.SESSION_COOKIE_PATH


class MessageStorage(FallbackStorage):
    storage_classes = (OurCookieStorage, SessionStorage)
