from django.apps import AppConfig
from django.urls import register_converter

from practice_portal.lib.codes import CodeConverter, KeyConverter
from practice_portal.lib.months import MonthConverter


class LibConfig(AppConfig):
    """The cellar: tools that know Django only."""

    name = "practice_portal.lib"
    label = "portal_lib"

    def ready(self) -> None:
        # Here, and not in one app's urls: several speak of months and of codes.
        register_converter(MonthConverter, "month")
        register_converter(CodeConverter, "code")
        register_converter(KeyConverter, "key")
