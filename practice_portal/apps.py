from django.apps import AppConfig


class PracticePortalConfig(AppConfig):
    """The roof: home, figures, accounts, and what joins the apps together."""

    name = "practice_portal"
    verbose_name = "系统"

    def ready(self):
        from practice_portal.accounts import lockout, sessions  # noqa: F401  (receivers of signals)
