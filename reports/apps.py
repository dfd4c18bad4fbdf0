from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "⑥ 总结"

    def ready(self):
        from practice_portal.lib.frozen import says_what_is_frozen
        from reports.models import MonthlySummary

        says_what_is_frozen(MonthlySummary.objects.frozen_months)
