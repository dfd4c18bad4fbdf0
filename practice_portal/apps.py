from django.apps import AppConfig


class PracticePortalConfig(AppConfig):
    """The roof: home, figures, and what joins the apps together."""

    name = "practice_portal"
    verbose_name = "系统"
