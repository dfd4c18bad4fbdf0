from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo street (演示数据)."""

    name = "practice_portal.demo"
    label = "demo"
    verbose_name = "演示数据"
