from django.apps import AppConfig


class LibConfig(AppConfig):
    """The cellar: tools that know Django only."""

    name = "practice_portal.lib"
    label = "portal_lib"
